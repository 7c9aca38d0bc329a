"""What is printed, and that printing holds nothing up."""

import json
import os

from camp.supervisor.console import Console, LineSplitter


def printed(log_format="text", **said):
    reader, writer = os.pipe()
    console = Console(writer, log_format=log_format)
    for name, text in said.items():
        if name == "camp":
            console.say(text)
        else:
            console.line(name, text)
    console.close()
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        return stream.read().decode()


def test_lines_carry_a_prefix_of_fixed_width():
    assert (
        printed(web="one", training="two", camp="three")
        == "web      │ one\ntraining │ two\ncamp     │ three\n"
    )


def test_json_lines_pass_as_they_are_and_all_others_become_json():
    said = {"web": '{"event": "request"}', "redis": "plain", "camp": "starting"}
    first, plain, second = printed("json", **said).splitlines()
    assert first == '{"event": "request"}'
    assert json.loads(plain)["event"] == "plain"
    assert json.loads(plain)["logger"] == "redis"
    assert json.loads(second)["event"] == "starting"
    assert json.loads(second)["logger"] == "camp.supervisor"


def test_nobody_reading_stops_nothing():
    reader, writer = os.pipe()
    console = Console(writer, room=100)
    for _ in range(5_000):
        console.line("web", "x" * 1_000)  # far more than a pipe and the queue hold
    console.close(seconds=0.1)
    os.close(reader)
    console.close()
    os.close(writer)


def test_dropped_lines_are_counted():
    reader, writer = os.pipe()
    console = Console(writer, room=10)
    for _ in range(1_000):
        console.line("web", "x" * 1_000)
    text = b""
    while b"were not printed" not in text:
        text += os.read(reader, 65536)
        console.line("web", "more")
    console.close()
    os.close(writer)
    os.close(reader)


def test_a_closed_terminal_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    console = Console(writer)
    console.line("web", "into the void")
    console.close()
    os.close(writer)


def test_chunks_become_lines_wherever_they_are_cut():
    text = "one\ntwo, 注意力\r\nthree".encode()
    for size in range(1, len(text) + 1):
        splitter = LineSplitter()
        lines = [line for at in range(0, len(text), size) for line in splitter.feed(text[at : at + size])]
        assert lines + splitter.finish() == ["one", "two, 注意力", "three"]


def test_bytes_that_are_no_text_are_shown_as_such():
    assert LineSplitter().feed(b"\xff\xfe ok\n") == ["�� ok"]


def test_a_line_without_end_is_cut():
    splitter = LineSplitter(longest=10)
    assert splitter.feed(b"x" * 25) == ["x" * 10, "x" * 10]
    assert splitter.finish() == ["x" * 5]
