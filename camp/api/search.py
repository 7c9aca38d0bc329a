"""Search for programs: places in lessons and terms of the glossary, the language that is asked for first."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from attention_core.labels import gettext_noop as _
from attention_core.problems import Problem
from camp.api.course import CourseCall
from camp.api.problems import Invalid
from camp.search import selectors
from camp.search.selectors import MOST_CHARACTERS, Result

TOO_LONG = _("expected at most %(most)s characters, got %(received)s")
NO_WORDS = _("expected a word: letters, digits or Chinese characters")


class Search(CourseCall):
    """`GET`: what the course has on `?q=`."""

    query = ("q", "lang")

    def get(self, request: Request) -> Response:
        language, query = self.language(request), request.query_params.get("q", "").strip()
        try:
            found = selectors.search(query, language)
        except selectors.TooLong as refused:
            told = {"most": MOST_CHARACTERS, "received": len(query)}
            raise Invalid([Problem(("q",), TOO_LONG, told)]) from refused
        except selectors.NoWords as refused:
            raise Invalid([Problem(("q",), NO_WORDS)]) from refused
        return Response(
            {
                "query": query,
                "is_partial": found.is_partial,
                "is_more": found.is_more,
                "results": [_result(one) for one in (*found.own, *found.others)],
            }
        )


def _result(result: Result) -> dict[str, Any]:
    entry = result.entry
    return {
        "kind": "lesson" if entry.lesson else "term",
        "lesson": entry.lesson.slug if entry.lesson else None,
        "language": entry.language,
        "title": entry.title,
        "heading": entry.heading,
        "excerpt": result.excerpt,
        "page": result.address,
    }
