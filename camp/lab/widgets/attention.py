"""One of the lab's examples, a step at a time, with every number."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attention_core import catalogue
from attention_core.params import parse_params
from camp.lab.live_call import live_call
from camp.lab.picture import Picture, Stage, picture, window_of
from camp.lab.presets import FIRST, PRESETS
from camp.lab.stage_arrays import StageArrays, from_reference
from camp.lab.stage_tables import Table
from camp.lab.stage_words import TITLES
from camp.lab.widget_settings import Choice
from camp.lab.widgets.base import Widget

_ALIASES = {"a5": FIRST.slug}  # as the course calls it


class PresetChoice(Choice):
    """An example by its address in the lab or by its name in the course."""

    def read(self, text: str) -> str:
        return super().read(_ALIASES.get(text.strip().lower(), text))


class StepChoice(Choice):
    """Chosen by the buttons of the picture itself."""

    control = "buttons"


class Attention(Widget):
    name = "attention"
    label = gettext_lazy("Attention, step by step")
    order = 60
    settings = {
        "preset": PresetChoice(
            label=gettext_lazy("Example"),
            default=FIRST.slug,
            options={slug: preset.title for slug, preset in PRESETS.items()},
            is_fixed=True,
        ),
        "step": StepChoice(label=gettext_lazy("Step"), default="scores", options=TITLES, is_fixed=True),
    }

    def draw(self, values: Mapping[str, Any]) -> dict[str, Any]:
        preset = PRESETS[values["preset"]]
        stages = _stages(preset.slug)
        window = window_of(stages, {})
        drawn = picture(stages, window)
        steps = [*drawn.before, *([drawn.weights] if drawn.weights else []), *drawn.after]
        at = next((index for index, stage in enumerate(steps) if stage.name == values["step"]), 0)
        stage = steps[at]
        return {
            "picture": drawn,
            "live_call": live_call(stages, window),
            "preset": preset,
            "steps": steps,
            "stage": stage,
            "sources": _sources(drawn, steps, at),
            "summary": drawn.summary if stage.name == "softmax" else "",
            "lab": f"{reverse('lab:attention')}?{urlencode({'preset': preset.slug})}",
            "sentence": _sentence(drawn, stage),
        }


def _sentence(drawn: Picture, stage: Stage) -> str:
    """Which step it is, as its button and the lab count them; the spread, a remark, is none."""
    known = (
        _("Step %(number)s of %(count)s, %(title)s. %(sentence)s")
        if stage.number
        else _("%(title)s. %(sentence)s")
    )
    return known % {
        "number": stage.number,
        "count": drawn.steps[-1].number,
        "title": stage.title,
        "sentence": drawn.summary if stage.name == "softmax" else stage.sentence,
    }


@lru_cache(maxsize=32)
def _stages(slug: str) -> StageArrays:
    return from_reference(parse_params(catalogue.task("attention").params, dict(PRESETS[slug].params)))


def _sources(drawn: Picture, steps: list[Stage], at: int) -> list[Table]:
    """The tables that a step is computed from."""
    query, key, value = drawn.inputs
    stage = steps[at]
    if stage.name == "scores":
        return [query, key, *drawn.parameters]
    grey = [one.table for one in drawn.before[: min(at, len(drawn.before))] if one.table is not None]
    weights = [drawn.weights.table] if drawn.weights and drawn.weights.table else []
    if stage.name == "output":
        return [*weights, value]
    if stage.name == "join":
        return [one.table for one in drawn.after if one.name == "output" and one.table]
    return weights if stage.name == "spread" else grey[-1:]


widget = Attention()
