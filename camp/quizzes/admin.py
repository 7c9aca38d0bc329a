"""Questions in the console: edited, looked at in every language, tried out, published. Attempts are only looked at."""

import json
import secrets
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, override

from camp.accounts.models import User
from camp.changelist import ListAdmin
from camp.courses import allowance
from camp.courses.blocks import Unfit
from camp.courses.editing import EditorAdmin
from camp.quizzes import admin_regrading, publishing, regrade_selectors, selectors
from camp.quizzes.asking import asked, told
from camp.quizzes.entries import MOST_ENTRIES
from camp.quizzes.hint_forms import hint_names
from camp.quizzes.marking import Unacceptable
from camp.quizzes.models import Attempt, AttemptItem, Option, Question
from camp.quizzes.question_forms import (
    OPTION_TEXTS,
    QUESTION_TEXTS,
    OptionForm,
    OptionFormSet,
    QuestionForm,
    language_names,
    text_names,
)
from camp.quizzes.question_types import question_type
from camp.quizzes.variants import Variant, variant_of, worded

_MOST_SEED = 10**6


class OptionInline(admin.StackedInline):
    """Options of a choice, or known wrong values of what is computed."""

    model = Option
    form = OptionForm
    formset = OptionFormSet
    extra = 0
    max_num = 2 * MOST_ENTRIES
    fields = ("group", "key", "order", "right", "value", *text_names(OPTION_TEXTS))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(getattr(request.user, "is_staff", False))

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Django would read a thousand more than are shown."""
        return super().get_formset(request, obj, absolute_max=4 * MOST_ENTRIES, validate_max=True, **kwargs)


@admin.register(Question)
class QuestionAdmin(EditorAdmin):
    form = QuestionForm
    change_form_template = "admin/quizzes/question_form.html"
    list_display = ("slug", "module", "type", "order", "version", "state", "is_retired", "edited_at")
    list_filter = ("module", "type", "is_retired", "edited_at")
    search_fields = ("slug",)
    list_select_related = ("module", "published")
    ordering = ("module__number", "order")
    inlines = (OptionInline,)
    actions = None
    fieldsets = (
        (None, {"fields": ("module", "slug", "type", "order", "concepts", "is_retired", "base")}),
        (gettext_lazy("Texts"), {"fields": tuple(text_names(QUESTION_TEXTS))}),
        (gettext_lazy("Numbers"), {"fields": ("draw", "require", "answer", "tolerance", "pick", "own")}),
        (gettext_lazy("Hints"), {"fields": tuple(hint_names())}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Question | None = None) -> tuple[str, ...]:
        """Where the camp's file has put it: `loadcourse` finds it by module and slug, and would load a twin."""
        return ("module", "slug") if obj is not None and obj.shipped_digest else ()

    @admin.display(description=gettext_lazy("version"))
    def version(self, question: Question) -> str:
        return str(question.published.number) if question.published else "–"

    @admin.display(description=gettext_lazy("state"))
    def state(self, question: Question) -> str:
        if question.published is None:
            return _("not published")
        return str(question.published.get_origin_display())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def get_urls(self) -> list[URLPattern]:
        wrapped = self.admin_site.admin_view
        own = [
            path("<int:object_id>/try/", wrapped(self.try_view), name="quizzes_question_try"),
            path("<int:object_id>/publish/", wrapped(self.publish_view), name="quizzes_question_publish"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        question = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if question is not None:
            published = question.published.digest if question.published else ""
            extra |= {
                "versions": selectors.versions_of(question),
                "regrades": question.regrades.select_related("to_version", "by")[: admin_regrading.PAGE_SIZE],
                "to_compare": regrade_selectors.answers_to_compare(question).count(),
                "is_draft": published != publishing.digest_of(selectors.content_of(question)),
            }
        return super().change_view(request, object_id, form_url, extra)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        publishing.question_edited(question=form.instance)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        if "_publish" in request.POST:
            return gettext_noop("saved to be published")
        return super().construct_change_message(request, form, formsets, add)

    def response_add(
        self, request: HttpRequest, obj: Question, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._after(request, obj)

    def response_change(self, request: HttpRequest, obj: Question) -> HttpResponse:
        return self._after(request, obj)

    def _after(self, request: HttpRequest, question: Question) -> HttpResponse:
        """On to trying it, or to be published, which waits until Django's transaction is over."""
        if "_try" in request.POST:
            return redirect("admin:quizzes_question_try", question.pk)
        if "_publish" not in request.POST:
            self.message_user(request, _("Saved as a draft."), messages.SUCCESS)
            return redirect("admin:quizzes_question_change", question.pk)
        request.question_to_publish = question  # type: ignore[attr-defined]
        return redirect("admin:quizzes_question_change", question.pk)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Django saves in a transaction, in which nobody else could write; publishing computes, so it comes after."""
        response = super().changeform_view(request, *args, **kwargs)
        question = getattr(request, "question_to_publish", None)
        if question is not None:
            self._publish(request, question)
        return response

    def _publish(self, request: HttpRequest, question: Question) -> None:
        """What cannot be published stays a draft and says why."""
        assert isinstance(request.user, User)
        try:
            version = publishing.question_publish(question=question, by=request.user)
        except Unfit as wrong:
            self.message_user(
                request, _("Saved as a draft, not published: %(why)s") % {"why": wrong.message}, messages.ERROR
            )  # fmt: skip
        else:
            said = _("Published as version %(number)d: new attempts ask it now.") % {"number": version.number}
            self.log_change(request, question, gettext_noop("published"))
            self.message_user(request, said, messages.SUCCESS)

    def publish_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Publish it as it was saved: the button of the page where it is tried."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        question = get_object_or_404(Question, pk=object_id)
        if request.method == "POST":
            self._publish(request, question)
        return redirect("admin:quizzes_question_change", question.pk)

    def try_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The question as it is being edited, drawn with a seed, in every language; answered, it is marked."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        question = get_object_or_404(Question.objects.select_related("module"), pk=object_id)
        seed = _seed(request.GET.get("seed", ""))
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Try “%(question)s”") % {"question": question.slug},
            "question": question,
            "opts": self.model._meta,
            "seed": seed,
            "other_seed": secrets.randbelow(_MOST_SEED),
        }
        try:
            with allowance.shared():
                context |= self._tried(request, question, seed)
        except (Unfit, ValueError, KeyError) as wrong:
            context["fault"] = getattr(wrong, "message", str(wrong))
        return render(request, "admin/quizzes/try.html", context)

    def _tried(self, request: HttpRequest, question: Question, seed: int) -> dict[str, Any]:
        content = selectors.content_of(question)
        kind = question_type(content.type)
        kind.check(content)
        neutral = variant_of(content, seed)
        response, errors = None, []
        if request.method == "POST":
            try:
                response = kind.validate(kind.of_form(request.POST), neutral)
            except Unacceptable as wrong:
                errors = [problem.translated(_) for problem in wrong.problems]
        typed = request.POST if request.method == "POST" else None
        shown = []
        for code, name in language_names():
            with override(code):
                variant = worded(neutral, content, code)
                feedback = kind.feedback(response, kind.mark(response, neutral), variant)
            shown.append(
                {
                    "code": code,
                    "name": name,
                    "asked": asked(variant, response, f"try-{code}", typed, len(variant.hints)),
                    "feedback": told(feedback),
                    "feedback_template": kind.feedback_template,
                }
            )
        return {
            "shown": shown,
            "was_sent": request.method == "POST" and not errors,
            "errors": errors,
            "names": _names(neutral),
            "scripts": kind.scripts,
        }


def _seed(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def _names(variant: Variant) -> list[tuple[str, str]]:
    return [(name, str(value)[:400]) for name, value in variant.names.items()]


class ItemInline(admin.TabularInline):
    model = AttemptItem
    fields = ("position", "question", "response_shown", "hints_taken", "score", "saved_at")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AttemptItem]:
        found: QuerySet[AttemptItem] = super().get_queryset(request)
        return found.select_related("version__question")

    @admin.display(description=gettext_lazy("question"))
    def question(self, item: AttemptItem) -> SafeString:
        address = reverse("admin:quizzes_question_change", args=[item.version.question_id])
        return format_html('<a href="{}">{}</a>', address, item.version)

    @admin.display(description=gettext_lazy("response"))
    def response_shown(self, item: AttemptItem) -> str:
        return "–" if item.response is None else json.dumps(item.response, ensure_ascii=False)

    @admin.display(description=gettext_lazy("score"))
    def score(self, item: AttemptItem) -> str:
        return "–" if item.mark is None else f"{item.mark['score']:.2f}"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Attempt)
class AttemptAdmin(ListAdmin):
    """For admins alone, until classes say whose attempts an instructor may see."""

    list_display = (
        "id", "owner", "module", "sitting", "status", "score", "is_practice", "started_at", "submitted_at"
    )  # fmt: skip
    list_filter = ("module", "sitting", "status", "is_practice", "started_at")
    search_fields = ("id", "owner__username")
    list_select_related = ("owner", "module")
    date_hierarchy = "started_at"
    show_full_result_count = False
    exclude = ("seed",)
    inlines = (ItemInline,)
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Attempt | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Attempt | None = None) -> bool:
        return False
