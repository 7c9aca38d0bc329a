"""Jobs in the console: to look at. A job is changed by its owner's request or by its worker, never by hand."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from camp.lab.models import Job


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    list_display = (
        "id",
        "task",
        "owner",
        "status",
        "attempts",
        "worker",
        "created_at",
        "finished_at",
        "error_code",
    )
    list_filter = ("status", "task", "queue", "error_code", "created_at")
    search_fields = ("id", "owner__username", "worker")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """Without the parameters, which may be 2 MiB a row; a single job's page reads them when it shows them."""
        return super().get_queryset(request).defer("params_json")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False
