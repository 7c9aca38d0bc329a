"""Jobs whose arrays come in an NPZ file: the same work as in JSON, and refusals that point into the file."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from camp.lab.models import Job, JobInput
from tests.camp.callers import Api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("woken")]
ROWS = np.array([[1.0, 2.0], [3.0, 4.0], [0.5, -1.5]])


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def qkv(**arrays: Any) -> bytes:
    return npz(**{"query": ROWS, "key": ROWS, "value": ROWS, **arrays})


def upload(api: Api, file: Any, params: Any = None, **fields: Any) -> Any:
    """Send a form as browsers and HTTP clients do."""
    headers = {**api.headers, **fields.pop("headers", {})}
    form = {"task": "attention", **fields}
    if file is not None:
        form["file"] = SimpleUploadedFile("any.npz", file) if isinstance(file, bytes) else file
    if params is not None:
        form["params"] = params if isinstance(params, (str, SimpleUploadedFile)) else json.dumps(params)
    return api.client.post("/api/v1/jobs/", form, headers=headers)


def errors_of(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.content
    return [(error["pointer"], error["detail"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", ">i2", "u1"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_file_is_the_same_work_as_json(
    api: Api, run_jobs: Callable[[], None], dtype: str, order: Any
) -> None:
    rows = np.abs(np.trunc(ROWS)).astype(dtype, order=order)
    mask = np.tri(3, dtype=bool)
    sent = upload(api, npz(query=rows, key=rows, value=rows, mask=mask), {"temperature": 2})
    assert sent.status_code == 201, sent.content
    lists = {name: rows.tolist() for name in ("query", "key", "value")}
    params = {**lists, "mask": mask.tolist(), "temperature": 2}
    typed = api.post("/jobs/", {"task": "attention", "params": params})
    assert sent.json()["params"] == typed.json()["params"]
    run_jobs()
    first, second = (api.get(f"/jobs/{answer.json()['id']}/result/").json() for answer in (sent, typed))
    assert {**first, "elapsed_ms": 0} == {**second, "elapsed_ms": 0}


def test_learned_parameters_come_by_their_own_names(api: Api, run_jobs: Callable[[], None]) -> None:
    weight = np.array([[1.0, 0.5], [0.0, 2.0]])
    answer = upload(api, qkv(**{"parameters.weight": weight}), {"function": "general"})
    run_jobs()
    result = api.get(f"/jobs/{answer.json()['id']}/result/").json()
    np.testing.assert_allclose(result["stages"]["scores"], ROWS @ weight @ ROWS.T, rtol=1e-12)


def test_a_large_file_is_kept_beside_the_row_and_computed_whole(
    api: Api, run_jobs: Callable[[], None]
) -> None:
    rng = np.random.default_rng(1)
    arrays = {name: rng.normal(size=(64, 1024)) for name in ("query", "key", "value")}
    answer = upload(api, npz(**arrays))
    assert answer.json()["params"]["query"] is None
    assert answer.json()["params"]["truncated"] is True
    run_jobs()
    path = f"/jobs/{answer.json()['id']}/result/?as=npz"
    with np.load(io.BytesIO(api.get(path).content)) as result:
        scores = arrays["query"] @ arrays["key"].T
        np.testing.assert_allclose(result["scores"], scores, rtol=1e-9, atol=1e-9)


def test_a_large_run_can_be_looked_at_run_again_and_deleted(
    api: Api, ada: Any, run_jobs: Callable[[], None]
) -> None:
    rows = np.ones((64, 1024))
    upload(api, npz(query=rows, key=rows, value=rows))
    run_jobs()
    job = Job.objects.get()
    browser = Client()
    browser.force_login(ada)
    page = browser.get(job.get_absolute_url())
    assert page.status_code == 200
    browser.post(f"{job.get_absolute_url()}again/")
    assert Job.objects.count() == 2
    assert JobInput.objects.count() == 2
    assert len(set(Job.objects.values_list("params_hash", flat=True))) == 1
    for one in Job.objects.all():
        assert api.delete(f"/jobs/{one.pk}/").status_code == 204
    assert not JobInput.objects.exists()


def test_the_same_key_with_the_same_arrays_is_the_same_job_in_whatever_form(api: Api) -> None:
    headers = {"Idempotency-Key": "one"}
    first = upload(api, qkv(), headers=headers)
    lists = {name: ROWS.tolist() for name in ("query", "key", "value")}
    again = api.post("/jobs/", {"task": "attention", "params": lists}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert upload(api, qkv(value=ROWS * 2), headers=headers).status_code == 409


@pytest.mark.parametrize(
    ("file", "params", "pointer", "word"),
    [
        (qkv(query=np.array([[1.0, np.nan], [0, 0]])), None, "/file/query/0/1", "finite"),
        (qkv(key=np.array([[1e7, 0], [0, 0], [0, 0]])), None, "/file/key/0/0", "got 1e7"),
        (qkv(value=ROWS[:2]), None, "/file/value", "expected as many rows as key has"),
        (qkv(mask=np.ones((3, 3))), None, "/file/mask", "true or false"),
        (qkv(weights=ROWS), None, "/file/weights", "unknown array"),
        (npz(query=ROWS, key=ROWS), None, "/file/value", "required"),
        (qkv(), {"query": [[1, 2]]}, "/file/query", "given twice"),
        (qkv(), {"temperature": 0}, "/params/temperature", "from 0.001"),
        (qkv(), {"scale": 1, "function": "cosine"}, "/params/scale", "expected no scale"),
        (qkv(), {"owner": 1}, "/params/owner", "unknown field"),
        (qkv(), [1], "/params", "expected an object"),
        (qkv(), "{", "/params", "expected JSON"),
        (qkv(), '{"seed": 1, "seed": 2}', "/params", "twice"),
        (qkv(**{"parameters.weight": ROWS}), {"function": "general"}, "/file/parameters.weight", "(2, 2)"),
        (npz(**{"query": np.array([{}], dtype=object)}), None, "/file/query", "pickle"),
        (b"not a file of arrays", None, "/file", "NPZ"),
        (None, None, "/file", "required"),
        ("a text", None, "/file", "expected a file"),
        (qkv(), SimpleUploadedFile("p.json", b"{}"), "/params", "expected a text"),
    ],
)
def test_a_refusal_points_into_the_file_or_the_params(
    api: Api, file: Any, params: Any, pointer: str, word: str
) -> None:
    [(place, detail)] = errors_of(upload(api, file, params))
    assert place == pointer
    assert word in detail
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (b"'<f8'", b"()   ", "numpy.save"),
        (b"(3, 2), }   ", b"(True, 2), }", "(True, 2)"),
        (b"(3, 2)", b"(-3,2)", "(-3, 2)"),
    ],
)
def test_a_forged_header_is_refused_at_its_array_by_the_call_and_on_the_page(
    api: Api, client: Client, old: bytes, new: bytes, word: str
) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(qkv())) as sound, zipfile.ZipFile(file, "w") as forged:
        for name in sound.namelist():
            member = sound.read(name)
            forged.writestr(name, member.replace(old, new) if name == "key.npy" else member)
    [(place, detail)] = errors_of(upload(api, file.getvalue()))
    assert place == "/file/key"
    assert word in detail
    page = client.post("/lab/attention/file/", {"file": SimpleUploadedFile("any.npz", file.getvalue())})
    assert page.status_code == 422
    assert f"key: {detail}" in page.content.decode()


def test_unknown_and_repeated_fields_are_refused(api: Api) -> None:
    assert errors_of(upload(api, qkv(), owner="eve"))[0][0] == "/owner"
    two = [SimpleUploadedFile("a", qkv()), SimpleUploadedFile("b", qkv())]
    assert errors_of(upload(api, two)) == [("/file", "expected each field once, got it twice")]


def test_a_file_over_the_limit_is_413(api: Api) -> None:
    assert upload(api, b"\0" * (16 * 2**20 + 1)).status_code == 413
    huge = api.client.post(
        "/api/v1/jobs/",
        b"--x",
        content_type="multipart/form-data; boundary=x",
        headers=api.headers,
        CONTENT_LENGTH=str(2**31),
    )
    assert huge.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--x\r\n\r\n",
        b"garbage",
        b'--x\r\nContent-Disposition: form-data; name="task"\r\n\r\nattention',
    ],
)
def test_a_broken_form_is_400(api: Api, body: bytes) -> None:
    answer = api.client.post(
        "/api/v1/jobs/", body, content_type="multipart/form-data; boundary=x", headers=api.headers
    )
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"].startswith("application/problem+json")


def test_a_form_of_a_thousand_fields_is_400(api: Api) -> None:
    assert upload(api, None, **{f"field{index}": "x" for index in range(1000)}).status_code == 400


def test_a_page_may_upload_with_its_cookie_and_its_csrf_token(ada: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)
    form = {"task": "attention", "file": SimpleUploadedFile("q.npz", qkv())}
    assert browser.post("/api/v1/jobs/", form).status_code == 403
    browser.get("/accounts/login/")
    form["file"] = SimpleUploadedFile("q.npz", qkv())
    token = browser.cookies["csrftoken"].value
    assert browser.post("/api/v1/jobs/", {**form, "csrfmiddlewaretoken": token}).status_code == 201
