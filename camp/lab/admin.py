"""Jobs in the console: to look at, and to cancel. All else is changed by their owner's request or by their worker."""

import json

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from camp.changelist import ListAdmin
from camp.lab import selectors, services
from camp.lab.models import Job

_MOST_TEXT = 20_000  # characters of params that a page shows


@admin.register(Job)
class JobAdmin(ListAdmin):
    list_display = (
        "id", "task", "owner", "status", "attempts", "worker", "created_at", "finished_at", "error_code",
    )  # fmt: skip
    list_filter = ("status", "task", "queue", "error_code", "owner__is_guest", "created_at")
    search_fields = ("id", "owner__username", "worker")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    show_full_result_count = False
    actions = ("cancel",)
    exclude = ("params_json", "batch", "place_in_batch", "has_input_file", "summary", "params_hash")
    view_on_site = False  # a run is shown to its owner alone
    readonly_fields = ("params_shown", "result_size")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """Without the parameters, which may be 2 MiB a row; a single job's page reads them when it shows them."""
        return super().get_queryset(request).defer("params_json")

    @admin.display(description=_("parameters"))
    def params_shown(self, job: Job) -> SafeString:
        text = json.dumps(job.params, ensure_ascii=False)
        return format_html(
            '<pre class="params">{}{}</pre>', text[:_MOST_TEXT], "…" if len(text) > _MOST_TEXT else ""
        )

    @admin.display(description=_("result"))
    def result_size(self, job: Job) -> str:
        result = selectors.result_of(job)
        return f"{len(bytes(result.document)):,} bytes" if result else "–"

    @admin.action(description=_("Cancel the chosen jobs that wait or run"), permissions=["cancel"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        cancelled = 0
        for job in jobs:
            try:
                services.job_cancel(job=job, by_admin=True)
            except services.AlreadyEnded:
                continue
            cancelled += 1
            self.log_change(request, job, "cancelled")
        words = ngettext("%(count)s job was cancelled.", "%(count)s jobs were cancelled.", cancelled)
        self.message_user(request, words % {"count": cancelled}, messages.SUCCESS)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_superuser", False))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False
