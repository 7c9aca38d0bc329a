"""docker-compose.yml and the Dockerfile: hardened, complete, and every command in them one that runs."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.running_camp import PASSWORD, RunningCamp, free_port

OURS = ("prepare", "web", "worker", "training", "schedule")


@pytest.fixture(scope="module")
def compose(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((project / "docker-compose.yml").read_text())
    return found


def test_every_container_is_hardened(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {*OURS, "redis", "postgres"}
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not str(service["user"]).startswith(("0", "root")), name
        assert "privileged" not in service, name
        if name != "prepare":
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"], name


def test_only_the_web_is_published_and_to_this_machine_alone(compose: dict[str, Any]) -> None:
    published = {
        name: service["ports"] for name, service in compose["services"].items() if "ports" in service
    }
    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_no_secret_stands_in_the_file_and_a_missing_one_stops_the_start(project: Path) -> None:
    text = (project / "docker-compose.yml").read_text()
    for name in ("CAMP_SECRET_KEY", "CAMP_ALLOWED_HOSTS", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert re.search(rf"\$\{{{name}:\?", text), name
    assert set(re.findall(r"\$\{(\w+)", text)) == set(
        re.findall(r"^(\w+)=", (project / ".env.example").read_text(), re.MULTILINE)
    ), "each variable is explained"
    assert subprocess.run(["git", "check-ignore", "-q", ".env"], cwd=project).returncode == 0


def test_what_the_image_copies_is_there_and_not_held_back(project: Path) -> None:
    allowed = {
        line[1:] for line in (project / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    for line in (project / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (project / source).exists(), source
                assert source in allowed, source


def test_images_are_pinned(project: Path, compose: dict[str, Any]) -> None:
    built_on = re.findall(r"^FROM (\S+)", (project / "Dockerfile").read_text(), re.MULTILINE)
    for image in (*built_on, compose["services"]["redis"]["image"], compose["services"]["postgres"]["image"]):
        assert re.fullmatch(r"[\w/-]+:\d[\w.-]*", image), image


@pytest.fixture
def parts(
    project: Path, tmp_path: Path, compose: dict[str, Any], redis_server: None
) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts containers' commands as they stand in the file, with production's settings."""
    from django.conf import settings

    port = free_port()
    camp = RunningCamp(tmp_path, CAMP_ENV="production", CAMP_ALLOWED_HOSTS="camp.example")
    environment = {
        **camp.environment,
        "CAMP_SECRET_KEY": "only-for-this-test-" * 4,
        "CAMP_TRUSTED_PROXIES": "1",
        "CAMP_PORT": str(port),
        "CAMP_WORKERS": "1",
        "CAMP_PASSWORD": PASSWORD,
    }
    environment.setdefault("REDIS_URL", settings.REDIS_URL)
    if not os.environ.get("DATABASE_URL"):
        environment["DATABASE_URL"] = f"sqlite:///{tmp_path}/camp.sqlite3"
    started: list[subprocess.Popen[str]] = []

    def start(name: str, command: list[str] | None = None) -> subprocess.Popen[str]:
        argv = command or compose["services"][name]["command"]
        process = subprocess.Popen(
            [sys.executable, *argv[1:]], cwd=project, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    start.port = port  # type: ignore[attr-defined]
    with camp.borrowed():
        yield start
        for process in started:
            if process.poll() is None:
                process.kill()
                process.communicate()


def test_the_parts_run_apart_are_healthy_do_a_job_and_stop(
    parts: Any, compose: dict[str, Any], wait_until: Any
) -> None:
    def is_healthy(name: str) -> bool:
        process = parts(name, compose["services"][name]["healthcheck"]["test"][1:])
        process.communicate()
        return bool(process.returncode == 0)

    prepare = parts("prepare")
    output, _ = prepare.communicate(timeout=120)
    assert prepare.returncode == 0, output
    made, _ = parts("", ["python", "manage.py", "camp_user", "ada"]).communicate()
    assert "Made ada" in made
    running = {name: parts(name) for name in OURS if name != "prepare"}
    for name in running:
        wait_until(lambda name=name: is_healthy(name), 120)
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{parts.port}",
        headers={"Host": "camp.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "9.9.9.9"},
    )
    assert client.get("/readyz").status_code == 200
    page = client.get("/account/login/").text
    styles = re.findall(r'href="(/static/[^"]+\.css)"', page)
    assert styles
    assert all(client.get(address).status_code == 200 for address in styles)
    token = client.post("/api/v1/auth/tokens/", json={"username": "ada", "password": PASSWORD}).json()[
        "token"
    ]
    client.headers["Authorization"] = f"Token {token}"
    work = {"task": "attention", "params": {"query": [[1]], "key": [[1]], "value": [[1]]}}
    job = client.post("/api/v1/jobs/", json=work).json()
    result = client.get(f"/api/v1/jobs/{job['id']}/result/?wait=30", timeout=40)
    assert result.json()["output"] == [[1.0]]
    for name, process in running.items():
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
        assert process.returncode in (0, -signal.SIGTERM), f"{name}: {process.returncode}\n{output}"
        assert "Traceback" not in output, output
