"""Lessons in the console: texts of both languages, a live preview, drafts, publishing, versions, the way back.

Instructors and admins edit; nobody adds or deletes here, for lessons come with the camp's files.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from camp.accounts.models import User
from camp.courses import services
from camp.courses.editing import EditorAdmin
from camp.courses.loading import shipped_sources
from camp.courses.models import Lesson, LessonVersion, Origin
from camp.courses.pieces import MOST_CHARACTERS
from camp.courses.preview import line_at, preview
from camp.courses.references import works

FIELDS: Mapping[str, str] = {"text_en": "en", "text_zh_hans": "zh-hans"}


class LessonForm(forms.ModelForm):
    """The texts as they stand; published only when every one of them is fit."""

    text_en = forms.CharField(
        label=gettext_lazy("English text"), strip=False, max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "true", "lang": "en"}),
    )  # fmt: skip
    text_zh_hans = forms.CharField(
        label=gettext_lazy("Chinese text"), strip=False, max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 30, "lang": "zh-Hans"}),
    )  # fmt: skip
    base = forms.CharField(widget=forms.HiddenInput)
    outcome: services.Made | services.Refused | None = None
    """Of the texts that are to be published, made before the form is bound."""

    class Meta:
        model = Lesson
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("base", services.digest_of(self.instance.sources))
        for name, language in FIELDS.items():
            self.initial.setdefault(name, self.instance.sources.get(language, ""))

    @property
    def texts(self) -> dict[str, str]:
        return texts_of(self.cleaned_data)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("base") != services.digest_of(self.instance.sources):
            raise forms.ValidationError(
                _(
                    "Somebody else has saved this lesson since you opened it. Copy your text, reload, and put it in again."
                )
            )
        if isinstance(self.outcome, services.Refused):
            for language, wrong in self.outcome.faults:
                name = next(one for one in FIELDS if FIELDS[one] == language)
                self.add_error(name, told(self.texts[language], wrong.line, wrong.message))
        return cleaned


def texts_of(given: Mapping[str, str]) -> dict[str, str]:
    """The texts by language, of a form or of what it sent."""
    return {language: given.get(name, "").replace("\r\n", "\n") for name, language in FIELDS.items()}


def told(text: str, line: int, message: str) -> str:
    """A fault with its line and what stands there."""
    where = _("Line %(line)d: %(message)s") % {"line": line, "message": message} if line else message
    there = line_at(text, line)
    return f"{where} — “{there}”" if there else where


@admin.register(Lesson)
class LessonAdmin(EditorAdmin):
    form = LessonForm
    change_form_template = "admin/courses/lesson_form.html"
    list_display = ("__str__", "slug", "module", "order", "version", "state", "edited_at")
    list_filter = ("module", "edited_at")
    search_fields = ("slug",)
    list_select_related = ("module", "published")
    ordering = ("module__number", "order")
    fields = (*FIELDS, "base")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lesson]:
        found: QuerySet[Lesson] = super().get_queryset(request)
        return found.select_related("module", "published")

    @admin.display(description=gettext_lazy("version"))
    def version(self, lesson: Lesson) -> str:
        return str(lesson.published.number) if lesson.published else "–"

    @admin.display(description=gettext_lazy("state"))
    def state(self, lesson: Lesson) -> str:
        if lesson.published is None:
            return _("not published")
        if services.has_draft(lesson):
            return _("draft, not published yet")
        return str(lesson.published.get_origin_display())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:object_id>/preview/",
                self.admin_site.admin_view(self.preview_view),
                name="courses_lesson_preview",
            ),
            path(
                "<int:object_id>/back/",
                self.admin_site.admin_view(self.back_view),
                name="courses_lesson_back",
            ),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        lesson = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if lesson is not None:
            extra |= {
                "title": str(lesson),
                "languages": [{"name": name, "code": code} for name, code in FIELDS.items()],
                "versions": lesson.versions.select_related("created_by").defer("documents", "sources"),
                "can_go_back": lesson.edited_at is not None and shipped_sources(lesson) is not None,
                "has_draft": services.has_draft(lesson),
            }
        return super().change_view(request, object_id, form_url, extra)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Django opens its transaction here, in which nobody else could write: what is published is made before."""
        if request.method == "POST" and "_publish" in request.POST:
            try:
                outcome: Any = services.lesson_make(texts_of(request.POST), set(works()))
            except services.Refused as refused:
                outcome = refused
            request.lesson_outcome = outcome  # type: ignore[attr-defined]
        return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """With `?version=3` the texts of that version stand in the form, to be looked at or published again."""
        made = super().get_form(request, obj, change, **kwargs)
        made.outcome = getattr(request, "lesson_outcome", None)  # type: ignore[attr-defined]
        number = request.GET.get("version", "")
        if obj is None or not number.isascii() or not number.isdecimal() or len(number) > 9:
            return made
        version = LessonVersion.objects.filter(lesson=obj, number=int(number)).first()
        if version is None:
            raise Http404
        texts = {name: version.sources.get(language, "") for name, language in FIELDS.items()}
        return type("VersionForm", (made,), {"__init__": _with_initial(made, texts)})

    def save_model(self, request: HttpRequest, obj: Lesson, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        if "_publish" in request.POST:
            services.lesson_publish(lesson=obj, made=form.outcome, by=request.user)
        else:
            services.lesson_draft_save(lesson=obj, sources=form.texts)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return gettext_noop("published") if "_publish" in request.POST else gettext_noop("draft saved")

    def response_change(self, request: HttpRequest, obj: Lesson) -> HttpResponse:
        said = _("Published: learners read it now.") if "_publish" in request.POST else _("Saved as a draft.")
        self.message_user(request, said, messages.SUCCESS)
        return redirect("admin:courses_lesson_change", obj.pk)

    def preview_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What a text would become; nothing is saved."""
        lesson = self._lesson(request, object_id)
        language = request.GET.get("language", "")
        name = next((one for one in FIELDS if FIELDS[one] == language), None)
        if request.method != "POST" or name is None:
            return redirect("admin:courses_lesson_change", lesson.pk)
        text = request.POST.get(name, "").replace("\r\n", "\n")
        return render(request, "admin/courses/_preview.html", preview(request, lesson, text, language))

    def back_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Publish the camp's own text again; what was published stays among the versions, and a draft is in none."""
        lesson = self._lesson(request, object_id)
        shipped = shipped_sources(lesson)
        if request.method == "POST" and services.has_draft(lesson):
            self.message_user(
                request, _("There are saved changes that are not published. Publish them first, so that they are "
                           "kept as a version; then go back to the camp's text."), messages.ERROR,
            )  # fmt: skip
        elif request.method == "POST" and shipped is not None:
            assert isinstance(request.user, User)
            try:
                made = services.lesson_make(shipped, set(works()))
                services.lesson_publish(lesson=lesson, made=made, by=request.user, origin=Origin.SHIPPED)
            except services.Refused as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                self.log_change(request, lesson, gettext_noop("back to the camp's text"))
                self.message_user(request, _("Learners read the camp's text again."), messages.SUCCESS)
        return redirect("admin:courses_lesson_change", lesson.pk)

    def _lesson(self, request: HttpRequest, object_id: int) -> Lesson:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return get_object_or_404(Lesson.objects.select_related("module", "published"), pk=object_id)

    def view_on_site(self, obj: Lesson) -> str:
        return obj.get_absolute_url() if obj.published else reverse("courses:module", args=[obj.module.slug])


def _with_initial(form: Any, texts: Mapping[str, str]) -> Any:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {**(kwargs.get("initial") or {}), **texts}
        form.__init__(self, *args, **kwargs)

    return init
