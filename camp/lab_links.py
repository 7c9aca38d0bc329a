"""Addresses of the lab's form with numbers filled in, for whoever links to it from elsewhere."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse

from camp.matrix_text import write_number

Rows = Sequence[Sequence[float]]


def attention_page(
    query: Rows, key: Rows, value: Rows, *, causal: bool = False, num_heads: int = 1, step: str = ""
) -> str:
    """The task `attention` with these inputs, its viewer at `step` (scores, scale, mask, softmax, output)."""
    fields = {name: _text(rows) for name, rows in (("query", query), ("key", key), ("value", value))}
    if causal:
        fields["causal"] = "on"
    if num_heads > 1:
        fields["num_heads"] = str(num_heads)
    return f"{reverse('lab:attention')}?{urlencode(fields)}{f'#stage-{step}' if step else ''}"


def _text(rows: Rows) -> str:
    return "; ".join(" ".join(write_number(cell) for cell in row) for row in rows)
