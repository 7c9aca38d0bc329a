"""Fixtures for every test: Redis (embedded unless REDIS_URL says otherwise), people, a running camp."""

import logging
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings

from tests.running_camp import RunningCamp

# Rooms whose tests run a whole camp. A file of them stays together, in one worker with its one camp; drills stay
# together altogether, for while one kills, another must not count what is alive.
_REAL = ("browser", "live", "clients", "supervisor", "test_compose.py")

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request would bury what a failure says


@pytest.hookimpl(tryfirst=True)  # the groups must be there when the workers look for them
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who runs beside whom under `-n 2 --dist loadgroup`; every other test is free."""
    for item in items:
        room = item.path.relative_to(Path(__file__).parent).parts[0]
        if room == "drills":
            item.add_marker(pytest.mark.xdist_group(room))
        elif room in _REAL:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[None]:
    """The Redis that settings name. The embedded one is started here as the supervisor starts it."""
    if not settings.CAMP_EMBEDDED_REDIS:
        yield
        return
    from camp.supervisor.plan import redis as program

    socket = settings.CAMP_REDIS_SOCKET
    socket.parent.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen(
        program(socket, settings.CAMP_DATA_DIR / "redis").argv, stdout=subprocess.DEVNULL
    )
    client = redis.Redis.from_url(settings.REDIS_URL)
    for _ in range(200):
        try:
            client.ping()
            break
        except redis.RedisError:
            time.sleep(0.05)
    yield
    server.terminate()
    server.wait(timeout=10)


@pytest.fixture
def no_messages(redis_server: None) -> None:
    """Queues without messages of earlier tests (only the camp's own keys are touched)."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete("interactive", "training", "camp:workers:interactive", "camp:events")


@pytest.fixture(scope="session")
def camp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCamp]:
    """`manage.py camp`, for real: web, workers, schedule, and the parts that DATABASE_URL and REDIS_URL leave to it."""
    with RunningCamp(tmp_path_factory.mktemp("camp")) as running:
        yield running


@pytest.fixture
def wait_until() -> Callable[..., None]:
    def wait(condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Poll; the limit only keeps a broken run from hanging."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"still not so after {seconds} s"
            time.sleep(0.05)

    return wait


@pytest.fixture(scope="session")
def project() -> Path:
    return Path(settings.BASE_DIR)
