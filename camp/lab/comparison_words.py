"""What changed between two runs in words: first what was set otherwise, then what followed from it."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from attention_core import catalogue
from attention_core.array_kinds import BoolMatrix, BoolVector, Matrix, ParameterSet
from attention_core.kinds import Choice
from attention_core.params import ParamField, Params, param_fields
from camp import figures
from camp.lab.comparison import TOLERANCE, Comparison, largest_changes, largest_size
from camp.lab.stage_arrays import Array, StageArrays

MOST_SENTENCES = 5
_ROWS_TOLD = 2
_LABELS_TOLD = 4
_LETTERS = {"query": "Q", "key": "K", "value": "V"}


@dataclass(frozen=True)
class Change:
    """`size` is its share of the largest change there could be, so that changes of different kinds can be ordered."""

    size: float
    words: str


def settings(a: Params, b: Params) -> list[str]:
    """Every param that differs, a phrase each: "Temperature 1 → 0.5". Both are of the same task."""
    assert type(a) is type(b)
    return [phrase for spec in param_fields(type(a)) for phrase in _setting(spec, a, b)]


def effects(comparison: Comparison, head: int) -> list[str]:
    """What differs in one head (from 1) and in the output, largest change first; at most five sentences."""
    changes = [*_rows(comparison, head), *_weight(comparison, head), *_output(comparison)]
    changes.sort(key=lambda change: -change.size)
    sentences = [change.words for change in changes]
    if comparison.is_same:
        sentences.append(_("No difference above 1e-6."))
    elif comparison.weights is not None and not largest_changes(comparison.weights[head - 1]):
        sentences.append(_("No weight shown differs by more than 1e-6."))
    return [*sentences, *_heads(comparison)][:MOST_SENTENCES]


def missing(comparison: Comparison) -> list[str]:
    """What only one of the runs has and so is compared with nothing."""
    a, b = comparison.a, comparison.b
    found = []
    for letter, one, other in (("A", a, b), ("B", b, a)):
        labels = list(_labels_beyond(one, other))
        if labels:
            text = _("Only %(run)s has %(labels)s: nothing to compare with.")
            found.append(text % {"run": letter, "labels": _listed(labels)})
    return found


def _labels_beyond(one: StageArrays, other: StageArrays) -> Iterator[str]:
    for letter, name in (("q", "query"), ("k", "key")):
        start, stop = len(getattr(other.params, name)), len(getattr(one.params, name))
        if start < stop:
            yield f"{letter}{start + 1}" if stop - start == 1 else f"{letter}{start + 1}–{letter}{stop}"
    for start, stop, words in (
        (other.params.num_heads, one.params.num_heads, lambda count: ngettext("head", "heads", count)),
        (
            other.output.shape[1],
            one.output.shape[1],
            lambda count: ngettext("output column", "output columns", count),
        ),
    ):
        if start < stop:
            numbers = str(stop) if stop - start == 1 else f"{start + 1}–{stop}"
            yield _("%(kind)s %(numbers)s") % {"kind": words(stop - start), "numbers": numbers}


def _rows(comparison: Comparison, head: int) -> Iterator[Change]:
    """The rows whose entropy changed most."""
    possible = math.log(max(comparison.keys, 2))
    for (row,) in largest_changes(comparison.entropy[head - 1], _ROWS_TOLD):
        before, after = (float(stages.entropy[head - 1, row]) for stages in (comparison.a, comparison.b))
        text = (
            _("Row %(query)s: entropy fell from %(before)s to %(after)s.")
            if after < before
            else _("Row %(query)s: entropy rose from %(before)s to %(after)s.")
        )
        places = {"query": f"q{row + 1}", **_told(before, after, figures.figure)}
        yield Change(abs(after - before) / possible, text % places)


def _weight(comparison: Comparison, head: int) -> Iterator[Change]:
    """The weight of the head that changed most."""
    if comparison.weights is None:
        return
    for query, key in largest_changes(comparison.weights[head - 1]):
        sides = (comparison.a, comparison.b)
        before, after = (float(stages.weights[head - 1, query, key]) for stages in sides)  # type: ignore[index]
        told = _told(before, after, figures.weight_figure)
        for name, stages in zip(("before", "after"), sides, strict=True):
            if stages.allowed is not None and not stages.allowed[query, key]:
                told[name] = _("0 (hidden)")
        places = {"query": f"q{query + 1}", "key": f"k{key + 1}", **told}
        yield Change(abs(after - before), _("Weight %(query)s→%(key)s: %(before)s → %(after)s.") % places)


def _output(comparison: Comparison) -> Iterator[Change]:
    """The number of the output that changed most."""
    scale = max(float(np.abs(stages.output).max()) for stages in (comparison.a, comparison.b))
    for row, column in largest_changes(comparison.output):
        before, after = (float(stages.output[row, column]) for stages in (comparison.a, comparison.b))
        text = _("Output %(query)s, column %(column)s: %(before)s → %(after)s.")
        places = {"query": f"q{row + 1}", "column": column + 1, **_told(before, after, figures.figure)}
        yield Change(abs(after - before) / scale, text % places)


def _heads(comparison: Comparison) -> Iterator[str]:
    """Which of several heads changed most, for only one is shown."""
    if comparison.weights is None or comparison.heads == 1:
        return
    for head, _query, _key in largest_changes(comparison.weights):
        size = largest_size(comparison.weights[head])
        places = {"head": head + 1, "size": figures.weight_figure(size, figures.decimals_for([size]))}
        yield _("Of the heads that both have, head %(head)s changed most: one weight by %(size)s.") % places


def _told(before: float, after: float, write: Callable[[float, int], str]) -> dict[str, str]:
    """Both in the fewest decimals that tell them apart."""
    decimals = figures.decimals_for([before, after])
    texts = [
        figures.NEARLY_ZERO if 0 < abs(value) <= TOLERANCE else write(value, decimals)
        for value in (before, after)
    ]
    if texts[0] == texts[1]:
        texts = [figures.all_digits(round(value, 7)) for value in (before, after)]
    return dict(zip(("before", "after"), texts, strict=True))


def _setting(spec: ParamField, a: Any, b: Any) -> Iterator[str]:
    """What changed of one param, in no phrase or one."""
    before, after = getattr(a, spec.name), getattr(b, spec.name)
    if isinstance(spec.kind, Matrix):
        yield from _matrix(_LETTERS.get(spec.name, _(spec.label)), before, after)
    elif isinstance(spec.kind, BoolMatrix):
        yield from _mask(spec, before, after)
    elif isinstance(spec.kind, ParameterSet):
        yield from _parameters(spec, before, after)
    elif isinstance(spec.kind, BoolVector):
        keys = [_padded_keys(kept) for kept in (before, after)]
        if keys[0] != keys[1]:
            yield _changed(_(spec.label), *map(_keys, keys))
    elif before != after:
        yield _changed(_(spec.label), *(_value(spec, params) for params in (a, b)))


def _changed(setting: str, before: str, after: str) -> str:
    return _("%(setting)s %(before)s → %(after)s") % {"setting": setting, "before": before, "after": after}


def _value(spec: ParamField, params: Any) -> str:
    value = getattr(params, spec.name)
    if isinstance(spec.kind, Choice):
        return _(spec.kind.labels.get(value, value))
    if isinstance(value, bool):
        return pgettext("a switch", "on") if value else pgettext("a switch", "off")
    if value is not None:
        return figures.all_digits(value)
    if spec.name == "scale" and catalogue.function(params.function).takes_scale:
        return f"1/√{params.key.shape[1] // params.num_heads}"
    return _("none")


def _padded_keys(kept: Array | None) -> list[str]:
    """Which keys are padding; none where nothing was said."""
    return [] if kept is None else [f"k{key + 1}" for key in np.flatnonzero(~kept)]


def _keys(keys: list[str]) -> str:
    """The first few by name, for there may be a thousand."""
    if len(keys) > _LABELS_TOLD:
        return _("%(labels)s and %(count)s more") % {
            "labels": _listed(keys[:_LABELS_TOLD]),
            "count": len(keys) - _LABELS_TOLD,
        }
    return _listed(keys) if keys else _("none")


def _mask(spec: ParamField, before: Array | None, after: Array | None) -> Iterator[str]:
    """How many pairs are hidden by hand; where as many are as before, how many others."""
    hidden = [0 if mask is None else int((~mask).sum()) for mask in (before, after)]
    if hidden[0] != hidden[1]:
        yield _("%(setting)s: hidden pairs %(before)s → %(after)s") % {
            "setting": _(spec.label),
            "before": hidden[0],
            "after": hidden[1],
        }
    elif before is not None and after is not None and not np.array_equal(before, after):
        yield _("%(setting)s: as many pairs hidden, but others") % {"setting": _(spec.label)}


def _matrix(name: str, before: Array, after: Array) -> Iterator[str]:
    if before.shape != after.shape:
        yield _changed(name, _times(before.shape), _times(after.shape))
        return
    differing = np.argwhere(before != after)
    if len(differing) == 1:
        row, column = differing[0]
        yield _("%(name)s, row %(row)s, column %(column)s: %(before)s → %(after)s") % {
            "name": name,
            "row": row + 1,
            "column": column + 1,
            "before": figures.all_digits(float(before[row, column])),
            "after": figures.all_digits(float(after[row, column])),
        }
    elif len(differing):
        text = _("%(name)s: %(count)s of %(all)s entries differ")
        yield text % {"name": name, "count": len(differing), "all": before.size}


def _parameters(spec: ParamField, before: Any, after: Any) -> Iterator[str]:
    """Learned parameters that were given; those drawn follow from the seed, which is a setting of its own."""
    if before is None and after is None:
        return
    if before is None or after is None:
        given = [_("none given") if one is None else _("given") for one in (before, after)]
        yield _changed(_(spec.label), *given)
        return
    shapes = [{name: array.shape for name, array in one.items()} for one in (before, after)]
    if shapes[0] != shapes[1]:
        yield _("%(setting)s: of other names or shapes") % {"setting": _(spec.label)}
        return
    for name in before:
        yield from _matrix(f"{_(spec.label)} {name}", *map(_as_rows, (before[name], after[name])))


def _as_rows(array: Array) -> Array:
    """One row for each vector along the last axis."""
    return array.reshape(-1, array.shape[-1])


def _listed(labels: list[str]) -> str:
    return pgettext("between the members of a list", ", ").join(labels)


def _times(shape: tuple[int, ...]) -> str:
    return "\u00a0×\u00a0".join(str(size) for size in shape)
