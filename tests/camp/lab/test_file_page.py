"""The lab's page for files."""

import io
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from camp.lab.models import Job

pytestmark = pytest.mark.django_db
PAGE = "/lab/attention/file/"


def npz(**arrays: Any) -> SimpleUploadedFile:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return SimpleUploadedFile("mine.npz", file.getvalue())


def test_a_file_is_run_with_the_settings_beside_it(client: Client, woken: list[Any], run_jobs: Any) -> None:
    rows = np.random.default_rng(1).normal(size=(300, 16))
    sent = {"file": npz(query=rows, key=rows, value=rows), "num_heads": "4", "causal": "on"}
    answer = client.post(PAGE, sent)
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, job.get_absolute_url())
    assert (job.params["num_heads"], job.params["causal"]) == (4, True)
    assert np.array_equal(np.array(job.params["query"]), rows)
    run_jobs()
    assert client.get(job.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Choose a file."),
        ({"file": SimpleUploadedFile("x.npz", b"not a zip")}, "NPZ file"),
        ({"file": npz(query=[[1.0]], key=[[1.0]])}, "value"),
        ({"file": npz(query=[[1.0, np.nan]], key=[[1.0, 2.0]], value=[[1.0]])}, "query: Row 1, column 2"),
        ({"file": npz(query=[[1.0]], key=[[1.0]], value=[[1.0]], evil=[1])}, "evil"),
        ({"file": npz(query=[[1.0]], key=[[1.0]], value=[[1.0]]), "temperature": "warm"}, "warm"),
        ({"file": npz(query=[[1.0]], key=[[1.0]], value=[[1.0]]), "num_heads": "2"}, "heads"),
        ({"file": npz(query=np.ones((1024, 2)), key=np.ones((1024, 2)), value=np.ones((1024, 2))), "num_heads": "2"},
         "1048576"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place_and_no_guest_is_made(
    client: Client, sent: Any, words: str
) -> None:
    for file in [one for one in sent.values() if hasattr(one, "seek")]:
        file.seek(0)
    answer = client.post(PAGE, sent)
    assert answer.status_code == 422
    text = answer.content.decode().replace(",", "") if words.isdigit() else answer.content.decode()
    assert words in text
    assert not Job.objects.exists()
    from camp.accounts.models import User

    assert not User.objects.exists()


def test_a_file_too_large_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from camp.lab import file_form

    monkeypatch.setattr(file_form, "MAX_FILE_BYTES", 100)
    answer = client.post(PAGE, {"file": npz(query=[[1.0]], key=[[1.0]], value=[[1.0]])})
    assert answer.status_code == 422
    assert "at most 100 bytes" in answer.content.decode()
