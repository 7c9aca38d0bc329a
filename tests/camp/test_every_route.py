"""Every address, asked by everybody: nobody sees or changes what is another's, and nothing breaks."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from camp.accounts.models import ApiToken, Session, User
from camp.accounts.services import account_set
from camp.courses.loading import course_load
from camp.courses.models import Lesson, LessonState
from camp.lab.models import Job, JobBatch, JobResult, RunFigures, SharedRun
from camp.lab.run_figures import settings_of
from camp.lab.services import batch_write, check_work, job_submit
from camp.mastery.models import GradedAnswer, Review, ReviewCard
from camp.mistakes.models import MistakeReport
from camp.mistakes.services import report_make
from camp.progress.models import Moment
from camp.quizzes.models import Attempt, AttemptItem, LessonAnswer
from camp.quizzes.services import answer_save, attempt_start, check_answer
from tests.camp.callers import PASSWORD
from tests.camp.quizzes.bank import course_with_quiz

pytestmark = pytest.mark.django_db
ROLES = ("no one", "guest", "other learner", "instructor", "admin")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MARK = 7.654321e-05  # a number of ada's that stands nowhere else
PRIVATE = ("ada-secret@camp.example", "adas-notebook", "7.654321", "7.65e-05", "7.654×10")
SPOILED = {
    "is_staff": True, "is_superuser": True, "is_guest": False, "is_active": False, "owner": 1, "user": 1,
    "status": "succeeded", "score": 100, "groups": ["admin"], "scopes": ["teach"], "attempts": 0,
}  # fmt: skip


class AdasThings:
    """What the others must neither see nor change."""

    def __init__(self, ada: User) -> None:
        ada.email = "ada-secret@camp.example"
        ada.save()
        self.ada = ada
        params = {"query": [[MARK]], "key": [[1]], "value": [[1]]}
        self.job = job_submit(owner=ada, task="attention", params=params)
        rows = Job.objects.filter(pk=self.job.pk)
        rows.update(status="running", attempts=1, lease_expires_at="2026-01-01T00:00Z")
        rows.update(status="succeeded", finished_at="2026-01-01T00:00Z", error_message=f"{MARK}")
        JobResult.objects.create(job=self.job, document=f'{{"output": [[{MARK}]]}}'.encode())
        settings = settings_of(self.job.summary) | {"temperature": MARK}
        RunFigures.objects.create(job=self.job, largest_weight=1.0, **settings)
        self.batch = batch_write(
            owner=ada, works=[check_work(task="attention", params={**params, "causal": True})]
        )
        self.token, _key = ApiToken.objects.create(ada, name="adas-notebook")
        browser = Client()
        browser.force_login(ada)
        self.session = Session.objects.get(user=ada)
        self.lesson = Lesson.objects.select_related("module").earliest("order")
        LessonState.objects.create(owner=ada, lesson=self.lesson, place="adas-notebook")
        self.attempt, _is_new = attempt_start(owner=ada, module=self.lesson.module)
        self.item = self.attempt.items.select_related("version__question").get(
            version__question__type="numeric"
        )
        answer_save(attempt=self.attempt, item=self.item, response=f"{MARK}")
        asking = Lesson.objects.get(slug="asking")
        check_answer(owner=ada, lesson=asking, block="pick-one", response="b", score=0.0, version=1)
        version = self.item.version
        self.review = Review.objects.create(
            owner=ada, question=version.question, version=version, seed=7, response=f"{MARK}"
        )
        days = {"reviewed_on": "2026-01-01", "due_on": "2026-01-02"}
        ReviewCard.objects.create(
            owner=ada, question=version.question, stability=MARK, difficulty=5.0, **days
        )
        Moment.objects.create(owner=ada, kind="task", at="2026-01-01T00:00Z")
        report_make(owner=ada, page="/camp/", section="", text="It is 5, not 4.", language="en")

    def state(self) -> Any:
        """All of it, for comparing."""
        whose = (
            (User, "pk"), (Job, "owner"), (SharedRun, "job__owner"), (RunFigures, "job__owner"), (JobBatch, "owner"), (ApiToken, "user"), (Session, "user"),
            (LessonState, "owner"), (LessonAnswer, "owner"), (Attempt, "owner"), (AttemptItem, "attempt__owner"),
            (GradedAnswer, "owner"), (ReviewCard, "owner"), (Review, "owner"),
            (MistakeReport, "owner"), (Moment, "owner"),
        )  # fmt: skip
        return [
            list(model.objects.filter(**{owner: self.ada.pk}).order_by("pk").values())
            for model, owner in whose
        ]

    def fill(self, route: str, *, missing: bool = False) -> str:
        """The route with ada's own ids, or with ids that nobody has."""
        nobody = uuid4()
        ids = {
            "job_id": nobody if missing else self.job.pk,
            "batch_id": nobody if missing else self.batch.pk,
            "token": "a-link-that-was-withdrawn",
            "code": "AAAAA-AAAAA-AAAAA-AAAAA",
            "token_id": "0" * 128 if missing else self.token.pk,
            "object_id": "999999" if missing else self.ada.pk,
            "pk": "1",
            "app_label": "lab",
            "content_type_id": "1",
            "url": "x",
            "id": "1",
            "attempt_id": nobody if missing else self.attempt.pk,
            "review_id": nobody if missing else self.review.pk,
            "question": self.item.version.question.slug,
            "block": "two-and-two",
            "module": self.lesson.module.slug,
            "lesson": self.lesson.slug,
            "widget": "compare",
            "sitting": "pre-test",
            "name": "multi_head_attention",
        }
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(ids[match[1]]), route)


REGEXES = {
    "account_confirm_email": "confirm-email/not-a-key/",
    "account_reset_password_from_key": "password/reset/key/1-not-a-key/",
    "admin_app_list": "lab/",
}


def routes(patterns: Any = None, before: str = "/") -> Iterator[str]:
    """Every address the camp answers, with `<kind:name>` where an id stands."""
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        route = getattr(one.pattern, "_route", None)
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, before + (route or ""))
        elif isinstance(one, URLPattern):
            if route is None:
                name = {"app_list": "admin_app_list"}.get(one.name or "", one.name or "")
                route = REGEXES.get(name, "nowhere/")
            yield before + str(route)


ALL = sorted(set(routes()) - {"/readyz"})  # which says 503 here, where no worker runs


def methods(path: str) -> tuple[str, ...]:
    """Forms know two; only the API has more."""
    return METHODS if path.startswith("/api/") else METHODS[:2]


@pytest.fixture
def things(ada: User, woken: list[Any], tmp_path: Path, settings: Any) -> AdasThings:
    settings.METRICS_TOKEN = "known-to-none-of-them"  # or the page would be missing
    course_load(course_with_quiz(tmp_path))
    return AdasThings(ada)


def caller(role: str) -> Client:
    client = Client(raise_request_exception=False)
    if role == "guest":
        assert client.post("/lab/attention/", {"query": "1", "key": "1", "value": "1"}).status_code == 302
    elif role != "no one":
        kind = {"other learner": "learner"}.get(role, role)
        account_set(username=f"the-{kind}", role=kind, password=PASSWORD)
        assert (
            client.post("/account/login/", {"login": f"the-{kind}", "password": PASSWORD}).status_code == 302
        )
    client.get("/")  # takes the greeting off
    return client


def body_of(answer: Any) -> str:
    content = b"".join(answer) if answer.streaming else answer.content
    return str(content.decode(errors="replace"))


def test_the_routes_were_found() -> None:
    assert len(ALL) > 90
    for known in (
        "/api/v1/jobs/<uuid:job_id>/result/",
        "/lab/runs/<uuid:job_id>/",
        "/account/tokens/",
        "/admin/",
        "/errata/",
        "/glossary/",
        "/search/",
        "/mistakes/report/",
    ):
        assert known in ALL


@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_anothers_is_seen_or_changed_on_any_route(things: AdasThings, role: str) -> None:
    client = caller(role)
    before = things.state()
    faults = []
    for route in ALL:
        path = things.fill(route)
        may_see = role == "admin" and path.startswith("/admin/")
        for method in methods(path):
            if may_see and method != "GET":
                continue  # the console is where an admin may change things; it has its own tests
            answer = client.generic(
                method, path, b"{}" if path.startswith("/api/") else b"", content_type="application/json"
            )
            if answer.status_code >= 500:
                faults.append(f"{method} {path}: {answer.status_code}")
            if not may_see and any(mark in body_of(answer) for mark in PRIVATE):
                faults.append(f"{method} {path}: shows what is ada's")
    assert faults == []
    assert things.state() == before


@pytest.mark.parametrize("role", ROLES)
def test_anothers_object_answers_as_one_that_does_not_exist(things: AdasThings, role: str) -> None:
    client = caller(role)
    differences = []
    for route in ALL:
        if things.fill(route) == things.fill(route, missing=True) or route.startswith("/admin/"):
            continue  # names nothing of ada's
        for method in methods(route):
            given, missing = things.fill(route), things.fill(route, missing=True)
            answers = [
                client.generic(method, path, b"{}", content_type="application/json")
                for path in (given, missing)
            ]
            told = [
                (one.status_code, body_of(one).replace(path, "…"))
                for one, path in zip(answers, (given, missing), strict=True)
            ]
            passing = r'name="csrfmiddlewaretoken" value="\w+"|<div role="status">.*?</div>'
            same = [" ".join(re.sub(passing, "", text, flags=re.DOTALL).split()) for _code, text in told]
            if told[0][0] != told[1][0] or same[0] != same[1]:
                differences.append(f"{method} {given}: {told[0][0]} and {told[1][0]}")
    assert differences == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ["json", "form"])
def test_fields_that_are_nobodys_to_send_change_nothing(things: AdasThings, role: str, kind: str) -> None:
    client = caller(role)
    spoiled = {**SPOILED, "owner": things.ada.pk, "user": things.ada.pk}
    before = things.state()
    flags = list(
        User.objects.order_by("pk").values(
            "pk", "is_staff", "is_superuser", "is_guest", "is_active", "groups"
        )
    )
    for route in ALL:
        path = things.fill(route)
        if (path.startswith("/admin/") and role == "admin") or path in ("/account/logout/",):
            continue
        for method in {"POST", "PUT", "PATCH"} & set(methods(path)):
            if kind == "form" and method == "POST":
                answer = client.post(path, spoiled)
            else:
                answer = client.generic(method, path, json.dumps(spoiled), content_type="application/json")
            assert answer.status_code < 500, path
    kept = [one["pk"] for one in flags]
    now = User.objects.filter(pk__in=kept).order_by("pk")
    assert list(now.values("pk", "is_staff", "is_superuser", "is_guest", "is_active", "groups")) == flags
    assert things.state() == before
    assert not Job.objects.exclude(pk=things.job.pk).filter(status="succeeded").exists()
    assert Group.objects.filter(name="admin", user__isnull=False).exists() == (role == "admin")


@pytest.mark.parametrize("role", ["other learner", "instructor", "admin"])
def test_a_sound_job_with_a_field_too_many_is_refused_and_named(role: str, woken: list[Any]) -> None:
    client = caller(role)
    work = {"task": "attention", "params": {"query": [[1]], "key": [[1]], "value": [[1]]}}
    for field in ("owner", "status", "is_staff", "score", "cached", "attempts"):
        for sent in ({**work, field: 1}, {**work, "params": {**work["params"], field: 1}}):  # type: ignore[dict-item]
            answer = client.post("/api/v1/jobs/", sent, content_type="application/json")
            assert answer.status_code == 400
            assert field in answer.json()["errors"][0]["pointer"]
    assert not Job.objects.exists()
