"""PostgreSQL is restarted, and falls as in a power cut, while jobs run: none is lost."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.drills.jobs import brief, doubled, ended_count, follow, long_drill, not_succeeded, starts, submit
from tests.drills.own_servers import OwnPostgreSQL, postgresql_programs
from tests.running_camp import RunningCamp

pytestmark = [pytest.mark.timeout(900), long_drill]
JOBS = 200
PATIENCE_SECONDS = 300
PROGRAMS = postgresql_programs()


class Asker:
    """One who looks at their jobs all the time, and notes what they are answered."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._asking = True
        self.statuses: list[int] = []
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        while self._asking:
            self.statuses.append(self._client.get("/api/v1/jobs/").status_code)
            time.sleep(0.1)

    def stop(self) -> None:
        self._asking = False
        self._thread.join(60)


@pytest.mark.skipif(PROGRAMS is None, reason="PostgreSQL restarted: no server is installed here")
def test_a_postgresql_that_restarts_loses_no_job(
    tmp_path: Path, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    assert PROGRAMS
    with OwnPostgreSQL(PROGRAMS) as cluster, RunningCamp(tmp_path, DATABASE_URL=cluster.url) as camp:
        client = camp.client("driller")
        with camp.paused("worker"):
            ids = submit(client, map(brief, range(JOBS)))
        asker = Asker(camp.client("driller"))
        ended = []
        for share, way in ((8, signal.SIGINT), (3, signal.SIGQUIT)):
            wait_until(lambda share=share: ended_count(camp, ids) >= JOBS // share)
            ended.append(ended_count(camp, ids))
            cluster.stop(way)
            time.sleep(1)
            cluster.start()
        assert ended[0] < JOBS, "it must go in the middle"
        wait_until(camp.is_ready)
        back = len(asker.statuses)
        to_drain, to_end = follow(camp, ids, PATIENCE_SECONDS)
        wait_until(lambda: len(asker.statuses) > back + 5)
        asker.stop()
        lost = not_succeeded(camp, ids)
        figure(
            f"PostgreSQL restarted after {' and '.join(map(str, ended))} of {JOBS} jobs: {len(lost)} lost, all at"
            f" their end {to_drain + to_end:.1f} s later; starts: {starts(camp, ids)}; who asked meanwhile was"
            f" answered {dict(Counter(asker.statuses))}"
        )
        assert not lost
        assert not doubled(camp, ids)
        assert set(asker.statuses) <= {200, 503}
        assert set(asker.statuses[back + 1 :]) == {200}
