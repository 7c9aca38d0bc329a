"""The control: the kills of test_killed_workers.py on Celery alone. It loses or doubles jobs, so the drill bites."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.drills import plain_celery
from tests.drills.jobs import chance, kill_group, sized
from tests.drills.own_servers import OwnRedis
from tests.running_camp import PROJECT

pytestmark = pytest.mark.timeout(600)
JOBS, KILLS = sized(1000, 60), sized(10, 1)
# What a killed worker held comes back after the visibility timeout of an hour: 2 s tell what 60 s tell.
SECONDS_AFTER_DRAIN = sized(60, 2)


class PlainWorker:
    """A Celery worker with two processes in a group of its own, started again after each kill."""

    def __init__(self, server: OwnRedis) -> None:
        self.environment = {**os.environ, "PLAIN_CELERY_REDIS": server.url}
        self.start()

    def start(self) -> None:
        options = ["-c", "2", "-Ofair", "--without-gossip", "--without-mingle"]
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "celery",
                "--quiet",
                "-A",
                "tests.drills.plain_celery",
                "worker",
                *options,
            ],
            cwd=PROJECT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        kill_group(self.process.pid)
        self.process.wait()


@contextmanager
def plain_worker(server: OwnRedis) -> Iterator[PlainWorker]:
    worker = PlainWorker(server)
    try:
        yield worker
    finally:
        worker.kill()


def send(server: OwnRedis, count: int) -> None:
    """The messages, written by Celery in a process of its own: here Celery is the camp's."""
    code = f"from tests.drills.plain_celery import work\nfor number in range({count}): work.delay(number)"
    environment = {**os.environ, "PLAIN_CELERY_REDIS": server.url}
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=environment, check=True)


def test_celery_alone_loses_or_doubles_jobs(
    wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    dice = chance("killed workers")
    with OwnRedis() as server, server.client() as source:
        send(server, JOBS)
        with plain_worker(server) as worker:
            for _ in range(KILLS):
                source.delete(plain_celery.UNDER_WAY)
                wait_until(lambda: source.scard(plain_celery.UNDER_WAY))
                time.sleep(dice.uniform(0, 0.5))
                worker.kill()
                worker.start()
            wait_until(lambda: not source.llen("plain"), 300)
            time.sleep(SECONDS_AFTER_DRAIN)
        counts: Any = source.hgetall(plain_celery.FINISHED)
    lost = JOBS - len(counts)
    doubled = sum(int(count) > 1 for count in counts.values())
    figure(
        f"Celery alone: {JOBS} jobs, {KILLS} kills: {lost} lost, {doubled} doubled,"
        f" {SECONDS_AFTER_DRAIN} s after the drain"
    )
    assert lost + doubled, "kills that harm nobody prove nothing"
