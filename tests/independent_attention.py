"""The task `attention` once more, by its description alone: pure NumPy, float64, no code of the core.

`expected_result(params)` gives the documented result, `random_case(rng)` valid params of every sort,
and `assert_close(result, expected, params)` holds a result to the promised bound.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

FUNCTIONS = ("scaled_dot_product", "dot_product", "general", "additive", "cosine")
CELLS_IN_JSON = 2**16
STAGES = ("scores", "scaled", "masked", "weights", "output")


def expected_result(params: dict[str, Any]) -> dict[str, Any]:
    """Return what the task must answer (without `elapsed_ms`)."""
    query, key, value = (np.array(params[name], dtype=np.float64) for name in ("query", "key", "value"))
    heads = params.get("num_heads") or 1
    parameters = _parameters(params, query, key, heads)
    visible = _visible(params, len(query), len(key))
    each = []
    for head in range(heads):
        slices = [_columns(array, head, heads) for array in (query, key, value)]
        own = {name: array[head] if heads > 1 else array for name, array in parameters.items()}
        each.append(_one_head(params, *slices, own, visible))
    merged = {name: [stages[name] for stages in each] for name in (*STAGES, "entropy", "effective_tokens")}
    by_head = {name: merged[name] if heads > 1 else merged[name][0] for name in STAGES}
    truncated = heads * len(query) * len(key) > CELLS_IN_JSON
    output = np.concatenate(merged["output"], axis=1)
    pairs = [len(query), len(key)]
    return {
        "output": output,
        "weights": None if truncated else np.array(by_head["weights"]),
        "stages": None if truncated else {name: np.array(by_head[name]) for name in STAGES},
        "entropy": np.array(merged["entropy"]),
        "effective_tokens": np.array(merged["effective_tokens"]),
        "parameters": parameters,
        "shapes": {
            "query": list(query.shape),
            "key": list(key.shape),
            "value": list(value.shape),
            "weights": [heads, *pairs] if heads > 1 else pairs,
            "output": list(output.shape),
        },
        "truncated": truncated,
    }


def _columns(array: np.ndarray, head: int, heads: int) -> np.ndarray:
    width = array.shape[1] // heads
    return array[:, head * width : (head + 1) * width]


def _parameters(
    params: dict[str, Any], query: np.ndarray, key: np.ndarray, heads: int
) -> dict[str, np.ndarray]:
    name = params.get("function") or "scaled_dot_product"
    d_q, d_k = query.shape[1] // heads, key.shape[1] // heads
    if params.get("parameters") is not None:
        return {name: np.array(given, dtype=np.float64) for name, given in params["parameters"].items()}
    if name not in ("general", "additive"):
        return {}
    generator = np.random.Generator(np.random.PCG64(params.get("seed") or 0))
    drawn = []
    for _head in range(heads):
        if name == "general":
            limit = math.sqrt(6 / (d_q + d_k))
            drawn.append({"weight": generator.uniform(-limit, limit, (d_q, d_k))})
            continue
        limits = [math.sqrt(6 / (d_q + d_k)), math.sqrt(6 / (d_k + d_k)), math.sqrt(6 / (d_k + 1))]
        drawn.append(
            {
                "query_weight": generator.uniform(-limits[0], limits[0], (d_q, d_k)),
                "key_weight": generator.uniform(-limits[1], limits[1], (d_k, d_k)),
                "vector": generator.uniform(-limits[2], limits[2], d_k),
            }
        )
    return {
        name: np.array([one[name] for one in drawn]) if heads > 1 else drawn[0][name] for name in drawn[0]
    }


def _visible(params: dict[str, Any], n_q: int, n_k: int) -> np.ndarray:
    visible = np.ones((n_q, n_k), dtype=bool)
    for i, j in itertools.product(range(n_q), range(n_k)):
        if params.get("causal") and j > i + n_k - n_q:
            visible[i, j] = False
        if params.get("key_padding") is not None and not params["key_padding"][j]:
            visible[i, j] = False
        if params.get("mask") is not None and not params["mask"][i][j]:
            visible[i, j] = False
    return visible


def _one_head(
    params: dict[str, Any],
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    parameters: dict[str, np.ndarray],
    visible: np.ndarray,
) -> dict[str, Any]:
    name = params.get("function") or "scaled_dot_product"
    scores = np.array([[_score(name, q, k, parameters) for k in key] for q in query])
    factor = 1.0
    if name == "scaled_dot_product":
        factor = 1 / math.sqrt(key.shape[1]) if params.get("scale") is None else params["scale"]
    scaled = scores * factor / (params.get("temperature") or 1.0)
    weights = np.zeros_like(scaled)
    for i, row in enumerate(scaled):
        if visible[i].any():
            powers = np.exp(row[visible[i]] - row[visible[i]].max())
            weights[i, visible[i]] = powers / powers.sum()
    entropy = [-sum(w * math.log(w) for w in row if w > 0) for row in weights]
    return {
        "scores": scores,
        "scaled": scaled,
        "masked": np.where(visible, scaled, -np.inf),
        "weights": weights,
        "output": np.array([(row[:, None] * value).sum(axis=0) for row in weights]),
        "entropy": entropy,
        "effective_tokens": [
            math.exp(e) if row.any() else 0.0 for e, row in zip(entropy, weights, strict=True)
        ],
    }


def _score(name: str, q: np.ndarray, k: np.ndarray, parameters: dict[str, np.ndarray]) -> float:
    if name == "general":
        return float(q @ (parameters["weight"] @ k))
    if name == "additive":
        hidden = np.tanh(parameters["query_weight"].T @ q + parameters["key_weight"].T @ k)
        return float(hidden @ parameters["vector"])
    if name == "cosine":
        if not q.any() or not k.any():
            return 0.0
        q, k = q / np.abs(q).max(), k / np.abs(k).max()
        return float(q @ k) / math.sqrt(float(q @ q) * float(k @ k))
    return float(q @ k)


def random_case(rng: np.random.Generator) -> dict[str, Any]:
    """Return valid params, mostly small: every function, mask, number of heads, scale, temperature."""
    function = str(rng.choice(FUNCTIONS))
    heads = int(rng.choice([1, 1, 2, 3, 4]))
    top = 40 if rng.random() < 0.1 else 8
    n_q, n_k = (int(size) for size in rng.integers(1, top + 1, 2))
    if rng.random() < 0.3:
        n_k = n_q
    d_q, d_k, d_v = (heads * int(width) for width in rng.integers(1, max(2, top // heads) + 1, 3))
    if function not in ("general", "additive"):
        d_q = d_k
    size = float(rng.choice([0.1, 1.0, 1.0, 10.0, 300.0]))
    params: dict[str, Any] = {
        "query": _matrix(rng, n_q, d_q, size),
        "key": _matrix(rng, n_k, d_k, size),
        "value": _matrix(rng, n_k, d_v, float(rng.choice([1.0, 1e3]))),
    }
    if function != "scaled_dot_product" or rng.random() < 0.5:
        params["function"] = function
    if heads > 1 or rng.random() < 0.3:
        params["num_heads"] = heads
    _add_masks(rng, params, n_q, n_k)
    if function == "scaled_dot_product" and rng.random() < 0.4:
        params["scale"] = float(rng.choice([-0.5, 0.01, 0.7, 1, 3]))
    if rng.random() < 0.4:
        params["temperature"] = float(rng.choice([0.5, 0.9, 2, 50, 1000]))
    if function in ("general", "additive"):
        _add_parameters(rng, params, function, heads, d_q // heads, d_k // heads)
    return params


def _matrix(rng: np.random.Generator, rows: int, columns: int, size: float) -> list[list[float]]:
    sort = rng.random()
    matrix = rng.normal(0, size, (rows, columns))
    if sort < 0.2:
        matrix = rng.integers(-3, 4, (rows, columns))
    elif sort < 0.35:
        matrix[rng.integers(rows)] = 0  # a zero row: cosine's special case, and equal scores elsewhere
    elif sort < 0.4:
        matrix *= 1e-200 / size  # squares of these vanish
    return matrix.tolist()


def _add_masks(rng: np.random.Generator, params: dict[str, Any], n_q: int, n_k: int) -> None:
    if rng.random() < 0.5:
        params["causal"] = bool(rng.random() < 0.9)
    if rng.random() < 0.4:
        params["key_padding"] = (rng.random(n_k) < rng.choice([0.1, 0.7])).tolist()
    if rng.random() < 0.4:
        params["mask"] = (rng.random((n_q, n_k)) < rng.choice([0.2, 0.7])).tolist()


def _add_parameters(
    rng: np.random.Generator, params: dict[str, Any], function: str, heads: int, d_q: int, d_k: int
) -> None:
    if rng.random() < 0.5:
        if rng.random() < 0.7:
            params["seed"] = int(rng.choice([0, 1, 7, 2**32 - 1]))
        return
    u = int(rng.integers(1, 6))
    shapes: dict[str, tuple[int, ...]] = {"weight": (d_q, d_k)}
    if function == "additive":
        shapes = {"query_weight": (d_q, u), "key_weight": (d_k, u), "vector": (u,)}
    leading = (heads,) if heads > 1 else ()
    params["parameters"] = {
        name: rng.normal(size=(*leading, *shape)).tolist() for name, shape in shapes.items()
    }


def assert_close(result: dict[str, Any], expected: dict[str, Any], params: dict[str, Any]) -> None:
    """Check every part of a result: 1e-5 relative, or 1e-6 × max(1, max|value|) absolute."""
    assert set(result) == {*expected, "elapsed_ms"}, sorted(result)
    assert result["elapsed_ms"] >= 0
    assert result["shapes"] == expected["shapes"]
    assert result["truncated"] is expected["truncated"]
    absolute = 1e-6 * max(1.0, float(np.abs(np.array(params["value"], dtype=np.float64)).max()))
    for name in ("output", "entropy", "effective_tokens"):
        _assert_array(name, result[name], expected[name], absolute)
    assert set(result["parameters"]) == set(expected["parameters"])
    for name, array in expected["parameters"].items():
        _assert_array(f"parameters.{name}", result["parameters"][name], array, absolute)
    if expected["truncated"]:
        assert result["weights"] is None
        assert result["stages"] is None
        return
    _assert_array("weights", result["weights"], expected["weights"], absolute)
    assert list(result["stages"]) == list(STAGES)
    for name in STAGES:
        _assert_array(f"stages.{name}", result["stages"][name], expected["stages"][name], absolute)
    hidden = np.isneginf(expected["stages"]["masked"])
    assert (np.array(result["weights"])[hidden] == 0).all(), "a hidden score has a weight"


def _assert_array(name: str, got: Any, want: np.ndarray, absolute: float) -> None:
    cells = np.array(got, dtype=object)
    assert cells.shape == want.shape, f"{name}: expected shape {want.shape}, got {cells.shape}"
    hidden = np.isneginf(want)
    is_null = np.frompyfunc(lambda cell: cell is None, 1, 1)(cells).astype(bool)
    assert (is_null == hidden).all(), f"{name}: null in other places than hidden scores"
    numbers = cells[~hidden].astype(np.float64)
    assert np.isfinite(numbers).all(), f"{name}: not finite"
    np.testing.assert_allclose(numbers, want[~hidden], rtol=1e-5, atol=absolute, err_msg=name)
