"""The admin console: Django's, with our door, our clothes and a dashboard."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from camp.accounts.models import User
from camp.console import authoring, dashboard


class Console(AdminSite):
    site_title = _("Attention Training Camp")
    site_header = _("Console")
    index_title = _("Console")
    index_template = "admin/dashboard.html"
    enable_nav_sidebar = False  # it remembers itself by a script; the index is one key away

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The camp's own sign-in, with its second factor and its count of guesses; members who are not staff: 403."""
        if isinstance(request.user, User) and request.user.is_member:
            if not self.has_permission(request):
                raise PermissionDenied
            return redirect("admin:index")
        following = {"next": request.GET.get("next") or request.get_full_path()}
        return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode(following)}")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The account's own form: it counts guesses of the old password, and asks what becomes of tokens."""
        return redirect("account_change_password")

    def get_urls(self) -> list[Any]:
        guide = self.admin_view(self.authoring)
        return [path("authoring/", guide, name="authoring"), *super().get_urls()]

    def authoring(self, request: HttpRequest) -> TemplateResponse:
        """How lessons and questions are written, for those who write them."""
        context = {**self.each_context(request), **authoring.guide(), "title": _("How lessons are written")}
        return TemplateResponse(request, "admin/authoring.html", context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Admins see how jobs and people stand; an instructor, what will be here."""
        figures = dashboard.figures() if getattr(request.user, "is_superuser", False) else None
        return super().index(request, {**(extra_context or {}), "figures": figures})
