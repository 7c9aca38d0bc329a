"""What a page needs to compute a call by itself and to say what it did: the call, the part shown, words."""

import json
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _

from attention_core import catalogue
from camp.lab.stage_arrays import StageArrays, is_small, uses_parameters
from camp.lab.window import Window


def live_call(stages: StageArrays, window: Window) -> str:
    """As JSON. A form is read by the browser itself; learned parameters are the server's to draw.

    `call` is the whole call, for pages without a form; None where it is too large to compute at once.
    """
    params, is_whole = stages.params, is_small(stages.params)
    known = {
        "function": params.function,
        "seed": params.seed,
        "shapes": [list(array.shape) for array in (params.query, params.key, params.value)],
        "heads": params.num_heads,
        "parameters": {name: array.tolist() for name, array in stages.parameters.items()} if is_whole else {},
        "learned": [name for name in catalogue.functions() if uses_parameters(name)],
        "window": asdict(window),
        "call": _call(params) if is_whole else None,
        "words": _drawing_words() | _panel_words() | _sum_words(),
    }
    return json.dumps(known, ensure_ascii=False)


def _call(params: Any) -> dict[str, Any]:
    def listed(array: Any) -> Any:
        return None if array is None else array.tolist()

    names = ("function", "causal", "scale", "temperature", "num_heads")
    arrays = ("query", "key", "value", "key_padding", "mask")
    return {name: getattr(params, name) for name in names} | {
        name: listed(getattr(params, name)) for name in arrays
    }


def _drawing_words() -> dict[str, str]:
    return {
        "causal": _("%(key)s comes after %(query)s: hidden by the causal mask"),
        "padding": _("%(key)s is padding"),
        "drawn": _("you hid this pair"),
        "minus_infinity": _("minus infinity"),
        "least": _("Score: least %(score)s"),
        "greatest": _("greatest %(score)s"),
    }


def _panel_words() -> dict[str, str]:
    return {
        "step": _("Step %(number)s of %(all)s"),
        "step_is": _("Step %(number)s of %(all)s, %(title)s. %(sentence)s"),
        "all_steps": _("All steps"),
        "looks": _("q%(query)s looks at k%(key)s"),
        "gets": _("Output of q%(query)s, column %(column)s"),
        "row": _("Weights of q%(query)s"),
        "spread": _("Entropy %(entropy)s nats: as if %(tokens)s keys shared equally."),
        "hide_pair": _("Hide this pair"),
        "show_pair": _("Show this pair again"),
        "too_large": _("Too large to be worked out in the browser: the figure is the worker's."),
    }


def _sum_words() -> dict[str, str]:
    """Patterns of the sentences that write out one cell; see static/js/viewer/arithmetic.js."""
    return {
        "entry_by_entry": _(
            "Query %(query)s and key %(key)s are multiplied entry by entry, and the products added."
        ),
        "by_weight": _(
            "Query %(query)s is multiplied by the learned matrix W first, then entry by entry with key %(key)s."
        ),
        "by_direction": _(
            "Query %(query)s and key %(key)s are brought to length 1 first, then multiplied entry by entry."
        ),
        "by_tanh": _(
            "Query %(query)s and key %(key)s go through their learned matrices and are added; tanh of each sum is multiplied by an entry of v."
        ),
        "more_terms": _("%(count)s more terms"),
        "stays": _("q%(query)s may look at k%(key)s: the score stays %(score)s."),
        "hidden_causal": _("k%(key)s comes after q%(query)s: the score becomes −∞."),
        "hidden_padding": _("k%(key)s is padding: the score becomes −∞."),
        "hidden_drawn": _("You hid this pair: the score becomes −∞."),
        "hidden_weight": _("The score is −∞, and e to the power of −∞ is exactly 0."),
        "taken_off": _(
            "The row's largest score, %(score)s, is taken off every score first: the shares stay the same."
        ),
        "share": _("%(percent)s of q%(query)s's attention; an equal share is %(equal)s."),
        "between": _(
            "An average: between the smallest (%(least)s) and the largest (%(greatest)s) value seen."
        ),
        "joined": _("Column %(column)s is column %(own)s of head %(head)s."),
        "no_key": _("q%(query)s may look at no key: weights 0, output 0."),
    }
