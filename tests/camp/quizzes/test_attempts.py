"""Attempts: started, resumed, saved, handed in once, moved to an account; what is marked stays."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from camp.accounts import own_data as accounts_data
from camp.accounts.models import User
from camp.accounts.services import adopt_guest
from camp.courses import loading
from camp.courses.models import Lesson, Module
from camp.quizzes import publishing, selectors, services
from camp.quizzes.content import Content
from camp.quizzes.marking import Unacceptable
from camp.quizzes.models import Attempt, AttemptItem, LessonAnswer, Question
from camp.quizzes.question_types import question_type
from camp.quizzes.variants import Variant
from tests.camp.callers import Api
from tests.camp.quizzes.bank import QUESTIONS, course_with_quiz

pytestmark = pytest.mark.django_db


def answer_all(attempt: Attempt) -> None:
    for item in selectors.items_of(attempt):
        variant = selectors.worded_item(item)
        kind = question_type(variant.type)
        right = kind.feedback(None, kind.mark(None, variant), variant).right
        services.answer_save(attempt=attempt, item=item, response=right)


def item_called(attempt: Attempt, slug: str) -> AttemptItem:
    return next(item for item in selectors.items_of(attempt) if item.version.question.slug == slug)


def test_an_attempt_has_every_question_once_and_is_resumed(
    attempt: Attempt, ada: User, module: Module
) -> None:
    slugs = [item.version.question.slug for item in selectors.items_of(attempt)]
    assert sorted(slugs) == sorted(QUESTIONS)
    again, is_new = services.attempt_start(owner=ada, module=module)
    assert (again.pk, is_new) == (attempt.pk, False)


def test_an_attempt_has_at_most_twelve_questions_in_an_order_of_its_own(
    module: Module, ada: User, eve: User
) -> None:
    model = Question.objects.get(slug="which")
    for number in range(20):
        question = Question(module=module, slug=f"more-{number}")
        content = selectors.content_of(model)
        publishing.question_fill(question=question, content=content, order=number, concepts=[])
        publishing.question_publish(question=question, by=None)
    Question.objects.filter(slug="scale").update(is_retired=True)
    orders = []
    for owner in (ada, eve):
        items = selectors.items_of(services.attempt_start(owner=owner, module=module)[0])
        orders.append([item.version.question.slug for item in items])
        assert len(set(orders[-1])) == 12
        assert "scale" not in orders[-1]
    assert orders[0] != orders[1]


def test_right_answers_score_one_and_those_that_are_missing_nothing(attempt: Attempt) -> None:
    answer_all(attempt)
    cleared = ("which", "weights")
    for slug in cleared:
        services.answer_save(attempt=attempt, item=item_called(attempt, slug), response=None)
    done = services.attempt_submit(attempt=attempt)
    assert done.score == pytest.approx(1 - len(cleared) / len(QUESTIONS))
    assert done.submitted_at is not None
    assert all(item.mark for item in selectors.items_of(done))


def test_an_answer_that_is_none_changes_nothing(attempt: Attempt) -> None:
    item = item_called(attempt, "scale")
    services.answer_save(attempt=attempt, item=item, response="1/3")
    with pytest.raises(Unacceptable):
        services.answer_save(attempt=attempt, item=item, response="a third")
    assert item_called(attempt, "scale").response == "1/3"
    services.answer_save(attempt=attempt, item=item, response=None)
    assert item_called(attempt, "scale").response is None


def test_nothing_is_saved_once_it_is_handed_in_and_handing_in_again_gives_the_same(attempt: Attempt) -> None:
    first = services.attempt_submit(attempt=attempt)
    with pytest.raises(services.Submitted):
        services.answer_save(attempt=attempt, item=item_called(attempt, "which"), response="a")
    again = services.attempt_submit(attempt=attempt)
    assert (again.score, again.submitted_at) == (first.score, first.submitted_at)
    assert item_called(attempt, "which").response is None


def test_a_new_version_of_a_question_changes_no_attempt(attempt: Attempt, module: Module, eve: User) -> None:
    before = item_called(attempt, "which").version
    question = Question.objects.get(slug="which")
    question.texts = {**question.texts, "en": {"prompt": "Which now?", "reason": "x"}}
    question.save()
    version = publishing.question_publish(question=question, by=eve)
    assert (version.number, version.created_by) == (2, eve)
    assert item_called(attempt, "which").version == before
    assert "Which?" in selectors.worded_item(item_called(attempt, "which")).prompt
    other = services.attempt_start(owner=eve, module=module)[0]
    assert item_called(other, "which").version == version


@pytest.mark.django_db(transaction=True)
def test_a_hundred_parallel_submits_give_one_result(tmp_path: Path, ada: User) -> None:
    loading.course_load(course_with_quiz(tmp_path))
    attempt, _is_new = services.attempt_start(owner=ada, module=Module.objects.get(slug="start"))
    answer_all(attempt)

    def one(number: int) -> Any:
        try:
            done = services.attempt_submit(attempt=attempt)
            return done.pk, done.score, done.submitted_at
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        results = set(pool.map(one, range(100)))
    assert len(results) == 1
    assert Attempt.objects.get().score == 1.0


@pytest.mark.django_db(transaction=True)
def test_parallel_starts_make_one_attempt(tmp_path: Path, ada: User) -> None:
    loading.course_load(course_with_quiz(tmp_path))
    module = Module.objects.get(slug="start")

    def one(number: int) -> Any:
        try:
            return services.attempt_start(owner=ada, module=module)[0].pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(one, range(24)))) == 1
    assert Attempt.objects.count() == 1
    assert AttemptItem.objects.count() == len(QUESTIONS)


def test_what_a_guest_did_comes_along_and_what_collides_is_practice(
    attempt: Attempt, module: Module, ada: User
) -> None:
    guest = User.objects.create(username="guest-1", is_guest=True)
    theirs, _is_new = services.attempt_start(owner=guest, module=module)
    lesson = Lesson.objects.get(slug="asking")
    for owner, block, score in ((guest, "one", 1.0), (guest, "two", 0.0), (ada, "two", 1.0)):
        services.check_answer(owner=owner, lesson=lesson, block=block, response="1", score=score, version=1)
    adopt_guest(guest=guest, account=ada)
    theirs.refresh_from_db()
    assert (theirs.owner, theirs.is_practice, theirs.is_open) == (ada, True, True)
    assert not Attempt.objects.get(pk=attempt.pk).is_practice
    kept = {answer.block: answer.score for answer in LessonAnswer.objects.filter(owner=ada)}
    assert kept == {"one": 1.0, "two": 1.0}
    assert services.attempt_submit(attempt=theirs).score == 0
    assert selectors.best_score(ada, module) is None  # practice does not count


def test_the_export_has_attempts_and_answers_and_no_seed_nor_mark_of_an_open_one(
    attempt: Attempt, ada: User
) -> None:
    services.answer_save(attempt=attempt, item=item_called(attempt, "which"), response="a")
    lesson = Lesson.objects.get(slug="asking")
    services.prediction_lock(
        owner=ada, lesson=lesson, block="three-bars", response=[50, 30, 20], version=1, fits=bool
    )
    document = b"".join(accounts_data.document(ada)).decode()
    assert str(attempt.pk) in document
    assert '"response": "a"' in document
    assert "three-bars" in document
    assert str(attempt.seed) not in document
    assert "canary" not in document


def test_a_check_keeps_its_first_score_and_a_prediction_its_first_guess(module: Module, ada: User) -> None:
    lesson = Lesson.objects.get(slug="asking")
    for score in (0.0, 1.0):
        row = services.check_answer(owner=ada, lesson=lesson, block="x", response="1", score=score, version=1)
    assert (row.first_score, row.score, row.tries) == (0.0, 1.0, 2)
    for guess in ([100, 0, 0], [0, 0, 100]):
        kept = services.prediction_lock(
            owner=ada, lesson=lesson, block="y", response=guess, version=1, fits=lambda given: len(given) == 3
        )
    assert (kept.response, kept.score) == ([100, 0, 0], None)


def test_the_export_asks_no_more_for_more_attempts(
    module: Module, ada: User, django_assert_num_queries: Any
) -> None:
    def attempts(count: int) -> None:
        for _place in range(count):
            services.attempt_submit(attempt=services.attempt_start(owner=ada, module=module)[0])

    attempts(1)
    with CaptureQueriesContext(connection) as one:
        b"".join(accounts_data.document(ada))
    attempts(4)
    with django_assert_num_queries(len(one)):
        b"".join(accounts_data.document(ada))


def test_what_no_longer_fits_a_changed_lesson_gives_way(module: Module, ada: User) -> None:
    lesson = Lesson.objects.get(slug="asking")
    place = {"owner": ada, "lesson": lesson, "block": "z"}

    def lock(guess: list[int]) -> LessonAnswer:
        return services.prediction_lock(
            response=guess, version=2, fits=lambda given: len(given) == len(guess), **place
        )

    lock([100, 0, 0])
    assert lock([50, 50]).response == [50, 50]
    checked = services.check_answer(response="1", score=0.5, version=3, **place)
    assert (checked.kind, checked.first_score, checked.tries) == ("check", 0.5, 1)
    again = lock([40, 60])
    assert (again.kind, again.response, again.score, again.first_score) == ("predict", [40, 60], None, None)


def test_variants_are_drawn_while_nothing_is_locked(
    attempt: Attempt, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite everybody's save waits for whoever holds a transaction open."""
    depth, seen = len(connection.savepoint_ids), set()
    draw = selectors.variant_of_item

    def drawn(item: AttemptItem) -> Variant:
        seen.add(len(connection.savepoint_ids))
        return draw(item)

    monkeypatch.setattr(selectors, "variant_of_item", drawn)
    services.answer_save(attempt=attempt, item=item_called(attempt, "which"), response="a")
    services.attempt_submit(attempt=attempt)
    services.attempt_start(owner=ada, module=attempt.module)
    assert seen == {depth}


def test_a_question_is_checked_while_nothing_is_locked_and_again_if_it_changes_meanwhile(
    attempt: Attempt, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = Question.objects.get(slug="which")
    Question.objects.filter(pk=question.pk).update(
        order=1, texts=question.texts | {"en": {"prompt": "One?", "reason": "x"}}
    )
    depth, checked = len(connection.savepoint_ids), []

    def check(content: Content) -> None:
        assert len(connection.savepoint_ids) == depth
        checked.append(content.texts["en"]["prompt"])
        if len(checked) == 1:  # somebody saves another text meanwhile
            Question.objects.filter(pk=question.pk).update(
                texts=question.texts | {"en": {"prompt": "Two?", "reason": "x"}}
            )

    monkeypatch.setattr(publishing, "check", check)
    version = publishing.question_publish(question=question, by=ada)
    assert checked == ["One?", "Two?"]
    assert version.content["texts"]["en"]["prompt"] == "Two?"


def test_whoever_starts_again_and_again_has_to_wait(owner: Client, module: Module, ada: User) -> None:
    for _start in range(services.MOST_STARTS):
        attempt = services.attempt_start(owner=ada, module=module)[0]
        Attempt.objects.filter(pk=attempt.pk).update(
            status="submitted", score=0, submitted_at=attempt.started_at
        )
    refused = owner.post("/camp/start/quiz/")
    assert refused.status_code == 429
    assert 3500 < int(refused.headers["Retry-After"]) <= 3601
    over_the_api = Api(ada).post("/quizzes/start/attempts/")
    assert (over_the_api.status_code, over_the_api.json()["type"]) == (
        429,
        "urn:camp:problem:too-many-requests",
    )
    Attempt.objects.update(started_at=timezone.now() - timedelta(hours=1))
    assert owner.post("/camp/start/quiz/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_guests_who_sign_in_at_once_leave_one_attempt_open(module: Module, ada: User) -> None:
    guests = [User.objects.create(username=f"guest-{number}", is_guest=True) for number in range(8)]
    for guest in guests:
        services.attempt_start(owner=guest, module=module)

    def sign_in(guest: User) -> bool:
        try:
            return adopt_guest(guest=guest, account=ada)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(sign_in, guests)) == [True] * 8
    kept = Attempt.objects.filter(owner=ada)
    assert kept.count() == 8
    assert kept.filter(is_practice=False).count() == 1
