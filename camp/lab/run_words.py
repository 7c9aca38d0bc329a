"""What a page says about the state of a run."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext as translated  # of what the core marked
from django.utils.translation import ngettext

from attention_core import catalogue
from camp.figures import figure
from camp.lab import selectors, summaries
from camp.lab.models import CANCELLED_BY_ADMIN, ErrorCode, Job, Status

# Asking again: soon at first, then less often (milliseconds).
_DELAYS = (150, 200, 300, 400, 600, 1000, 1500, 2000)
_AGREES = 1e-6


@dataclass(frozen=True)
class State:
    """`icon` and `text` say it twice; `spoken` changes only when a screen reader should hear of it again."""

    icon: str
    css: str
    text: str
    spoken: str


def state_of(job: Job) -> State:
    """The status line of a run."""
    if job.status == Status.QUEUED:
        before = selectors.jobs_before(job)
        return State("clock", "wait", _waiting(before), f"queued-{before}")
    if job.status == Status.RUNNING:
        percent = round(100 * job.progress)
        return State("running", "wait", _running(job, percent), f"running-{percent // 25}")
    if job.status == Status.SUCCEEDED:
        return State("check", "ok", _done(job), "succeeded")
    if job.status == Status.FAILED:
        return State("error", "bad", _failed(job), "failed")
    if job.error_message == CANCELLED_BY_ADMIN:
        return State("stopped", "", _("An admin cancelled it. Input kept."), "cancelled")
    percent = round(100 * job.progress)
    text = (
        _("You cancelled at %(percent)s %%. Input kept.") if percent else _("You cancelled it. Input kept.")
    )
    return State("stopped", "", text % {"percent": percent} if percent else text, "cancelled")


def brief_state_of(status: str) -> State:
    """The status in a word, for a list, where asking for the place in the queue would cost a query a row."""
    icons = {
        Status.QUEUED: ("clock", "wait"),
        Status.RUNNING: ("running", "wait"),
        Status.SUCCEEDED: ("check", "ok"),
        Status.FAILED: ("error", "bad"),
        Status.CANCELLED: ("stopped", ""),
    }
    icon, css = icons[Status(status)]
    return State(icon, css, str(Status(status).label), status)


def named(job: Job) -> dict[str, Any]:
    """What a run is called: its task's title, its own name, and what of its settings was changed."""
    task = catalogue.tasks().get(job.task)
    return {
        "title": _(task.title) if task else job.task,
        "name": summaries.name_words(job.task, job.summary),
        "settings": summaries.settings_words(job.task, job.summary),
    }


def delay(look: int) -> int:
    """Milliseconds before the look numbered `look` (from 0)."""
    return _DELAYS[min(max(look, 0), len(_DELAYS) - 1)]


def reason(job: Job) -> str:
    """Why a run failed, in the reader's language where there are words for it."""
    if refused := job.summary.get("refused"):
        return "; ".join(translated(one["template"]) % one["values"] for one in refused)
    return str(ErrorCode(job.error_code).label) if job.error_code in ErrorCode.values else job.error_message


def checked(difference: float | None) -> State:
    """What comparing a worker's figures with this process's own says; None when they were not compared."""
    if difference is None:
        return State("check", "ok", _("Computed by the server."), "computed")
    if difference <= _AGREES:
        return State("check", "ok", _("Checked by the server."), "checked")
    text = _("Server differs by %(difference)s; its figures are shown.")
    return State("error", "bad", text % {"difference": figure(difference, 4)}, "differs")


def _waiting(before: int) -> str:
    if not before:
        return _("Next in line.")
    text = ngettext("Waiting: %(count)s run before yours.", "Waiting: %(count)s runs before yours.", before)
    return text % {"count": before}


def _running(job: Job, percent: int) -> str:
    if not job.message:
        return _("Running (%(percent)s %%).") % {"percent": percent}
    return _("Running: %(step)s (%(percent)s %%).") % {"step": _(job.message), "percent": percent}


def _done(job: Job) -> str:
    if job.cached:
        return _("Same as an earlier run; result reused.")
    seconds = job.seconds or 0.0
    if seconds < 0.1:
        return _("Done in %(time)s ms.") % {"time": max(1, round(seconds * 1000))}
    return _("Done in %(time)s s.") % {"time": f"{seconds:.1f}"}


def _failed(job: Job) -> str:
    return _("Failed: %(reason)s. Your input is kept.") % {"reason": reason(job)}
