"""What learners read of a published lesson: the decimals that stand in it, and its questions with their right answers."""

import html
import re
from collections.abc import Iterator
from typing import Any


def texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, (list, dict)):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from texts(inner)


def decimals(document: Any) -> list[str]:
    """Numbers with decimals, in order, but for those of code, which is run and held by its own output."""
    whole = " ".join(
        re.sub(r"(?s)<pre.*?</pre>|<code.*?</code>", " ", text) for text in texts(document["parts"])
    )
    return re.findall(r"\d+\.\d+", html.unescape(re.sub(r"<[^>]*>", " ", whole)))


def questions(part: Any) -> Iterator[dict[str, Any]]:
    """Predictions and checks; the right answer is in `truth` or in `answer`."""
    if isinstance(part, dict) and "id" in part and ("answer" in part or "truth" in part):
        yield part
    elif isinstance(part, (list, dict)):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from questions(inner)


def right_answers(document: Any) -> dict[str, Any]:
    """By the ids of the questions that have one; those with options have none."""
    return {one["id"]: one.get("truth", one.get("answer")) for one in questions(document["parts"])}
