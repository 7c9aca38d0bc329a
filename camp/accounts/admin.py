"""People in the console. Passwords are changed by their owner or by `manage.py camp_user`, never read."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from camp.accounts.models import ApiToken, User
from camp.accounts.services import flags_follow_groups
from camp.changelist import ListAdmin


@admin.register(User)
class CampUserAdmin(ListAdmin, UserAdmin):
    """A role is a group; what it opens (`is_staff`, `is_superuser`) follows it and is never set by hand."""

    list_display = (
        "username",
        "email",
        "role",
        "is_guest",
        "is_active",
        "jobs_link",
        "last_login",
        "date_joined",
    )
    list_filter = ("is_guest", "groups", "is_active", "date_joined")
    search_fields = ("username", "email")
    filter_horizontal = ()
    date_hierarchy = "date_joined"
    fieldsets = (
        (None, {"fields": ("username",)}),
        (_("Person"), {"fields": ("email", "first_name", "last_name", "time_zone")}),
        (_("Role"), {"fields": ("is_active", "groups", "is_staff", "is_superuser", "is_guest")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def get_urls(self) -> list[Any]:
        """Without Django's page that sets another person's password and leaves browsers and tokens open."""
        return [one for one in super().get_urls() if one.name != "auth_user_password_change"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        found: QuerySet[User] = super().get_queryset(request)
        return found.prefetch_related("groups").annotate(
            job_count=Count("jobs", filter=Q(jobs__deleted_at=None))
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only a superuser says who has which role."""
        always = ("is_staff", "is_superuser", "is_guest", "last_login", "date_joined")
        return always if getattr(request.user, "is_superuser", False) else (*always, "groups", "is_active")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Guests are nobody's to edit, and superusers nobody's but another superuser's."""
        may = super().has_change_permission(request, obj)
        if obj is None or not may:
            return may
        return not obj.is_guest and (
            not obj.is_superuser or bool(getattr(request.user, "is_superuser", False))
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An account is erased by its owner; an admin closes it."""
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        flags_follow_groups(account=form.instance)

    @admin.display(description=_("role"))
    def role(self, account: User) -> str:
        return ", ".join(group.name for group in account.groups.all())

    @admin.display(description=_("jobs"), ordering="job_count")
    def jobs_link(self, account: Any) -> SafeString:
        address = reverse("admin:lab_job_changelist")
        return format_html('<a href="{}?owner__id__exact={}">{}</a>', address, account.pk, account.job_count)


@admin.register(ApiToken)
class ApiTokenAdmin(ListAdmin):
    """May be looked at and revoked (deleted); a key cannot be made or changed here."""

    list_display = ("name", "whose", "begins_with", "scopes", "made", "valid_until", "last_used_at")
    search_fields = ("name", "user__username")
    list_select_related = ("user",)
    fields = list_display
    readonly_fields = ("whose", "begins_with", "made", "valid_until")

    # Knox names its fields in English alone.
    @admin.display(description=_("account"), ordering="user__username")
    def whose(self, token: ApiToken) -> str:
        return str(token.user)

    @admin.display(description=_("begins with"))
    def begins_with(self, token: ApiToken) -> str:
        return str(token.token_key)

    @admin.display(description=_("made"), ordering="created")
    def made(self, token: ApiToken) -> Any:
        return token.created

    @admin.display(description=_("valid until"), ordering="expiry")
    def valid_until(self, token: ApiToken) -> Any:
        return token.expiry

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(LogEntry)
class HistoryAdmin(ListAdmin):
    """Who changed what in the console."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "change_message")
    list_filter = ("action_flag", "content_type", "action_time")
    search_fields = ("user__username", "object_repr")
    list_select_related = ("user", "content_type")
    date_hierarchy = "action_time"

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False
