"""People, and a way to run jobs without Celery: the worker's own code, called here."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from camp.accounts.models import User
from camp.accounts.services import account_set
from camp.lab import runner, tasks
from camp.lab.models import Job, Status
from camp.lab.services import job_submit
from camp.redis_client import client
from tests.camp.callers import ARTICLE, PASSWORD, Api


@pytest.fixture(autouse=True)
def language_of_its_own() -> Iterator[None]:
    """The last page that a test asked for must not choose the language of the next test."""
    yield
    translation.deactivate()


@pytest.fixture
def ada(db: None) -> User:
    return account_set(username="ada", role="learner", password=PASSWORD)[0]


@pytest.fixture
def owner(ada: User) -> Client:
    """A browser in which Ada is signed in."""
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def eve(db: None) -> User:
    return account_set(username="eve", role="learner", password=PASSWORD)[0]


@pytest.fixture
def api(ada: User) -> Api:
    return Api(ada)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The ids that workers were woken for, instead of messages."""
    sent: list[Any] = []
    monkeypatch.setattr(tasks, "wake", lambda job_id, queue: sent.append(job_id) or True)
    return sent


@pytest.fixture
def submit(ada: User, woken: list[Any]) -> Callable[..., Job]:
    def submit_one(owner: User = ada, **params: Any) -> Job:
        body = {"query": ARTICLE, "key": ARTICLE, "value": ARTICLE, **params}
        return job_submit(owner=owner, task="attention", params=body)

    return submit_one


@pytest.fixture
def run_jobs() -> Callable[[], None]:
    """Run every waiting job as a worker would."""

    def run_all() -> None:
        for job_id in Job.objects.filter(status=Status.QUEUED).values_list("pk", flat=True):
            runner.run(job_id, "test")

    return run_all


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Argon2 is slow by design, and hundreds of accounts are made here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _redis(redis_server: None) -> None:
    """Cache, events, presence and counts need it; what earlier tests counted is forgotten."""
    for pattern in ("camp:rate:*", "camp:1:allauth*"):
        for key in client().scan_iter(pattern):
            client().delete(key)
