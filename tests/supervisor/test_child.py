"""One program: what it is given, how long its restarts wait."""

import os
import sys

import pytest

from camp.supervisor.child import Backoff, Child
from camp.supervisor.console import Console
from camp.supervisor.program import Program
from camp.supervisor.rundir import MARKER, RunDirectory
from tests.supervisor.camp_process import eventually


def test_restarts_wait_longer_each_time_up_to_a_limit():
    backoff = Backoff()
    assert [backoff.after(1) for _ in range(7)] == [0.5, 1, 2, 4, 4, 4, 4]


def test_health_is_rewarded():
    backoff = Backoff()
    for _ in range(5):
        backoff.after(1)
    assert backoff.after(30) == 0.5
    assert backoff.after(1) == 1


@pytest.fixture
def console():
    reader, writer = os.pipe()
    console = Console(writer)
    yield console
    console.close()
    os.close(writer)
    os.close(reader)


def child_of(code, folder, console, **options):
    program = Program(name="web", argv=[sys.executable, "-c", code], folder=folder, stop_turn=0, **options)
    return Child(program, RunDirectory(folder), console)


def lines_of(child):
    child.start()
    eventually(lambda: not child.running)
    lines = child.last_lines
    child.end()
    return lines


def test_a_program_gets_its_environment_and_our_mark(tmp_path, console):
    code = f"import os; print(os.environ['COLOUR'], os.environ['{MARKER}'], os.getcwd())"
    child = child_of(code, tmp_path, console, environment={"COLOUR": "green"})
    assert lines_of(child) == [f"green web:{tmp_path} {tmp_path}"]


def test_a_program_leads_a_group_of_its_own_and_cannot_read_the_terminal(tmp_path, console):
    code = "import os, sys; print(os.getpgid(0) == os.getpid(), repr(sys.stdin.read()))"
    assert lines_of(child_of(code, tmp_path, console)) == ["True ''"]


def test_niceness_is_added(tmp_path, console):
    nice = os.nice(0)
    child = child_of("import os; print(os.nice(0))", tmp_path, console, niceness=3)
    assert lines_of(child) == [str(min(19, nice + 3))]


def test_the_last_lines_are_kept(tmp_path, console):
    lines = lines_of(child_of("print(*range(100), sep='\\n')", tmp_path, console))
    assert lines == [str(number) for number in range(80, 100)]


def test_some_lines_are_kept_but_not_printed(tmp_path):
    reader, writer = os.pipe()
    console = Console(writer)
    child = child_of("print('hush now'); print(); print('hello')", tmp_path, console, unsaid=["hush"])
    assert lines_of(child) == ["hush now", "", "hello"]
    console.close()
    os.close(writer)
    with os.fdopen(reader) as printed:
        assert printed.read() == "web      │ hello\n"
