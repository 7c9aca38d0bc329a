"""Questions within lessons: `check`, marked and explained at once, and `predict`, guessed before the truth is shown.

What a version keeps of them holds their answers; nothing of it reaches a page before the reader has answered.
"""

import re
import zlib
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from camp import guessed_row
from camp.courses.blocks import Block, Fields, Reader, Unfit, Writer, block
from camp.quizzes import block_page
from camp.quizzes.content import list_at, only_known, text_at
from camp.quizzes.hints import shown
from camp.quizzes.publishing import content_of_yaml
from camp.quizzes.question_types import question_type, question_types
from camp.quizzes.variants import Variant, variant_of, worded
from camp.quizzes.weight_rows import shares

_ID = re.compile(r"[a-z][a-z0-9-]{0,63}")
_OWN = "own"  # the one language of a block's texts
_WORDS = ("prompt", "reason", "reveal", "text", "labels")


class Asked(Block):
    """What both have in common."""

    styles = ("css/quiz.css", "css/bars.css")
    scripts: tuple[str, ...] = ("js/failed_send.js",)

    def neutral(self, argument: str, fields: Fields) -> Any:
        """Everything but the words; of labels, how many there are."""
        kind = question_types().get(str(fields.get("type")))
        return [argument, _without_words(fields, kind.word_keys if kind else ())]

    def public(self, kept: Fields) -> Fields:
        """What is asked, as the form shows it."""
        if block_page.is_guessed_row(kept):
            return {name: kept[name] for name in ("id", "type", "prompt", "labels")}
        variant = block_page.variant_of_kept(kept)
        hints = {"hints": shown(variant, 0)} if variant.hints else {}
        return {"id": kept["id"], **question_type(variant.type).public(variant), **hints}

    def render(self, kept: Fields, reader: Reader) -> SafeString:
        context = block_page.context(self.name, kept, reader.lesson, reader.request)
        return SafeString(render_to_string("quizzes/_in_lesson.html", context, request=reader.request))


@block
class Check(Asked):
    """A question as in a quiz. All readers get the same variant, drawn when the version is made."""

    name = "check"
    scripts = (*Asked.scripts, *(script for kind in question_types().values() for script in kind.scripts))
    example = """\
::: check
id: which-divisor
type: numeric
prompt: By what are the scores divided at $d_k = 64$?
answer: "sqrt(64)"
tolerance: 0.005
reason: By the square root of the keys' width.
mistakes:
  - value: "64"
    reason: That divides by the width itself.
:::"""

    def read(self, argument: str, fields: Fields, writer: Writer) -> Fields:
        place = _id_of(argument, fields)
        question = {key: value for key, value in fields.items() if key != "id"}
        return {"id": place, **_variant(place, question, writer).as_json()}


@block
class Predict(Asked):
    """A guess, kept as it was first given: a row of bars, or a number or an option."""

    name = "predict"
    example = """\
::: predict
id: half-temperature
prompt: Spread 100 points over the three keys, as you expect the weights at half the temperature.
labels: [k1, k2, k3]
answer: "softmax(2 * array([1, 2, 3]))"
reveal: Halving the temperature doubles every gap.
:::"""
    scripts = (*Asked.scripts, "js/predict_bars.js")

    def read(self, argument: str, fields: Fields, writer: Writer) -> Fields:
        place = _id_of(argument, fields)
        if "type" in fields:
            if fields["type"] not in ("numeric", "single"):
                problem = _("type: expected numeric or single, or none for bars; got %(got)r")
                raise Unfit(problem % {"got": fields["type"]})
            if "hints" in fields:
                raise Unfit(_("a prediction earns nothing, so it has no hints"))
            question = {key: value for key, value in fields.items() if key not in ("id", "reveal")}
            question["reason"] = text_at(fields, "reveal")
            return {"id": place, **_variant(place, question, writer).as_json()}
        only_known(fields, ("id", "prompt", "labels", "answer", "reveal"))
        labels = list_at(fields, "labels")
        if not 2 <= len(labels) <= guessed_row.MOST_BARS or not all(isinstance(one, str) for one in labels):
            problem = _("labels: expected a list of 2 to %(most)d texts; got %(got)r")
            raise Unfit(problem % {"most": guessed_row.MOST_BARS, "got": labels})
        return {
            "id": place,
            "type": block_page.BARS,
            "truth": shares(writer.value(text_at(fields, "answer")), "answer", len(labels)),
            "prompt": writer.html(text_at(fields, "prompt")),
            "labels": [writer.inline(label) for label in labels],
            "reason": writer.html(text_at(fields, "reveal")),
        }


def _id_of(argument: str, fields: Fields) -> str:
    if argument:
        raise Unfit(_("this block takes nothing on its own line; got “%(got)s”") % {"got": argument})
    place = fields.get("id")
    if not isinstance(place, str) or not _ID.fullmatch(place):
        problem = _("id: expected small letters, digits and -, at most 64; got %(got)r")
        raise Unfit(problem % {"got": place})
    return place


def _variant(place: str, question: dict[str, Any], writer: Writer) -> Variant:
    """Drawn with a seed that is the block's own: with one for all, the right option would always stand at one place."""
    content = content_of_yaml(question, (_OWN,))
    return worded(variant_of(content, zlib.crc32(place.encode()), writer), content, _OWN, writer)


def _without_words(value: Any, more: tuple[str, ...]) -> Any:
    """`more`: keys that hold words in this type of question alone, and in each language as many as it needs."""
    if isinstance(value, dict):
        return {
            key: (len(one) if isinstance(one, list) else None) if key in _WORDS else _without_words(one, more)
            for key, one in value.items()
            if key not in more
        }
    return [_without_words(one, more) for one in value] if isinstance(value, list) else value
