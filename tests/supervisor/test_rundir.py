"""The run folder: who holds it, where the socket is, what is left of it."""

import os
import socket
from contextlib import closing
from pathlib import Path

import pytest

from camp.supervisor.program import StartFailed
from camp.supervisor.rundir import LONGEST_SOCKET_PATH, RunDirectory

URL = "http://127.0.0.1:8000/"


def test_only_one_holds_it(tmp_path):
    first, second = RunDirectory(tmp_path / "run"), RunDirectory(tmp_path / "run")
    first.claim(URL)
    with pytest.raises(StartFailed, match=rf"process {os.getpid()}, {URL}"):
        second.claim(URL)
    first.release()
    second.claim(URL)
    second.release()


def test_it_is_private(tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.claim(URL)
    assert run.path.stat().st_mode & 0o777 == 0o700
    run.release()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StartFailed, match=r"file/run cannot be used: Not a directory"):
        RunDirectory(tmp_path / "file" / "run").claim(URL)


def test_pid_files(tmp_path):
    run = RunDirectory(tmp_path)
    assert run.read_pid("web") is None
    run.write_pid("web", 123)
    assert run.read_pid("web") == 123
    assert run.names_with_pid() == ["web"]
    run.remove_pid("web")
    run.remove_pid("web")
    assert run.names_with_pid() == []


def test_half_a_pid_file_is_no_pid(tmp_path):
    (tmp_path / "web.pid").write_text("12x")
    assert RunDirectory(tmp_path).read_pid("web") is None


def test_a_short_path_is_bound_itself(tmp_path):
    run = RunDirectory(tmp_path)
    if len(os.fsencode(run.socket)) <= LONGEST_SOCKET_PATH:
        assert run.place_socket() == run.socket


def test_a_long_path_is_a_link_to_a_short_private_one(tmp_path):
    folder = tmp_path / ("a-long-name-" * 10)
    folder.mkdir()
    run = RunDirectory(folder)
    target = run.place_socket()
    assert len(os.fsencode(target)) <= LONGEST_SOCKET_PATH
    assert target.parent.stat().st_mode & 0o777 == 0o700
    with closing(socket.socket(socket.AF_UNIX)) as server:
        server.bind(str(target))
        server.listen()
        with closing(socket.socket(socket.AF_UNIX)) as client:
            client.connect(os.path.realpath(run.socket))
    run.remove_socket()
    assert not target.parent.exists()
    assert list(folder.iterdir()) == []


def test_a_link_of_an_earlier_run_is_replaced(tmp_path):
    folder = tmp_path / ("a-long-name-" * 10)
    folder.mkdir()
    run = RunDirectory(folder)
    first = run.place_socket()
    second = run.place_socket()
    assert first != second
    assert not first.parent.exists()
    run.remove_socket()


@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_a_strangers_link_leads_to_no_deletion(tmp_path, mode):
    precious = tmp_path / "precious"
    precious.mkdir(mode=mode)
    (precious / "file").touch()
    run = RunDirectory(tmp_path / "run")
    run.path.mkdir()
    run.socket.symlink_to(precious / "redis.sock")
    run.remove_socket()
    assert Path(precious / "file").exists()
    assert not run.socket.is_symlink()
