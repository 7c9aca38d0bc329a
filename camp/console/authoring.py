"""What may stand in lessons and questions, as the code knows it: for the console's page on writing them."""

import inspect
from typing import Any

from django.utils.translation import gettext as _

from camp.courses import allowance, pieces, prose
from camp.courses.blocks import blocks
from camp.courses.computations import FUNCTIONS
from camp.courses.drawing import drawing, names
from camp.lab.blocks import widgets
from camp.quizzes.question_types import question_types


def guide() -> dict[str, Any]:
    """Blocks with an example each, widgets with their settings, drawings, types of questions, functions, limits."""
    return {
        "blocks": [{"name": name, "example": kind.example} for name, kind in sorted(blocks().items())],
        "widgets": [
            {"name": name, "label": str(widget.label), "settings": ", ".join(widget.settings)}
            for name, widget in widgets().items()
        ],
        "drawings": [{"name": name, "label": drawing(name).title} for name in sorted(names())],
        "types": [{"name": name, "label": _(kind.label)} for name, kind in question_types().items()],
        "functions": [f"{name}{_signature(name)}" for name in sorted(FUNCTIONS)],
        "lesson_characters": pieces.MOST_CHARACTERS,
        "text_characters": prose.MOST_CHARACTERS,
        "steps": allowance.STEPS,
    }


def _signature(name: str) -> str:
    """Without types, which would only be noise: an expression has numbers, texts, lists and arrays."""
    found = inspect.signature(FUNCTIONS[name])
    bare = [one.replace(annotation=inspect.Parameter.empty) for one in found.parameters.values()]
    return str(found.replace(parameters=bare, return_annotation=inspect.Signature.empty))
