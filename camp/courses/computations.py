"""The functions of expressions in lessons and questions: docs/course.md lists them.

They take and return numbers, texts, lists and float64 arrays, never anything else, and no more than `MOST_CELLS`
of them. What a call costs is paid for from the sizes of its arguments before anything is made (camp.courses.allowance).
So whoever writes a lesson can neither reach the program nor keep it busy.

>>> softmax([[0, 1, 2]]).round(4).tolist()
[[0.09, 0.2447, 0.6652]]
>>> attention([[1, 0]], [[1, 0], [0, 1]], [[1], [3]])["weights"].round(4).tolist()
[[0.6698, 0.3302]]
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from attention_core import pipelines, reference, trials
from attention_core.functions import function as function_named
from camp.courses.allowance import ITEM, WRITTEN_CELL, take
from camp.courses.arguments import (
    Array,
    Refusal,
    array,
    check_cells,
    check_product,
    check_shapes,
    kind_of,
    one_of,
    read_axis,
    read_number,
    read_parameters,
    read_places,
    read_rows,
    read_sizes,
    read_whole,
    read_word,
)
from camp.courses.numbers import fewest, latex, written
from camp.learning.bkt import Bkt, mastery_after
from camp.learning.gain import FULL, normalised_gain

_MOST_WRITTEN = 2**10  # cells of a matrix in a formula, which may have 4,000 characters

_PRESETS: Mapping[str, Mapping[str, Any]] = {
    "I2": {"query": [[1, 0], [0, 1]], "key": [[1, 0], [0, 1]], "value": [[1, 2], [3, 4]]},
    "A5": {key: [[0.1], [0.2], [0.3], [0.4], [0.5]] for key in ("query", "key", "value")},
    "T3": {
        "query": [[1, 1, 1, 0], [0, 0, 0, 2], [0, 1, 0, 2]],
        "key": [[0, 0, 0, 1], [0, 2, 0, 1], [1, 2, 1, 0]],
        "value": [[1, 0], [0, 3], [2, 1]],
    },
    "SQ": {"query": [[1, 2], [1, 0]], "key": [[1, 0], [1, 2]], "value": [[0], [10]]},
    "PIPE": {
        "X": [[1, 0], [0, 1], [1, 1]],
        "W_Q": [[2, 0], [0, 1]],
        "W_K": [[1, 1], [0, 1]],
        "W_V": [[1], [3]],
    },
}


def attention(
    query: Any,
    key: Any,
    value: Any,
    *,
    function: str = "scaled_dot_product",
    causal: bool = False,
    mask: Any = None,
    scale: float | None = None,
    temperature: float = 1.0,
    num_heads: int = 1,
    parameters: Any = None,
) -> dict[str, Array]:
    """Every stage of an attention call by name; without the head axis where there is one head."""
    query, key, value = read_rows("query", query), read_rows("key", key), read_rows("value", value)
    given, heads = read_parameters(parameters), read_whole(num_heads)
    _pay_attention(query, key, value, read_word(function), heads, given)
    stages = reference.explain(
        query, key, value,
        function=function, causal=bool(causal), mask=None if mask is None else array(mask) != 0,
        scale=scale, temperature=temperature, num_heads=heads, parameters=given,
    )  # fmt: skip
    names = ("scores", "scaled", "masked", "weights", "entropy", "effective_tokens")
    found = {name: getattr(stages, name) for name in names}
    if heads == 1:
        found = {name: stage[0] for name, stage in found.items()}
    return {**found, "output": stages.output}


def pipeline(
    name: str, query: Any, key: Any, value: Any, *, causal: bool = False, num_heads: int = 1
) -> dict[str, Array]:
    """Every stage as one of the fifteen wrong pipelines computes it, or "right": pipeline("no_scale", q, k, v)["output"]."""
    query, key, value = read_rows("query", query), read_rows("key", key), read_rows("value", value)
    heads = read_whole(num_heads)
    _pay_attention(query, key, value, "scaled_dot_product", heads, None)
    if name not in pipelines.BY_NAME:
        raise Refusal(one_of(pipelines.BY_NAME, name))
    try:
        return pipelines.BY_NAME[name].stages(query, key, value, causal=bool(causal), num_heads=heads)
    except pipelines.Unfit as error:
        problem = _("%(name)s cannot be computed of these, or is no other than right: %(why)s")
        raise Refusal(problem % {"name": name, "why": error}) from error


def scores(function: str, query: Any, key: Any, *, parameters: Any = None) -> Array:
    """Raw scores (n_q, n_k) of one scoring function."""
    key = read_rows("key", key)
    found = attention(query, key, np.zeros((key.shape[0], 1)), function=function, parameters=parameters)
    return found["scores"]


def softmax(x: Any, axis: Any = -1) -> Array:
    """Softmax over one axis; `axis=None`: over all cells. −∞ gives 0."""
    x = array(x)
    shifted = x - x.max(axis=read_axis(axis), keepdims=True)
    powers = np.exp(shifted)
    found: Array = powers / powers.sum(axis=read_axis(axis), keepdims=True)
    return found


def preset(name: str, part: str) -> Array:
    """A matrix of the outline's presets: preset("T3", "query"), preset("PIPE", "W_Q")."""
    parts = _PRESETS.get(name)
    if parts is None:
        raise Refusal(one_of(_PRESETS, name))
    if part in parts:
        return array(parts[part])
    weights = {"query": "W_Q", "key": "W_K", "value": "W_V"}.get(part, "")
    if weights in parts:
        return array(np.asarray(parts["X"]) @ np.asarray(parts[weights]))
    raise Refusal(one_of(parts, part))


def entropy(w: Any) -> Any:
    """−Σ w·ln w of each row, in nats; 0·ln 0 is 0."""
    w = array(w)
    return -np.sum(np.where(w > 0, w * np.log(np.where(w > 0, w, 1.0)), 0.0), axis=-1)


def effective(w: Any) -> Any:
    """e^entropy: how many tokens a row attends to in effect."""
    return np.exp(entropy(w))


def softmax_gradient(w: Any) -> Array:
    """The matrix ∂w_i/∂s_j = w_i(δ_ij − w_j) of one row of weights."""
    w = array(w)
    if w.ndim != 1:
        raise Refusal(_("expected one row of weights; got the shape %(got)s") % {"got": list(w.shape)})
    check_cells(w.size**2)
    return np.diag(w) - np.outer(w, w)


def matrix(x: Any, decimals: Any = None) -> str:
    """LaTeX of a matrix, or of a row, for use within a formula."""
    rows = np.atleast_2d(array(x))
    if rows.ndim != 2:
        raise Refusal(_("expected at most two axes; got the shape %(got)s") % {"got": list(rows.shape)})
    if rows.size > _MOST_WRITTEN:
        problem = _("expected at most %(most)d cells in a formula; got %(got)d")
        raise Refusal(problem % {"most": _MOST_WRITTEN, "got": rows.size})
    take(rows.size * WRITTEN_CELL)
    places = fewest(rows.ravel().tolist()) if decimals is None else read_places(decimals)
    is_whole = bool(np.all(rows[np.isfinite(rows)] == np.round(rows[np.isfinite(rows)])))
    places_or_none = None if decimals is None and is_whole else places
    lines = [" & ".join(latex(written(cell, places_or_none)) for cell in row) for row in rows.tolist()]
    return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"


def percent(x: Any, decimals: Any = 0) -> str:
    """0.1805 → "18 %"."""
    return f"{written(read_number(x) * 100, read_places(decimals))} %"


def literal(text: Any, reason: Any) -> str:
    """A declared literal: `reason` says why no computation gives it."""
    if not isinstance(reason, str) or not reason.strip():
        raise Refusal(_("expected a reason why the number is not computed"))
    return read_word(text)


def dot(a: Any, b: Any) -> Any:
    """The matrix product."""
    a, b = array(a), array(b)
    check_shapes(a.shape[:-2], b.shape[:-2])
    cells = math.prod(np.broadcast_shapes(a.shape[:-2], b.shape[:-2])) * math.prod(
        (*a.shape[:-1][-1:], *(b.shape[-1:] if b.ndim > 1 else ()))
    )
    check_cells(cells)
    check_product(cells * (a.shape[-1] if a.ndim else 1))
    return a @ b


def outer(a: Any, b: Any) -> Array:
    a, b = array(a), array(b)
    check_cells(a.size * b.size)
    return np.outer(a, b)


def norm(x: Any, axis: Any = None) -> Any:
    """The Euclidean length; `axis=-1`: of each row."""
    return np.sqrt(np.sum(array(x) ** 2, axis=read_axis(axis)))


def eye(n: Any) -> Array:
    size = read_whole(n)
    read_sizes((size, size))
    return np.eye(size)


def zeros(*sizes: Any) -> Array:
    return np.zeros(read_sizes(sizes))


def ones(*sizes: Any) -> Array:
    return np.ones(read_sizes(sizes))


def concat(*parts: Any, axis: Any = 0) -> Array:
    """concat(a, b) or concat([a, b]), along an axis."""
    given = parts[0] if len(parts) == 1 and isinstance(parts[0], (list, tuple)) else parts
    arrays = [array(part) for part in given]
    check_cells(sum(part.size for part in arrays))
    return np.concatenate(arrays, axis=read_whole(axis))


def transpose(x: Any) -> Array:
    return array(x).T


def sort(x: Any) -> Array:
    return np.sort(array(x), axis=-1)


def argsort(x: Any) -> list[int]:
    """Places in order of size, smallest first; equal ones as they stood."""
    found: list[int] = np.argsort(array(x), axis=-1, kind="stable").tolist()
    return found


def shape(x: Any) -> list[int]:
    return list(array(x).shape)


def length(x: Any) -> int:
    return len(x) if isinstance(x, (str, list, tuple)) else len(array(x))


def rounded(x: Any, decimals: Any = 0) -> Any:
    return np.round(array(x), read_places(decimals))


def _elementwise(compute: Callable[[Array], Array]) -> Callable[[Any], Any]:
    return lambda x: compute(array(x))


def _reduction(compute: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, axis=None: compute(array(x), axis=read_axis(axis))


def _extreme(compute: Callable[..., Any]) -> Callable[..., Any]:
    """min and max, also of several numbers: max(a, 0)."""
    return lambda x, *others, axis=None: compute(array([x, *others] if others else x), axis=read_axis(axis))


def bkt(
    answers: Any, *, known: float = 0.2, learn: float = 0.15, slip: float = 0.1, guess: float = 0.2
) -> Array:
    """Mastery after each answer, 1 right and 0 wrong, by Bayesian knowledge tracing."""
    given = array(answers)
    if given.ndim != 1 or not np.all((given == 0) | (given == 1)):
        raise Refusal(
            _("expected answers in one row, 1 for right and 0 for wrong; got %(got)s")
            % {"got": kind_of(answers)}
        )
    chances = [read_number(one) for one in (known, learn, slip, guess)]
    if not all(0 <= one <= 1 for one in chances) or not (
        chances[2] > 0 and chances[3] > 0 and chances[2] + chances[3] < 1
    ):
        problem = _(
            "expected probabilities from 0 to 1, slip and guess above 0 and together below 1; "
            "got known %(known)s, learn %(learn)s, slip %(slip)s, guess %(guess)s"
        )
        raise Refusal(problem % dict(zip(("known", "learn", "slip", "guess"), chances, strict=True)))
    take(given.size * ITEM)
    return np.array(mastery_after([one == 1 for one in given.tolist()], Bkt(*chances)))


def gain(pre: Any, post: Any) -> float:
    """Hake's normalised gain (post − pre) / (100 − pre)."""
    scores = read_number(pre), read_number(post)
    if not all(0 <= one <= FULL for one in scores):
        problem = _("expected scores from 0 to 100; got %(pre)s and %(post)s")
        raise Refusal(problem % {"pre": scores[0], "post": scores[1]})
    found = normalised_gain(*scores)
    if found is None:
        raise Refusal(_("at a pre-test of 100 the gain is undefined"))
    return found


def measured(task: str, figure: str) -> float:
    """The mean, over the seeds of `make figures`, of a figure of a lab task."""
    return float(np.mean(_measurements(task, figure)))


def measured_worst(task: str, figure: str) -> float:
    """The least of the same figures."""
    return float(np.min(_measurements(task, figure)))


def _measurements(task: str, figure: str) -> list[float]:
    known = trials.measurements()
    if task not in known:
        problem = _("nothing was measured of “%(got)s”; expected one of %(known)s")
        raise Refusal(problem % {"got": task, "known": ", ".join(known)})
    runs = known[task]["runs"]
    if figure not in runs[0]:
        problem = _("“%(task)s” has no figure “%(got)s”; expected one of %(known)s")
        raise Refusal(problem % {"task": task, "got": figure, "known": ", ".join(runs[0])})
    return [run[figure] for run in runs]


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "bkt": bkt, "gain": gain,
    "array": array, "attention": attention, "scores": scores, "softmax": softmax, "preset": preset,
    "entropy": entropy, "effective": effective, "softmax_gradient": softmax_gradient,
    "sqrt": _elementwise(np.sqrt), "exp": _elementwise(np.exp), "ln": _elementwise(np.log),
    "sin": _elementwise(np.sin), "cos": _elementwise(np.cos), "tanh": _elementwise(np.tanh),
    "abs": _elementwise(np.abs), "sum": _reduction(np.sum), "mean": _reduction(np.mean),
    "std": _reduction(np.std), "min": _extreme(np.min), "max": _extreme(np.max), "round": rounded,
    "argmax": _reduction(np.argmax), "argsort": argsort, "sort": sort, "transpose": transpose, "dot": dot,
    "outer": outer, "norm": norm, "eye": eye, "zeros": zeros, "ones": ones, "concat": concat, "shape": shape,
    "length": length, "matrix": matrix, "percent": percent, "literal": literal,
    "measured": measured, "measured_worst": measured_worst,
    "pipeline": pipeline,
}  # fmt: skip


def _pay_attention(
    query: Array, key: Array, value: Array, function: str, heads: int, parameters: dict[str, Array] | None
) -> None:
    """Refuses shapes as the core would, but in the language in use, and pays for every stage."""
    if function not in reference.SCORES:
        raise Refusal(one_of(reference.SCORES, function))
    unit = function_named(function)
    if len(key) != len(value):
        problem = _("value: expected as many rows as key, %(wanted)d; got %(got)d")
        raise Refusal(problem % {"wanted": len(key), "got": len(value)})
    if unit.same_width and query.shape[1] != key.shape[1]:
        problem = _("key: expected rows as wide as those of query, %(wanted)d; got %(got)d")
        raise Refusal(problem % {"wanted": query.shape[1], "got": key.shape[1]})
    if heads < 1 or any(one.shape[1] % heads for one in (query, key, value)):
        raise Refusal(
            _("num_heads: expected a number that divides every width; got %(got)d") % {"got": heads}
        )
    d_q, d_k = query.shape[1] // heads, key.shape[1] // heads
    if parameters is None:  # the core draws them
        learned = sum(heads * math.prod(shape) for shape in unit.parameter_shapes(d_q, d_k, d_k).values())
        check_cells(learned)
    else:
        learned = sum(one.size for one in parameters.values())
    pairs = heads * len(query) * len(key)
    check_cells(pairs)
    check_cells(len(query) * value.shape[1])
    # A hidden layer is as wide as the parameters at most, and so are its products.
    check_product(pairs * max(d_k, value.shape[1]) + (len(query) + len(key) + pairs) * learned)
