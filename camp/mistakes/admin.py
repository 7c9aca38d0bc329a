"""Reports in the console: instructors read them, go to the page, and say that they are answered."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from camp.courses.editing import EditorAdmin
from camp.mistakes import services
from camp.mistakes.models import MistakeReport, State


@admin.register(MistakeReport)
class MistakeReportAdmin(EditorAdmin):
    list_display = ("__str__", "shortened", "state", "language", "created_at", "link")
    list_filter = ("state", "language", "created_at")
    search_fields = ("page", "section", "text")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    show_full_result_count = False
    actions = ("answer", "open_again")
    fields = ("link", "section", "text", "language", "owner", "created_at", "state", "answered_at")
    readonly_fields = ("link", "section", "text", "language", "owner", "created_at", "answered_at")

    @admin.display(description=_("what is wrong"))
    def shortened(self, report: MistakeReport) -> str:
        return Truncator(report.text).chars(120)

    @admin.display(description=_("page"))
    def link(self, report: MistakeReport) -> SafeString:
        """The form took no address but one of the camp's own."""
        return format_html('<a href="{}">{}</a>', str(report), report.page)

    @admin.action(description=_("Say that the chosen reports are answered"), permissions=["change"])
    def answer(self, request: HttpRequest, reports: QuerySet[MistakeReport]) -> None:
        self._set_all(request, reports, State.ANSWERED)

    @admin.action(description=_("Open the chosen reports again"), permissions=["change"])
    def open_again(self, request: HttpRequest, reports: QuerySet[MistakeReport]) -> None:
        self._set_all(request, reports, State.OPEN)

    def _set_all(self, request: HttpRequest, reports: QuerySet[MistakeReport], state: State) -> None:
        changed = [
            services.report_state_set(report=report, state=state) for report in reports.exclude(state=state)
        ]
        for report in changed:
            self.log_change(request, report, state.value)
        words = ngettext("%(count)s report was changed.", "%(count)s reports were changed.", len(changed))
        self.message_user(request, words % {"count": len(changed)}, messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: MistakeReport, form: Any, change: bool) -> None:
        services.report_state_set(report=obj, state=obj.state)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: MistakeReport | None = None) -> bool:
        """Nothing holds on to one: an admin may clear away what is none."""
        return bool(getattr(request.user, "is_superuser", False))
