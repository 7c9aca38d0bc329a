"""The glossary's page: every term with its definition, in the order of the reader's language."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from camp.courses.glossary import by_letter


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    language = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    letters = by_letter(language)
    context = {
        "letters": letters,
        "count": sum(len(some) for _letter, some in letters),
        "language": language,
        "section": "course",
    }
    return render(request, "courses/glossary.html", context)
