"""Writes of regrades: kept answers are compared step by step, then their new scores applied, and taken back, at once.

What is compared computes, so nothing is locked meanwhile; applying and undoing only copy what was compared.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from camp.accounts.models import User
from camp.accounts.services import OwnerGone, owner_locked
from camp.quizzes import hearing, regrade_selectors, services
from camp.quizzes.content import Content
from camp.quizzes.marking import attempt_score
from camp.quizzes.models import Attempt, AttemptItem, Question
from camp.quizzes.regrade_models import Regrade, RegradeChange, RegradeStatus
from camp.quizzes.remarking import to_mark_by

AT_ONCE = 100  # answers compared in a step, which a page waits for,
SECONDS = 1.0  # unless they take longer than this
_ROWS = 500  # in one statement


class NotPublished(Exception):
    """The question has no version to mark by."""


class NotCompared(Exception):
    """Not every answer has been compared yet, or what was compared has been applied already."""


class Outdated(Exception):
    """Scores or the question have changed since it was compared; it is to be compared anew."""


class NotApplied(Exception):
    """There is nothing to undo."""


class LaterFirst(Exception):
    """Another regrade of the question, `later`, was applied after this one: it is undone first."""

    def __init__(self, later: Regrade) -> None:
        super().__init__(later.pk)
        self.later = later


@transaction.atomic
def regrade_start(*, question: Question, by: User) -> Regrade:
    """A regrade by the published version, of which nothing is compared yet. One that was never applied goes.

    Raises:
        NotPublished: there is nothing to mark by.
    """
    question = Question.objects.select_for_update(no_key=True).get(pk=question.pk)
    if question.published is None:
        raise NotPublished(question.slug)
    never_applied = (RegradeStatus.COMPARING, RegradeStatus.READY)
    Regrade.objects.filter(question=question, status__in=never_applied).delete()
    regrade = Regrade.objects.create(question=question, to_version=question.published, by=by)
    regrade.total = regrade_selectors.answers_left(regrade).count()
    regrade.status = RegradeStatus.COMPARING if regrade.total else RegradeStatus.READY
    regrade.save(update_fields=["total", "status"])
    return regrade


def regrade_look(*, regrade: Regrade) -> Regrade:
    """Compare the next answers; of two who do so at once, one. Nothing happens once all are compared.

    Raises:
        Outdated: another version has been published meanwhile.
    """
    if regrade.status != RegradeStatus.COMPARING:
        return regrade
    if regrade_selectors.is_outdated(regrade):
        raise Outdated
    until = time.monotonic() + SECONDS
    rows = regrade_selectors.answers_left(regrade).select_related("version", "marked_by")[:AT_ONCE]
    items = list(rows)
    totals = _scores_by_attempt(AttemptItem.objects.filter(attempt__in=[item.attempt_id for item in items]))
    new = Content.of_json(regrade.to_version.content)
    looked: list[AttemptItem] = []
    changes: list[RegradeChange] = []
    for item in items:
        change = _change(item, new, totals[item.attempt_id])
        changes += [change] if change is not None else []
        looked.append(item)
        if time.monotonic() > until:
            break
    return _looked(regrade, looked, changes, is_end=len(looked) < AT_ONCE and len(looked) == len(items))


def _change(item: AttemptItem, new: Content, scores: dict[int, float]) -> RegradeChange | None:
    """None where the score stays. `scores` are those of the attempt's answers, in their order, by id."""
    before = float(scores[item.pk])
    change = RegradeChange(
        item=item, marked_by_before=item.marking_version, mark_before=item.mark, score_before=before,
        attempt_before=attempt_score(list(scores.values())),
    )  # fmt: skip
    outcome = to_mark_by(item.response, item.seed, Content.of_json(item.version.content), new)
    if outcome.variant is None:
        change.obstacle = outcome.obstacle
        return change
    mark = services.mark_by(item, outcome.variant)
    if mark.score == before:
        return None
    change.mark_after, change.score_after = mark.as_json(), mark.score
    change.attempt_after = attempt_score(list({**scores, item.pk: mark.score}.values()))
    return change


def _scores_by_attempt(items: QuerySet[AttemptItem]) -> dict[Any, dict[int, float]]:
    """The scores of submitted attempts' answers, in the order in which they were asked, by their ids."""
    found: defaultdict[Any, dict[int, float]] = defaultdict(dict)
    for attempt, pk, mark in items.order_by("attempt", "position").values_list("attempt", "pk", "mark"):
        found[attempt][pk] = float((mark or {"score": 0.0})["score"])
    return found


@transaction.atomic
def _looked(
    regrade: Regrade, items: Sequence[AttemptItem], changes: list[RegradeChange], *, is_end: bool
) -> Regrade:
    row = Regrade.objects.select_for_update().filter(pk=regrade.pk).first()
    if row is None:  # somebody began anew
        raise Outdated
    if row.last_item == regrade.last_item and row.status == RegradeStatus.COMPARING:
        # Whoever erases their account meanwhile takes their answers along.
        listed = AttemptItem.objects.filter(pk__in=[one.item_id for one in changes]).order_by("pk")
        kept = set(listed.select_for_update(no_key=True).values_list("pk", flat=True))
        for change in changes:
            change.regrade = row
        RegradeChange.objects.bulk_create([one for one in changes if one.item_id in kept], batch_size=_ROWS)
        row.looked += len(items)
        if items:
            row.last_item = items[-1].pk
        if is_end:
            row.status, row.total = RegradeStatus.READY, row.looked
        row.save(update_fields=["looked", "last_item", "status", "total"])
    return row


@transaction.atomic
def regrade_apply(*, regrade: Regrade) -> Regrade:
    """Give every listed answer its new mark and its attempt the score that follows: all of them, or none.

    Raises:
        NotCompared: it is not ready.
        Outdated: what was compared does not stand any more; nothing changed.
    """
    row = _held(regrade)
    if row.status != RegradeStatus.READY:
        raise NotCompared
    if regrade_selectors.is_outdated(row):
        raise Outdated
    _write_marks(row, "after", marked_by=row.to_version_id)
    row.status, row.applied_at = RegradeStatus.APPLIED, timezone.now()
    row.save(update_fields=["status", "applied_at"])
    return row


@transaction.atomic
def regrade_undo(*, regrade: Regrade, by: User) -> Regrade:
    """Give every answer of it the mark that it had before, and its attempt the score that follows.

    Raises:
        NotApplied: it was not applied, or has been undone.
        LaterFirst: another one stands upon it.
    """
    row = _held(regrade)
    if row.status != RegradeStatus.APPLIED:
        raise NotApplied
    later = regrade_selectors.later_regrade(row)
    if later is not None:
        raise LaterFirst(later)
    _write_marks(row, "before", marked_by=None)
    row.status, row.undone_at, row.undone_by = RegradeStatus.UNDONE, timezone.now(), by
    row.save(update_fields=["status", "undone_at", "undone_by"])
    return row


def _held(regrade: Regrade) -> Regrade:
    """Its row, and with its question's all regrades of that one, held until the transaction ends.

    Raises:
        Outdated: it is gone, for somebody began anew.
    """
    Question.objects.select_for_update(no_key=True).get(pk=regrade.question_id)
    row = (
        Regrade.objects.select_for_update(of=("self",))
        .select_related("question")
        .filter(pk=regrade.pk)
        .first()
    )
    if row is None:
        raise Outdated
    return row


def _write_marks(regrade: Regrade, when: str, *, marked_by: int | None) -> None:
    """Copy the marks of `when`, "before" or "after", and give the attempts the scores that follow.

    `marked_by` None: the version that marked each answer before.
    """
    # Unordered: to find one by its place in an order, a database would go through them all.
    changes = RegradeChange.objects.filter(regrade=regrade, obstacle="").order_by()
    own = changes.filter(item=OuterRef("pk"))
    items = AttemptItem.objects.filter(pk__in=changes.values("item"))
    by = Subquery(own.values("marked_by_before")[:1]) if marked_by is None else marked_by
    items.update(mark=Subquery(own.values(f"mark_{when}")[:1]), marked_by=by)
    items.filter(marked_by=F("version")).update(marked_by=None)
    attempts = Attempt.objects.filter(pk__in=changes.values("item__attempt"))
    # Held before they are added up: of two questions' regrades the second sees the marks of the first.
    was = dict(attempts.order_by("pk").select_for_update().values_list("pk", "score"))
    totals = _scores_by_attempt(AttemptItem.objects.filter(attempt__in=attempts.values("pk")))
    of_attempt = changes.filter(item__attempt=OuterRef("pk")).values(f"attempt_{when}")[:1]
    attempts.update(score=Subquery(of_attempt))
    now = {pk: attempt_score(list(scores.values())) for pk, scores in totals.items()}
    expected = changes.values_list("item__attempt", f"attempt_{when}")
    others = {pk: now[pk] for pk, score in expected if now[pk] != score}
    Attempt.objects.bulk_update(
        [Attempt(pk=pk, score=score) for pk, score in others.items()], ["score"], batch_size=_ROWS
    )
    if when == "after":
        _note_scores(changes, was, now)
    transaction.on_commit(partial(_tell, list(items.order_by("attempt").values_list("attempt", "pk"))))


def _tell(changed: Sequence[tuple[Any, int]]) -> None:
    """Whoever hears of marks hears of these, each attempt's by itself: its owner is held first, as everywhere."""
    by_attempt: defaultdict[Any, list[int]] = defaultdict(list)
    for attempt, item in changed:
        by_attempt[attempt].append(item)
    for pk, own in by_attempt.items():
        with suppress(OwnerGone), transaction.atomic():
            attempt = Attempt.objects.select_related("owner").filter(pk=pk).first()
            if attempt is None:
                continue
            owner_locked(attempt.owner)
            items = AttemptItem.objects.filter(pk__in=own).select_related("version__question")
            hearing.attempt_tell(attempt, list(items))


def _note_scores(changes: QuerySet[RegradeChange], was: dict[Any, Any], now: dict[Any, Any]) -> None:
    """What the attempts' scores really became: another question's regrade may have come since they were compared."""
    differing = []
    rows = changes.annotate(attempt=F("item__attempt")).only("attempt_before", "attempt_after")
    for change in rows:
        scores = was[change.attempt], now[change.attempt]
        if scores != (change.attempt_before, change.attempt_after):
            change.attempt_before, change.attempt_after = scores
            differing.append(change)
    RegradeChange.objects.bulk_update(differing, ["attempt_before", "attempt_after"], batch_size=_ROWS)
