"""The page of search. An address can be kept and sent: the query stands in it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from camp.search import selectors

_BAD_REQUEST = 400


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    context = {"query": query, "most": selectors.MOST_CHARACTERS, "section": "search"}
    if not query.strip("\x00"):
        return render(request, "search/search.html", context)
    try:
        found = selectors.search(query, get_language() or "en")
    except selectors.TooLong:
        problem = _("Expected at most %(most)d characters; got %(got)d.")
        told = problem % {"most": selectors.MOST_CHARACTERS, "got": len(query)}
        shown = {**context, "query": query[: selectors.MOST_CHARACTERS], "problem": told}
        return render(request, "search/search.html", shown, status=_BAD_REQUEST)
    except selectors.NoWords:
        told = _("There is no word in it: expected letters, digits or Chinese characters.")
        return render(request, "search/search.html", {**context, "problem": told}, status=_BAD_REQUEST)
    return render(request, "search/search.html", {**context, "found": found})
