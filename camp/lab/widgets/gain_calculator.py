"""Hake's normalised gain: the share of the room above a pre-test that a post-test has filled."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from camp.figures import signed
from camp.lab.widget_settings import Number
from camp.lab.widget_tables import decimal
from camp.lab.widgets.base import Widget
from camp.learning.gain import FULL, normalised_gain


class GainCalculator(Widget):
    name = "gain_calculator"
    label = gettext_lazy("Gain from pre-test to post-test")
    order = 80
    settings = {
        "pre": Number(label=gettext_lazy("Pre-test, in per cent"), default=40.0, low=0, high=100),
        "post": Number(label=gettext_lazy("Post-test, in per cent"), default=70.0, low=0, high=100),
    }

    def draw(self, values: Mapping[str, Any]) -> dict[str, Any]:
        pre, post = values["pre"], values["post"]
        gain = normalised_gain(pre, post)
        texts = {
            "pre": decimal(pre),
            "post": decimal(post),
            "points": decimal(post - pre),
            "change_text": signed(decimal(post - pre)),
            "room": decimal(FULL - pre),
            "gain": "" if gain is None else decimal(gain),
        }
        return {
            **texts,
            "pre_width": round(pre, 3),
            "post_width": round(post, 3),
            "change": {"left": round(min(pre, post), 3), "width": round(abs(post - pre), 3)},
            "is_loss": post < pre,
            "sentence": _sentence(gain, texts),
        }


def _sentence(gain: float | None, texts: Mapping[str, str]) -> str:
    if gain is None:
        return _("A pre-test of 100 leaves no room: the gain is undefined, neither 0 nor 1.")
    if gain < 0:
        return _(
            "%(points)s points: the post-test is below the pre-test, and the gain is negative, g = %(gain)s. "
            "Another sheet of the same difficulty can do that by chance alone."
        ) % dict(texts)
    return _("%(points)s points of the %(room)s that were to be had: g = %(gain)s.") % dict(texts)


widget = GainCalculator()
