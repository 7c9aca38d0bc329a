"""The admin console: Django's, with our door, our clothes, a dashboard and a page of the queue."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from attention_core.params import InvalidParams, TooMuchWork
from camp import htmx
from camp.accounts.models import User
from camp.console import authoring, dashboard, gain, queue
from camp.lab import once, services
from camp.lab.models import Job, Status
from camp.mistakes.selectors import open_reports


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
        look = require_safe(self._for_admins(self.queue))
        cancel, retry = (
            require_http_methods(["GET", "HEAD", "POST"])(self._for_admins(view))
            for view in (self.queue_cancel, self.queue_retry)
        )
        return [
            path("authoring/", self.admin_view(self.authoring), name="authoring"),
            path("gain/", require_safe(self.admin_view(self.gain)), name="gain"),
            path("queue/", look, name="queue"),
            path("queue/<uuid:job_id>/cancel/", cancel, name="queue-cancel"),
            path("queue/<uuid:job_id>/retry/", retry, name="queue-retry"),
            *super().get_urls(),
        ]

    def _for_admins(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Other staff are refused. A page that looks again after its reader signed out is loaded anew, as a whole."""
        inside = self.admin_view(view)

        @wraps(view)
        def door(request: HttpRequest, **where: Any) -> HttpResponse:
            if self.has_permission(request):
                if not getattr(request.user, "is_superuser", False):
                    raise PermissionDenied
            elif htmx.wants_part(request):
                return HttpResponseClientRefresh()
            answer: HttpResponse = inside(request, **where)
            return answer

        return door

    def authoring(self, request: HttpRequest) -> TemplateResponse:
        """How lessons and questions are written, for those who write them."""
        context = {**self.each_context(request), **authoring.guide(), "title": _("How lessons are written")}
        return TemplateResponse(request, "admin/authoring.html", context)

    def gain(self, request: HttpRequest) -> TemplateResponse:
        """What the two tests say of everybody, for instructors; of no learner alone."""
        context = {
            **self.each_context(request),
            **gain.figures(),
            "title": _("Gain from pre-test to post-test"),
        }
        return TemplateResponse(request, "admin/gain.html", context)

    def queue(self, request: HttpRequest) -> HttpResponse:
        """How the queues stand: the page, and the part of it that is looked at again and again."""
        context = {
            **self.each_context(request),
            **queue.state(),
            "title": _("The queue"),
            "is_paused": request.GET.get("refresh") == "off",
        }
        template = "admin/_queue.html" if htmx.wants_part(request) else "admin/queue.html"
        return htmx.varied(TemplateResponse(request, template, context))

    def queue_cancel(self, request: HttpRequest, job_id: UUID) -> HttpResponse:
        """Ask first, for rows move while one aims at them; a POST cancels."""
        job = _job(job_id)
        if request.method != "POST" and not job.is_terminal:
            return self._ask(request, job, "cancel")
        try:
            services.job_cancel(job=job, by_admin=True)
        except services.AlreadyEnded as ended:
            words = _("The job could not be cancelled, for it has ended: %(status)s.")
            messages.warning(request, words % {"status": ended.job.get_status_display()})
        else:
            self.get_model_admin(Job).log_change(request, job, "cancelled")
            messages.success(request, _("The job was cancelled."))
        return redirect("admin:queue")

    def queue_retry(self, request: HttpRequest, job_id: UUID) -> HttpResponse:
        """Say first what a retry is; a POST submits the new job."""
        job = _job(job_id)
        if request.method != "POST" and job.status == Status.FAILED:
            return self._ask(request, job, "retry")
        try:
            new, is_new = once.job_retry(job=job)
        except once.NotFailed:
            words = _("Only a job that failed can be retried; this one stands at: %(status)s.")
            messages.warning(request, words % {"status": job.get_status_display()})
        except (once.KeySpent, once.KeyReused):
            messages.warning(request, _("It was retried before, and the new job has been deleted since."))
        except (services.UnknownTask, InvalidParams, TooMuchWork) as error:
            words = _("The camp does not take this work any more: %(reason)s")
            reason = error.args[0] if isinstance(error, services.UnknownTask) else str(error)
            messages.error(request, words % {"reason": reason})
        else:
            if is_new:
                self.get_model_admin(Job).log_change(request, job, f"retried as {new.pk}")
            words = (
                _("The work was submitted as a new job, {link}. The failed one stays as it ended.")
                if is_new
                else _("It was retried before, as job {link}.")
            )
            link = format_html(
                '<a href="{}">{}</a>', reverse("admin:lab_job_change", args=[new.pk]), str(new.pk)[:8]
            )
            messages.success(request, format_html(str(words), link=link))
        return redirect("admin:queue")

    def _ask(self, request: HttpRequest, job: Job, what: str) -> HttpResponse:
        titles = {"cancel": _("Cancel a job"), "retry": _("Retry a failed job")}
        context = {**self.each_context(request), "title": titles[what], "job": job, "what": what}
        return TemplateResponse(request, "admin/queue_ask.html", context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Admins see how jobs and people stand; an instructor, what will be here."""
        figures = dashboard.figures() if getattr(request.user, "is_superuser", False) else None
        shown = {"figures": figures, "open_mistakes": open_reports()}
        return super().index(request, {**(extra_context or {}), **shown})


def _job(job_id: UUID) -> Job:
    return get_object_or_404(Job.objects.select_related("owner"), pk=job_id)
