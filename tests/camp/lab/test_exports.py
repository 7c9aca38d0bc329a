"""What is taken along opens again: the job asks for the same run, the program computes the same output."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client

from camp.accounts.models import User
from camp.lab import runner, selectors
from camp.lab.models import Job
from tests.camp.callers import Api

Submit = Callable[..., Job]
pytestmark = pytest.mark.django_db
ROWS = [[0.1, -2.0], [1 / 3, 4.0]]
EVERYTHING = [
    {},
    {"causal": True, "temperature": 0.5, "num_heads": 2, "scale": 0.3},
    {"function": "additive", "seed": 7, "mask": [[True, False], [True, True]]},
    {"function": "general", "parameters": {"weight": [[1.0, 2.0], [0.5, 0.0]]}, "key_padding": [True, False]},
]


@pytest.mark.parametrize("options", EVERYTHING)
def test_the_program_prints_the_runs_output(
    submit: Submit, ada: User, owner: Client, project: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    job = submit(owner=ada, query=ROWS, key=ROWS, value=ROWS, **options)
    runner.run(job.pk, "w")
    answer = owner.get(f"/lab/runs/{job.pk}/run.py")
    assert answer["Content-Disposition"] == f'attachment; filename="attention-{job.pk}.py"'
    program = tmp_path / "run.py"
    program.write_bytes(answer.content)
    said = subprocess.run(
        [sys.executable, str(program)], env={"PYTHONPATH": str(project)}, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    result = selectors.result_of(job)
    assert result is not None
    np.testing.assert_allclose(json.loads(said.stdout), result.data["output"], rtol=1e-12)


@pytest.mark.parametrize("options", EVERYTHING)
def test_the_job_sent_again_is_the_same_work(
    submit: Submit, ada: User, owner: Client, options: dict[str, Any]
) -> None:
    job = submit(owner=ada, query=ROWS, key=ROWS, value=ROWS, **options)
    body = owner.get(f"/lab/runs/{job.pk}/job.json").content
    answer = Api(ada).post("/jobs/", body)
    assert answer.status_code == 201, answer.content
    assert Job.objects.get(pk=answer.json()["id"]).params_hash == job.params_hash


@pytest.mark.parametrize("name", ["job.json", "run.py"])
def test_another_learners_run_is_not_there(submit: Submit, ada: User, name: str) -> None:
    stranger = Client()
    stranger.force_login(User.objects.create(username="eve-the-stranger"))
    assert stranger.get(f"/lab/runs/{submit(owner=ada).pk}/{name}").status_code == 404


def test_of_another_task_there_is_no_program(submit: Submit, ada: User, owner: Client) -> None:
    job = submit(owner=ada)
    Job.objects.filter(pk=job.pk).update(task="of-tomorrow")
    assert owner.get(f"/lab/runs/{job.pk}/run.py").status_code == 404
