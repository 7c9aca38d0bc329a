"""How one call is divided: into blocks of queries of some items, each with the keys that it may see.

An item is one of the leading axes' (a head of a sequence). Several items share a block where they fit:
fewer and larger products, which each core takes some items of.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any, NamedTuple

from attention_core.backend import tf
from attention_core.kernels.products import multiply

# So many scores at a time: 8 MiB of float32, which stay in a large cache between the passes over them.
CELLS = 2**21
# Fewer rows than this make slow products; a causal block computes rows² scores of which it needs half.
LEAST_ROWS = 128
LEAST_CAUSAL_ROWS = 256

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

    @property
    def spans(self) -> int:
        """Into how many pieces the keys of a block fall."""
        return 2 if self.causal and not self.windowed else 1


class Span(NamedTuple):
    """Keys first … last - 1. `shape` says which of them a block's rows see by position: "all", "triangle", "band"."""

    first: Any
    last: Any
    shape: str


class Block(NamedTuple):
    """Queries first … last - 1 of `at_once` items from `item` on."""

    item: Any
    first: Any
    last: Any


class Blocks:
    """The blocks of one call, and what each of them sees. Lives while a graph is traced."""

    def __init__(self, traits: Traits, inputs: Inputs) -> None:
        self.traits, self.inputs = traits, inputs
        self.query, self.key = inputs["query"], inputs["key"]
        self.items, self.n_q, self.n_k = (
            tf.shape(self.query)[0],
            tf.shape(self.query)[1],
            tf.shape(self.key)[1],
        )
        seen, most, least = self.n_k, self.n_q, LEAST_ROWS
        if traits.causal:
            # Many rows would waste many scores.
            least = LEAST_CAUSAL_ROWS
            most = tf.maximum(most // 8, least)
        if traits.windowed:
            most = tf.minimum(most, tf.maximum(inputs["window"], least))
            seen = tf.minimum(seen, 2 * inputs["window"] + most)
        self.rows = tf.clip_by_value(CELLS // tf.maximum(seen, 1), LEAST_ROWS, tf.maximum(most, least))
        self.at_once = _largest_divisor(self.items, CELLS // tf.maximum(self.rows * seen, 1))
        # Queries before the first key (causal, n_q > n_k) see nothing.
        self.blind = tf.maximum(self.n_q - self.n_k, 0) if traits.causal else 0
        self.groups = self.items // self.at_once
        self.per_group = -(-(self.n_q - self.blind) // self.rows)

    def block(self, group: Any, number: Any) -> Block:
        """Return a block of a group of items."""
        first = self.blind + number * self.rows
        return Block(group * self.at_once, first, tf.minimum(first + self.rows, self.n_q))

    def rows_of(self, values: Any, block: Block) -> Any:
        """Return the rows of (items, n_q, d) that are the block's: (at_once, rows, d)."""
        return tf.slice(values, [block.item, block.first, 0], [self.at_once, block.last - block.first, -1])

    def keys_of(self, values: Any, block: Block, span: Span) -> Any:
        """Return the rows of (items, n_k, d) that the block sees: (at_once, keys, d)."""
        return tf.slice(values, [block.item, span.first, 0], [self.at_once, span.last - span.first, -1])

    def by_item(self, outputs: Any) -> Any:
        """Put the blocks' outputs, (rows, at_once, d) one below the other, in the order of the items: (items, n_q, d).

        Rows that see nothing become 0.
        """
        shape = [self.groups, self.n_q - self.blind, self.at_once, tf.shape(outputs)[-1]]
        outputs = tf.transpose(tf.reshape(outputs, shape), [0, 2, 1, 3])
        outputs = tf.reshape(outputs, [self.items, shape[1], shape[3]])
        return tf.pad(outputs, [[0, 0], [self.blind, 0], [0, 0]]) if self.traits.causal else outputs

    def spans(self, block: Block) -> list[Span]:
        """Return the keys that a block's queries may see by their position."""
        first, last, after = block.first, block.last, self.n_k - self.n_q
        if self.traits.windowed:
            window = self.inputs["window"]
            beyond = 1 if self.traits.causal else window + 1
            low = tf.clip_by_value(first + after - window, 0, self.n_k)
            return [Span(low, tf.clip_by_value(last - 1 + after + beyond, low, self.n_k), "band")]
        if self.traits.causal:
            return [Span(0, first + after, "all"), Span(first + after, last + after, "triangle")]
        return [Span(0, self.n_k, "all")]

    def scores(self, block: Block, span: Span) -> Any:
        """Return the scores of a block with the keys of a span, bias on distance included: (at_once, rows, keys)."""
        scores = multiply(
            self.rows_of(self.query, block), self.keys_of(self.key, block, span), transpose=True
        )
        if self.traits.sloped:
            scores = tf.cast(scores, self.traits.dtype)
            scores -= self._own("slopes", block)[:, None, None] * self.apart(block, span)
        return scores

    def apart(self, block: Block, span: Span) -> Any:
        """Return how far keys are from queries, on either side: (rows, keys)."""
        return tf.cast(tf.abs(self._distances(block, span)), self.traits.dtype)

    def hide(self, filler: float, cells: Any, block: Block, span: Span) -> Any:
        """Put `filler` where a query may not attend."""
        if span.shape == "triangle" and filler == 0:
            # Cheaper than a mask of the same shape.
            cells = tf.linalg.band_part(cells, -1, 0)
            span = span._replace(shape="all")
        allowed = self.allowed(block, span)
        return cells if allowed is None else tf.where(allowed, cells, tf.constant(filler, cells.dtype))

    def allowed(self, block: Block, span: Span) -> Any | None:
        """Return booleans that broadcast to (at_once, rows, keys), or None when nothing is hidden."""
        allowed = []
        if span.shape != "all":
            before = self._distances(block, span)
            if span.shape == "band":
                allowed.append(tf.abs(before) <= self.inputs["window"])
            if self.traits.causal:
                allowed.append(before >= 0)
        if self.traits.masked:
            allowed.append(self._mask(block)[:, :, span.first : span.last])
        if self.traits.padded:
            padding = self.inputs["padding"][:, span.first : span.last]
            allowed.append(tf.gather(padding, self._own("padding_of", block))[:, None, :])
        return reduce(tf.logical_and, allowed) if allowed else None

    def _mask(self, block: Block) -> Any:
        """Return the block's rows of the mask, (at_once, rows, n_k): of a mask that is shared, one copy and no more."""
        mask = self.inputs["mask"]
        count = tf.shape(mask)[0]
        rows = tf.range(block.first, block.last)

        def shared() -> Any:
            return mask[:, block.first : block.last]

        def own() -> Any:
            by_row = tf.reshape(mask, [count * self.n_q, self.n_k])
            return tf.gather(by_row, self._own("mask_of", block)[:, None] * self.n_q + rows)

        return tf.cond(tf.equal(count, 1), shared, own)

    def _own(self, name: str, block: Block) -> Any:
        return self.inputs[name][block.item : block.item + self.at_once]

    def _distances(self, block: Block, span: Span) -> Any:
        rows = tf.range(block.first, block.last)[:, None] + (self.n_k - self.n_q)
        return rows - tf.range(span.first, span.last)[None, :]

    def powers(self, block: Block, *, safe: bool) -> list[tuple[Span, Any]]:
        """Return exp(score - shift) for every span, 0 where hidden. If `safe` the shift is 0."""
        spans = self.spans(block)
        scores = [tf.cast(self.scores(block, span), self.traits.dtype) for span in spans]
        if safe:
            return [
                (span, self.hide(0.0, tf.exp(cells), block, span))
                for span, cells in zip(spans, scores, strict=True)
            ]
        hidden = [
            self.hide(float("-inf"), cells, block, span) for span, cells in zip(spans, scores, strict=True)
        ]
        shift = tf.reduce_max(hidden[0], axis=-1, keepdims=True)
        for cells in hidden[1:]:
            shift = tf.maximum(shift, tf.reduce_max(cells, axis=-1, keepdims=True))
        # A row that sees nothing, or a span of no keys, has -∞ here.
        shift = tf.where(tf.math.is_inf(shift), tf.zeros_like(shift), shift)
        return [(span, tf.exp(cells - shift)) for span, cells in zip(spans, hidden, strict=True)]


def row_sums(powers: list[tuple[Span, Any]]) -> Any:
    """Return the sum of a block's rows over all its spans: (at_once, rows, 1)."""
    return tf.add_n([tf.reduce_sum(cells, axis=-1, keepdims=True) for _span, cells in powers])


def _largest_divisor(number: Any, most: Any) -> Any:
    """Return the largest divisor of `number` that is not above `most`; 1 if there is none."""
    candidates = tf.range(1, tf.maximum(tf.minimum(number, most), 1) + 1)
    return tf.reduce_max(tf.where(tf.equal(number % candidates, 0), candidates, 1))
