"""What was answered before there was a log of first tries, logged; and the cards that follow from it."""

import zoneinfo

from django.db import migrations
from django.utils import timezone

from camp.mastery.scheduling import rating_of, reviewed

AT_ONCE = 500


def log_answers(apps, schema_editor):
    GradedAnswer = apps.get_model("mastery", "GradedAnswer")
    rows = []
    for row in (*_of_quizzes(apps), *_of_checks(apps)):
        rows.append(row)
        if len(rows) == AT_ONCE:
            GradedAnswer.objects.bulk_create(rows)
            rows = []
    GradedAnswer.objects.bulk_create(rows)


def _of_quizzes(apps):
    GradedAnswer = apps.get_model("mastery", "GradedAnswer")
    items = (
        apps.get_model("quizzes", "AttemptItem").objects.filter(attempt__status="submitted", mark__isnull=False)
        .exclude(response__isnull=True)
        .select_related("attempt__owner", "version__question")
        .order_by("attempt__submitted_at", "attempt_id", "position")
    )  # fmt: skip
    for item in items.iterator(chunk_size=AT_ONCE):
        if item.response is None or item.mark is None:  # JSON's null is not the database's
            continue
        attempt, question, mark = item.attempt, item.version.question, item.mark
        yield GradedAnswer(
            owner_id=attempt.owner_id, question_id=question.pk, item_id=item.pk, concepts=question.concepts,
            score=mark["score"],
            worth=mark.get("worth", 1.0), hint_taken=mark.get("hints_taken", 0) > 0, answered_at=attempt.submitted_at, day=_day(attempt.owner, attempt.submitted_at),
        )  # fmt: skip


def _of_checks(apps):
    GradedAnswer = apps.get_model("mastery", "GradedAnswer")
    answers = (
        apps.get_model("quizzes", "LessonAnswer").objects.filter(kind="check", first_score__isnull=False)
        .select_related("owner", "lesson")
        .order_by("created_at", "pk")
    )  # fmt: skip
    taught = _concepts_of_lessons(apps)
    for answer in answers.iterator(chunk_size=AT_ONCE):
        yield GradedAnswer(
            owner_id=answer.owner_id, lesson_id=answer.lesson_id, check_answer_id=answer.pk,
            concepts=taught.get(answer.lesson_id, []), score=answer.first_score,
            hint_taken=answer.hints_taken > 0, answered_at=answer.created_at,
            day=_day(answer.owner, answer.created_at),
        )  # fmt: skip


def _concepts_of_lessons(apps):
    found = {}
    lessons = apps.get_model("courses", "Lesson").objects.filter(published__isnull=False)
    for lesson in lessons.select_related("published").iterator(chunk_size=20):
        document = next(iter(lesson.published.documents.values()), {})
        found[lesson.pk] = document.get("concepts", [])
    return found


def _day(owner, moment):
    """By the account's time zone; where it chose none, by the camp's: of the browser's nothing was kept."""
    try:
        zone = zoneinfo.ZoneInfo(owner.time_zone) if owner.time_zone else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):  # one that this machine does not know
        zone = None
    return timezone.localdate(moment, zone or timezone.get_default_timezone())


def replay_cards(apps, schema_editor):
    GradedAnswer, ReviewCard = (
        apps.get_model("mastery", "GradedAnswer"),
        apps.get_model("mastery", "ReviewCard"),
    )
    log = GradedAnswer.objects.filter(question__isnull=False).order_by("owner_id", "answered_at", "pk")
    memories = {}
    columns = ("owner_id", "question_id", "score", "worth", "hint_taken", "day")
    for owner, question, score, worth, hint_taken, day in log.values_list(*columns).iterator():
        key = (owner, question)
        memories[key] = reviewed(memories.get(key), rating_of(score / worth, hint_taken=hint_taken), day)
    ReviewCard.objects.bulk_create(
        [
            ReviewCard(owner_id=owner, question_id=question, **vars(memory))
            for (owner, question), memory in memories.items()
        ],
        batch_size=AT_ONCE,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("mastery", "0001_initial"),
        ("quizzes", "0003_hints"),
    ]

    operations = [
        migrations.RunPython(log_answers, migrations.RunPython.noop),
        migrations.RunPython(replay_cards, migrations.RunPython.noop),
    ]
