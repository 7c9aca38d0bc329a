"""Examples of calls, recorded from the camp itself by tests/camp/api/test_schema_walk.py, which also keeps them true."""

import json
from functools import cache
from pathlib import Path
from typing import Any

HOST = "https://camp.example"  # where they are said to have been sent
_FILE = Path(__file__).with_name("schema_examples.json")


@cache
def recorded() -> list[dict[str, Any]]:
    """Exchanges: the call's name, what was sent, and what came back."""
    found: list[dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


def of_call(name: str) -> list[dict[str, Any]]:
    return [exchange for exchange in recorded() if exchange["call"] == name]


def add(operation: dict[str, Any]) -> None:
    """Put the call's examples where OpenAPI wants them: in the bodies sent and answered."""
    for exchange in of_call(operation["operationId"]):
        sent, answered = exchange["request"], exchange["response"]
        if answered["status"] < 300:
            _put(operation.get("requestBody", {}), exchange["title"], sent)
        _put(operation["responses"][str(answered["status"])], exchange["title"], answered)


def _put(place: dict[str, Any], title: str, message: dict[str, Any]) -> None:
    if "body" not in message:
        return
    examples = place["content"][message["media_type"]].setdefault("examples", {})
    name = "".join(char if char.isalnum() else "_" for char in title.lower())
    examples[name] = {"summary": title, "value": message["body"]}
