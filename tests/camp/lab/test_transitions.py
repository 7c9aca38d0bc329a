"""From which state a job may go to which: every pair, tried on the database itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from camp.lab import transitions
from camp.lab.models import ErrorCode, Job, Status
from camp.lab.transitions import ALLOWED

pytestmark = pytest.mark.django_db


def row_of(status: str) -> dict[str, Any]:
    """What else a row of that status must say."""
    now = timezone.now()
    live = {"finished_at": None, "error_code": "", "lease_expires_at": None}
    return {
        Status.QUEUED: live,
        Status.RUNNING: {**live, "lease_expires_at": now + timedelta(minutes=1), "attempts": 1},
        Status.SUCCEEDED: {**live, "finished_at": now},
        Status.FAILED: {**live, "finished_at": now, "error_code": ErrorCode.INTERNAL},
        Status.CANCELLED: {**live, "finished_at": now},
    }[Status(status)]


@pytest.fixture
def in_state(submit: Callable[..., Job]) -> Callable[[str], Job]:
    """A job that went to a state by the shortest way there is."""

    def made(status: str) -> Job:
        job = submit()
        ways = {Status.QUEUED: [], Status.RUNNING: [Status.RUNNING]}
        for step in ways.get(Status(status), [Status.RUNNING, status]):
            Job.objects.filter(pk=job.pk).update(status=step, **row_of(step))
        return Job.objects.get(pk=job.pk)

    return made


@pytest.mark.parametrize("after", Status.values)
@pytest.mark.parametrize("before", Status.values)
def test_only_what_the_table_allows_can_be_written(in_state: Any, before: str, after: str) -> None:
    job = in_state(before)
    if before == after or after in ALLOWED[Status(before)]:
        Job.objects.filter(pk=job.pk).update(status=after, **row_of(after))
        assert Job.objects.get(pk=job.pk).status == after
    else:
        with pytest.raises(IntegrityError, match="job_transition"), transaction.atomic():
            Job.objects.filter(pk=job.pk).update(status=after, **row_of(after))
        assert Job.objects.get(pk=job.pk).status == before


def test_the_table_names_every_state_and_ended_ones_lead_nowhere() -> None:
    assert set(ALLOWED) == set(Status)
    assert {state for state, after in ALLOWED.items() if not after} == {
        Status.SUCCEEDED, Status.FAILED, Status.CANCELLED,
    }  # fmt: skip


def test_one_forbidden_row_among_many_changes_none(in_state: Any) -> None:
    jobs = [in_state(Status.RUNNING), in_state(Status.CANCELLED)]
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk__in=[job.pk for job in jobs]).update(
            status=Status.SUCCEEDED, **row_of(Status.SUCCEEDED)
        )
    assert Job.objects.get(pk=jobs[0].pk).status == Status.RUNNING


def test_the_guard_may_be_put_in_place_again(in_state: Any) -> None:
    transitions.guard(connection)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=in_state(Status.FAILED).pk).update(
            status=Status.QUEUED, **row_of(Status.QUEUED)
        )
