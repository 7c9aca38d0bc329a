"""Answers that are sent a part at a time, for the whole may be large."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async


async def in_thread(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The parts, each asked for in the request's thread: they come from the database."""
    following = sync_to_async(lambda: next(parts, None))
    while (part := await following()) is not None:
        yield part
