"""People in the console. Passwords are changed by their owner or by `manage.py camp_user`, never read."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from camp.accounts.models import ApiToken, User


@admin.register(User)
class CampUserAdmin(UserAdmin):
    list_display = ("username", "email", "is_guest", "is_staff", "is_active", "date_joined")
    list_filter = ("is_guest", "is_staff", "is_superuser", "is_active", "groups")
    fieldsets = (*UserAdmin.fieldsets, (_("Camp"), {"fields": ("is_guest",)}))  # type: ignore[misc]


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """May be looked at and revoked (deleted); a key cannot be made or changed here."""

    list_display = ("name", "user", "token_key", "scopes", "created", "expiry")
    search_fields = ("name", "user__username")
    list_select_related = ("user",)
    exclude = ("digest",)

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False
