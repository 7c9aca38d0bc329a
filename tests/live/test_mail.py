"""A mail on its way through a real camp: the page hands it over, a worker prints it, as `local` does."""

import re
from collections.abc import Callable

import httpx

from tests.running_camp import RunningCamp


def ask_for_reset(camp: RunningCamp, email: str) -> httpx.Response:
    with httpx.Client(base_url=camp.url) as visitor:
        visitor.get("/account/password/reset/")
        form = {"email": email, "csrfmiddlewaretoken": visitor.cookies["csrftoken"]}
        return visitor.post("/account/password/reset/", data=form)


def test_a_mail_is_printed_by_the_worker_and_by_nobody_else(
    camp: RunningCamp, wait_until: Callable[..., None]
) -> None:
    with camp.paused("worker"):
        assert ask_for_reset(camp, "hedy@camp.example").status_code == 302, "the page does not wait for it"
    wait_until(lambda: "To: hedy@camp.example" in camp.log.read_text())
    lines = [line for line in camp.log.read_text().splitlines() if "hedy@camp.example" in line]
    assert [line for line in lines if not re.match(r"worker +│", line)] == []
