"""What a page says about a computation, in sentences made from its numbers."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from attention_core import catalogue
from camp import figures
from camp.lab.stage_arrays import Array, StageArrays

TITLES = {
    "scores": gettext_lazy("Scores"),
    "scale": gettext_lazy("Scale"),
    "mask": gettext_lazy("Mask"),
    "softmax": gettext_lazy("Softmax: weights"),
    "spread": gettext_lazy("Spread of each row"),
    "output": gettext_lazy("Output"),
    "join": gettext_lazy("Heads joined"),
}
CAPTIONS = {
    "weight": gettext_lazy("Parameter W"),
    "query_weight": gettext_lazy("Parameter W for queries"),
    "key_weight": gettext_lazy("Parameter W for keys"),
    "vector": gettext_lazy("Parameter v"),
    "Q": "Q",
    "K": "K",
    "V": "V",
    "scores": gettext_lazy("Scores"),
    "scaled": gettext_lazy("Scaled scores"),
    "masked": gettext_lazy("Masked scores"),
    "weights": gettext_lazy("Weights W"),
    "spread": gettext_lazy("Spread"),
    "output": gettext_lazy("Output O"),
    "joined": gettext_lazy("Output O, all heads"),
}
# A row counts as nearly equal when it amounts to this share of the keys it sees.
_NEARLY_EQUAL = 0.98


@dataclass(frozen=True)
class Scaling:
    """`words` as "÷ √2, ÷ T 0.5"; `is_idle` when the scores stay as they are."""

    words: str
    is_idle: bool


def hidden_because(params: Any, query: int, key: int) -> str:
    """Why the query (from 0) may not look at the key."""
    n_q, n_k = len(params.query), len(params.key)
    places = {"query": f"q{query + 1}", "key": f"k{key + 1}"}
    if params.causal and key > query + n_k - n_q:
        return _("%(key)s comes after %(query)s: hidden by the causal mask") % places
    if params.key_padding is not None and not params.key_padding[key]:
        return _("%(key)s is padding") % places
    return _("you hid this pair")


def scaling(params: Any) -> Scaling:
    """What the scale stage does to the scores."""
    parts, factor = [], 1.0
    if catalogue.function(params.function).takes_scale:
        width = params.key.shape[1] // params.num_heads
        factor = params.scale if params.scale is not None else 1 / math.sqrt(width)
        parts.append(factor_words(width, params.scale))
    if params.temperature != 1 or not parts:
        parts.append(f"÷ T {figures.all_digits(params.temperature)}")
    return Scaling(", ".join(parts), is_idle=math.isclose(factor, params.temperature))


def factor_words(width: int, scale: float | None) -> str:
    """What keys of so many features a head have their scores multiplied by: an own factor, or else 1/√width."""
    return f"÷ √{width}" if scale is None else f"× {figures.all_digits(scale)}"


def scaling_sentence(params: Any) -> str:
    found = scaling(params)
    if found.is_idle and not catalogue.function(params.function).takes_scale:
        return _("No change: this function has no scale, and the temperature is 1.")
    if found.is_idle:
        return _("%(scaling)s: no change.") % {"scaling": found.words}
    return _("Every score %(scaling)s. Smaller scores give flatter weights, larger ones sharper weights.") % {
        "scaling": found.words
    }


def factor_captions(function: str) -> tuple[str, str]:
    """What stands beside the scores and above them."""
    match function:
        case "general":
            return "Q·W", "Kᵀ"
        case "additive":
            return _("Q·W for queries"), _("(K·W for keys)ᵀ")
        case "cosine":
            return _("Q, each row with length 1"), _("Kᵀ, each column with length 1")
        case _:
            return "Q", "Kᵀ"


def mask_sentence(stages: StageArrays) -> str:
    """How many pairs are hidden, and by what."""
    allowed = stages.allowed
    if allowed is None or allowed.all():
        return _("Nothing is hidden.")
    hidden = int((~allowed).sum())
    return ngettext(
        "%(hidden)s of %(all)s pairs is hidden: its score becomes −∞.",
        "%(hidden)s of %(all)s pairs are hidden: their scores become −∞.",
        hidden,
    ) % {"hidden": hidden, "all": allowed.size}


def weights_summary(stages: StageArrays, head: int) -> str:
    """The weights of one head (from 1) in a few sentences, for those who do not see the colours, and for all."""
    assert stages.weights is not None
    assert stages.allowed is not None
    weights, allowed = stages.weights[head - 1], stages.allowed
    n_q, n_k = weights.shape
    sentences = [
        _("Weights, %(queries)s by %(keys)s; %(sums)s.")
        % {
            "queries": ngettext("%(count)s query", "%(count)s queries", n_q) % {"count": n_q},
            "keys": ngettext("%(count)s key", "%(count)s keys", n_k) % {"count": n_k},
            "sums": _("rows sum to 1")
            if allowed.any(axis=1).all()
            else _("rows sum to 1, or to 0 where all is hidden"),
        }
    ]
    seen = weights[allowed]
    if seen.size > 1 and np.ptp(seen) <= 1e-12 * seen.max():
        sentences.append(_("All weights that are not hidden are %(share)s.") % {"share": _share(seen[0])})
    elif seen.size > 1:
        sentences.append(_extremes(weights, allowed))
        if _nearly_equal(stages.effective_tokens[head - 1], allowed):
            sentences.append(_("Each query shares almost equally among the keys it sees."))
    sentences.append(_hidden_count(allowed))
    sentences += [
        _("q%(query)s may look at no key: weights 0, output 0.") % {"query": query + 1}
        for query in np.flatnonzero(~allowed.any(axis=1))[:3]
    ]
    return " ".join(sentences) if not _is_chinese() else "".join(sentences)


def _extremes(weights: Array, allowed: Array) -> str:
    largest = np.unravel_index(np.argmax(np.where(allowed, weights, -1.0)), weights.shape)
    smallest = np.unravel_index(np.argmin(np.where(allowed, weights, 2.0)), weights.shape)
    return _(
        "Largest %(largest)s, q%(largest_q)s to k%(largest_k)s; smallest %(smallest)s, q%(smallest_q)s to k%(smallest_k)s."
    ) % {
        "largest": _share(weights[largest]),
        "largest_q": largest[0] + 1,
        "largest_k": largest[1] + 1,
        "smallest": _share(weights[smallest]),
        "smallest_q": smallest[0] + 1,
        "smallest_k": smallest[1] + 1,
    }


def _share(weight: float) -> str:
    return "1" if weight == 1 else figures.weight_figure(float(weight), 4)


def _nearly_equal(effective_tokens: Array, allowed: Array) -> bool:
    seen = allowed.sum(axis=1)
    many = seen > 1
    return bool(many.any() and (effective_tokens[many] >= _NEARLY_EQUAL * seen[many]).all())


def _hidden_count(allowed: Array) -> str:
    hidden = int((~allowed).sum())
    if not hidden:
        return _("Nothing hidden.")
    return ngettext("%(hidden)s of %(all)s pairs hidden.", "%(hidden)s of %(all)s pairs hidden.", hidden) % {
        "hidden": hidden,
        "all": allowed.size,
    }


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def join_sentence(params: Any) -> str:
    width = params.value.shape[1] // params.num_heads
    return ngettext(
        "The heads' outputs stand side by side, %(width)s column each.",
        "The heads' outputs stand side by side, %(width)s columns each.",
        width,
    ) % {"width": width}
