"""What a page says about a batch of runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from camp.lab import run_words
from camp.lab.models import LIVE, TERMINAL, Job, Status
from camp.lab.run_words import State

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Failures:
    """The runs that failed for one reason."""

    text: str
    jobs: list[Job]


def is_live(counts: Counts) -> bool:
    """Whether any run waits or runs."""
    return any(counts[status] for status in LIVE)


def ended(counts: Counts) -> int:
    return sum(counts[status] for status in TERMINAL)


def state_of(counts: Counts) -> State:
    """The status line of a batch. It names quarters and no figures, so that what it says stays true until it is said anew."""
    total = sum(counts.values())
    if not total:
        return State("stopped", "", _("All runs of this batch have been deleted."), "deleted")
    if not is_live(counts):
        return _end(counts)
    if counts[Status.QUEUED] == total:
        return State("clock", "wait", _("None has started yet."), "queued")
    quarter = 4 * ended(counts) // total
    texts = (
        _("Running."),
        _("Running: a quarter has ended."),
        _("Running: half has ended."),
        _("Running: three quarters have ended."),
    )
    return State("running", "wait", texts[quarter], f"running-{quarter}")


def _end(counts: Counts) -> State:
    if counts[Status.FAILED]:
        icon, css = "error", "bad"
    elif counts[Status.CANCELLED]:
        icon, css = "stopped", ""
    else:
        return State("check", "ok", _("All done."), "ended")
    text = _("Ended: %(counts)s.") % {"counts": _list(_numbers(counts, Status.FAILED, Status.CANCELLED))}
    return State(icon, css, text, "ended")


def progress(counts: Counts) -> str:
    """What the bar shows, in words: "180 of 256 done, 2 failed, 74 waiting"."""
    done = _("%(done)s of %(total)s done")
    first = done % {"done": counts[Status.SUCCEEDED], "total": sum(counts.values())}
    others = (Status.FAILED, Status.CANCELLED, Status.RUNNING, Status.QUEUED)
    return _list([first, *_numbers(counts, *others)])


def _numbers(counts: Counts, *statuses: Status) -> list[str]:
    """Each status that any run has, with its number, which a line's end does not part from it."""
    words = {
        Status.QUEUED: _("%(count)s waiting"),
        Status.RUNNING: _("%(count)s running"),
        Status.FAILED: _("%(count)s failed"),
        Status.CANCELLED: _("%(count)s cancelled"),
    }
    some = [words[status] % {"count": counts[status]} for status in statuses if counts[status]]
    return [one.replace(" ", "\u00a0") for one in some]


def _list(members: list[str]) -> str:
    return pgettext("between the members of a list", ", ").join(members)


def time(seconds: float, counts: Counts) -> str:
    """How long the batch has been under way since it was submitted, or was."""
    text = _("Submitted %(time)s ago.") if is_live(counts) else _("It took %(time)s.")
    return text % {"time": _duration(max(0.0, seconds))}


def _duration(seconds: float) -> str:
    if seconds < 1:
        return _("%(milliseconds)s ms") % {"milliseconds": max(1, round(seconds * 1000))}
    if round(seconds, 1) < 10:
        return _("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}
    minutes, left = divmod(round(seconds), 60)
    if not minutes:
        return _("%(seconds)s s") % {"seconds": left}
    if minutes < 60:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": left}
    return _("%(hours)s h %(minutes)s min") % {"hours": minutes // 60, "minutes": minutes % 60}


def failures(jobs: Iterable[Job]) -> list[Failures]:
    """The failed runs under their reasons, those of the most common first."""
    by_reason: dict[str, list[Job]] = {}
    for job in jobs:
        by_reason.setdefault(run_words.reason(job), []).append(job)
    groups = [Failures(_failed(reason, len(those)), those) for reason, those in by_reason.items()]
    return sorted(groups, key=lambda group: -len(group.jobs))


def _failed(reason: str, count: int) -> str:
    text = ngettext("%(count)s run failed: %(reason)s.", "%(count)s runs failed: %(reason)s.", count)
    return text % {"count": count, "reason": reason}


def cancelled(count: int) -> str:
    """What is told after a cancel."""
    if not count:
        return _("Nothing was cancelled: no run of this batch waits or runs any more.")
    text = ngettext("%(count)s run was cancelled.", "%(count)s runs were cancelled.", count)
    return text % {"count": count}
