"""The functions of expressions in lessons and questions: docs/course.md lists them.

They take and return numbers, texts, lists and float64 arrays, never anything else, and no more than `MOST_CELLS`
of them, so that whoever writes a lesson can neither reach the program nor keep it busy.

>>> softmax([[0, 1, 2]]).round(4).tolist()
[[0.09, 0.2447, 0.6652]]
>>> attention([[1, 0]], [[1, 0], [0, 1]], [[1], [3]])["weights"].round(4).tolist()
[[0.6698, 0.3302]]
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from attention_core import reference
from camp.courses.numbers import MOST_DECIMALS, fewest, latex, written

Array = np.ndarray[Any, Any]
MOST_CELLS = 2**14
_MOST_AXES = 4

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


def array(rows: Any) -> Array:
    """A float64 array of numbers.

    Raises:
        ValueError, TypeError: no numbers, ragged rows, too many cells or axes.
    """
    if isinstance(rows, np.ndarray):
        found = rows
    elif isinstance(rows, (bool, int, float)):
        found = np.asarray(float(rows))
    elif isinstance(rows, (list, tuple)):
        parts = [array(row) for row in rows]
        if len({part.shape for part in parts}) > 1:
            raise ValueError(
                f"expected rows of one length; got shapes {[list(part.shape) for part in parts]}"
            )
        found = np.stack(parts) if parts else np.zeros(0)
    else:
        raise TypeError(f"expected numbers; got {_kind(rows)}")
    if found.size > MOST_CELLS or found.ndim > _MOST_AXES:
        raise ValueError(
            f"expected at most {MOST_CELLS} numbers on at most {_MOST_AXES} axes; got {found.size} on {found.ndim}"
        )
    return found.astype(np.float64)


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
    query, key, value = array(query), array(key), array(value)
    given = _parameters(parameters)
    widths = [key.shape[-1], *(size for one in (given or {}).values() for size in one.shape)]
    _bounded(query.shape[0] * key.shape[0] * _whole(num_heads) * max(widths) // 16, "sixteenths of a product")
    stages = reference.explain(
        query, key, value,
        function=_word(function), causal=bool(causal), mask=None if mask is None else array(mask) != 0,
        scale=scale, temperature=temperature, num_heads=_whole(num_heads), parameters=given,
    )  # fmt: skip
    names = ("scores", "scaled", "masked", "weights", "entropy", "effective_tokens")
    found = {name: getattr(stages, name) for name in names}
    if num_heads == 1:
        found = {name: stage[0] for name, stage in found.items()}
    return {**found, "output": stages.output}


def scores(function: str, query: Any, key: Any, *, parameters: Any = None) -> Array:
    """Raw scores (n_q, n_k) of one scoring function."""
    key = array(key)
    found = attention(query, key, np.zeros((key.shape[0], 1)), function=function, parameters=parameters)
    return found["scores"]


def softmax(x: Any, axis: Any = -1) -> Array:
    """Softmax over one axis; `axis=None`: over all cells. −∞ gives 0."""
    x = array(x)
    shifted = x - x.max(axis=_axis(axis), keepdims=True)
    powers = np.exp(shifted)
    found: Array = powers / powers.sum(axis=_axis(axis), keepdims=True)
    return found


def preset(name: str, part: str) -> Array:
    """A matrix of the outline's presets: preset("T3", "query"), preset("PIPE", "W_Q")."""
    parts = _PRESETS.get(name)
    if parts is None:
        raise ValueError(f"expected a preset, one of {', '.join(_PRESETS)}; got {name!r}")
    if part in parts:
        return array(parts[part])
    weights = {"query": "W_Q", "key": "W_K", "value": "W_V"}.get(part, "")
    if weights in parts:
        return array(np.asarray(parts["X"]) @ np.asarray(parts[weights]))
    raise ValueError(f"preset {name}: expected one of {', '.join(parts)}; got {part!r}")


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
        raise ValueError(f"softmax_gradient: expected one row of weights; got shape {list(w.shape)}")
    _bounded(w.size**2, "cells")
    return np.diag(w) - np.outer(w, w)


def matrix(x: Any, decimals: Any = None) -> str:
    """LaTeX of a matrix, or of a row, for use within a formula."""
    rows = np.atleast_2d(array(x))
    if rows.ndim != 2:
        raise ValueError(f"matrix: expected at most two axes; got shape {list(rows.shape)}")
    places = fewest(rows.ravel().tolist()) if decimals is None else _places(decimals)
    is_whole = bool(np.all(rows[np.isfinite(rows)] == np.round(rows[np.isfinite(rows)])))
    places_or_none = None if decimals is None and is_whole else places
    lines = [" & ".join(latex(written(cell, places_or_none)) for cell in row) for row in rows.tolist()]
    return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"


def percent(x: Any, decimals: Any = 0) -> str:
    """0.1805 → "18 %"."""
    return f"{written(_number(x) * 100, _places(decimals))} %"


def literal(text: Any, reason: Any) -> str:
    """A declared literal: `reason` says why no computation gives it."""
    if not isinstance(reason, str) or not reason.strip():
        raise ValueError("literal: expected a reason why the number is not computed")
    return _word(text)


def dot(a: Any, b: Any) -> Any:
    """The matrix product."""
    a, b = array(a), array(b)
    _bounded((a.shape[0] if a.ndim > 1 else 1) * (b.shape[-1] if b.ndim > 1 else 1), "cells")
    _bounded(a.size * (b.shape[-1] if b.ndim > 1 else 1) // 64, "multiplications")
    return a @ b


def outer(a: Any, b: Any) -> Array:
    a, b = array(a), array(b)
    _bounded(a.size * b.size, "cells")
    return np.outer(a, b)


def norm(x: Any, axis: Any = None) -> Any:
    """The Euclidean length; `axis=-1`: of each row."""
    return np.sqrt(np.sum(array(x) ** 2, axis=_axis(axis)))


def eye(n: Any) -> Array:
    _bounded(_whole(n) ** 2, "cells")
    return np.eye(_whole(n))


def zeros(*sizes: Any) -> Array:
    return np.zeros(_sizes(sizes))


def ones(*sizes: Any) -> Array:
    return np.ones(_sizes(sizes))


def concat(*parts: Any, axis: Any = 0) -> Array:
    """concat(a, b) or concat([a, b]), along an axis."""
    given = parts[0] if len(parts) == 1 and isinstance(parts[0], (list, tuple)) else parts
    return array(np.concatenate([array(part) for part in given], axis=_whole(axis)))


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
    return np.round(array(x), _places(decimals))


def _elementwise(compute: Callable[[Array], Array]) -> Callable[[Any], Any]:
    return lambda x: compute(array(x))


def _reduction(compute: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, axis=None: compute(array(x), axis=_axis(axis))


def _extreme(compute: Callable[..., Any]) -> Callable[..., Any]:
    """min and max, also of several numbers: max(a, 0)."""
    return lambda x, *others, axis=None: compute(array([x, *others] if others else x), axis=_axis(axis))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "array": array, "attention": attention, "scores": scores, "softmax": softmax, "preset": preset,
    "entropy": entropy, "effective": effective, "softmax_gradient": softmax_gradient,
    "sqrt": _elementwise(np.sqrt), "exp": _elementwise(np.exp), "ln": _elementwise(np.log),
    "sin": _elementwise(np.sin), "cos": _elementwise(np.cos), "tanh": _elementwise(np.tanh),
    "abs": _elementwise(np.abs), "sum": _reduction(np.sum), "mean": _reduction(np.mean),
    "std": _reduction(np.std), "min": _extreme(np.min), "max": _extreme(np.max), "round": rounded,
    "argmax": _reduction(np.argmax), "argsort": argsort, "sort": sort, "transpose": transpose, "dot": dot,
    "outer": outer, "norm": norm, "eye": eye, "zeros": zeros, "ones": ones, "concat": concat, "shape": shape,
    "length": length, "matrix": matrix, "percent": percent, "literal": literal,
}  # fmt: skip


def _bounded(count: int, what: str) -> None:
    if count > MOST_CELLS:
        raise ValueError(f"expected at most {MOST_CELLS} {what}; got {count}")


def _whole(number: Any) -> int:
    if isinstance(number, (bool, str)) or not math.isfinite(_number(number)) or number != int(number):
        raise ValueError(f"expected a whole number; got {number!r}")
    return int(number)


def _places(decimals: Any) -> int:
    places = _whole(decimals)
    if not 0 <= places <= MOST_DECIMALS:
        raise ValueError(f"expected decimals from 0 to {MOST_DECIMALS}; got {places}")
    return places


def _number(x: Any) -> float:
    found = array(x)
    if found.ndim:
        raise ValueError(f"expected one number; got shape {list(found.shape)}")
    return float(found)


def _axis(axis: Any) -> int | None:
    return None if axis is None else _whole(axis)


def _sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    given = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (list, tuple)) else sizes
    found = tuple(_whole(size) for size in given)
    if any(size < 0 for size in found) or len(found) > _MOST_AXES:
        raise ValueError(f"expected sizes from 0 on at most {_MOST_AXES} axes; got {list(found)}")
    _bounded(math.prod(found), "cells")
    return found


def _word(text: Any) -> str:
    if not isinstance(text, str):
        raise TypeError(f"expected a text in quotes; got {_kind(text)}")
    return text


def _parameters(given: Any) -> dict[str, Array] | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise TypeError(f'parameters: expected {{"weight": rows}}; got {_kind(given)}')
    return {_word(name): array(rows) for name, rows in given.items()}


def _kind(value: Any) -> str:
    return f"the text {value!r}"[:60] if isinstance(value, str) else type(value).__name__
