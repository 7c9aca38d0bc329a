"""Every stage of many small calls in one: padded to a common size, the padding hidden, computed together."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from attention_core.call import Call, prepare
from attention_core.explanation import Explanation
from attention_core.masks import Visibility
from attention_core.stages import explain, stages_of

Array = np.ndarray[Any, Any]

_ARGUMENTS = inspect.signature(explain)
# Larger than this a call costs more to pad than it saves: rows and columns of all three inputs, added up.
LARGEST = 128
# So many at a time: each is padded to the largest of them.
_MOST = 64
_OF_PAIRS = ("scores", "scaled", "masked", "weights")
_OF_ROWS = ("entropy", "effective_tokens")


def explain_many(jobs: Sequence[Mapping[str, Any]]) -> list[Explanation]:
    """Return `explain(**job)` for each job, as arrays: the small ones in one padded, masked call.

    Most of a tiny call is the start of a dozen operations, so 64 of them together take hardly longer than three.
    Jobs of the same function, heads and type are computed together where the function has no parameters; shapes,
    masks, scale and temperature may differ. The others are computed one by one.

    >>> rows = [[0.0], [1.0]]
    >>> one, two = explain_many(
    ...     [{"query": rows, "key": rows, "value": rows}, {"query": rows[:1], "key": rows, "value": rows}]
    ... )
    >>> one.weights.shape, two.weights.tolist()
    ((1, 2, 2), [[[0.5, 0.5]]])

    Args:
        jobs: arguments of `explain`, by name.

    Returns:
        the stages of each, in the order of the jobs.

    Raises:
        ValueError, TypeError: as `explain` does, with "job 3: " before it; the first wrong job, counted from 0.
    """
    calls = [_named(number, _prepared, job) for number, job in enumerate(jobs)]
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for number, call in enumerate(calls):
        if shares(call):
            groups[call.function.name, call.num_heads, call.query.dtype, call.dtype].append(number)
    explanations: dict[int, Explanation] = {}
    for numbers in groups.values():
        for start in range(0, len(numbers), _MOST):
            some = numbers[start : start + _MOST]
            try:
                explanations.update(zip(some, _together([calls[number] for number in some]), strict=True))
            except ValueError:  # one of them, which is to say so by itself
                continue
    for number, call in enumerate(calls):
        if number not in explanations:
            explanations[number] = _named(number, _alone, call)
    return [explanations[number] for number in range(len(calls))]


def shares(call: Call) -> bool:
    """Whether a call may be padded and computed with others."""
    inputs = (call.query, call.key, call.value)
    seen = call.visibility
    return (
        all(isinstance(one, np.ndarray) and one.size for one in inputs)
        and call.query.ndim == call.key.ndim == call.value.ndim == (2 if call.num_heads == 1 else 3)
        and not call.parameters
        and call.slopes is None
        and seen.window is None
        and (seen.mask is None or np.ndim(seen.mask) == 2)
        and (seen.key_padding is None or np.ndim(seen.key_padding) == 1)
        and call.num_heads
        * (sum(one.shape[-1] for one in inputs) + call.query.shape[-2] + call.key.shape[-2])
        <= LARGEST
    )


def _prepared(job: Mapping[str, Any]) -> Call:
    given = _ARGUMENTS.bind(**job)
    given.apply_defaults()
    return prepare(**given.arguments)


def _alone(call: Call) -> Explanation:
    stages = stages_of(call)
    arrays = {name: np.asarray(tensor) for name, tensor in vars(stages).items() if name != "parameters"}
    parameters = {name: np.asarray(tensor) for name, tensor in stages.parameters.items()}
    return Explanation(**arrays, parameters=parameters)


def _named(number: int, compute: Callable[[Any], Any], given: Any) -> Any:
    try:
        return compute(given)
    except (ValueError, TypeError) as error:
        raise type(error)(f"job {number}: {error}") from error


def _together(calls: list[Call]) -> list[Explanation]:
    per_job = (-1, *[1] * calls[0].query.ndim)
    together = replace(
        calls[0],
        query=_padded([call.query for call in calls]),
        key=_padded([call.key for call in calls]),
        value=_padded([call.value for call in calls]),
        visibility=Visibility(mask=_allowed(calls)),
        scale=np.array([call.scale for call in calls], calls[0].query.dtype).reshape(per_job),
        temperature=np.array([call.temperature for call in calls], calls[0].query.dtype).reshape(per_job),  # type: ignore[arg-type]
        batch=(len(calls),),
    )
    computed = _alone(together)
    return [_cut(computed, place, call) for place, call in enumerate(calls)]


def _cut(computed: Explanation, place: int, call: Call) -> Explanation:
    """Take one job's part out of the padded stages."""
    n_q, n_k, width = call.query.shape[-2], call.key.shape[-2], call.value.shape[-1]
    parts = {name: getattr(computed, name)[place, :, :n_q, :n_k] for name in _OF_PAIRS}
    parts |= {name: getattr(computed, name)[place, :, :n_q] for name in _OF_ROWS}
    head_output = computed.head_output[place, :, :n_q, :width]
    # Not from the padded output, where the heads' features lie a padded width apart.
    output = np.moveaxis(head_output, 0, 1).reshape(n_q, call.num_heads * width)
    return Explanation(**parts, head_output=head_output, output=output, parameters={})


def _allowed(calls: list[Call]) -> Array:
    """Return who may attend to whom, (jobs, [1,] n_q, n_k): nobody to padding."""
    rows = max(call.query.shape[-2] for call in calls)
    columns = max(call.key.shape[-2] for call in calls)
    allowed = np.zeros((len(calls), rows, columns), bool)
    for own, call in zip(allowed, calls, strict=True):
        n_q, n_k = call.query.shape[-2], call.key.shape[-2]
        seen = call.visibility
        part = np.tri(n_q, n_k, n_k - n_q, dtype=bool) if seen.causal else np.ones((n_q, n_k), bool)
        if seen.mask is not None:
            part &= np.asarray(seen.mask)
        if seen.key_padding is not None:
            part &= np.asarray(seen.key_padding)
        own[:n_q, :n_k] = part
    return allowed if calls[0].num_heads == 1 else allowed[:, None]


def _padded(arrays: Sequence[Array]) -> Array:
    """Put arrays ([h,] n, d) into one, filled up with zeros: (jobs, [h,] max n, max d).

    For two axes only, as in `many`, it would be a quarter quicker, which matters there.
    """
    shapes = np.array([one.shape for one in arrays])
    together = np.zeros((len(arrays), *shapes.max(axis=0)), arrays[0].dtype)
    for own, one in zip(together, arrays, strict=True):
        own[tuple(slice(size) for size in one.shape)] = one
    return together
