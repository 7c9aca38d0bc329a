"""How one call is divided: into blocks of queries, each with the keys that it may see, hidden ones taken out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from attention_core.backend import tf
from attention_core.kernels.products import multiply

# So many scores at a time: 4 MiB of float32, which stay in a large cache between the passes over them.
CELLS = 2**20
# Fewer rows than this make slow products.
LEAST_ROWS = 128

Inputs = Mapping[str, Any]


class Traits(NamedTuple):
    """What the graph depends on: one trace for each combination that is used."""

    dtype: str
    causal: bool
    windowed: bool
    masked: bool
    padded: bool
    sloped: bool
    bfloat16: bool


class Span(NamedTuple):
    """Keys first … last - 1. `shape` says which of them a block's rows see by position: "all", "triangle", "band"."""

    first: Any
    last: Any
    shape: str


class Blocks:
    """The blocks of one call, and what each of them sees. Lives while a graph is traced."""

    def __init__(self, traits: Traits, inputs: Inputs, *, bfloat16: bool = False) -> None:
        self.traits, self.inputs, self.bfloat16 = traits, inputs, bfloat16
        self.query, self.key = Stack(inputs["query"]), Stack(inputs["key"])
        self.items, self.n_q, self.n_k = tf.shape(inputs["query"])[0], self.query.n, self.key.n
        if traits.masked:
            self.mask = Stack(inputs["mask"])
        seen, most = self.n_k, self.n_q
        if traits.causal:
            # A causal block computes rows² scores of which it needs half: many rows would waste many.
            most = tf.maximum(most // 8, LEAST_ROWS)
        if traits.windowed:
            most = tf.minimum(most, tf.maximum(inputs["window"], LEAST_ROWS))
            seen = tf.minimum(seen, 2 * inputs["window"] + most)
        self.rows = tf.clip_by_value(CELLS // tf.maximum(seen, 1), LEAST_ROWS, tf.maximum(most, LEAST_ROWS))
        # Queries before the first key (causal, n_q > n_k) see nothing.
        self.blind = tf.maximum(self.n_q - self.n_k, 0) if traits.causal else 0
        self.per_item = -(-(self.n_q - self.blind) // self.rows)

    def rows_of(self, block: Any) -> tuple[Any, Any]:
        """Return the first query of a block and the one after its last."""
        first = self.blind + block * self.rows
        return first, tf.minimum(first + self.rows, self.n_q)

    def spans(self, first: Any, last: Any) -> list[Span]:
        """Return the keys that queries first … last - 1 may see by their position."""
        after = self.n_k - self.n_q
        if self.traits.windowed:
            window = self.inputs["window"]
            beyond = 1 if self.traits.causal else window + 1
            low = tf.clip_by_value(first + after - window, 0, self.n_k)
            return [Span(low, tf.clip_by_value(last - 1 + after + beyond, low, self.n_k), "band")]
        if self.traits.causal:
            return [Span(0, first + after, "all"), Span(first + after, last + after, "triangle")]
        return [Span(0, self.n_k, "all")]

    def scores(self, item: Any, first: Any, last: Any, span: Span) -> Any:
        """Return the scores of a block with the keys of a span, bias on distance included."""
        scores = multiply(
            self.query.rows(item, first, last),
            self.key.rows(item, span.first, span.last),
            transpose=True,
            bfloat16=self.bfloat16,
        )
        if self.traits.sloped:
            scores -= self.inputs["slopes"][item] * self.apart(first, last, span)
        return scores

    def apart(self, first: Any, last: Any, span: Span) -> Any:
        """Return how far keys are from queries, on either side: (rows, keys)."""
        return tf.cast(tf.abs(self._distances(first, last, span)), self.inputs["query"].dtype)

    def hide(self, filler: float, cells: Any, item: Any, first: Any, last: Any, span: Span) -> Any:
        """Put `filler` where a query may not attend."""
        allowed = self._allowed(item, first, last, span)
        if span.shape == "triangle" and filler == 0:
            # Cheaper than a mask of the same shape.
            cells = tf.linalg.band_part(cells, -1, 0)
        elif span.shape == "triangle":
            allowed.append(self._distances(first, last, span) >= 0)
        for one in allowed:
            cells = tf.where(one, cells, tf.constant(filler, cells.dtype))
        return cells

    def _allowed(self, item: Any, first: Any, last: Any, span: Span) -> list[Any]:
        allowed = []
        if span.shape == "band":
            before = self._distances(first, last, span)
            near = tf.abs(before) <= self.inputs["window"]
            allowed.append(tf.logical_and(near, before >= 0) if self.traits.causal else near)
        if self.traits.masked:
            mask = self.mask.rows(self.inputs["mask_of"][item], first, last)
            allowed.append(mask[:, span.first : span.last])
        if self.traits.padded:
            allowed.append(
                self.inputs["padding"][self.inputs["padding_of"][item], span.first : span.last][None, :]
            )
        return allowed

    def _distances(self, first: Any, last: Any, span: Span) -> Any:
        rows = tf.range(first, last)[:, None] + (self.n_k - self.n_q)
        return rows - tf.range(span.first, span.last)[None, :]

    def powers(self, item: Any, first: Any, last: Any, *, safe: bool) -> list[tuple[Span, Any]]:
        """Return exp(score - shift) for every span, 0 where hidden. If `safe` the shift is 0."""
        spans = self.spans(first, last)
        scores = [self.scores(item, first, last, span) for span in spans]
        if safe:
            return [
                (span, self.hide(0.0, tf.exp(cells), item, first, last, span))
                for span, cells in zip(spans, scores, strict=True)
            ]
        hidden = [
            self.hide(float("-inf"), cells, item, first, last, span)
            for span, cells in zip(spans, scores, strict=True)
        ]
        shift = tf.reduce_max(hidden[0], axis=-1, keepdims=True)
        for cells in hidden[1:]:
            shift = tf.maximum(shift, tf.reduce_max(cells, axis=-1, keepdims=True))
        # A row that sees nothing, or a span of no keys, has -∞ here.
        shift = tf.where(tf.math.is_inf(shift), tf.zeros_like(shift), shift)
        return [(span, tf.exp(cells - shift)) for span, cells in zip(spans, hidden, strict=True)]


def row_sums(powers: list[tuple[Span, Any]]) -> Any:
    """Return the sum of a block's rows over all its spans: (rows, 1)."""
    return tf.add_n([tf.reduce_sum(cells, axis=-1, keepdims=True) for _span, cells in powers])


class Stack:
    """(items, n, d) as one matrix, of which consecutive rows are cut without a copy where memory is aligned."""

    def __init__(self, values: Any) -> None:
        shape = tf.shape(values)
        self.n = shape[1]
        self.matrix = tf.reshape(values, [shape[0] * shape[1], shape[2]])

    def rows(self, item: Any, first: Any, last: Any) -> Any:
        """Return rows first … last - 1 of an item: (last - first, d)."""
        return tf.slice(self.matrix, [item * self.n + first, 0], [last - first, -1])
