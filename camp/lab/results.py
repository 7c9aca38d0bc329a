"""Results in the database: small arrays in the result's row, large ones in parts that are read one after another.

In the database and not in files: a result and its job's end are one transaction, a deleted job leaves nothing behind,
and every web process of every machine can read it.
"""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import Length

from camp.lab.models import JobResult, JobResultPart

PART_BYTES = 2**20


def write(job_id: UUID, document: bytes, arrays: bytes) -> None:
    """Keep what a job computed; to be called in the transaction that ends it."""
    _write(job_id, document, arrays if len(arrays) <= PART_BYTES else b"")
    if len(arrays) > PART_BYTES:
        for number, start in enumerate(range(0, len(arrays), PART_BYTES)):
            _write_part(job_id, number, arrays[start : start + PART_BYTES])


def copy(earlier: JobResult, job_id: UUID) -> None:
    """Give another job the same result."""
    _write(job_id, bytes(earlier.document), bytes(earlier.arrays))
    for number, content in enumerate(_parts(earlier.job_id)):
        _write_part(job_id, number, content)


def arrays_size(job_id: UUID) -> int:
    """Bytes of the result's NPZ file; 0 where there is none."""
    row = JobResult.objects.filter(job_id=job_id).aggregate(size=Sum(Length("arrays")))
    parts = JobResultPart.objects.filter(result_id=job_id).aggregate(size=Sum(Length("content")))
    return (row["size"] or 0) + (parts["size"] or 0)


def arrays(job_id: UUID) -> Iterator[bytes]:
    """The result's NPZ file, a part at a time; nothing where there is none."""
    whole = JobResult.objects.filter(job_id=job_id).values_list("arrays", flat=True).first()
    if whole:
        yield bytes(whole)
    yield from _parts(job_id)


def _parts(job_id: UUID) -> Iterator[bytes]:
    """Each by a query of its own: no connection is held, and no cursor, while somebody is slow to take them."""
    rows = JobResultPart.objects.filter(result_id=job_id).values_list("content", flat=True)
    number = 0
    while (content := rows.filter(number=number).first()) is not None:
        yield bytes(content)
        number += 1


def _write(job_id: UUID, document: bytes, arrays: bytes) -> None:
    JobResult.objects.create(job_id=job_id, document=document, arrays=arrays)


def _write_part(job_id: UUID, number: int, content: bytes) -> None:
    JobResultPart.objects.create(result_id=job_id, number=number, content=content)
