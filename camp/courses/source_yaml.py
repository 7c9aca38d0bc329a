"""The YAML of lessons and questions: only what JSON knows too, every key once, and nothing that repeats itself.

>>> read("key: no\\nshare: 0.5")
{'key': 'no', 'share': 0.5}
"""

import re
from typing import Any

import yaml
from django.utils.translation import gettext as _

from attention_core.problems import shorten
from camp.courses import allowance
from camp.courses.blocks import Unfit

MOST_CHARACTERS = 40_000
_MOST_DEPTH = 20
_MOST_DIGITS = 64
# No database keeps the first as a text, and nothing can send a lone half of a pair.
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class _Loader(yaml.SafeLoader):
    """Without dates and times, without yes and no for true and false, without anchors (which can swell)."""

    yaml_implicit_resolvers = {
        first: [
            (tag, pattern)
            for tag, pattern in found
            if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
        ]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem=_("an alias (*name) is not understood"), problem_mark=self.peek_event().start_mark
            )
        if self._depth == _MOST_DEPTH:
            raise yaml.MarkedYAMLError(
                problem=_("nested more than %(most)d deep") % {"most": _MOST_DEPTH},
                problem_mark=self.peek_event().start_mark,
            )
        allowance.take(allowance.NODE)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_scalar(self, node: Any) -> Any:
        found = super().construct_scalar(node)
        if UNFIT.search(found):
            raise yaml.MarkedYAMLError(
                problem=_("expected a text without control characters"), problem_mark=node.start_mark
            )
        return found

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.MarkedYAMLError(
                    problem=_("expected a text as key; got %(got)s") % {"got": shorten(repr(key))},
                    problem_mark=key_node.start_mark,
                )
            if key in found:
                raise yaml.MarkedYAMLError(
                    problem=_("%(key)s stands twice") % {"key": shorten(key)},
                    problem_mark=key_node.start_mark,
                )
            found[key] = self.construct_object(value_node, deep=True)
        return found


def _whole(loader: _Loader, node: Any) -> int:
    """A number that nobody can write down again is a mistake, and Python refuses to show it."""
    if len(node.value) > _MOST_DIGITS:
        problem = _("expected a whole number of at most %(most)d characters; got %(got)d")
        values = {"most": _MOST_DIGITS, "got": len(node.value)}
        raise yaml.MarkedYAMLError(problem=problem % values, problem_mark=node.start_mark)
    return int(loader.construct_yaml_int(node))


_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
for _first in "tTfF":
    _Loader.add_implicit_resolver(
        "tag:yaml.org,2002:bool", re.compile("(?:true|True|false|False)$"), [_first]
    )


def read(text: str, line: int = 1) -> Any:
    """The document in `text`, whose first line is line `line` of its file.

    Raises:
        Unfit: it is no such YAML; with the line.
    """
    if len(text) > MOST_CHARACTERS:
        problem = _("expected at most %(most)d characters; got %(got)d")
        raise Unfit(problem % {"most": MOST_CHARACTERS, "got": len(text)}, line)
    try:
        return yaml.load(text, _Loader)  # noqa: S506 (it is a SafeLoader)
    except allowance.Exceeded as error:
        raise Unfit(str(error), line) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = line + (mark.line if mark else 0)
        raise Unfit(
            _("YAML: %(problem)s") % {"problem": error.problem or error.context or ""}, place
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError, LookupError, TypeError, AttributeError) as error:
        # The last four come from its constructors: an integer of too many digits, a tag on what it does not fit.
        raise Unfit(
            _("YAML: %(problem)s") % {"problem": str(error).split("\n")[0] or type(error).__name__}, line
        ) from error


def mapping(text: str, line: int = 1) -> dict[str, Any]:
    """As `read`, of a document that is a mapping; an empty one is {}."""
    found = read(text, line)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Unfit(_("expected “key: value” lines; got %(got)s") % {"got": type(found).__name__}, line)
    return found
