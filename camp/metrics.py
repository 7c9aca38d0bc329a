"""`GET /metrics` for Prometheus: made at each scrape from the database and Redis, so that all web processes agree."""

import hmac
from collections.abc import Iterable, Iterator

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from attention_core import catalogue
from camp.errors import PARTS_AWAY, not_found, only_get, problem_response
from camp.lab import presence, queues, tally
from camp.lab.models import TERMINAL, ErrorCode

log = structlog.get_logger("camp.metrics")
_SWEEPER_WORDS = {
    tally.SWEEPS: ("camp_sweeps", "Rounds of the schedule process."),
    "taken_back": ("camp_jobs_taken_back", "Starts whose lease ran out and whose job waits again."),
    "poisoned": ("camp_jobs_poisoned", "Jobs that ended because each start was lost."),
    "sent_again": ("camp_messages_sent_again", "Waiting jobs whose message was lost and sent again."),
}


@never_cache
@csrf_exempt  # or a POST would be told that it lacks a cookie
def metrics(request: HttpRequest) -> HttpResponse:
    """404 where `CAMP_METRICS_TOKEN` is not set, whatever is asked."""
    return _metrics(request) if settings.METRICS_TOKEN else not_found(request)


@only_get
def _metrics(request: HttpRequest) -> HttpResponse:
    if not _has_token(request):
        log.warning("metrics_refused", given=bool(request.headers.get("Authorization")))
        detail = _("expected Authorization: Bearer with the token that CAMP_METRICS_TOKEN sets")
        return problem_response(401, detail, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    registry = CollectorRegistry()
    registry.register(_Camp())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _has_token(request: HttpRequest) -> bool:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    # The comparison takes as long for a token that is nearly right.
    is_right = hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    return scheme.lower() == "bearer" and is_right


class _Camp(Collector):
    """All figures. A part that is away leaves its own out, for a figure that is old or zero would be a lie."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("camp_up", "Whether the part answered this scrape.", labels=["part"])
        for part, figures in (("database", _of_rows), ("redis", _of_redis)):
            try:
                found = list(figures())
            except (*PARTS_AWAY, DatabaseError, OSError) as error:
                log.warning("metrics_left_out", part=part, error=f"{type(error).__name__}: {error}")
                up.add_metric([part], 0)
            else:
                up.add_metric([part], 1)
                yield from found
        yield up


def _of_rows() -> Iterable[Metric]:
    jobs = GaugeMetricFamily("camp_jobs", "Jobs that wait or run now.", labels=["queue", "status"])
    for labels, count in queues.live_counts().items():
        jobs.add_metric(labels, count)
    oldest = GaugeMetricFamily(
        "camp_oldest_waiting_seconds", "For how long the oldest startable job has waited.", labels=["queue"]
    )
    for queue, seconds in queues.oldest_wait_seconds().items():
        oldest.add_metric([queue], seconds)
    return jobs, oldest


def _of_redis() -> Iterable[Metric]:
    found = tally.read()
    workers = GaugeMetricFamily(
        "camp_workers", "Processes heard from in the last 30 seconds.", labels=["queue"]
    )
    for queue in (*settings.JOB_SECONDS, presence.SCHEDULE):
        workers.add_metric([queue], presence.heard_count(queue))
    return [
        workers,
        _counter(
            "camp_jobs_ended", "Jobs that ended.", ("queue", "task", "status"), _possible(TERMINAL), found[tally.ENDED]
        ),
        _counter(
            "camp_jobs_failed",
            "Jobs that failed, by reason.",
            ("queue", "task", "reason"),
            _possible(code for code in ErrorCode if code != ErrorCode.CANCELLED),
            found[tally.FAILED],
        ),
        _run_seconds(found[tally.RUN_SECONDS]),
        _counter(
            "camp_leases_lost",
            "Starts that found their job no longer theirs, by what had become of it.",
            ("queue", "why"),
            [(queue, why) for queue in settings.JOB_SECONDS for why in tally.WHY_LOST],
            found[tally.LEASES_LOST],
        ),
        *(
            CounterMetricFamily(name, text, value=found[tally.SWEEPER].get((what,), 0))
            for what, (name, text) in _SWEEPER_WORDS.items()
        ),
    ]  # fmt: skip


def _possible(last_labels: Iterable[str]) -> list[tuple[str, ...]]:
    """Every task with each of these labels."""
    lasts = [str(label) for label in last_labels]
    return [(task.queue, task.name, last) for task in catalogue.tasks().values() for last in lasts]


def _counter(
    name: str, text: str, labels: tuple[str, ...], possible: list[tuple[str, ...]], found: tally.Counts
) -> Metric:
    """With a zero for all that is possible: a rate would not see a count that begins at one."""
    family = CounterMetricFamily(name, text, labels=labels)
    for values, count in (dict.fromkeys(possible, 0.0) | found).items():
        family.add_metric(values, count)
    return family


def _run_seconds(found: tally.Counts) -> Metric:
    family = HistogramMetricFamily(
        "camp_run_seconds", "From the start of a job that succeeded or failed to its end.", labels=["queue"]
    )
    for queue in settings.JOB_SECONDS:
        own = {label: count for (name, label), count in found.items() if name == queue}
        total = own.pop("sum", 0.0)
        upto = {
            bucket: sum(count for bound, count in own.items() if float(bound) <= float(bucket))
            for bucket in tally.BUCKETS
        }
        family.add_metric([queue], buckets=list(upto.items()), sum_value=total)
    return family
