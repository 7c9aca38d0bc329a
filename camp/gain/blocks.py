"""`::: test` in a lesson: the way into the pre-test or the post-test, and afterwards what it says of one."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from camp.courses.blocks import Block, Fields, Reader, Unfit, Writer, block
from camp.gain import selectors
from camp.gain.page import context
from camp.quizzes.content import only_known, text_at


@block
class TestBlock(Block):
    """Keeps which test it is, and what is read once that is handed in."""

    name = "test"
    styles = ("css/gain.css",)
    example = """\
::: test
sitting: pre-test
after: You know now where you stand. Read on with the first lesson.
:::"""

    def read(self, argument: str, fields: Fields, writer: Writer) -> Fields:
        only_known(fields, ("sitting", "after"))
        sitting = str(fields.get("sitting"))
        if argument or selectors.sitting_of(sitting) is None:
            known = ", ".join(selectors.MODULES)
            raise Unfit(
                _("sitting: expected one of %(known)s; got %(got)r")
                % {"known": known, "got": argument or sitting}
            )
        return {"sitting": sitting, "after": writer.html(text_at(fields, "after"))}

    def neutral(self, argument: str, fields: Fields) -> Any:
        return [argument, fields.get("sitting")]

    def public(self, kept: Fields) -> Fields:
        return {"sitting": kept["sitting"]}

    def render(self, kept: Fields, reader: Reader) -> SafeString:
        found = selectors.sitting_of(kept["sitting"])
        assert found is not None
        shown = {**context(found, reader.request.user), "after": SafeString(kept["after"])}
        return SafeString(render_to_string("gain/_test.html", shown, request=reader.request))
