"""Large results lie in parts, small ones in one row; whoever reads sees no difference."""

import os
from collections.abc import Callable

import pytest

from camp.lab import results, runner, selectors, services
from camp.lab.models import Job, JobResult, JobResultPart

Submit = Callable[..., Job]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (0, 0),
        (1, 0),
        (results.PART_BYTES, 0),
        (results.PART_BYTES + 1, 2),
        (3 * results.PART_BYTES, 3),
    ],
)
def test_arrays_of_any_size_come_back_as_they_were(submit: Submit, size: int, parts: int) -> None:
    job, arrays = submit(), os.urandom(size)
    results.write(job.pk, b"{}", arrays)
    assert JobResultPart.objects.count() == parts
    assert results.arrays_size(job.pk) == size
    assert b"".join(results.arrays(job.pk)) == arrays
    assert all(len(part) <= results.PART_BYTES for part in results.arrays(job.pk))


def test_a_large_result_ends_with_its_job_in_one_transaction(submit: Submit) -> None:
    lost = runner.claim(submit().pk, "w")
    assert lost is not None
    assert not runner.succeed(lost.pk, lost.attempts + 1, b"{}", os.urandom(2 * results.PART_BYTES))
    assert not JobResult.objects.exists()
    assert not JobResultPart.objects.exists()


def test_the_copy_of_a_large_result_is_whole_and_its_own(submit: Submit) -> None:
    first, again, arrays = submit(), submit(), os.urandom(results.PART_BYTES * 2 + 5)
    results.write(first.pk, b'{"a": 1}', arrays)
    results.copy(JobResult.objects.get(job=first), again.pk)
    services.job_delete(job=first)
    assert selectors.arrays_of(again) == arrays
    assert JobResult.objects.get(job=again).data == {"a": 1}
    services.job_delete(job=again)
    assert not JobResultPart.objects.exists()
