"""The admin console: who may enter, what they see, what they may change."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from camp.accounts.models import ApiToken, User
from camp.accounts.services import account_set
from camp.console import dashboard
from camp.lab.models import Job, Status
from tests.camp.callers import PASSWORD, signed_in

pytestmark = pytest.mark.django_db
PAGES = [
    "/admin/",
    "/admin/queue/",
    "/admin/lab/job/",
    "/admin/accounts/user/",
    "/admin/accounts/apitoken/",
    "/admin/admin/logentry/",
]


@pytest.fixture
def root(db: None) -> Client:
    return signed_in("admin")


@pytest.mark.parametrize("page", PAGES)
def test_who_is_let_in(page: str, woken: list[Any]) -> None:
    anonymous = Client()
    assert anonymous.get(page, follow=True).redirect_chain[-1][0].startswith("/account/login/?next=")
    guest = Client()
    guest.post("/lab/attention/", {"query": "1", "key": "1", "value": "1"})
    assert guest.get(page, follow=True).redirect_chain[-1][0].startswith("/account/login/")
    answer = signed_in("learner").get(page, follow=True)
    assert answer.status_code == 403
    assert "This page is not open to you." in answer.content.decode()
    assert signed_in("instructor").get(page).status_code == (200 if page == "/admin/" else 403)
    assert signed_in("admin").get(page).status_code == 200


def test_instructors_see_what_is_theirs_and_no_figures(db: None) -> None:
    page = signed_in("instructor").get("/admin/").content.decode()
    assert "Lessons and questions are edited here." in page
    assert "Jobs now" not in page


def test_every_page_of_the_console_keeps_the_strict_policy_and_speaks_both_languages(
    root: Client, submit: Any, ada: User
) -> None:
    job = submit()
    ApiToken.objects.create(ada, name="notebook")
    pages = [*PAGES, f"/admin/lab/job/{job.pk}/change/", f"/admin/accounts/user/{ada.pk}/change/",
             f"/admin/accounts/user/{ada.pk}/history/",
             "/admin/accounts/user/add/", "/admin/lab/job/?status__exact=queued", "/admin/lab/job/?q=ada"]  # fmt: skip
    for page in pages:
        answer = root.get(page)
        assert answer.status_code == 200, page
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        text = answer.content.decode()
        inline = re.findall(
            r"<script(?![^>]*(?:\bsrc=|application/json))[^>]*>|<style|\sstyle=\"|\sonclick=", text
        )
        assert not inline, (page, inline)
        assert "控制台" in root.get(page, headers={"Accept-Language": "zh-CN"}).content.decode()


def make(status: str, **fields: Any) -> Job:
    owner = User.objects.get(username="ada")
    created = fields.pop("created_at", timezone.now())
    if status in ("succeeded", "failed", "cancelled"):
        fields = {"finished_at": timezone.now(), **fields}
    job = Job.objects.create(
        owner=owner, task="attention", queue="interactive", params_json="{}", status=status, **fields
    )
    Job.objects.filter(pk=job.pk).update(created_at=created)
    return job


def test_the_dashboards_figures_are_those_of_the_rows(ada: User, eve: User) -> None:
    now = timezone.now()
    make("queued", created_at=now - timedelta(seconds=90))
    make("queued")
    make("failed", error_code="poison")
    make("failed", error_code="timeout", finished_at=now - timedelta(days=2))
    for seconds in range(1, 21):
        make("succeeded", started_at=now - timedelta(seconds=seconds), finished_at=now)
    make("cancelled", created_at=now - timedelta(days=3))
    User.objects.filter(pk=eve.pk).update(date_joined=now - timedelta(days=8), last_login=now)
    found = dashboard.figures()
    assert {one["value"]: one["count"] for one in found["statuses"]} == {
        "queued": 2, "running": 0, "succeeded": 20, "failed": 2, "cancelled": 1,
    }  # fmt: skip
    queue = found["queues"][0]
    assert (queue["name"], queue["count"]) == ("interactive", 2)
    assert 90 <= queue["age"] < 100
    assert found["seconds"] == {"median": 11.0, "p95": 20.0, "count": 20}
    assert [(one["code"], one["count"]) for one in found["failures"]] == [("poison", 1)]
    assert sum(bar.count for bar in found["bars"]) == 24
    assert max(bar.height for bar in found["bars"]) == found["chart_height"]
    assert found["people"] == {"members": 2, "guests": 0, "new": 1, "signed_in": 1}


def test_no_page_asks_more_of_the_database_with_more_rows(root: Client, ada: User) -> None:
    counts = []
    for more in (10, 190):
        for _ in range(more):
            make("queued")
        for page in ("/admin/", "/admin/queue/", "/admin/lab/job/", "/admin/accounts/user/"):
            with CaptureQueriesContext(connection) as queries:
                root.get(page)
            counts.append(len(queries))
    assert counts[:4] == counts[4:]


def test_the_dashboard_stands_without_redis(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    import redis

    from camp.lab import presence

    def away(queue: str) -> int:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(presence, "heard_count", away)
    assert "Redis is away" in root.get("/admin/").content.decode()


def test_an_admin_cancels_jobs_and_the_history_says_so(root: Client, submit: Any) -> None:
    waiting, done = submit(), make("succeeded")
    sent = {"action": "cancel", "_selected_action": [str(waiting.pk), str(done.pk)]}
    page = root.post("/admin/lab/job/", sent, follow=True).content.decode()
    assert "1 job was cancelled." in page
    waiting.refresh_from_db()
    assert waiting.status == Status.CANCELLED
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(waiting.pk)]


def test_a_job_cannot_be_made_changed_or_deleted_by_hand(root: Client, submit: Any) -> None:
    job = submit()
    assert root.get("/admin/lab/job/add/").status_code == 403
    assert root.post(f"/admin/lab/job/{job.pk}/change/", {"status": "succeeded"}).status_code == 403
    assert root.post(f"/admin/lab/job/{job.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Job.objects.get().status == Status.QUEUED


def user_form(account: User, **changes: Any) -> dict[str, Any]:
    return {"username": account.username, "email": "", "first_name": "", "last_name": "", "time_zone": "",
            "is_active": "on", **changes}  # fmt: skip


def test_a_role_is_given_by_its_group_and_the_flags_follow(root: Client, ada: User) -> None:
    address = f"/admin/accounts/user/{ada.pk}/change/"
    for role, staff, superuser in (
        ("instructor", True, False),
        ("admin", True, True),
        ("learner", False, False),
    ):
        group = Group.objects.get_or_create(name=role)[0]
        assert root.post(address, user_form(ada, groups=[group.pk], is_superuser="on")).status_code == 302
        ada.refresh_from_db()
        assert (ada.is_staff, ada.is_superuser) == (staff, superuser), role


def test_staff_with_a_permission_cannot_raise_anybody_nor_touch_an_admin(ada: User, eve: User) -> None:
    account_set(username="eve", role="instructor", password=None)
    eve.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    client = Client()
    client.force_login(User.objects.get(pk=eve.pk))
    admins = Group.objects.get_or_create(name="admin")[0]
    for account in (ada, eve):
        sent = user_form(account, groups=[admins.pk], is_superuser="on", is_staff="on", user_permissions=[1])
        client.post(f"/admin/accounts/user/{account.pk}/change/", sent)
        account.refresh_from_db()
        assert not account.is_superuser
        assert admins not in account.groups.all()
    root = account_set(username="root", role="admin", password=PASSWORD)[0]
    assert (
        client.post(
            f"/admin/accounts/user/{root.pk}/change/", user_form(root, email="x@y.example")
        ).status_code
        == 403
    )


def test_nobody_sets_anothers_password_in_the_console(root: Client, ada: User) -> None:
    before = ada.password
    new = {"password1": "a-longer-sentence", "password2": "a-longer-sentence"}
    root.post(f"/admin/accounts/user/{ada.pk}/password/", new, follow=True)
    ada.refresh_from_db()
    assert ada.password == before
    assert "password" not in root.get(f"/admin/accounts/user/{ada.pk}/change/").content.decode().lower()


def test_guests_are_not_edited_and_tokens_only_revoked(root: Client, ada: User) -> None:
    guest = User.objects.create(username="guest-1", is_guest=True)
    assert (
        root.post(f"/admin/accounts/user/{guest.pk}/change/", user_form(guest, is_guest="")).status_code
        == 403
    )
    token, key = ApiToken.objects.create(ada, name="notebook")
    page = root.get(f"/admin/accounts/apitoken/{token.pk}/change/").content.decode()
    assert key not in page
    assert root.post(f"/admin/accounts/apitoken/{token.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not ApiToken.objects.exists()


def test_the_password_is_changed_at_one_place_where_guesses_are_counted(root: Client) -> None:
    form = {"old_password": PASSWORD, "new_password1": "another-horse", "new_password2": "another-horse"}
    for answer in (root.get("/admin/password_change/"), root.post("/admin/password_change/", form)):
        assert (answer.status_code, answer["Location"]) == (302, "/account/password/change/")
    assert User.objects.get(username="the-admin").check_password(PASSWORD)
