"""The page of a task that is not `attention`: what a learner brings, what comes back, and what is refused where."""

import base64
import html
import io
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import numpy as np
import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from attention_core.findings import Findings, Sentence
from attention_core.own_kinds import EXPECTED_LENGTH
from attention_core.params import InvalidParams, Problem
from attention_core.tasks.base import Task
from camp.accounts.models import User
from camp.api.schema_shapes import SHAPES
from camp.lab import runner, selectors, services
from camp.lab.models import Job
from tests.camp.callers import Api
from tests.toy_task import WEIGHTS, toy_listed

pytestmark = pytest.mark.django_db
PAGE = "/lab/toy/"


@pytest.fixture(autouse=True)
def toy() -> Iterator[Task]:
    with toy_listed() as task:
        yield task


@pytest.fixture
def submit(owner: Client, no_messages: None) -> Callable[..., Job]:
    """Send the form; the run, done."""

    def send(**fields: Any) -> Job:
        answer = owner.post(PAGE, fields)
        assert answer.status_code == 302, answer.content.decode()
        job = Job.objects.latest("created_at")
        assert answer.headers["Location"] == job.get_absolute_url()
        runner.run(job.pk, "test")
        job.refresh_from_db()
        return job

    return send


def png(width: int = 24, height: int = 12, colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


async def whole(answer: Any) -> bytes:
    return b"".join([part async for part in answer.streaming_content])


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_the_lab_lists_it_and_its_form_has_its_fields_with_labels_help_and_limits(client: Client) -> None:
    assert f'href="{PAGE}"' in client.get("/lab/").content.decode()
    page = client.get(PAGE)
    for words in (
        "A toy",
        "Some text",
        "at most 60 characters",
        "shrunk to 16 pixels",
        "4 to 6 rows",
        "Mode",
    ):
        assert words in text_of(page)
    assert 'value="cat sat"' in page.content.decode()


@pytest.mark.parametrize("name", ["nothing", "attention_", "runs2"])
def test_a_task_that_is_not_there_is_not_found(client: Client, name: str) -> None:
    assert client.get(f"/lab/{name}/").status_code == 404


def test_a_run_shows_all_that_was_found(owner: Client, submit: Callable[..., Job]) -> None:
    page = owner.get(submit(text="dog ran", mode="quick", seed="0").get_absolute_url())
    told = text_of(page)
    for words in (
        "ran looks back.", "97.5 %", "without attention: 50 %", "3.250 dB", "uniform weights", "−47.5 points",
        "head 2 removed", "+0.5 points", "A bright cell is no explanation.", "Time by length", "&lt;b&gt;cat&lt;/b&gt;",
    ):  # fmt: skip
        assert words in told
    assert '<svg class="chart"' in page.content.decode()


def test_a_row_of_weights_is_listed_without_a_script(owner: Client, submit: Callable[..., Job]) -> None:
    job = submit(text="dog ran")
    told = text_of(owner.get(f"{job.get_absolute_url()}?layer=1&head=1&query=1"))
    assert told.index("ran 75 %") < told.index("dog 25 %")
    for odd in ("?layer=9&head=-1&query=x", "?layer=%00", "?head=9999999"):
        assert owner.get(f"{job.get_absolute_url()}{odd}").status_code == 200


def test_the_result_keeps_to_its_schema_and_comes_as_json_npz_and_csv(
    ada: User, owner: Client, submit: Callable[..., Job]
) -> None:
    job = submit(text="dog ran")
    result = Api(ada).get(f"/jobs/{job.pk}/result/")
    components = {"components": {"schemas": SHAPES}}
    jsonschema.validate(result.json(), {**SHAPES["Findings"], **components})
    arrays = np.load(io.BytesIO(Api(ada).get(f"/jobs/{job.pk}/result/?as=npz").content))
    assert np.array_equal(arrays["weights"], WEIGHTS)
    weights = Api(ada).get(f"/jobs/{job.pk}/result/?as=csv&part=weights")
    rows = async_to_sync(whole)(weights).decode().splitlines()
    assert rows[:2] == ["layer,head,query,key_0,key_1", "0,0,0,0.25,0.75"]
    refused = Api(ada).get(f"/jobs/{job.pk}/result/?as=csv&part=scores")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["detail"] == 'expected one of weights, got "scores"'


def test_the_weights_of_one_layer_come_alone(owner: Client, submit: Callable[..., Job]) -> None:
    address = f"{submit(text='dog ran').get_absolute_url()}weights/"
    whole = np.frombuffer(owner.get(address).content, "<f4")
    assert np.array_equal(whole, WEIGHTS.ravel())
    assert np.array_equal(np.frombuffer(owner.get(f"{address}?layer=2").content, "<f4"), WEIGHTS[1].ravel())
    assert [owner.get(f"{address}?layer={odd}").status_code for odd in ("0", "3", "x", "²", "0000010")] == [
        404
    ] * 5


def test_a_csv_file_of_a_chinese_windows_is_read_as_what_it_says(submit: Callable[..., Job]) -> None:
    file = SimpleUploadedFile("rows.csv", "菜很好吃,好\n服务太差,差\n不错,好\n难吃,差\n".encode("gb18030"))
    assert submit(text="dog ran", **{"rows-file": file}).params["rows"][0] == ["菜很好吃", "好"]


def test_a_file_that_is_no_text_is_told_so(owner: Client) -> None:
    answer = owner.post(
        PAGE, {"text": "dog ran", "rows-file": SimpleUploadedFile("r.csv", b"caf\xe9,a\n\xff\xff")}
    )
    assert "Expected a text file in UTF-8 or GB 18030." in text_of(answer)


def test_what_was_typed_is_never_taken_for_the_name_of_a_field(owner: Client) -> None:
    told = text_of(owner.post(PAGE, {"text": "dog ran", "seed": "rows", "mode": "quick"}))
    assert '"rows" is not a whole number' in html.unescape(told)


def test_why_a_run_was_refused_by_the_worker_is_said_in_the_readers_language(
    owner: Client, no_messages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(params: Any, report: Any) -> Any:
        raise InvalidParams(
            [Problem(("text",), EXPECTED_LENGTH, {"minimum": 1, "maximum": 5, "received": 7})]
        )

    owner.post(PAGE, {"text": "dog ran"})
    job = Job.objects.get()
    with toy_listed(run=refuse):
        runner.run(job.pk, "test")
        told = text_of(owner.get(job.get_absolute_url(), headers={"Accept-Language": "zh-CN"}))
    assert "应为 1 到 5 个字符的文本，收到 7 个" in told


def test_a_run_without_weights_offers_no_table_of_them(
    owner: Client, client: Client, submit: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    with toy_listed(run=lambda params, report: Findings(says=[Sentence("Nothing.")]).result(elapsed_ms=1)):
        job = submit(text="dog ran")
        owner.post(f"{job.get_absolute_url()}share/", {"shared": "1"})
        page = owner.get(job.get_absolute_url()).content.decode()
        assert "part=weights" not in page
        link = re.search(r"/s/[\w-]+/", page)
        assert link
        assert "weights.csv" not in client.get(link[0]).content.decode()
        assert client.get(f"{link[0]}weights.csv").status_code == 404
        refused = Api(job.owner).get(f"/jobs/{job.pk}/result/?as=csv&part=weights")
        assert refused.status_code == 406


def test_pictures_are_their_owners(owner: Client, client: Client, submit: Callable[..., Job]) -> None:
    address = f"{submit(text='dog ran').get_absolute_url()}pictures/input.png"
    shown = owner.get(address)
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(shown.content)).size == (8, 8)
    assert owner.get(address.replace("input", "other")).status_code == 404
    assert client.get(address).status_code == 404


def test_a_shared_run_shows_its_pictures_and_weights_to_whoever_has_the_link(
    owner: Client, client: Client, submit: Callable[..., Job]
) -> None:
    job = submit(text="dog ran")
    owner.post(f"{job.get_absolute_url()}share/", {"shared": "1"})
    link = re.search(r"/s/[\w-]+/", owner.get(job.get_absolute_url()).content.decode())
    assert link
    told = client.get(link[0])
    assert "ran looks back." in text_of(told)
    assert f'src="{link[0]}pictures/input.png"' in told.content.decode()
    assert client.get(f"{link[0]}pictures/input.png").status_code == 200
    assert client.get(f"{link[0]}weights/?layer=1").status_code == 200


def test_the_form_opens_again_with_what_was_run(owner: Client, submit: Callable[..., Job]) -> None:
    job = submit(
        text="dog ran", **{"picture-file": SimpleUploadedFile("a.png", png())}, rows="a,x\nb,y\nc,x\nd,y"
    )
    page = owner.get(f"{PAGE}?run={job.pk}").content.decode()
    assert 'value="dog ran"' in page
    assert "a,x\nb,y\nc,x\nd,y" in page
    kept = re.search(r'name="picture"\s+value="([^"]+)"', page)
    assert kept
    assert Image.open(io.BytesIO(base64.b64decode(kept[1]))).size == (16, 8)
    assert owner.get(f"{PAGE}?run={job.pk}x").status_code == 404


def test_a_page_that_is_reloaded_goes_on_showing_its_run(owner: Client, no_messages: None) -> None:
    owner.post(PAGE, {"text": "dog ran"})
    job = Job.objects.get()
    waiting = owner.get(f"{PAGE}?run={job.pk}").content.decode()
    assert f'hx-get="{job.get_absolute_url()}' in waiting
    assert f'action="{job.get_absolute_url()}cancel/"' in waiting
    runner.run(job.pk, "test")
    done = text_of(owner.get(f"{PAGE}?run={job.pk}"))
    assert "ran looks back." in done
    assert "Open this run" in done


def test_runs_are_called_by_what_was_given(owner: Client, submit: Callable[..., Job]) -> None:
    submit(text="dog ran", mode="slow", rows="a,x\nb,y\nc,x\nd,y")
    told = text_of(owner.get("/lab/runs/"))
    assert "“dog ran”" in told
    assert "Slow" in told


def test_what_is_wrong_is_told_at_its_field_and_all_else_is_kept(owner: Client) -> None:
    rows = 'good one,a\n"two, three",b\nfour,a\nno label'
    sent = {"text": "x" * 61, "rows": rows, "mode": "slow", "seed": "11"}
    answer = owner.post(PAGE, {**sent, "picture-file": SimpleUploadedFile("a.png", png())})
    assert answer.status_code == 422
    told = text_of(answer)
    assert "expected a text of 1 to 60 characters, got 61" in told
    assert "Row 4: expected a text and a label" in told
    assert "expected a number from 0 to 9, got 11" in told
    page = answer.content.decode()
    assert f'value="{"x" * 61}"' in page
    assert "no label</textarea>" in page
    kept = re.search(r'name="picture"\s+value="([^"]+)"', page)
    assert kept
    assert Image.open(io.BytesIO(base64.b64decode(kept[1]))).size == (16, 8)
    assert not Job.objects.exists()


def test_a_csv_file_stands_for_the_rows(submit: Callable[..., Job]) -> None:
    file = SimpleUploadedFile("rows.csv", "\ufefftext,label\n=1+1,a\n很好,b\nfine,a\nbad,b\n".encode())
    assert submit(text="dog ran", **{"rows-file": file}).params["rows"] == [
        ["=1+1", "a"], ["很好", "b"], ["fine", "a"], ["bad", "b"],
    ]  # fmt: skip


def _large_png(width: int, height: int) -> bytes:
    """A header that promises so many pixels, and few of them."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [b"IHDR" + header, b"IDAT" + zlib.compress(b"\0" * 1000)]
    written = [struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_large_png(5_000, 4_000), "expected a picture of at most 16000000 pixels, got 5000 × 4000"),
        (_large_png(30_000, 30_000), "expected a picture of at most 16000000 pixels, got many more"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a PNG, JPEG or WebP"),
        (b"GIF89a" + b"\0" * 40, "not a PNG, JPEG or WebP"),
        (png()[:40], "not a PNG, JPEG or WebP"),
        (png()[:-30], "not a PNG, JPEG or WebP"),
        (png(4, 4), "expected a picture of at least 8 × 8 pixels, got 4 × 4"),
        (png(900, 8), "expected a picture of at least 8 × 8 pixels"),
        (b"\x00" * 1000, "not a PNG, JPEG or WebP"),
    ],
    ids=["20 megapixels", "900 megapixels", "svg", "gif", "header only", "cut", "tiny", "a line once shrunk", "zeros"],
)  # fmt: skip
def test_a_hostile_picture_is_refused_at_its_field(owner: Client, content: bytes, said: str) -> None:
    answer = owner.post(PAGE, {"text": "dog ran", "picture-file": SimpleUploadedFile("a.png", content)})
    assert answer.status_code == 422
    assert said in text_of(answer)


def test_what_a_picture_carries_besides_its_pixels_is_not_kept(submit: Callable[..., Job]) -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "SECRET PLACE"
    Image.new("RGB", (16, 12), "blue").save(buffer, "JPEG", exif=exif)
    job = submit(text="dog ran", **{"picture-file": SimpleUploadedFile("a.jpg", buffer.getvalue())})
    assert b"SECRET" not in base64.b64decode(job.params["picture"])
    assert b"SECRET" not in job.params_json.encode()


def test_the_curve_of_a_run_grows_in_its_row_and_is_drawn_while_it_lives(
    owner: Client, monkeypatch: pytest.MonkeyPatch, no_messages: None
) -> None:
    monkeypatch.setattr(runner, "REPORT_SECONDS", 0)
    owner.post(PAGE, {"text": "dog ran"})
    job = Job.objects.get()
    claimed = runner.claim(job.pk, "test")
    assert claimed
    report = runner._reporter(claimed)
    for step in range(5):
        report(step / 10, "training", {"step": step, "loss": 1 / (step + 1)})
    job.refresh_from_db()
    assert job.curve[-1] == {"step": 4.0, "loss": 0.2}
    page = owner.get(job.get_absolute_url()).content.decode()
    assert "chart-live-title" in page
    assert "from 1 to 0.2" in page
    for step in range(500):
        report(0.5, "training", {"step": step, "loss": 1})
    job.refresh_from_db()
    assert len(job.curve) <= runner.MOST_POINTS + 1


def test_by_json_a_picture_comes_in_base64_and_texts_as_rows(ada: User) -> None:
    params = {
        "picture": base64.b64encode(png()).decode(),
        "rows": [["a", "x"], ["b", "y"], ["c", "x"], ["d", "y"]],
    }
    made = Api(ada).post("/jobs/", {"task": "toy", "params": params})
    assert made.status_code == 201, made.content
    again = services.job_submit(owner=ada, task="toy", params=made.json()["params"])
    assert again.params_hash == Job.objects.get(pk=made.json()["id"]).params_hash
    wrong = Api(ada).post("/jobs/", {"task": "toy", "params": {"picture": "AAAA", "rows": [["a"]] * 4}})
    places = [error["pointer"] for error in wrong.json()["errors"]]
    assert places == ["/params/picture", *(f"/params/rows/{row}" for row in range(4))]


def test_an_export_and_a_deletion_take_what_was_brought(owner: Client, submit: Callable[..., Job]) -> None:
    job = submit(text="dog ran")
    services.job_delete(job=job)
    assert selectors.job_of(job.owner, job.pk) is None
