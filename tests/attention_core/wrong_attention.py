"""Learners who compute attention wrongly, cell by cell in plain Python, independent of the camp's own pipelines.

Each takes rows of query, key and value and gives the stages as the learner would write them down.
"""

import math
from collections.abc import Callable, Sequence

Rows = list[list[float]]
Learner = Callable[[Rows, Rows, Rows], dict[str, Rows]]


def dots(left: Rows, right: Rows) -> Rows:
    return [[sum(a * b for a, b in zip(x, y, strict=True)) for y in right] for x in left]


def each(rows: Rows, change: Callable[[float], float]) -> Rows:
    return [[change(cell) for cell in row] for row in rows]


def soft(row: Sequence[float]) -> list[float]:
    powers = [math.exp(cell) for cell in row]
    return [power / sum(powers) for power in powers]


def columns(rows: Rows) -> Rows:
    return [list(column) for column in zip(*rows, strict=True)]


def average(weights: Rows, value: Rows) -> Rows:
    return dots(weights, columns(value))


def told(scores: Rows, scaled: Rows, weights: Rows, output: Rows) -> dict[str, Rows]:
    return {"scores": scores, "scaled": scaled, "weights": weights, "output": output}


def after(scores: Rows, scaled: Rows, value: Rows) -> dict[str, Rows]:
    weights = [soft(row) for row in scaled]
    return told(scores, scaled, weights, average(weights, value))


def right(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    s = dots(q, k)
    return after(s, each(s, lambda x: x / math.sqrt(len(k[0]))), v)


def no_scale(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    s = dots(q, k)
    return after(s, s, v)


def scale_dk(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    s = dots(q, k)
    return after(s, each(s, lambda x: x / len(k[0])), v)


def scale_sqrt_n(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    s = dots(q, k)
    return after(s, each(s, lambda x: x / math.sqrt(len(k))), v)


def scale_after(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    s = dots(q, k)
    w = each([soft(row) for row in s], lambda x: x / math.sqrt(len(k[0])))
    return told(s, s, w, average(w, v))


def axis_queries(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    found = right(q, k, v)
    w = columns([soft(column) for column in columns(found["scaled"])])
    return found | {"weights": w, "output": average(w, v)}


def axis_all(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    found = right(q, k, v)
    total = sum(math.exp(cell) for row in found["scaled"] for cell in row)
    w = each(found["scaled"], lambda x: math.exp(x) / total)
    return found | {"weights": w, "output": average(w, v)}


def linear_norm(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    found = right(q, k, v)
    w = [[cell / sum(row) for cell in row] for row in found["scaled"]]
    return found | {"weights": w, "output": average(w, v)}


def qk_swapped(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    return right(k, q, v)


def v_twice(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    found = right(q, k, v)
    return found | {"output": average(found["weights"], found["output"])}


def elementwise(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    found = right(q, k, v)
    return found | {"output": [[found["weights"][i][i] * cell for cell in row] for i, row in enumerate(v)]}


def _masked(q: Rows, k: Rows, v: Rows, reach: int, hidden: float) -> dict[str, Rows]:
    found = right(q, k, v)
    rows = found["scaled"]
    w = [
        soft([cell if j <= i + reach else hidden for j, cell in enumerate(row)]) for i, row in enumerate(rows)
    ]
    return found | {"weights": w, "output": average(w, v)}


def causal_right(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    return _masked(q, k, v, 0, -math.inf)


def mask_after(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    found = right(q, k, v)
    w = [[cell if j <= i else 0.0 for j, cell in enumerate(row)] for i, row in enumerate(found["weights"])]
    return found | {"weights": w, "output": average(w, v)}


def mask_score_zero(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    return _masked(q, k, v, 0, 0.0)


def causal_plus_one(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    return _masked(q, k, v, 1, -math.inf)


def k_not_transposed(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    s = dots(q, columns(k))
    return after(s, each(s, lambda x: x / math.sqrt(len(k[0]))), v)


def _halves(rows: Rows) -> list[Rows]:
    half = len(rows[0]) // 2
    return [[row[:half] for row in rows], [row[half:] for row in rows]]


def two_heads(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    heads = [right(*parts)["output"] for parts in zip(_halves(q), _halves(k), _halves(v), strict=True)]
    return {"output": [one + other for one, other in zip(*heads, strict=True)]}


def head_reshape(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
    def cut(rows: Rows) -> list[Rows]:
        flat, n, half = [cell for row in rows for cell in row], len(rows), len(rows[0]) // 2
        cells = [flat[i : i + half] for i in range(0, len(flat), half)]
        return [cells[:n], cells[n:]]

    heads = [right(*parts)["output"] for parts in zip(cut(q), cut(k), cut(v), strict=True)]
    flat = [cell for head in heads for row in head for cell in row]
    width = len(v[0])
    return {"output": [flat[i : i + width] for i in range(0, len(flat), width)]}


PLAIN: dict[str, Learner] = {
    one.__name__: one
    for one in (
        no_scale, scale_dk, scale_sqrt_n, scale_after, axis_queries, axis_all, linear_norm, qk_swapped, v_twice,
        elementwise, k_not_transposed,
    )
}  # fmt: skip
CAUSAL: dict[str, Learner] = {one.__name__: one for one in (mask_after, mask_score_zero, causal_plus_one)}


# --- Slips that are none of the fifteen ------------------------------------------------------------


def _of_weights(change: Callable[[list[float]], list[float]]) -> Learner:
    def learner(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
        found = right(q, k, v)
        w = [change(row) for row in found["scaled"]]
        return found | {"weights": w, "output": average(w, v)}

    return learner


def _of_output(change: Callable[[dict[str, Rows], Rows, Rows, Rows], Rows]) -> Learner:
    def learner(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
        found = right(q, k, v)
        return found | {"output": change(found, q, k, v)}

    return learner


def _scaled_by(factor: Callable[[Rows], float]) -> Learner:
    def learner(q: Rows, k: Rows, v: Rows) -> dict[str, Rows]:
        s = dots(q, k)
        return after(s, each(s, lambda x: x * factor(k)), v)

    return learner


def _powers_of_two(row: list[float]) -> list[float]:
    powers = [2**cell for cell in row]
    return [power / sum(powers) for power in powers]


OTHER: dict[str, Learner] = {
    "multiplied by √d_k": _scaled_by(lambda k: math.sqrt(len(k[0]))),
    "divided by √(2·d_k)": _scaled_by(lambda k: 1 / math.sqrt(2 * len(k[0]))),
    "divided by d_k²": _scaled_by(lambda k: 1 / len(k[0]) ** 2),
    "the sign turned": _scaled_by(lambda k: -1 / math.sqrt(len(k[0]))),
    "the largest takes all": _of_weights(lambda row: [float(cell == max(row)) for cell in row]),
    "equal weights": _of_weights(lambda row: [1 / len(row)] * len(row)),
    "powers of two": _of_weights(_powers_of_two),
    "powers without their sum": _of_weights(lambda row: [math.exp(cell) for cell in row]),
    "logistic": _of_weights(lambda row: [1 / (1 + math.exp(-cell)) for cell in row]),
    "softmax twice": _of_weights(lambda row: soft(soft(row))),
    "weights turned round": _of_weights(lambda row: soft(row)[::-1]),
    "keys handed out": _of_output(lambda found, q, k, v: [row[: len(v[0])] for row in average(found["weights"], k)]),
    "the sum, not the average": _of_output(lambda found, q, k, v: each(found["output"], lambda x: x * len(k))),
    "the value added": _of_output(
        lambda found, q, k, v: [[a + b for a, b in zip(x, y, strict=True)] for x, y in zip(found["output"], v, strict=True)]
    ),
    "WᵀV": _of_output(lambda found, q, k, v: average(columns(found["weights"]), v)),
}  # fmt: skip
