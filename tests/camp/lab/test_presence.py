"""Which workers count as heard: those that spoke lately and, on this host, still live."""

import socket
import subprocess
import sys
import time

import pytest

from camp.lab import presence
from camp.redis_client import client

KEY = "camp:workers:interactive"


@pytest.fixture(autouse=True)
def _nobody(no_messages: None) -> None:
    pass


def test_a_worker_that_speaks_is_heard_until_it_says_goodbye() -> None:
    assert not presence.interactive_worker_heard()
    presence.say_alive("interactive")
    assert presence.interactive_worker_heard()
    presence.say_gone("interactive")
    assert not presence.interactive_worker_heard()


def test_a_worker_silent_for_too_long_is_not_heard() -> None:
    client().zadd(KEY, {"interactive@elsewhere:1": time.time() - 31})
    assert not presence.interactive_worker_heard()


def test_a_killed_process_of_this_host_is_not_heard_though_it_spoke_just_now() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    client().zadd(KEY, {f"interactive@{socket.gethostname()}:{gone.pid}": time.time()})
    assert not presence.interactive_worker_heard()


def test_a_worker_of_another_host_is_taken_at_its_word() -> None:
    client().zadd(KEY, {"interactive@elsewhere:1": time.time()})
    assert presence.interactive_worker_heard()
