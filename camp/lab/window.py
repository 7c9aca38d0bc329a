"""Which part of large matrices a page shows: one head, and at most 16 × 16 cells with figures."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

WIDE, CLOSE = 16, 6


@dataclass(frozen=True)
class Window:
    """`head`, `query` and `key` count from 1; `size` is the most rows and columns shown."""

    heads: int
    queries: int
    keys: int
    head: int = 1
    query: int = 1
    key: int = 1
    size: int = WIDE

    @classmethod
    def read(cls, asked: Mapping[str, str], *, heads: int, queries: int, keys: int) -> "Window":
        """What `?head=&q=&k=&size=` asks for, brought into range; nonsense counts as not asked."""
        size = _whole(asked.get("size"), WIDE, WIDE)
        size = size if size in (WIDE, CLOSE) else WIDE
        return cls(
            heads=heads,
            queries=queries,
            keys=keys,
            head=_whole(asked.get("head"), 1, heads),
            query=_whole(asked.get("q"), 1, max(1, queries - size + 1)),
            key=_whole(asked.get("k"), 1, max(1, keys - size + 1)),
            size=size,
        )

    @property
    def rows(self) -> range:
        """Indexes of the queries shown, from 0."""
        return range(self.query - 1, min(self.queries, self.query - 1 + self.size))

    @property
    def columns(self) -> range:
        """Indexes of the keys shown, from 0."""
        return range(self.key - 1, min(self.keys, self.key - 1 + self.size))

    @property
    def is_partial(self) -> bool:
        return len(self.rows) < self.queries or len(self.columns) < self.keys

    @property
    def moves(self) -> dict[str, str]:
        """The windows beside this one, as query texts: earlier_q, later_q, earlier_k, later_k."""
        found = {}
        for axis, name, total, start in (
            ("q", "query", self.queries, self.query),
            ("k", "key", self.keys, self.key),
        ):
            if start > 1:
                found[f"earlier_{axis}"] = self.moved(**{name: max(1, start - self.size)})
            if start + self.size <= total:
                found[f"later_{axis}"] = self.moved(**{name: min(start + self.size, total - self.size + 1)})
        return found

    @property
    def other_heads(self) -> list[tuple[int, str]]:
        """Every head with the query text that shows it."""
        return [(head, self.moved(head=head)) for head in range(1, self.heads + 1)]

    @property
    def closer(self) -> str:
        """The window with few enough cells for figures on a phone; "" when this one has."""
        if self.size == CLOSE or max(len(self.rows), len(self.columns)) <= CLOSE:
            return ""
        return self.moved(size=CLOSE)

    @property
    def wider(self) -> str:
        """The full window again, from a close one; "" when there is nothing more to see."""
        return self.moved(size=WIDE) if self.size == CLOSE and self.is_partial else ""

    @property
    def here(self) -> str:
        return self.moved()

    def moved(self, **changes: int) -> str:
        there = replace(self, **changes)
        asked = {"head": there.head, "q": there.query, "k": there.key, "size": there.size}
        starts = {"head": 1, "q": 1, "k": 1, "size": WIDE}
        return urlencode({name: value for name, value in asked.items() if value != starts[name]})


def _whole(text: str | None, default: int, most: int) -> int:
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 9:
        return default
    return min(max(1, int(text)), most)
