"""Non-local means: attention whose queries and keys are the patches of a picture, and whose values are its pixels.

The score is no product but a distance, −‖q − k‖² / h²; a query sees the keys of a window around it.

>>> picture = np.zeros((9, 9, 1))
>>> picture[:, 5:] = 1
>>> found = attend_patches(picture, Search(patch=3, reach=2, h=0.2), {"distance": by_distance})
>>> bool(abs(found.outputs["distance"] - picture).max() < 1e-4)  # an edge attends to what is like it, and stays
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core import masks
from attention_core.backend import tf

Array = np.ndarray[Any, Any]
# Scores of one block, 1 MiB of float64; its keys' pixels are three times as many. Progress is told after each.
BLOCK_CELLS = 2**17
PEAK = 1.0  # of the pixels, which lie in [0, 1] before noise


@dataclass(frozen=True)
class Search:
    """How patches are compared, and where they are looked for.

    Attributes:
        patch: pixels along the side of a patch, odd.
        reach: a query sees keys up to so many pixels away in either direction, inside the picture.
        h: what a distance is measured by, in the pixels' unit.
        noise: standard deviation σ of the noise whose 2σ², the distance of two equal patches with noise of their
            own, is taken from every squared distance, which then does not fall below 0; 0 takes nothing.
    """

    patch: int
    reach: int
    h: float
    noise: float = 0.0

    @property
    def side(self) -> int:
        """Keys along the side of the window."""
        return 2 * self.reach + 1


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of queries with all that they may see: m = side² keys, in reading order of the window.

    Attributes:
        start: the first row.
        scores: (rows, width, m) −max(‖q − k‖² − 2σ², 0) / h², as a tensor.
        allowed: (rows, width, m) booleans: the key lies inside the picture.
        values: (rows, width, channels, m) the pixels in the middle of the keys.
        dot: (rows, width, m) 2q·k / h², what is left of −‖q − k‖² / h² without the keys' own length (and the
            query's, which is the same for all of a row).
        drawn: (rows, width, m) random numbers, from the seed.
    """

    start: int
    scores: Any
    allowed: Array
    values: Array
    dot: Any
    drawn: Array


@dataclass(frozen=True, eq=False)
class Attended:
    """What was computed for one picture.

    Attributes:
        outputs: (height, width, channels) by the name of each way.
        coarse: (cells, cells) weights between the cells of a grid, by the first way: the mean of the cell's
            queries, summed over the cell of the keys. Rows sum to 1.
        chosen: (height, width) weights of the chosen query, by the first way.
        effective: mean over all queries of e^entropy, by the first way: to how many patches one attends.
    """

    outputs: Mapping[str, Array]
    coarse: Array
    chosen: Array
    effective: float


Way = Callable[[Block], Any]


def by_distance(block: Block) -> Any:
    """The weights of non-local means."""
    return masks.softmax(block.scores, block.allowed)


def by_dot_product(block: Block) -> Any:
    """The same patches scored by their product: bright patches win, whatever they look like."""
    return masks.softmax(block.dot, block.allowed)


def uniform(block: Block) -> Any:
    """Equal weights in the window: a box blur."""
    return masks.softmax(tf.zeros_like(block.scores), block.allowed)


def shuffled(block: Block) -> Any:
    """The weights of non-local means, each row of them dealt out anew over the keys it sees."""
    weights = np.asarray(by_distance(block))
    order = np.argsort(np.where(block.allowed, block.drawn, 2.0), axis=-1)
    dealt = np.zeros_like(weights)
    np.put_along_axis(dealt, order, -np.sort(-weights, axis=-1), axis=-1)
    return dealt


def without_itself(block: Block) -> Any:
    """Each patch hidden from itself."""
    return masks.softmax(block.scores, block.allowed & _others(block))


def without_strongest(block: Block, count: int) -> Any:
    """The keys with the largest scores hidden, the patch itself not counted among them."""
    return _without_first(block, np.asarray(-block.scores), count)


def without_random(block: Block, count: int) -> Any:
    """As many keys hidden, taken at random."""
    return _without_first(block, block.drawn, count)


def _without_first(block: Block, order: Array, count: int) -> Any:
    order = np.where(block.allowed & _others(block), order, np.inf)
    count = min(count, order.shape[-1] - 1)
    last = np.partition(order, count - 1, axis=-1)[..., count - 1 : count]
    return masks.softmax(block.scores, block.allowed & ~((order <= last) & np.isfinite(order)))


def _others(block: Block) -> Array:
    keys = block.allowed.shape[-1]
    return np.arange(keys) != keys // 2


def attend_patches(
    picture: Array,
    search: Search,
    ways: Mapping[str, Way],
    *,
    grid: tuple[int, int] = (1, 1),
    chosen: tuple[int, int] = (0, 0),
    seed: int = 0,
    report: Callable[[float], None] = lambda progress: None,
) -> Attended:
    """Compute attention over the patches of a picture in several ways, a block of rows after another.

    Only one block's weights exist at a time: memory grows with the picture and the window, not with the square of
    the picture's pixels.

    Args:
        picture: (height, width, channels) float64.
        ways: by name, how a block's weights come about; the first one's weights are what is looked at.
        grid: (rows, columns) of cells for `coarse`.
        chosen: (row, column) of the query for `chosen`.
        seed: of what a way draws.
        report: called after every block with the share done; it may raise to stop.
    """
    height, width, _channels = picture.shape
    cells = grid[0] * grid[1]
    row_of = np.arange(height) * grid[0] // height
    column_of = np.arange(width) * grid[1] // width
    cell_of = row_of[:, None] * grid[1] + column_of
    outputs = {name: np.empty(picture.shape) for name in ways}
    coarse = np.zeros(cells * cells)
    at_chosen = np.zeros((height, width))
    effective = 0.0
    for block in blocks(picture, search, seed):
        rows = slice(block.start, block.start + len(block.allowed))
        for number, (name, way) in enumerate(ways.items()):
            weights = np.asarray(way(block))
            outputs[name][rows] = (block.values @ weights[..., None])[..., 0]
            if number:
                continue
            y, x, seen = *_keys(block, width, search), block.allowed
            pairs = cell_of[rows, :, None] * cells + cell_of[y.clip(0, height - 1), x.clip(0, width - 1)]
            coarse += np.bincount(pairs[seen], weights[seen], minlength=cells * cells)
            effective += np.exp(-np.sum(weights * np.log(np.maximum(weights, 1e-300)), axis=-1)).sum()
            if rows.start <= chosen[0] < rows.stop:
                own = (chosen[0] - block.start, chosen[1])
                y, x = (np.broadcast_to(part, seen.shape)[own][seen[own]] for part in (y, x))
                at_chosen[y, x] = weights[own][seen[own]]
        report(rows.stop / height)
    in_cell = np.bincount(cell_of.ravel(), minlength=cells)
    return Attended(
        outputs=outputs,
        coarse=coarse.reshape(cells, cells) / in_cell[:, None],
        chosen=at_chosen,
        effective=float(effective) / (height * width),
    )


def blocks(picture: Array, search: Search, seed: int = 0) -> Iterator[Block]:
    """Yield the queries of a picture, so many rows at a time that their scores are about BLOCK_CELLS."""
    height, width, _channels = picture.shape
    count = max(1, min(height, BLOCK_CELLS // (width * search.side**2)))
    generator = np.random.default_rng(seed)
    half, reach = search.patch // 2, search.reach
    patches = np.pad(np.moveaxis(picture, -1, 0), ((0, 0), (half, half), (half, half)), mode="reflect")
    lengths = _blurred(tf.constant(np.mean(patches**2, axis=0)[None]), search.patch).numpy()[0]
    # Beyond the picture there are no keys; zeros stand there and are hidden.
    patches = np.pad(patches, ((0, 0), (reach, reach), (reach, reach)))
    lengths = np.pad(lengths, reach)
    down, right = np.divmod(np.arange(search.side**2), search.side)
    x = np.arange(width)[:, None] + right - reach
    for start in range(0, height, count):
        rows = np.arange(start, min(height, start + count))
        y = rows[:, None] + down - reach
        inside = ((y >= 0) & (y < height))[:, None, :] & ((x >= 0) & (x < width))[None, :, :]
        # The rows that the windows of this block reach, and the patches around them.
        reached = slice(start, rows[-1] + 1 + 2 * reach + 2 * half)
        squared, values = _compared(patches[:, reached], search)
        distances = np.ascontiguousarray(np.moveaxis(squared, 0, -1))
        of_keys = _windows(lengths[start : rows[-1] + 1 + 2 * reach], search)
        yield Block(
            start=start,
            scores=-tf.maximum(distances - 2 * search.noise**2, 0) / search.h**2,
            allowed=inside,
            values=values,
            # −‖q − k‖² + ‖k‖² = 2q·k − ‖q‖², and ‖q‖² shifts a whole row of scores.
            dot=tf.constant((of_keys - distances) / search.h**2),
            drawn=generator.random(inside.shape),
        )


def _compared(patches: Array, search: Search) -> tuple[Array, Array]:
    """Return squared distances (m, rows, width) of queries to keys, and the keys' middle pixels.

    Args:
        patches: (channels, rows + 2 · reach + 2 · half, width + 2 · reach + 2 · half) pixels.
    """
    half, reach, side = search.patch // 2, search.reach, search.side
    tall, wide = patches.shape[1] - 2 * reach, patches.shape[2] - 2 * reach
    queries = patches[:, reach : reach + tall, reach : reach + wide]
    squared = np.empty((side * side, tall, wide))
    for key in range(side * side):
        down, right = divmod(key, side)
        apart = patches[:, down : down + tall, right : right + wide] - queries
        np.einsum("cyx,cyx->yx", apart, apart, out=squared[key])
    squared /= len(patches)
    middles = patches[:, half : patches.shape[1] - half, half : patches.shape[2] - half]
    values = np.stack([_windows(channel, search) for channel in middles], axis=2)
    return _blurred(tf.constant(squared), search.patch).numpy(), values


def _windows(plane: Array, search: Search) -> Array:
    """Return (rows, width, m): for every query what the plane has at its keys."""
    seen = np.lib.stride_tricks.sliding_window_view(plane, (search.side, search.side))
    return seen.reshape(*seen.shape[:2], search.side**2)


def _keys(block: Block, width: int, search: Search) -> tuple[Array, Array]:
    """Return the row and the column of every key of a block, as arrays that broadcast to (rows, width, m)."""
    down, right = np.divmod(np.arange(search.side**2), search.side)
    y = np.arange(block.start, block.start + len(block.allowed))[:, None, None] + down - search.reach
    return y, np.arange(width)[None, :, None] + right - search.reach


def patch_profile(patch: int) -> Array:
    """Return (patch,) factors whose outer product weighs the pixels of a patch: a Gaussian with σ = (patch − 1) / 4.

    >>> patch_profile(3).round(4).tolist()
    [0.1065, 0.787, 0.1065]
    """
    from_middle = np.arange(patch) - patch // 2
    profile = np.exp(-(from_middle**2) / (2 * ((patch - 1) / 4) ** 2))
    return profile / profile.sum()


def _blurred(planes: Any, patch: int) -> Any:
    """Return (…, rows − patch + 1, columns − patch + 1) means over patches, weighed by `patch_profile` both ways."""
    profile = patch_profile(patch)
    rows, columns = planes.shape[-2] - patch + 1, planes.shape[-1] - patch + 1
    down = tf.add_n([planes[:, place : place + rows] * part for place, part in enumerate(profile)])
    return tf.add_n([down[:, :, place : place + columns] * part for place, part in enumerate(profile)])


def psnr(picture: Array, clean: Array) -> float:
    """Return the peak signal-to-noise ratio in dB: 10 log₁₀(1 / mean squared error), at most 100.

    >>> psnr(np.full((2, 2), 0.1), np.zeros((2, 2)))
    20.0
    """
    error = float(np.mean((np.asarray(picture) - clean) ** 2))
    return round(10 * float(np.log10(PEAK**2 / max(error, 1e-10))), 9)


def best_blur(noisy: Array, clean: Array) -> tuple[Array, float]:
    """Return the Gaussian blur that comes closest to the clean picture, and its σ in pixels.

    Its weights depend on the place alone, never on what is there. That it is chosen with the clean picture in hand
    makes it stronger than any blur that one could choose without.
    """
    candidates = [(_gaussian_blur(noisy, width), width) for width in BLURS]
    return min(candidates, key=lambda one: float(np.mean((one[0] - clean) ** 2)))


BLURS = tuple(round(0.3 + 0.1 * step, 1) for step in range(18))


def _gaussian_blur(picture: Array, width: float) -> Array:
    reach = min(int(4 * width + 0.5), min(picture.shape[:2]) - 1)
    profile = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * width**2))
    profile /= profile.sum()
    around = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    height, columns = picture.shape[:2]
    down = sum(part * around[place : place + height] for place, part in enumerate(profile))
    return np.asarray(sum(part * down[:, place : place + columns] for place, part in enumerate(profile)))
