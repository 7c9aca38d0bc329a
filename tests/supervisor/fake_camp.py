"""A supervisor over small stand-in programs, run as a process of its own by the tests beside this file.

    python fake_camp.py FOLDER [option …]

Each stand-in writes a line to FOLDER/events when it starts and when it is told to stop.
"""

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from camp.supervisor import plan
from camp.supervisor.console import Console
from camp.supervisor.leftovers import end_leftovers
from camp.supervisor.probes import redis_answers, web_answers
from camp.supervisor.program import Program, Stage, StartFailed
from camp.supervisor.rundir import RunDirectory
from camp.supervisor.supervisor import Supervisor

STAND_IN = """
import os, signal, subprocess, sys, time
name, events, helper, stubborn = sys.argv[1], sys.argv[2], sys.argv[3] == "helper", sys.argv[4] == "stubborn"
def note(text):
    with open(events, "a") as file:
        file.write(f"{name} {text} {os.getpid()}\\n")
def stop(number, frame):
    note("stops")
    if not stubborn:
        sys.exit(0)
signal.signal(signal.SIGTERM, stop)
if helper:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(events, "a") as file:
        file.write(f"{name} helper {child.pid}\\n")
print("hello from", name, flush=True)
note("starts")
if port := int(sys.argv[5]):
    from http.server import HTTPServer, SimpleHTTPRequestHandler
    HTTPServer(("127.0.0.1", port), SimpleHTTPRequestHandler).serve_forever()
while True:
    time.sleep(0.05)
"""
DIES = "print('a last word'); raise SystemExit(3)"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--helper", action="store_true", help="the worker has a child process of its own")
    parser.add_argument("--stubborn", action="store_true", help="web ignores SIGTERM")
    parser.add_argument("--patient", action="store_true", help="programs get ten minutes to stop")
    parser.add_argument("--dies", action="store_true", help="web ends at once, each time")
    parser.add_argument("--port", type=int, default=0, help="where web is asked whether it lives")
    parser.add_argument("--deaf", action="store_true", help="web does not listen there")
    parser.add_argument("--slow-preparation", action="store_true")
    parser.add_argument("--valkey", action="store_true", help="the embedded Redis itself, not a stand-in")
    options = parser.parse_args()
    events = options.folder / "events"

    def program(name: str, stop_turn: int) -> Program:
        helper = "helper" if options.helper and name == "worker" else "-"
        stubborn = "stubborn" if options.stubborn and name == "web" else "-"
        code = DIES if options.dies and name == "web" else STAND_IN
        asked = options.port if name == "web" else 0
        argv = [
            sys.executable,
            "-c",
            code,
            name,
            str(events),
            helper,
            stubborn,
            str(0 if options.deaf else asked),
        ]
        seconds = 600 if options.patient else 1
        return Program(
            name=name, argv=argv, folder=options.folder, stop_turn=stop_turn, stop_seconds=seconds,
            answers=(lambda: web_answers("127.0.0.1", asked, host_header="localhost", timeout=0.5)) if asked else None,
            ask_every=0.1,
        )  # fmt: skip

    def missing(*names: str) -> str:
        text = events.read_text() if events.exists() else ""
        return ", ".join(name for name in names if f"{name} starts" not in text)

    def prepare() -> None:
        if options.slow_preparation:
            (options.folder / "preparing").touch()
            time.sleep(600)

    def first(socket: Path) -> Stage:
        if options.valkey:
            redis = plan.redis(socket, options.folder / "redis")
            return Stage(programs=[redis], missing=lambda: "" if redis_answers(socket) else "redis")
        socket.touch()
        return Stage(programs=[program("redis", 3)], missing=lambda: missing("redis"))

    rest = [program("worker", 2), program("schedule", 1), program("web", 0)]
    second = Stage(programs=rest, prepare=prepare, missing=lambda: missing("worker", "schedule", "web"))
    console = Console()
    run = RunDirectory(options.folder / "run")
    try:
        run.claim("http://127.0.0.1:1/")
        for name in end_leftovers(run):
            console.say(f"ended {name}")
        return Supervisor(
            [first(run.place_socket()), second], run, console, ["READY", "Ctrl-C stops everything"]
        ).run()
    except StartFailed as error:
        console.say(str(error))
        return 1
    finally:
        run.release()
        console.close()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
