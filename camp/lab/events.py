"""News of jobs: workers write to one Redis stream; each web process has one reader, whatever the number waiting."""

import asyncio
import contextlib
import time
import weakref
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import redis
import redis.asyncio
import structlog
from django.conf import settings

from camp.redis_client import client

log = structlog.get_logger("camp.events")
STREAM = "camp:events"
_IDLE_ROUNDS = 5  # of two seconds: a client's next job finds the reader still there
_KEPT = 10_000  # entries; news only wakes readers, who then ask the database


@dataclass(frozen=True)
class News:
    """One entry of the stream: what a job changed to. `id` is the stream's own."""

    id: str
    status: str
    progress: float
    message: str


class Listener:
    """What one who waits has not read yet. Of a run's progress only the newest is kept, so nobody's list grows."""

    def __init__(self) -> None:
        self._unread: list[News] = []
        self._heard = asyncio.Event()

    def hear(self, news: News) -> None:
        if self._unread and self._unread[-1].status == news.status:
            self._unread.pop()
        self._unread.append(news)
        self._heard.set()

    def take(self) -> list[News]:
        """All that is unread, oldest first."""
        taken, self._unread = self._unread, []
        self._heard.clear()
        return taken

    async def wait(self, seconds: float) -> bool:
        """Until there is news, or so many seconds; whether there is."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._heard.wait(), seconds)
        return self._heard.is_set()


def publish(job_id: object, status: str, *, progress: float = 0.0, message: str = "") -> None:
    """Tell every web process that the job changed. Losing one is harmless: those who wait also look by themselves."""
    publish_all([job_id], status, progress=progress, message=message)


def publish_all(job_ids: Iterable[object], status: str, *, progress: float = 0.0, message: str = "") -> None:
    """The same of many jobs, in one trip."""
    try:
        with client().pipeline(transaction=False) as trip:
            for job_id in job_ids:
                entry: dict[Any, Any] = {
                    "job": str(job_id), "status": status, "progress": progress, "message": message,
                }  # fmt: skip
                trip.xadd(STREAM, entry, maxlen=_KEPT, approximate=True)
            trip.execute()
    except (redis.RedisError, OSError) as error:
        log.warning("event_not_published", status=status, error=str(error))


class _Reader:
    """The one stream reader of an event loop; `waiting` maps a job's id to those who wait for it."""

    def __init__(self) -> None:
        self.waiting: dict[str, set[Listener]] = {}
        self.is_connected = True
        self._task: asyncio.Task[None] | None = None

    def ensure_running(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """Reads while anybody waits and a little longer, then ends; the next to wait starts it anew."""
        # From a moment ago, so that news between a look at the row and this first read is not missed.
        last = f"{int(time.time() * 1000) - 2000}-0"
        options: dict[str, Any] = {**settings.REDIS_OPTIONS, "socket_timeout": 10, "decode_responses": True}
        async with redis.asyncio.Redis.from_url(settings.REDIS_URL, **options) as source:
            idle_rounds = 0
            while self.waiting or idle_rounds < _IDLE_ROUNDS:
                try:
                    batches: Any = await source.xread({STREAM: last}, block=2000, count=500)
                    self.is_connected = True
                except (redis.RedisError, OSError) as error:
                    log.warning("event_reader_waits", error=str(error))
                    self.is_connected = False
                    await asyncio.sleep(1)
                    batches = []
                idle_rounds = 0 if self.waiting else idle_rounds + 1
                for _stream, entries in batches:
                    for last, fields in entries:
                        self._tell(last, fields)
            self._task = None  # before the connection closes: whoever waits from here on starts a new reader

    def _tell(self, entry: str, fields: dict[str, str]) -> None:
        listeners = self.waiting.get(fields.get("job", ""))
        if listeners:
            progress = float(fields.get("progress", 0))
            news = News(entry, fields["status"], progress, fields.get("message", ""))
            for listener in listeners:
                listener.hear(news)


_readers: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Reader]" = weakref.WeakKeyDictionary()


def _reader() -> _Reader:
    return _readers.setdefault(asyncio.get_running_loop(), _Reader())


def is_connected() -> bool:
    """Whether news reaches this event loop; while it does not, those who wait look at the row more often."""
    return _reader().is_connected


@contextlib.asynccontextmanager
async def news_of(job_id: str) -> AsyncIterator[Listener]:
    """Within the block, the listener hears whenever the job changed. Take the news, look at the row, wait again."""
    reader = _reader()
    listener = Listener()
    reader.waiting.setdefault(job_id, set()).add(listener)
    reader.ensure_running()
    try:
        yield listener
    finally:
        reader.waiting[job_id].discard(listener)
        if not reader.waiting[job_id]:
            del reader.waiting[job_id]
