"""Production: what stops the start, and that people can sign in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SIGN_IN = """
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False)
call_command("camp_user", "ada", role="admin", verbosity=0)
browser = Client(raise_request_exception=False)
form = {"login": "ada", "password": "correct-horse-battery"}
answer = browser.post("/account/login/", form, secure=True, headers={"Host": "camp.example"})
print(answer.status_code, answer.headers.get("Location"))
print(browser.get("/admin/", secure=True, headers={"Host": "camp.example"}).status_code)
"""


def run(project: Path, folder: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    from django.conf import settings

    production = {
        "CAMP_ENV": "production",
        "CAMP_DATA_DIR": str(folder),
        "CAMP_SECRET_KEY": "only-for-this-test-" * 4,
        "CAMP_ALLOWED_HOSTS": "camp.example",
        "CAMP_PASSWORD": "correct-horse-battery",
        "REDIS_URL": settings.REDIS_URL,
        "DATABASE_URL": "",
    }
    start = "import django, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'camp.settings'; django.setup()\n"
    return subprocess.run(
        [sys.executable, "-c", start + code],
        cwd=project,
        env={**os.environ, **production, **environment},
        capture_output=True,
        text=True,
    )


def test_an_account_can_sign_in_and_enter_the_console(
    project: Path, tmp_path: Path, redis_server: None
) -> None:
    done = run(project, tmp_path, SIGN_IN)
    assert done.stdout.split("\n")[-3:] == ["302 /", "200", ""], done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CAMP_SECRET_KEY", ""),
        ("CAMP_ALLOWED_HOSTS", ""),
        ("CAMP_ALLOWED_HOSTS", "*"),
        ("CAMP_SSL_REDIRECT", "ture"),
        ("CAMP_DEBUG", "maybe"),
        ("CAMP_DATA_DIR", "/proc/nowhere"),
        ("CAMP_PORT", "99999"),
        ("CAMP_PUBLIC_URL", "camp.example"),
        ("CAMP_PUBLIC_URL", "http://camp.example"),
        ("CAMP_PUBLIC_URL", "https://camp.example/camp/"),
        ("CAMP_PUBLIC_URL", "https://ada@camp.example"),
        ("CAMP_PUBLIC_URL", "https://other.example"),
    ],
)
def test_a_bad_setting_stops_every_part_and_says_which(
    project: Path, tmp_path: Path, name: str, value: str
) -> None:
    done = run(project, tmp_path, "", **{name: value})
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {name}" in done.stderr


@pytest.mark.parametrize(
    "url", ["https://camp.example", "https://camp.example/", "https://camp.example:8443"]
)
def test_a_public_address_is_taken(project: Path, tmp_path: Path, url: str) -> None:
    done = run(
        project, tmp_path, "from django.conf import settings; print(settings.PUBLIC_URL)", CAMP_PUBLIC_URL=url
    )
    assert done.stdout.strip() == url.removesuffix("/"), done.stderr
