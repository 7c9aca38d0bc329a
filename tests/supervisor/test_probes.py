"""Questions asked from outside."""

import json
import socket
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from camp.supervisor.probes import parts_down, redis_answers, require_free_port, url_of
from camp.supervisor.program import StartFailed


@contextmanager
def server(status, document):
    class Handler(BaseHTTPRequestHandler):
        hosts = []

        def do_GET(self):
            self.hosts.append(self.headers["Host"])
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening.server_address[1], Handler.hosts
        listening.shutdown()


READY = {"status": "ok", "checks": {"database": "ok", "broker": "ok", "worker": "ok"}}
NOT_READY = {"status": "unavailable", "checks": {"database": "ok", "broker": "ok", "worker": "down"}}


def test_nothing_is_down_once_it_is_ready():
    with server(200, READY) as (port, hosts):
        assert parts_down("127.0.0.1", port, host_header="camp.example") == []
        assert hosts == ["camp.example"]


def test_the_part_that_is_down_is_named():
    with server(503, NOT_READY) as (port, _):
        assert parts_down("0.0.0.0", port, host_header="x") == ["worker"]


@pytest.mark.parametrize("document", [None, [], {"checks": None}, "text"])
def test_an_answer_of_another_kind_is_a_web_server_that_is_not_ready(document):
    with server(500, document) as (port, _):
        assert parts_down("127.0.0.1", port, host_header="x") == ["web"]


def free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return listening.getsockname()[1]


def test_no_answer_is_the_web_servers_fault():
    assert parts_down("127.0.0.1", free_port(), host_header="x") == ["web"]


def test_a_free_port_is_fine():
    require_free_port("127.0.0.1", free_port())


def test_a_taken_port_is_an_error_that_says_so():
    with (
        server(404, {}) as (port, _),
        pytest.raises(StartFailed, match=f"Port {port} on 127.0.0.1 is taken by another program"),
    ):
        require_free_port("127.0.0.1", port)


def test_a_port_taken_by_another_camp_is_told_as_such():
    with server(503, NOT_READY) as (port, _), pytest.raises(StartFailed, match="taken by another camp"):
        require_free_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(StartFailed, match=r"CAMP_HOST=192\.0\.2\.1 cannot be listened on"):
        require_free_port("192.0.2.1", 8000)


def test_the_url_is_one_a_browser_can_open():
    assert url_of("0.0.0.0", 8000) == "http://127.0.0.1:8000/"
    assert url_of("::", 8000) == "http://[::1]:8000/"
    assert url_of("camp.example", 80) == "http://camp.example:80/"


@pytest.mark.parametrize(
    ("answer", "answers"), [(b"+PONG\r\n", True), (b"-LOADING dataset\r\n", False), (b"", False)]
)
def test_redis_answers_once_it_has_loaded(tmp_path, monkeypatch, answer, answers):
    monkeypatch.chdir(tmp_path)  # a relative path is a short one
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind("s")
        listening.listen()

        def reply():
            connection, _ = listening.accept()
            with closing(connection):
                connection.recv(64)
                connection.sendall(answer)

        thread = threading.Thread(target=reply)
        thread.start()
        assert redis_answers("s") is answers
        thread.join()


def test_no_socket_is_no_redis(tmp_path):
    assert not redis_answers(tmp_path / "none")
