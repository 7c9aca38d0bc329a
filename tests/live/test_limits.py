"""What is too long is refused before it is taken in, and whoever sends it gets to read why."""

import re
import socket
from collections.abc import Callable, Iterator
from http.client import HTTPMessage, HTTPResponse
from typing import Any

import httpx
import pytest

from tests.running_camp import RunningCamp

MEBI = 2**20
JSON_LIMIT, FORM_LIMIT = 2 * MEBI, 18 * MEBI + 16 * 2**10
HEAD_LIMIT = 64 * 2**10
FORM = "multipart/form-data; boundary=x"


class Wire:
    """A connection on which bytes are sent as they are."""

    def __init__(self, camp: RunningCamp) -> None:
        self.socket = socket.create_connection(("127.0.0.1", camp.port), timeout=30)

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.socket.sendall(part)

    def answer(self) -> tuple[int, HTTPMessage, bytes]:
        """The status, headers and body of the next answer."""
        answer = HTTPResponse(self.socket)
        answer.begin()
        return answer.status, answer.headers, answer.read()

    def rest(self) -> bytes:
        """Everything until the other side closes."""
        return b"".join(iter(lambda: self.socket.recv(65536), b""))


@pytest.fixture
def wire(camp: RunningCamp) -> Iterator[Callable[[], Wire]]:
    opened: list[Wire] = []

    def open_one() -> Wire:
        opened.append(Wire(camp))
        return opened[-1]

    yield open_one
    for one in opened:
        one.socket.close()


def head(method: str, path: str, *lines: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode("latin1")


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/jobs/", "/api/v1/none/", "/none/"])
@pytest.mark.parametrize(
    ("kind", "limit"), [("application/json", JSON_LIMIT), (FORM, FORM_LIMIT), ("text/plain", JSON_LIMIT)]
)
def test_a_body_that_says_it_is_too_long_is_refused_before_a_byte_of_it_is_sent(
    wire: Any, path: str, kind: str, limit: int
) -> None:
    asked = wire()
    asked.send(head("POST", path, f"Content-Type: {kind}", f"Content-Length: {limit + 1}"))
    status, headers, body = asked.answer()
    assert (status, headers["connection"]) == (413, "close")
    assert f"expected a body of at most {limit} bytes, got {limit + 1}".encode() in body
    assert (headers["content-type"] == "application/problem+json") is (path != "/none/")


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/jobs/", "/none/"])
def test_a_body_in_chunks_is_cut_at_the_limit(wire: Any, path: str) -> None:
    asked = wire()
    asked.send(head("POST", path, "Content-Type: text/plain", "Transfer-Encoding: chunked"))
    asked.send(*[chunk(b"x" * MEBI)] * 3)  # and no end: who waited for it would wait for ever
    status, _headers, body = asked.answer()
    assert status == 413
    assert f"at most {JSON_LIMIT} bytes, got more".encode() in body


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_whoever_sends_all_before_reading_still_reads_the_answer(camp: RunningCamp, method: str) -> None:
    body = b"x" * (64 * MEBI)
    answer = httpx.request(method, f"{camp.url}/healthz", content=body, timeout=60)
    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:camp:problem:too-large"
    in_chunks = httpx.request(method, f"{camp.url}/healthz", content=iter([body[:MEBI]] * 64), timeout=60)
    assert in_chunks.status_code == 413


def test_a_body_at_the_limit_is_read(camp: RunningCamp) -> None:
    client = camp.client("program")
    job = b'{"task": "attention", "params": {"query": [[1]], "key": [[1]], "value": [[1]]}}'
    assert (
        client.post(
            "/api/v1/jobs/", content=job.ljust(JSON_LIMIT), headers={"Content-Type": "application/json"}
        ).status_code
        == 201
    )
    too_long = client.post(
        "/api/v1/jobs/", content=job.ljust(JSON_LIMIT + 1), headers={"Content-Type": "application/json"}
    )
    assert too_long.status_code == 413


def test_a_page_says_so_in_the_readers_language(camp: RunningCamp) -> None:
    answer = httpx.post(
        f"{camp.url}/lab/attention/file/",
        files={"file": b"x" * 20 * MEBI},
        headers={"Accept-Language": "zh-CN"},
        timeout=60,
    )
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert '<html lang="zh-Hans"' in answer.text.replace("\n", " ")


@pytest.mark.parametrize(
    "parts",
    {
        "one header": [b"X: " + b"x" * HEAD_LIMIT],
        "one without end": [b"X: ", *[b"x" * HEAD_LIMIT] * 8],
        "many headers": [b"x: y\r\n" * (HEAD_LIMIT // 5)],
        "many without end": [b"x: y\r\n" * (HEAD_LIMIT // 5)] * 8,
    }.items(),
    ids=lambda case: case[0],
)
def test_headers_over_the_limit_are_refused(wire: Any, parts: tuple[str, list[bytes]]) -> None:
    asked = wire()
    asked.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n", *parts[1])
    if "end" not in parts[0]:
        asked.send(b"\r\n\r\n")
    status, headers, body = asked.answer()
    assert (status, headers["content-type"]) == (431, "application/problem+json")
    assert b"urn:camp:problem:headers-too-large" in body


def test_an_address_over_the_limit_is_refused(wire: Any) -> None:
    asked = wire()
    asked.send(head("GET", "/healthz?" + "x" * HEAD_LIMIT))
    assert asked.answer()[0] == 431


@pytest.mark.parametrize(
    "tail",
    [
        [b"0\r\n", *[b"x: y\r\n" * 2**13] * 8],
        [b"0\r\nx: ", *[b"y" * 2**16] * 8],
        [b"1;", *[b"x" * 2**16] * 8],
    ],
    ids=["trailers", "a trailer", "a chunk's extension"],
)
def test_what_stands_around_chunks_is_limited_too(wire: Any, tail: list[bytes]) -> None:
    asked = wire()
    asked.send(head("POST", "/healthz", "Transfer-Encoding: chunked"), chunk(b"x"), *tail)
    assert asked.answer()[0] == 431


def test_headers_below_the_limit_and_small_chunks_are_read(wire: Any) -> None:
    asked = wire()
    cookie = "Cookie: a=" + "x" * (HEAD_LIMIT - 200)
    asked.send(head("GET", "/healthz", cookie), head("POST", "/healthz", "Transfer-Encoding: chunked"))
    asked.send(*[chunk(b"x")] * HEAD_LIMIT, b"0\r\n\r\n")
    asked.send(head("GET", "/healthz", cookie, "Connection: close"))
    assert re.findall(rb"HTTP/1.1 (\d+)", asked.rest()) == [b"200", b"405", b"200"]


def test_what_is_no_http_is_told_so(wire: Any) -> None:
    asked = wire()
    asked.send(b"\x16\x03\x01 hello\r\n\r\n")
    status, headers, _body = asked.answer()
    assert (status, headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    "path", ["/healthz", "/lab/attention/file/", "/language/", "/api/v1/jobs/", "/api/v1/none/"]
)
@pytest.mark.parametrize("charset", ["idna", "hex", "rot13", "punycode", "utf-16", "undefined", "none-such"])
def test_a_form_in_another_encoding_than_utf_8_is_refused(camp: RunningCamp, path: str, charset: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="task"\r\n\r\nattention\r\n--x--\r\n'
    answer = httpx.post(camp.url + path, content=body, headers={"Content-Type": f"{FORM}; charset={charset}"})
    assert answer.status_code == 415
    assert "expected a form in UTF-8" in answer.text
    assert charset in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/", "/api/v1/jobs/"])
@pytest.mark.parametrize("encoding", ["idna", "none-such"])
def test_a_content_type_that_cannot_be_read_is_refused(camp: RunningCamp, path: str, encoding: str) -> None:
    answer = httpx.get(camp.url + path, headers={"Content-Type": f"text/plain; x*={encoding}''%41"})
    assert answer.status_code == 415
    assert "expected a Content-Type" in answer.text


FIELDS = "&".join(f"field{number}=1" for number in range(400))


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "detail"),
    [
        ("GET", "/api/v1/tasks/", {"Host": "evil.example"}, None, 400, "got &quot;evil.example&quot;"),
        ("GET", "/", {"Host": "evil.example"}, None, 400, "got &quot;evil.example&quot;"),
        ("GET", "/", {"Host": "e" * 10_000}, None, 400, "got &quot;eeee"),
        ("POST", "/account/login/", {}, FIELDS, 400, "at most 200 fields"),
        ("POST", "/account/login/", {"Content-Type": "multipart/form-data"}, "x", 400, "expected a form as"),
        ("POST", "/account/login/", {"Content-Type": FORM}, "files", 400, "at most 100 files"),
        ("POST", "/account/login/", {"Content-Type": FORM}, "long", 413, "at most 2097152 bytes"),
    ],
)
def test_what_django_refuses_is_told_and_costs_one_line_of_the_log_at_most(
    camp: RunningCamp,
    method: str,
    path: str,
    headers: dict[str, str],
    body: str | None,
    status: int,
    detail: str,
) -> None:
    part = '--x\r\nContent-Disposition: form-data; name="f"{}\r\n\r\n{}\r\n'
    content = {
        "files": part.format('; filename="f"', "x") * 200 + "--x--\r\n",
        "long": part.format("", "x" * (JSON_LIMIT + 1)) + "--x--\r\n",
    }.get(body or "", body)
    logged = len(camp.log.read_text())
    with httpx.Client(base_url=camp.url) as client:
        client.get("/account/login/")  # for the cookie, without which a form is not read
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        answer = client.request(method, path, content=content, headers=headers)
    assert answer.status_code == status
    assert detail.replace("&quot;", '\\"' if path.startswith("/api") else "&quot;") in answer.text
    lines = [line for line in camp.log.read_text()[logged:].splitlines() if "camp.request" not in line]
    assert len(lines) <= 1, lines
    assert all(len(line) < 400 for line in lines)


def test_none_of_it_is_a_fault_of_ours(camp: RunningCamp) -> None:
    assert "Traceback" not in camp.log.read_text()
