"""Reads of regrades: what there is to compare, what a regrade changes, what a learner is told of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from camp.quizzes.models import Attempt, AttemptItem, AttemptStatus, Question, QuestionVersion
from camp.quizzes.regrade_models import Regrade, RegradeChange, RegradeStatus

_MOST_SHOWN = 300  # characters of a field that has changed


def answers_to_compare(question: Question) -> QuerySet[AttemptItem]:
    """Answers in attempts that were handed in, marked by another version than the published one, oldest first.

    Where nothing was answered no version gives anything.
    """
    found = AttemptItem.objects.filter(
        version__question=question, attempt__status=AttemptStatus.SUBMITTED, response__isnull=False
    )
    marked = found.annotate(marking=Coalesce("marked_by_id", "version_id"))
    return marked.exclude(marking=question.published_id).order_by("pk")


def answers_left(regrade: Regrade) -> QuerySet[AttemptItem]:
    """Those that it is still to compare. What was handed in after it was begun is not its business."""
    by_then = answers_to_compare(regrade.question).filter(attempt__submitted_at__lte=regrade.created_at)
    return by_then.filter(pk__gt=regrade.last_item)


def handed_in_since(regrade: Regrade) -> int:
    later = answers_to_compare(regrade.question).filter(attempt__submitted_at__gt=regrade.created_at)
    return later.count()


def open_with_other_versions(question: Question) -> int:
    """Attempts under way that ask another version than the published one: they are marked by the one they ask."""
    asked = AttemptItem.objects.filter(version__question=question, attempt__status=AttemptStatus.OPEN)
    return asked.exclude(version=question.published_id).count()


def regrade_of(pk: int) -> Regrade | None:
    rows = Regrade.objects.select_related("question__module", "question__published", "to_version", "by")
    return rows.filter(pk=pk).first()


def changes_of(regrade: Regrade) -> QuerySet[RegradeChange]:
    """The scores that change, by learner."""
    return _listed(regrade).filter(obstacle="")


def obstacles_of(regrade: Regrade) -> QuerySet[RegradeChange]:
    """The answers that cannot be marked by the new version."""
    return _listed(regrade).exclude(obstacle="")


def _listed(regrade: Regrade) -> QuerySet[RegradeChange]:
    rows = RegradeChange.objects.filter(regrade=regrade)
    return rows.select_related("item__attempt__owner", "marked_by_before").order_by(
        "item__attempt__owner__username", "item__attempt__submitted_at", "pk"
    )


def later_regrade(regrade: Regrade) -> Regrade | None:
    """The newest one of the same question that was applied after it and stands: it is undone first."""
    standing = Regrade.objects.filter(question=regrade.question_id, status=RegradeStatus.APPLIED)
    return standing.filter(applied_at__gt=regrade.applied_at).order_by("-applied_at").first()


def is_outdated(regrade: Regrade) -> bool:
    """Whether scores or the question have changed since it was compared: another version, another regrade."""
    if regrade.question.published_id != regrade.to_version_id:
        return True
    others = Regrade.objects.filter(question=regrade.question_id).exclude(pk=regrade.pk)
    since = Q(applied_at__gt=regrade.created_at) | Q(undone_at__gt=regrade.created_at)
    return others.filter(since).exists()


def regrades_of(attempt: Attempt) -> list[RegradeChange]:
    """What regrades that stand have changed in an attempt, the latest first."""
    rows = RegradeChange.objects.filter(
        item__attempt=attempt, obstacle="", regrade__status=RegradeStatus.APPLIED
    )
    return list(rows.select_related("regrade__to_version", "item").order_by("-regrade__applied_at", "-pk"))


@dataclass(frozen=True)
class Difference:
    """A part of a question that was changed, as it was and as it is; empty where it was not there."""

    part: str
    before: str
    after: str


@dataclass(frozen=True)
class Changed:
    """An earlier version, how many answers were marked by it, and what the new one has otherwise."""

    version: QuestionVersion
    answers: int
    differences: list[Difference]


def changed_in_question(regrade: Regrade) -> list[Changed]:
    """By the versions that the listed answers were marked by."""
    counted = (
        RegradeChange.objects.filter(regrade=regrade)
        .order_by("-marked_by_before__number")
        .values_list("marked_by_before", "marked_by_before__number")
        .annotate(answers=Count("pk"))
    )
    answers = {pk: count for pk, _number, count in counted}
    versions = QuestionVersion.objects.in_bulk(answers)
    return [
        Changed(versions[pk], count, differences(versions[pk].content, regrade.to_version.content))
        for pk, count in answers.items()
    ]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Of two contents, part by part. Lists of things with keys are compared key by key."""
    old, new = dict(_parts(before)), dict(_parts(after))
    return [
        Difference(part, _short(old.get(part, "")), _short(new.get(part, "")))
        for part in dict.fromkeys([*old, *new])
        if old.get(part) != new.get(part)
    ]


def _parts(value: Any, where: str = "") -> Iterable[tuple[str, str]]:
    """Every leaf with the way to it, such as “choices a right”; a pair of draw is a name and its expression."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _parts(one, f"{where} {name}".strip())
    elif isinstance(value, list):
        for place, one in enumerate(value):
            if isinstance(one, Mapping) and one.get("key"):
                rest = {name: more for name, more in one.items() if name != "key"}
                yield from _parts(rest, f"{where} {one['key']}")
            elif isinstance(one, list) and len(one) == 2 and isinstance(one[0], str):
                yield f"{where} {one[0]}", str(one[1])
            else:
                yield from _parts(one, f"{where} {place + 1}")
    elif value not in (None, ""):
        yield where, str(value)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"
