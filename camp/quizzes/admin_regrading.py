"""Regrades in the console: what a new version of a question changes in scores, applied and undone; and rules of quizzes."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_htmx.http import HttpResponseClientRedirect

from camp import htmx
from camp.accounts.models import User
from camp.changelist import ListAdmin
from camp.courses.editing import EditorAdmin
from camp.quizzes import regrade_selectors, regrading
from camp.quizzes.models import Question, QuizRules, Regrade
from camp.quizzes.regrade_models import RegradeStatus

PAGE_SIZE = 50


@admin.register(QuizRules)
class QuizRulesAdmin(EditorAdmin):
    """How many attempts count, and which of them."""

    list_display = ("module", "most_attempts", "counts")
    list_select_related = ("module",)
    fields = ("module", "most_attempts", "counts")
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Without, the quiz is taken as often as one likes."""
        return self.has_module_permission(request)


@admin.register(Regrade)
class RegradeAdmin(ListAdmin):
    """For instructors and admins, as the questions are. Nothing here is edited: a regrade is compared, applied, undone."""

    list_display = ("question", "to_version", "status", "by", "created_at", "applied_at", "undone_at")
    list_filter = ("status", "created_at")
    list_select_related = ("question", "to_version__question", "by")
    search_fields = ("question__slug",)
    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_staff", False))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was done to scores stays on record."""
        return False

    def get_urls(self) -> list[URLPattern]:
        wrapped = self.admin_site.admin_view
        own = [
            path(f"{route}<int:object_id>/{name}/", wrapped(view), name=f"quizzes_regrade_{name}")
            for route, name, view in (
                ("of/", "start", self.start_view),
                ("", "look", self.look_view),
                ("", "apply", self.apply_view),
                ("", "undo", self.undo_view),
            )
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What it changes, or how far the comparing is."""
        if not object_id.isascii() or not object_id.isdecimal() or len(object_id) > 15:
            raise Http404
        regrade = self._regrade(request, int(object_id))
        return htmx.varied(render(request, "admin/quizzes/regrade.html", self._context(request, regrade)))

    def _context(self, request: HttpRequest, regrade: Regrade) -> dict[str, Any]:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Regrade “%(question)s”") % {"question": regrade.question.slug},
            "opts": self.model._meta,
            "regrade": regrade,
            "is_comparing": regrade.status == RegradeStatus.COMPARING,
        }
        if context["is_comparing"]:
            return context
        return context | {
            "is_ready": regrade.status == RegradeStatus.READY,
            "is_applied": regrade.status == RegradeStatus.APPLIED,
            "is_outdated": regrade.status == RegradeStatus.READY and regrade_selectors.is_outdated(regrade),
            "changed": regrade_selectors.changed_in_question(regrade),
            "since": regrade_selectors.handed_in_since(regrade),
            "open": regrade_selectors.open_with_other_versions(regrade.question),
            "pages": [
                _page(request, "page", regrade_selectors.changes_of(regrade)),
                _page(request, "kept", regrade_selectors.obstacles_of(regrade)),
            ],
        }

    def start_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Begin to compare the answers to a question with its published version."""
        person = self._person(request)
        question = get_object_or_404(Question, pk=object_id)
        if request.method != "POST":
            return redirect("admin:quizzes_question_change", question.pk)
        try:
            regrade = regrading.regrade_start(question=question, by=person)
        except regrading.NotPublished:
            self.message_user(request, _("The question has no published version to mark by."), messages.ERROR)
            return redirect("admin:quizzes_question_change", question.pk)
        return self._look(request, regrade)

    def look_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Compare the next answers. The page asks again by itself, or has a button for it."""
        regrade = self._regrade(request, object_id)
        return self._look(request, regrade) if request.method == "POST" else _page_of(regrade)

    def _look(self, request: HttpRequest, regrade: Regrade) -> HttpResponse:
        try:
            regrade = regrading.regrade_look(regrade=regrade)
        except regrading.Outdated:
            self._say_outdated(request)
            return _on(request, "admin:quizzes_question_change", regrade.question_id)
        if htmx.wants_part(request) and regrade.status == RegradeStatus.COMPARING:
            context = {"regrade": regrade, "is_part": True}
            return htmx.varied(render(request, "admin/quizzes/_regrade_progress.html", context))
        return _on(request, "admin:quizzes_regrade_change", regrade.pk)

    def apply_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        regrade = self._regrade(request, object_id)
        if request.method != "POST":
            return _page_of(regrade)
        try:
            regrading.regrade_apply(regrade=regrade)
        except regrading.NotCompared:
            self.message_user(
                request, _("It was applied already, or not all is compared yet."), messages.WARNING
            )
        except regrading.Outdated:
            self._say_outdated(request)
            return redirect("admin:quizzes_question_change", regrade.question_id)
        else:
            self.log_change(request, regrade.question, gettext_noop("regraded"))
            self.message_user(request, _("The new scores are in place."), messages.SUCCESS)
        return _page_of(regrade)

    def undo_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        regrade = self._regrade(request, object_id)
        if request.method != "POST":
            return _page_of(regrade)
        try:
            regrading.regrade_undo(regrade=regrade, by=self._person(request))
        except regrading.NotApplied:
            self.message_user(request, _("There is nothing to undo: it is undone already, or was not applied."), messages.WARNING)  # fmt: skip
        except regrading.LaterFirst as wrong:
            said = _("A later regrade stands upon this one. This is that one: undo it first.")
            self.message_user(request, said, messages.WARNING)
            return _page_of(wrong.later)
        else:
            self.log_change(request, regrade.question, gettext_noop("regrade undone"))
            self.message_user(request, _("The scores are as they were."), messages.SUCCESS)
        return _page_of(regrade)

    def _say_outdated(self, request: HttpRequest) -> None:
        said = _(
            "The question or its scores have changed since they were compared. Nothing was changed; compare again."
        )
        self.message_user(request, said, messages.WARNING)

    def _person(self, request: HttpRequest) -> User:
        if not self.has_module_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        return request.user

    def _regrade(self, request: HttpRequest, object_id: int) -> Regrade:
        self._person(request)
        regrade = regrade_selectors.regrade_of(object_id)
        if regrade is None:
            raise Http404
        return regrade


def _on(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Also where htmx asked, which would put the page that it is led to into the one that is open."""
    if htmx.wants_part(request):
        return HttpResponseClientRedirect(reverse(name, args=[pk]))
    return redirect(name, pk)


def _page_of(regrade: Regrade) -> HttpResponse:
    return redirect("admin:quizzes_regrade_change", regrade.pk)


def _page(request: HttpRequest, name: str, rows: QuerySet[Any]) -> dict[str, Any]:
    """One page of a list, by the number that stands in the address under `name`."""
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get(name))
    return {"name": name, "page": page, "count": page.paginator.count}
