"""Server-Sent Events, as much of the standard as the camp speaks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """`name` is status, progress or done; `data` its JSON; `id` where to go on from."""

    name: str
    data: dict[str, Any]
    id: str = ""


def read_events(lines: Iterable[str]) -> Iterator[Event]:
    """The events in the lines of a stream. Comments, which keep the connection alive, are passed over."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value
        elif "data" in fields:
            yield Event(fields.get("event", "message"), json.loads(fields["data"]), fields.get("id", ""))
            fields = {}
