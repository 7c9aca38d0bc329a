"""What the console's editors have in common: staff edit, one at a time, and the history speaks the reader's language."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from camp.changelist import ListAdmin


class EditorAdmin(ListAdmin):
    """Base of the editors of lessons and questions. Staff are instructors and admins:
    camp.accounts.services.flags_follow_groups.
    """

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_staff", False))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Answers hold on to both."""
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Locked where it is about to be saved: of two who save at once the second is told of the first."""
        found = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST" and transaction.get_connection().in_atomic_block:
            self.model._default_manager.select_for_update(no_key=True).get(pk=found.pk)
            found = super().get_object(request, object_id, from_field)
        return found

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Entries of our own are kept as English, marked with `gettext_noop`."""
        response = super().history_view(request, object_id, extra_context)
        for entry in (getattr(response, "context_data", None) or {}).get("action_list", ()):
            if entry.change_message and not entry.change_message.startswith("["):
                entry.change_message = gettext(entry.change_message)
        return response
