"""A whole supervisor, over stand-in programs: how it starts, restarts and stops them."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from camp.supervisor.probes import redis_answers, web_answers
from tests.running_camp import free_port
from tests.supervisor.camp_process import alive, eventually

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")


def test_starts_in_order_and_says_when_it_is_ready(start_camp):
    camp = start_camp()
    camp.wait_ready()
    names = [name for name, what, _ in camp.events if what == "starts"]
    assert names[0] == "redis"
    assert sorted(names[1:]) == ["schedule", "web", "worker"]
    assert "worker   │ hello from worker" in camp.output


def test_writes_the_pid_of_every_program(start_camp):
    camp = start_camp()
    camp.wait_ready()
    for name in ("redis", "worker", "schedule", "web"):
        assert int((camp.folder / "run" / f"{name}.pid").read_text()) == camp.pids(name)[0]
    assert int((camp.folder / "run" / "camp.pid").read_text()) == camp.process.pid


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order_and_leaves_nothing(start_camp, number):
    camp = start_camp("--helper")
    camp.wait_ready()
    camp.send(number)
    assert camp.ended() == 0
    assert [name for name, what, _ in camp.events if what == "stops"] == [
        "web",
        "schedule",
        "worker",
        "redis",
    ]
    assert camp.pids("worker", "helper")
    assert not [pid for pid in camp.every_pid() if alive(pid)]
    assert [path.name for path in (camp.folder / "run").iterdir()] == ["camp.lock"]


def test_stops_while_it_is_still_preparing(start_camp):
    camp = start_camp("--slow-preparation")
    eventually((camp.folder / "preparing").exists)
    camp.send(signal.SIGTERM)
    assert camp.ended() == 0
    assert not [pid for pid in camp.every_pid() if alive(pid)]


def test_kills_a_program_that_does_not_stop(start_camp):
    camp = start_camp("--stubborn")
    camp.wait_ready()
    camp.send(signal.SIGTERM)
    assert camp.ended() == 0
    assert "web did not stop; killing it" in camp.output
    assert not [pid for pid in camp.every_pid() if alive(pid)]


def test_a_second_ctrl_c_waits_for_nobody(start_camp):
    camp = start_camp("--stubborn", "--patient", "--helper")
    camp.wait_ready()
    camp.send(signal.SIGINT)
    eventually(lambda: ["web", "stops"] in [event[:2] for event in camp.events])
    time.sleep(1)  # two in the same moment count as one
    camp.send(signal.SIGINT)
    assert camp.ended() == 0
    assert not [pid for pid in camp.every_pid() if alive(pid)]
    assert [path.name for path in (camp.folder / "run").iterdir()] == ["camp.lock"]


def test_starts_a_dead_program_again_and_leaves_the_others_alone(start_camp):
    camp = start_camp("--helper")
    camp.wait_ready()
    first = camp.pids("worker")[0]
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(camp.pids("worker")) == 2)
    assert "worker was ended by SIGKILL; starting it again in 0.5 s" in camp.output
    eventually(lambda: not alive(camp.pids("worker", "helper")[0]))
    assert int((camp.folder / "run" / "worker.pid").read_text()) == camp.pids("worker")[1]
    assert len(camp.pids("web")) == len(camp.pids("redis")) == 1


def test_starts_a_frozen_program_again_and_attends_to_the_others_meanwhile(start_camp):
    port = str(free_port())
    camp = start_camp("--port", port)
    camp.wait_ready()
    frozen, worker = camp.pids("web")[0], camp.pids("worker")[0]
    eventually(lambda: web_answers("127.0.0.1", int(port), host_header="localhost"))
    time.sleep(1.5)
    assert camp.pids("web") == [frozen], "what answers is left alone"
    os.kill(frozen, signal.SIGSTOP)
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: len(camp.pids("worker")) == 2)
    eventually(lambda: len(camp.pids("web")) == 2)
    assert "web does not answer any more; killing it" in camp.output
    assert "web was ended by SIGKILL; starting it again in 0.5 s" in camp.output
    assert not alive(frozen)
    eventually(lambda: web_answers("127.0.0.1", int(port), host_header="localhost"))
    assert len(camp.pids("redis")) == 1


def test_a_program_that_has_not_answered_yet_is_given_time(start_camp):
    camp = start_camp("--port", str(free_port()), "--deaf")
    camp.wait_ready()
    time.sleep(3)
    assert len(camp.pids("web")) == 1
    assert "does not answer" not in camp.output


def test_gives_up_on_a_program_that_cannot_start(start_camp):
    camp = start_camp("--dies")
    assert camp.ended() == 1
    assert "web died 5 times while starting; giving up. Its last lines:" in camp.output
    assert "a last word" in camp.output.rpartition("last lines:")[2]
    assert not [pid for pid in camp.every_pid() if alive(pid)]


def test_a_second_camp_is_told_about_the_first(start_camp):
    first = start_camp()
    first.wait_ready()
    second = start_camp()
    assert second.ended() == 1
    assert f"process {first.process.pid}, http://127.0.0.1:1/" in second.output
    assert first.process.poll() is None


@linux_only
def test_killed_it_takes_its_programs_with_it(start_camp):
    camp = start_camp("--helper")
    camp.wait_ready()
    mine = {pid for name in ("redis", "worker", "schedule", "web") for pid in camp.pids(name)}
    camp.send(signal.SIGKILL)
    camp.ended()
    eventually(lambda: not [pid for pid in mine if alive(pid)])


@linux_only
def test_killed_it_leaves_no_redis_and_no_socket(start_camp):
    camp = start_camp("--valkey")
    camp.wait_ready()
    redis = int((camp.folder / "run" / "redis.pid").read_text())
    socket = camp.folder / "run" / "redis.sock"
    assert alive(redis)
    assert socket.is_socket()
    assert socket.stat().st_mode & 0o077 == 0
    camp.send(signal.SIGKILL)
    camp.ended()
    eventually(lambda: not alive(redis) and not socket.exists())


@pytest.mark.parametrize("folder_name", ["short", "a-long-name-" * 10])
def test_the_embedded_redis_stops_with_the_rest_wherever_its_socket_is(start_camp, tmp_path, folder_name):
    folder = tmp_path / folder_name
    folder.mkdir()
    camp = start_camp("--valkey", folder=folder)
    camp.wait_ready()
    assert redis_answers(Path(os.path.realpath(folder / "run" / "redis.sock")))
    camp.send(signal.SIGTERM)
    assert camp.ended() == 0
    assert [path.name for path in (folder / "run").iterdir()] == ["camp.lock"]


def test_the_next_start_clears_what_a_killed_one_left(start_camp):
    first = start_camp("--helper")
    first.wait_ready()
    helper = first.pids("worker", "helper")[0]
    first.send(signal.SIGKILL)
    first.ended()
    assert alive(helper)  # a grandchild, which did not ask to die with its parent
    second = start_camp()
    eventually(lambda: "READY" in second.output)
    eventually(lambda: not alive(helper))
    assert "ended worker" in second.output
