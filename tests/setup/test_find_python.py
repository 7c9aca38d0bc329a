"""Which interpreter is chosen, and what is said when none will do."""

import os
import subprocess
import sys

import pytest

ANSWERS = {
    "good": "exit 0",
    "a shim that fails": "echo 'command not found' >&2; exit 127",
    "too new": "echo 'version 3.14' >&2; exit 1",
    "without venv": "echo 'no venv' >&2; exit 1",
}


@pytest.fixture
def chosen(tmp_path, project):
    def choose(python=None, **interpreters):
        for name, kind in interpreters.items():
            path = tmp_path / name.replace("_", ".")
            path.write_text(f"#!/bin/sh\n{ANSWERS[kind]}\n")
            path.chmod(0o755)
        environment = {"PATH": str(tmp_path), **({"PYTHON": python} if python else {})}
        script = project / "setup" / "find-python.sh"
        return subprocess.run(["/bin/sh", str(script)], env=environment, capture_output=True, text=True)

    return choose


def test_the_first_that_works_is_chosen(chosen):
    assert (
        chosen(python3="too new", python3_13="a shim that fails", python3_12="good", python3_11="good").stdout
        == "python3.12\n"
    )


def test_the_one_that_is_named_is_the_only_candidate(chosen):
    done = chosen(python3="good", python3_12="a shim that fails", python="python3.12")
    assert done.returncode == 1
    assert "found none that works as python3.12" in done.stderr


def test_what_was_found_instead_is_named(chosen):
    done = chosen(python3="too new")
    assert done.returncode == 1
    assert "needs Python 3.11 to 3.13; found 3.14 (python3)" in done.stderr


def test_a_missing_venv_module_is_told_as_such(chosen):
    done = chosen(python3="without venv")
    assert done.returncode == 1
    assert "python3 cannot make virtual environments" in done.stderr
    assert "apt install python3-venv" in done.stderr


def test_this_very_interpreter_will_do(chosen):
    base = getattr(sys, "_base_executable", sys.executable)
    assert chosen(python=os.path.realpath(base)).returncode == 0
