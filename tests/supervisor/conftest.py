import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.supervisor.camp_process import FakeCamp, alive


@pytest.fixture
def start_camp(tmp_path: Path) -> Iterator[Callable[..., FakeCamp]]:
    started: list[FakeCamp] = []

    def start(*options: str, folder: Path = tmp_path) -> FakeCamp:
        camp = FakeCamp(folder, *options)
        started.append(camp)
        return camp

    yield start
    for camp in started:
        if camp.process.poll() is None:
            camp.process.kill()
        for pid in camp.every_pid():
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
