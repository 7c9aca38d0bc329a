"""The way from a module to its quiz."""

from django.urls import reverse
from django.utils.translation import gettext as _

from camp.courses.models import Module
from camp.courses.module_links import Link, module_link
from camp.quizzes import selectors


@module_link
def _quiz(module: Module) -> Link | None:
    if selectors.quiz_module(module.slug) is None:
        return None
    return Link(_("Quiz"), reverse("quizzes:quiz", args=[module.slug]))
