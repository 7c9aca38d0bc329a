"""`manage.py backup` and `manage.py restore`: what was there is there again, on either database, or nothing happens."""

import gc
import json
import os
import stat
import subprocess
import sys
import threading
import tracemalloc
import uuid
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import JSONField, Value
from django.test import Client
from django.utils import timezone

from camp.accounts.models import Session, User
from camp.accounts.services import account_set
from camp.backup import columns, restoring, tables
from camp.backup.archive import ArchiveReader, BackupFailed
from camp.backup.running import Progress
from camp.backup.saving import backup_make
from camp.courses.models import Lesson, LessonState, LessonVersion, Module
from camp.lab import runner
from camp.lab.models import Job, JobResult, Status
from camp.lab.sweeper import sweep
from camp.quizzes.models import Attempt, AttemptItem, Question, QuestionVersion
from camp.supervisor.rundir import RunDirectory
from tests.camp.callers import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
POSTGRESQL = connection.vendor == "postgresql"
MEBI = 2**20
ODD_TEXT = "查询 · 𝛼 “quoted” \\ \r\n\t\u2028 '; -- %s"


@pytest.fixture(autouse=True)
def data(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, with a key in a file."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret_key").write_text(settings.SECRET_KEY)
    settings.CAMP_DATA_DIR, settings.CAMP_RUN_DIR = folder, folder / "run"
    settings.MEDIA_ROOT = folder / "media"
    if POSTGRESQL:  # threads of earlier tests may still hold a connection
        monkeypatch.setattr(restoring, "_others_connected", lambda: 0)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "camp.backup"


@pytest.fixture
def full(ada: User, submit: Callable[..., Job], run_jobs: Callable[[], None], data: Path) -> User:
    """A camp with something in every kind of column; the person it belongs to."""
    submit()
    run_jobs()
    submit(temperature=0.5)
    module = Module.objects.create(slug="start", number=1, titles={"zh-hans": ODD_TEXT, "en": "b", "a": 1e16})
    lesson = Lesson.objects.create(module=module, slug="first", order=1, edited_at=timezone.now())
    version = LessonVersion.objects.create(
        lesson=lesson, number=1, origin="edited", digest="0" * 64, core_version="0", created_by=ada,
        documents={"en": {"title": "First", "numbers": [0.1, -0.0, 1e-7, 1.5e300, 2**70, 1.0]}},
    )  # fmt: skip
    Lesson.objects.update(published=version)
    LessonState.objects.create(owner=ada, lesson=lesson, place=ODD_TEXT[:60])
    question = Question.objects.create(module=module, slug="q", type="single", texts={"en": {}})
    drawn = QuestionVersion.objects.create(
        question=question, number=1, origin="shipped", digest="1" * 64, core_version="0", content={}
    )
    attempt = Attempt.objects.create(owner=ada, module=module, seed=-(2**63), core_version="0")
    for position, response in enumerate([None, Value(None, JSONField()), "b", ["b", {"a": None}]]):
        AttemptItem.objects.create(
            attempt=attempt, position=position, version=drawn, seed=position, response=response
        )
    (data / "media" / "模块").mkdir(parents=True)
    (data / "media" / "模块" / "图.bin").write_bytes(bytes(range(256)) * 5_000)
    return ada


def everything() -> dict[str, list[str]]:
    """Every value of every table as Django reads it, by no code of the backup's."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        rows = model._base_manager.values_list()
        found[model._meta.label] = sorted(
            repr([bytes(value) if isinstance(value, memoryview) else value for value in row]) for row in rows
        )
    return found


def files_in(folder: Path) -> list[Path]:
    """All of them but the run folder's, where a lock file stays."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.parent.name != "run")


def backup(file: Path, *options: str) -> str:
    return _said("backup", file, *options)


def restore(file: Path, *options: str) -> str:
    return _said("restore", file, *options)


def _said(command: str, file: Path, *options: str) -> str:
    out = StringIO()
    call_command(command, str(file), *options, stdout=out)
    return out.getvalue()


def manifest_of(file: Path) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        found: dict[str, Any] = json.loads(archive.read("manifest.json"))
        return found


def rewrite(file: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> None:
    """Give the archive to `change` as its members and its manifest, and write what comes out."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    change(members, manifest)
    if "manifest.json" in members:
        members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def rows_of(members: dict[str, bytes], manifest: dict[str, Any], table: str) -> list[dict[str, Any]]:
    entry = next(entry for entry in manifest["tables"] if entry["name"] == table)
    lines = members[f"tables/{table}.jsonl"].splitlines()
    return [dict(zip(entry["columns"], json.loads(line), strict=True)) for line in lines]


def put_rows(
    members: dict[str, bytes], manifest: dict[str, Any], table: str, rows: list[dict[str, Any]]
) -> None:
    """With the hash that these rows have: what a clever forger would write."""
    entry = next(entry for entry in manifest["tables"] if entry["name"] == table)
    now = tables.tables_of(tables.apps_at(tables.applied_migrations()))
    found = next(found for found in now if found.name == table)
    digest = tables.Digest(found, lambda name, rows: None)
    lines = []
    for row in rows:
        values = [row[column] for column in entry["columns"]]
        lines.append(tables.line_of(values))
        try:
            digest.add(values)
        except (ValueError, TypeError, AttributeError):
            break
    members[f"tables/{table}.jsonl"] = b"".join(lines)
    entry["rows"], entry["sha256"] = len(rows), digest.sha256


# --- There and back ----------------------------------------------------------------------------------


def test_every_value_comes_back(full: User, file: Path, data: Path) -> None:
    before = everything()
    picture = (data / "media" / "模块" / "图.bin").read_bytes()
    said = backup(file)
    assert f"{sum(map(len, before.values())):,} rows" in said
    Job.objects.update(worker="changed")
    AttemptItem.objects.all().delete()
    account_set(username="eve", role="learner", password=PASSWORD)
    (data / "media" / "later.txt").write_text("of after the backup")
    said = restore(file, "--replace")
    assert everything() == before
    assert "every count and SHA-256 is the backup's" in said
    files = sorted(path for path in (data / "media").rglob("*") if path.is_file())
    assert files == [data / "media" / "模块" / "图.bin"]
    assert files[0].read_bytes() == picture
    assert [path.name for path in data.iterdir() if path.name.startswith(".")] == []


def test_json_null_and_no_answer_stay_two_things(full: User, file: Path) -> None:
    backup(file)
    restore(file, "--replace")
    assert list(AttemptItem.objects.filter(response__isnull=True).values_list("position", flat=True)) == [0]
    null = Value(None, JSONField())
    assert list(AttemptItem.objects.filter(response=null).values_list("position", flat=True)) == [1]


def test_rows_made_after_a_restore_get_numbers_of_their_own(full: User, file: Path) -> None:
    backup(file)
    restore(file, "--replace")
    eve, _ = account_set(username="eve", role="instructor", password=PASSWORD)
    assert eve.pk > full.pk
    version = LessonVersion.objects.create(
        lesson=Lesson.objects.get(), number=2, origin="edited", digest="2" * 64, core_version="0"
    )
    assert version.pk > Lesson.objects.get().published_id


def test_who_was_signed_in_still_is(full: User, file: Path) -> None:
    browser = Client()
    browser.force_login(full)
    backup(file)
    Session.objects.all().delete()
    restore(file, "--replace")
    assert browser.get("/account/").status_code == 200


def test_an_archive_goes_to_another_database_and_back(full: User, file: Path, tmp_path: Path) -> None:
    """There it is SQLite, whatever it is here."""
    before = everything()
    backup(file)
    there = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    there["CAMP_DATA_DIR"] = str(tmp_path / "there")
    again = tmp_path / "again.backup"
    for command, path in (("restore", file), ("backup", again)):
        subprocess.run(
            [sys.executable, "manage.py", command, str(path)], env=there, check=True, capture_output=True
        )
    assert manifest_of(again)["database"] == "sqlite"
    assert manifest_of(again)["tables"] == manifest_of(file)["tables"]
    User.objects.all().delete()
    restore(again, "--replace")
    assert everything() == before


def test_a_job_that_was_running_is_taken_back_and_ends(
    full: User, file: Path, woken: list[Any], run_jobs: Callable[[], None]
) -> None:
    job = Job.objects.get(status=Status.QUEUED)
    assert runner.claim(job.pk, "a worker that is no more") is not None
    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    backup(file)
    restore(file, "--replace")
    woken.clear()
    assert sweep()["taken_back"] == 1
    assert woken == [job.pk]
    run_jobs()
    job.refresh_from_db()
    assert (job.status, job.attempts) == (Status.SUCCEEDED, 2)
    assert JobResult.objects.filter(job=job).count() == 1


# --- While the camp runs -----------------------------------------------------------------------------


def test_a_backup_is_of_one_moment_and_hinders_no_writer(full: User, file: Path) -> None:
    users = User.objects.count()
    written: list[str] = []

    def write() -> None:
        eve, _ = account_set(username="eve", role="learner", password=PASSWORD)
        Session.objects.create(session_key="late", session_data="", expire_date=timezone.now(), user=eve)
        written.append(eve.username)
        connection.close()

    def told(name: str, rows: int) -> None:
        if not written:  # the first table is being read
            writer = threading.Thread(target=write)
            writer.start()
            writer.join(30)
            assert written == ["eve"], "the writer had to wait"

    saved = backup_make(file, with_secret_key=False, told=told)
    counts = {table.name: table.rows for table in saved.manifest.tables}
    assert counts["accounts_user"] == users
    assert counts["accounts_session"] == 0
    assert User.objects.count() == users + 1


@pytest.mark.parametrize("kind", ["large", "many"])
def test_memory_does_not_grow_with_the_database(full: User, file: Path, kind: str) -> None:
    if kind == "large":
        job = Job.objects.first()
        for _ in range(48):
            assert job is not None
            job.pk = uuid.uuid4()
            job.save(force_insert=True)
            JobResult.objects.create(job=job, document=b"{}", arrays=os.urandom(2 * MEBI))
    else:
        now = timezone.now()
        Session.objects.bulk_create(
            [
                Session(session_key=f"{number:040}", session_data="x" * 5_000, expire_date=now)
                for number in range(19_000)
            ],
            batch_size=500,
        )
    gc.collect()
    tracemalloc.start()
    try:
        backup_make(file, with_secret_key=False, told=lambda name, rows: None)
        saving = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        restoring.backup_restore(file, replace=True, told=lambda name, rows: None)
        loading = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # The rows have more than 90 MiB. What the migrations hold while they run is 34 MiB, whatever the rows; a few of
    # two megabytes each, as text and as bytes, are on their way at once.
    assert saving < 20 * MEBI
    assert loading < 90 * MEBI


# --- The file ----------------------------------------------------------------------------------------


def test_the_file_is_its_owners_and_appears_whole(
    full: User, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(table: tables.Table) -> Iterator[list[Any]]:
        assert [stat.S_IMODE(path.stat().st_mode) for path in file.parent.glob(".*.part")] == [0o600]
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tables.Table, "rows", broken)
        with pytest.raises(CommandError, match="cannot be written: No space left on device"):
            backup(file)
    assert list(file.parent.glob("*backup*")) == []
    backup(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.glob(".*")) == []


def test_a_file_that_is_there_stays(full: User, file: Path) -> None:
    file.write_text("mine")
    with pytest.raises(CommandError, match="there already"):
        backup(file)
    assert file.read_text() == "mine"


def test_a_file_that_comes_about_meanwhile_stays(full: User, file: Path) -> None:
    with pytest.raises(BackupFailed, match="meanwhile"):
        backup_make(file, with_secret_key=False, told=lambda name, rows: file.write_text("mine") and None)
    assert file.read_text() == "mine"


@pytest.mark.parametrize("place", ["nowhere/x.backup", "data/media/x.backup"])
def test_a_place_that_cannot_be_is_told(full: User, tmp_path: Path, place: str) -> None:
    with pytest.raises(CommandError, match=r"cannot be written|lies in the media folder"):
        backup(tmp_path / place)


def test_the_secret_key_is_left_out_unless_asked_for(
    full: User, file: Path, settings: Any, tmp_path: Path
) -> None:
    key = settings.SECRET_KEY.encode()

    def has_key(path: Path) -> bool:
        with zipfile.ZipFile(path) as archive:
            return any(key in archive.read(name) for name in archive.namelist())

    assert "The secret key is not in it" in backup(file)
    assert not has_key(file)
    with_key = tmp_path / "with-key.backup"
    assert "has everything" in backup(with_key, "--with-secret-key")
    assert has_key(with_key)


def test_the_key_travels_along_where_it_was_asked_for(
    full: User, file: Path, data: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(file, "--with-secret-key")
    key, settings.SECRET_KEY = settings.SECRET_KEY, "another key, made at the first start on this machine"
    (data / "secret_key").write_text(settings.SECRET_KEY)
    with monkeypatch.context() as patch:
        patch.setenv("CAMP_SECRET_KEY", settings.SECRET_KEY)
        assert "set CAMP_SECRET_KEY to it" in restore(file, "--replace")
        assert (data / "secret_key").read_text() == settings.SECRET_KEY
    assert "is now in" in restore(file, "--replace")
    assert (data / "secret_key").read_text() == key
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600


def test_another_key_is_told(full: User, file: Path, settings: Any) -> None:
    backup(file)
    assert "go on" in restore(file, "--replace")
    settings.SECRET_KEY = "another"
    assert "one-time and recovery codes do not work" in restore(file, "--replace")


# --- Refused, and nothing changed --------------------------------------------------------------------


def test_people_are_replaced_only_when_that_was_said(full: User, file: Path) -> None:
    backup(file)
    before = everything()
    with pytest.raises(CommandError, match="has people already"):
        restore(file)
    assert everything() == before
    User.objects.all().delete()
    with pytest.raises(CommandError, match="media folder has files already"):
        restore(file)


def test_a_camp_that_runs_is_left_alone(full: User, file: Path, settings: Any) -> None:
    backup(file)
    run = RunDirectory(settings.CAMP_RUN_DIR)
    run.claim("http://127.0.0.1:8000")
    try:
        with pytest.raises(CommandError, match="A camp already runs"):
            restore(file, "--replace")
    finally:
        run.release()


@pytest.mark.skipif(not POSTGRESQL, reason="only PostgreSQL tells who is connected")
def test_parts_that_run_apart_are_seen_in_the_database(
    full: User, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(file)
    monkeypatch.undo()
    opened, done = threading.Event(), threading.Event()

    def part() -> None:
        User.objects.exists()
        opened.set()
        done.wait(30)
        connection.close()

    other = threading.Thread(target=part)
    other.start()
    opened.wait(30)
    try:
        assert restoring._others_connected() >= 1
        with pytest.raises(CommandError, match="connected to the database"):
            restore(file, "--replace")
    finally:
        done.set()
        other.join()


def drop_a_row(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    rows = members["tables/quizzes_attemptitem.jsonl"].splitlines(keepends=True)
    members["tables/quizzes_attemptitem.jsonl"] = b"".join(rows[1:])


def rename_a_person(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    table = "tables/accounts_user.jsonl"
    members[table] = members[table].replace(b'"ada"', b'"eve"', 1)


def edited(table: str, **values: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        rows = rows_of(members, manifest, table)
        rows[0] |= values
        put_rows(members, manifest, table, rows)

    return change


def file_named(path: str) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        entry = manifest["files"][0]
        members[f"media/{path}"] = members.pop(f"media/{entry['path']}")
        entry["path"] = path

    return change


def changed(**entries: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda members, manifest: manifest.update(entries)


def in_first_table(**entries: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda members, manifest: manifest["tables"][0].update(entries)


NOT_RIGHT: list[tuple[Callable[[dict[str, bytes], dict[str, Any]], object], str]] = [
    (drop_a_row, "is damaged: quizzes_attemptitem has 3 rows, the manifest says 4"),
    (rename_a_person, "is damaged: the rows of accounts_user are not what the manifest's SHA-256 says"),
    (lambda members, manifest: members.update({"media/模块/图.bin": b"other"}), "is not what was saved"),
    (lambda members, manifest: members.update({"extra": b""}), "does not hold what its manifest lists"),
    (lambda members, manifest: members.pop("tables/lab_job.jsonl"), "does not hold what its manifest"),
    (lambda members, manifest: members.pop("manifest.json"), "not a camp's backup"),
    (lambda members, manifest: manifest.clear(), "not a camp's backup"),
    (changed(tables="many"), "not a camp's backup"),
    (in_first_table(rows=-1), "not a camp's backup"),
    (in_first_table(columns=["id", "nonsense"]), "other columns"),
    (lambda members, manifest: manifest["tables"].pop(0), "does not hold what its manifest lists"),
    (changed(format=2), "comes from a newer camp: its format is 2"),
    (
        lambda members, manifest: manifest["migrations"].append(["lab", "9999_of_tomorrow"]),
        "from a newer camp, with lab.9999_of_tomorrow",
    ),
    (
        lambda members, manifest: manifest.update(migrations=manifest["migrations"][:3]),
        "other tables than its migrations make",
    ),
    (file_named("../outside"), "outside the media folder"),
    (file_named("/tmp/outside"), "outside the media folder"),
    (file_named("a/../../outside"), "outside the media folder"),
    (file_named("..\\outside"), "outside the media folder"),
    (edited("accounts_user", id="1; DROP TABLE lab_job"), "expected int, received str"),
    (edited("accounts_user", id=2**63), "expected a whole number of 64 bits"),
    (edited("accounts_user", id=True), "expected int, received bool"),
    (edited("accounts_user", date_joined="yesterday"), "expected a moment"),
    (edited("quizzes_question", tolerance=1), "expected float, received int"),
    (edited("lab_jobresult", document="***"), "document: "),
    (edited("courses_module", titles="{"), "titles: "),
    (edited("accounts_user", username=None), "The database refused"),
    (edited("lab_jobresult", job_id="0" * 32), r"refer to rows it lacks"),
]


def test_an_archive_that_is_not_right_changes_nothing(full: User, file: Path, data: Path) -> None:
    backup(file)
    content, before, files = file.read_bytes(), everything(), files_in(data.parent)
    for change, words in NOT_RIGHT:
        file.write_bytes(content)
        rewrite(file, change)
        with pytest.raises(CommandError, match=words):
            restore(file, "--replace")
        assert everything() == before, words
        assert files_in(data.parent) == files, words


@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.999])
def test_half_a_file_is_told_from_a_whole_one(full: User, file: Path, kept: float) -> None:
    backup(file)
    content = file.read_bytes()
    file.write_bytes(content[: int(kept if kept > 1 else len(content) * kept)])
    with pytest.raises(CommandError, match="damaged, or no backup at all"):
        restore(file, "--replace")


def test_a_flipped_bit_is_found(full: User, file: Path) -> None:
    backup(file)
    with zipfile.ZipFile(file) as archive:
        jobs = archive.getinfo(f"tables/{Job._meta.db_table}.jsonl")
    content = bytearray(file.read_bytes())
    # In the middle of its data: a zip's headers have bits that mean nothing.
    content[jobs.header_offset + 30 + len(jobs.filename) + jobs.compress_size // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(CommandError, match=r"damaged|cannot be read|is not JSON|does not hold"):
        restore(file, "--replace")


def test_a_missing_file_is_told(file: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        restore(file)


@pytest.mark.parametrize(
    "step", ["_make_tables", "_load", "_migrate_on", "_place_key", "tables.count_on_from_what_is_there"]
)
def test_a_fault_after_any_step_undoes_all_of_them(
    full: User, file: Path, data: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    backup(file, "--with-secret-key")
    (data / "secret_key").write_text("the key of this machine")
    Job.objects.update(worker="changed")
    (data / "media" / "later.txt").write_text("of after the backup")
    before = everything()
    module, _, name = step.rpartition(".")
    where = tables if module else restoring
    whole = getattr(where, name)

    def and_then_fail(*arguments: Any) -> None:
        whole(*arguments)
        raise BackupFailed("the power went out")

    monkeypatch.setattr(where, name, and_then_fail)
    with pytest.raises(CommandError, match="the power went out"):
        restore(file, "--replace")
    assert everything() == before
    assert (data / "media" / "later.txt").exists()
    assert (data / "media" / "模块" / "图.bin").exists()
    assert (data / "secret_key").read_text() == "the key of this machine"
    assert [path.name for path in data.iterdir() if path.name.startswith(".")] == []


def test_a_database_that_writes_something_else_is_found_out(
    full: User, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(file)
    before = everything()
    whole = tables.Table.insert

    def insert(table: tables.Table, lines: Any) -> None:
        whole(table, list(lines)[1:] if table.name == "quizzes_attemptitem" else lines)

    monkeypatch.setattr(tables.Table, "insert", insert)
    with pytest.raises(CommandError, match="does not give back what was written"):
        restore(file, "--replace")
    assert everything() == before


# --- Older and newer ---------------------------------------------------------------------------------


@pytest.fixture
def older(transactional_db: None) -> Iterator[tables.Migrations]:
    """The database before `lab` knew batches."""
    MigrationExecutor(connection).migrate([("lab", "0006_input_files")])
    yield tables.applied_migrations()
    call_command("migrate", verbosity=0)


def _older_camp(migrations: tables.Migrations) -> uuid.UUID:
    models = tables.apps_at(migrations)
    ada = models.get_model("accounts", "User").objects.create(username="ada", name_key="ada")
    job = models.get_model("lab", "Job").objects.create(
        owner=ada, task="attention", queue="interactive", params_json="{}", params_hash="0", core_version="0"
    )
    assert not hasattr(job, "batch_id")
    found: uuid.UUID = job.pk
    return found


def test_a_database_that_waits_for_its_migrations_is_backed_up_and_comes_back_migrated(
    older: tables.Migrations, file: Path
) -> None:
    job = _older_camp(older)
    backup(file)
    call_command("migrate", verbosity=0)
    said = restore(file, "--replace")
    assert "Then migrated on: lab.0007_batches, lab.0008_names_in_the_console" in said
    assert Job.objects.get().pk == job
    assert Job.objects.get().batch is None
    assert User.objects.get().username == "ada"


def test_a_backup_of_now_goes_into_an_older_database(
    full: User, file: Path, request: pytest.FixtureRequest
) -> None:
    before = everything()
    backup(file)
    request.getfixturevalue("older")
    restore(file, "--replace")
    assert everything() == before


def test_a_database_of_a_newer_camp_is_left_alone(full: User, file: Path) -> None:
    backup(file)
    recorder = MigrationRecorder(connection)
    recorder.record_applied("lab", "9999_of_tomorrow")
    try:
        for command in (restore, backup):
            with pytest.raises(
                CommandError, match=r"another version of the camp, with lab\.9999_of_tomorrow"
            ):
                command(file.with_name("other") if command is backup else file)
    finally:
        recorder.record_unapplied("lab", "9999_of_tomorrow")


# --- What an archive is made of ----------------------------------------------------------------------


def test_every_column_of_the_camp_has_a_kind_and_no_table_is_forgotten() -> None:
    found = tables.tables_of(apps)  # raises for a column that no kind is for
    with_own_list = {table.name for table in found} | {"django_migrations"}
    assert with_own_list == set(connection.introspection.table_names())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"b": 1, "a": [1.0, 2]}', '{"a": [1.0, 2], "b": 1}'),
        ("1e+16", "10000000000000000"),
        ("1e-07", "0.0000001"),
        ("-0.0", "0.0"),
        ("1.5e+300", "15" + "0" * 299),
        ('"\\u67e5"', '"查"'),
    ],
)
def test_documents_that_databases_write_differently_are_compared_alike(one: str, other: str) -> None:
    assert columns.DOCUMENT.compared(one) == columns.DOCUMENT.compared(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", "2"), ("null", "0"), ("true", "1"), ('"1"', "1"), ("[1, 2]", "[2, 1]"), ("0.1", "0.2")],
)
def test_documents_that_differ_are_compared_as_different(one: str, other: str) -> None:
    assert columns.DOCUMENT.compared(one) != columns.DOCUMENT.compared(other)


def test_a_moment_has_as_many_digits_as_it_was_kept_with_and_is_compared_alike() -> None:
    kind = columns.kind_of(Job._meta.get_field("created_at"))
    short, long = "2026-11-30 08:00:00.120", "2026-11-30 08:00:00.120000"
    assert kind.compared(short) == kind.compared(long)
    assert kind.read(short, postgresql=False) == short
    assert kind.read(short, postgresql=True) == datetime(2026, 11, 30, 8, 0, 0, 120_000, UTC)


def test_the_manifest_says_what_is_inside(full: User, file: Path) -> None:
    backup(file)
    with ArchiveReader(file) as archive:
        manifest = archive.manifest
    counts = {table.name: table.rows for table in manifest.tables}
    assert counts["quizzes_attemptitem"] == AttemptItem.objects.count() == 4
    assert [(entry.path, entry.bytes) for entry in manifest.files] == [("模块/图.bin", 1_280_000)]
    assert ("lab", "0008_names_in_the_console") in manifest.migrations


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_is_told_what_goes_on_and_a_file_is_not(is_terminal: bool) -> None:
    stream = StringIO()
    stream.isatty = lambda: is_terminal  # type: ignore[method-assign]
    progress = Progress(stream)
    progress("lab_job", 3_000)
    progress("lab_job", 4_000)  # too soon after
    progress.end()
    shown = "\rlab_job: 3,000 rows"
    assert stream.getvalue() == (f"{shown}\r{' ' * (len(shown) - 1)}\r" if is_terminal else "")
