"""Questions the supervisor asks from outside: is the port free, does Redis answer, is the camp ready."""

import errno
import http.client
import json
import socket
from contextlib import closing, suppress
from pathlib import Path

from camp.supervisor.program import StartFailed


def web_address(host: str) -> str:
    """The address to reach a server on `host` from the same machine: "any address" is not one."""
    if host in ("", "0.0.0.0"):  # noqa: S104  compared, not bound
        return "127.0.0.1"
    return "::1" if host == "::" else host


def url_of(host: str, port: int) -> str:
    address = web_address(host)
    return f"http://[{address}]:{port}/" if ":" in address else f"http://{address}:{port}/"


def require_free_port(host: str, port: int) -> None:
    """Raise `StartFailed` when the camp could not listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise StartFailed(_why_not(error, host, port)) from error


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        who = "another camp" if _is_a_camp(host, port) else "another program"
        return f"Port {port} on {host} is taken by {who}. Stop it, or set CAMP_PORT to a free port."
    if error.errno == errno.EACCES:
        return f"Port {port} needs rights this user does not have. Set CAMP_PORT to 1024 or above."
    return f"CAMP_HOST={host} cannot be listened on: {error.strerror or error}."


def _is_a_camp(host: str, port: int) -> bool:
    _, body = _get(host, port, "/readyz", {})
    return set(_checks(body)) == {"database", "broker", "worker"}


def parts_down(host: str, port: int, *, host_header: str) -> list[str]:
    """What keeps the camp from being ready, in `/readyz`'s words; "web" when it does not answer."""
    status, body = _get(host, port, "/readyz", {"Host": host_header})
    if status == 200:
        return []
    return [name for name, state in _checks(body).items() if state != "ok"] or ["web"]


def web_answers(host: str, port: int, *, host_header: str, timeout: float = 20) -> bool:
    """Whether the web process answers at all; slowly will do, for it may be busy."""
    status, _ = _get(host, port, "/healthz", {"Host": host_header}, timeout=timeout)
    return status != 0


def _checks(body: bytes) -> dict[str, str]:
    with suppress(ValueError, AttributeError, TypeError):
        return dict(json.loads(body).get("checks", {}))
    return {}


def _get(
    host: str, port: int, path: str, headers: dict[str, str], *, timeout: float = 3
) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection(web_address(host), port, timeout=timeout)) as connection:
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read(100_000)
        except (OSError, http.client.HTTPException):
            return 0, b""


def redis_answers(path: Path) -> bool:
    """Whether the server at this socket has loaded its data and answers PING."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
