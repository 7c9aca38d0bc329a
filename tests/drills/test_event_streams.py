"""Hundreds of event streams on one web process: every event arrives, pages are served, late readers get the end.

`make drills` opens 500; `make test` opens 100. Latency is from the moment Redis wrote the entry to its receipt.
"""

import asyncio
import json
import os
import statistics
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.drills.inside import redis_of
from tests.running_camp import RunningCamp

EACH = 50  # streams a person may hold open
STREAMS = 500 if os.environ.get("DRILLS") == "full" else 100
ROUNDS = 20
WORK = {"task": "attention", "params": {"query": [[1]], "key": [[1]], "value": [[1]]}}


class Reader:
    """One stream, read by hand: the drill must cost less than what it measures."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.latencies: list[float] = []
        self.progress: list[float] = []

    async def read(self, host: str, port: int, path: str, token: str, opened: asyncio.Semaphore) -> None:
        async with opened:
            source, sink = await asyncio.open_connection(host, port)
            request = (
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n"
            )
            sink.write(request.encode())
            status = (await source.readline()).decode()
            assert " 200 " in status, status
        name, entry = "", ""
        async for raw in source:
            arrived = time.time()
            line = raw.decode().strip()
            if line.startswith("id: "):
                entry = line[4:]
            elif line.startswith("event: "):
                name = line[7:]
                self.events.append(name)
            elif line.startswith("data: ") and name == "progress" and entry:
                self.progress.append(json.loads(line[6:])["progress"])
                self.latencies.append(arrived - int(entry.partition("-")[0]) / 1000)
                entry = ""
        sink.close()


def _memory(pid: int) -> float:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def _drill(camp: RunningCamp, clients: list[httpx.Client]) -> tuple[list[Reader], list[int]]:
    """All streams open, probes sent through Redis, pages fetched meanwhile, then the worker let go."""
    address = urlsplit(camp.url)
    readers = [Reader() for _ in range(STREAMS)]
    opened = asyncio.Semaphore(100)
    pages: list[int] = []
    source = redis_of(camp)
    with camp.paused("worker"):
        jobs = [client.post("/api/v1/jobs/", json=WORK).json() for client in clients]
        tokens = [client.headers["Authorization"] for client in clients]
        tasks = [
            asyncio.create_task(
                reader.read(
                    str(address.hostname), int(address.port or 80),
                    urlsplit(jobs[number // EACH]["links"]["events"]).path, tokens[number // EACH], opened,
                )
            )
            for number, reader in enumerate(readers)
        ]  # fmt: skip
        while not all(reader.events for reader in readers):
            assert not [task for task in tasks if task.done() and task.exception()]
            await asyncio.sleep(0.05)
        async with httpx.AsyncClient(base_url=camp.url, timeout=30) as visitor:
            for number in range(1, ROUNDS + 1):
                for job in jobs:
                    entry = {"job": job["id"], "status": "queued", "progress": number / 100, "message": ""}
                    source.xadd("camp:events", entry)
                pages += [(await visitor.get(page)).status_code for page in ("/", "/healthz", "/lab/")]
                await asyncio.sleep(0.1)
    await asyncio.wait_for(asyncio.gather(*tasks), 120)
    return readers, pages


@pytest.mark.timeout(600)
def test_every_event_reaches_every_one_of_many_streams(camp: RunningCamp, capsys: Any) -> None:
    clients = [camp.client(f"streamer-{number}") for number in range(STREAMS // EACH)]
    pid = camp.pid("web")
    assert pid
    before = _memory(pid)
    readers, pages = asyncio.run(_drill(camp, clients))
    grown = (_memory(pid) - before) / STREAMS
    assert all(reader.events[-1] == "done" and reader.events.count("done") == 1 for reader in readers)
    # Of a run's progress a slow reader gets the newest only, and what the row itself tells is not told twice.
    probes = [[one for one in reader.progress if 0 < one < 1] for reader in readers]
    assert all(seen and seen == sorted(seen) for seen in probes)
    assert all(reader.events[0] == "status" for reader in readers)
    assert pages == [200] * len(pages)
    latencies = sorted(1000 * one for reader in readers for one in reader.latencies)
    p95 = latencies[int(0.95 * len(latencies))]
    with capsys.disabled():
        print(
            f"\n{STREAMS} streams: {sum(map(len, probes))} of {STREAMS * ROUNDS} probes, p50 {statistics.median(latencies):.0f} ms, p95 {p95:.0f} ms,"
            f" largest {latencies[-1]:.0f} ms; {len(pages)} pages served; {grown * 1024:.0f} kB a stream"
        )
    events = clients[0].get("/api/v1/jobs/").json()["results"][0]["links"]["events"]
    late = clients[0].get(events)
    assert late.text.count("event: done") == 1, "a reader that comes late gets the end at once"
    last = next(line[4:] for line in late.text.splitlines() if line.startswith("id: "))
    assert clients[0].get(events, headers={"Last-Event-ID": last}).status_code == 204
