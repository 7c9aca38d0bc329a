"""The blocks that need nothing but the course itself: notes and diagrams."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from camp.courses.blocks import Block, Fields, Reader, Unfit, Writer, block
from camp.courses.drawing import drawing, names


@block
class Note(Block):
    """A paragraph or more that stands apart."""

    name = "note"
    example = "::: note\nA paragraph that stands apart.\n:::"
    takes_text = True

    def read(self, argument: str, fields: Fields, writer: Writer) -> Fields:
        if argument:
            raise Unfit(_("a note takes nothing on its own line; got “%(got)s”") % {"got": argument})
        return {"html": writer.html(fields["text"])}

    def public(self, kept: Fields) -> Fields:
        return kept

    def render(self, kept: Fields, reader: Reader) -> SafeString:
        return SafeString(render_to_string("courses/_note.html", {"html": SafeString(kept["html"])}))


@block
class Diagram(Block):
    """A drawing with its twin in words, drawn in the language of the reader."""

    name = "diagram"
    example = "::: diagram softmax-axes\n:::"
    takes_text = True
    styles = ("css/diagrams.css",)

    def read(self, argument: str, fields: Fields, writer: Writer) -> Fields:
        if fields["text"].strip():
            raise Unfit(_("a diagram has nothing between its lines"))
        if argument not in names():
            known = ", ".join(sorted(names()))
            raise Unfit(
                _("expected a diagram, one of %(known)s; got “%(got)s”") % {"known": known, "got": argument}
            )
        return {"name": argument}

    def public(self, kept: Fields) -> Fields:
        """With its twin in words, in the language in use."""
        if kept["name"] not in names():
            return kept
        drawn = drawing(kept["name"])
        return {**kept, "title": str(drawn.title), "text": str(drawn.text)}

    def render(self, kept: Fields, reader: Reader) -> SafeString:
        """Nothing where a version is older than the removal of its diagram."""
        if kept["name"] not in names():
            return SafeString("")
        drawn = drawing(kept["name"])
        context: dict[str, Any] = {"drawing": drawn, "svg": SafeString(str(drawn.svg))}
        return SafeString(render_to_string("courses/_diagram.html", context))
