"""Who was there when a request began may be gone before it writes: signed in elsewhere, or erased."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from camp.accounts.models import User
from camp.accounts.services import GUEST, OwnerGone, account_erase, adopt_guest
from camp.courses import loading, selectors
from camp.courses import services as courses
from camp.courses.models import Lesson, LessonState, Module
from camp.quizzes import services
from camp.quizzes.models import Attempt, LessonAnswer
from camp.quizzes.selectors import items_of
from tests.camp.quizzes.bank import course_with_quiz

# Foreign keys are looked at when a transaction is committed, so these tests commit.
pytestmark = pytest.mark.django_db(transaction=True)
LESSON = "/camp/start/asking/"


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    loading.course_load(course_with_quiz(tmp_path))
    return Lesson.objects.get(slug="asking")


@pytest.fixture
def guest(db: None) -> User:
    return User.objects.create(username="guest-1", is_guest=True)


def browser_of(guest: User) -> Client:
    client = Client(raise_request_exception=False)
    session = client.session
    session[GUEST] = guest.pk
    session.save()
    return client


@pytest.mark.parametrize("leaves", ["signs in", "is erased"])
@pytest.mark.parametrize(
    "write",
    [
        lambda owner, lesson: courses.lesson_seen(owner=owner, lesson=lesson),
        lambda owner, lesson: courses.lesson_done(owner=owner, lesson=lesson),
        lambda owner, lesson: courses.place_set(owner=owner, lesson=lesson, place="x"),
        lambda owner, lesson: services.attempt_start(owner=owner, module=lesson.module),
        lambda owner, lesson: services.check_answer(
            owner=owner, lesson=lesson, block="x", response="1", score=1.0, version=1
        ),
        lambda owner, lesson: services.prediction_lock(
            owner=owner, lesson=lesson, block="x", response=[100, 0], version=1, fits=bool
        ),
    ],
)
def test_nothing_is_written_for_who_is_gone(
    lesson: Lesson, guest: User, ada: User, write: Callable[[User, Lesson], Any], leaves: str
) -> None:
    known = User.objects.get(pk=guest.pk)
    if leaves == "signs in":
        adopt_guest(guest=guest, account=ada)
    else:
        account_erase(account=guest)
    with pytest.raises(OwnerGone):
        write(known, lesson)


def test_an_answer_reaches_an_attempt_that_moved_and_none_that_is_gone(
    lesson: Lesson, guest: User, ada: User
) -> None:
    attempt, _is_new = services.attempt_start(owner=guest, module=Module.objects.get(slug="start"))
    item = next(one for one in items_of(attempt) if one.version.question.slug == "which")
    adopt_guest(guest=guest, account=ada)
    services.answer_save(attempt=attempt, item=item, response="a")
    assert Attempt.objects.get().items.get(pk=item.pk).response == "a"
    account_erase(account=ada)
    with pytest.raises(OwnerGone):
        services.answer_save(attempt=attempt, item=item, response="b")
    with pytest.raises(OwnerGone):
        services.attempt_submit(attempt=attempt)


def test_a_lesson_is_read_on_by_who_is_gone_and_an_answer_says_so(
    lesson: Lesson, guest: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = selectors.lesson

    def found_and_gone(*address: str) -> Lesson | None:
        User.objects.filter(pk=guest.pk).delete()
        return original(*address)

    client = browser_of(guest)
    monkeypatch.setattr(selectors, "visitor", lambda request: guest)
    monkeypatch.setattr(selectors, "lesson", found_and_gone)
    assert client.get(LESSON).status_code == 200
    assert client.post(f"{LESSON}place/", {"place": "two-and-two"}).status_code == 204
    monkeypatch.setattr("camp.quizzes.block_views.owner_for", lambda request: guest)
    refused = client.post(f"{LESSON}answers/pick-one/", {"response": "a"})
    assert refused.status_code == 403
    assert "You have signed in meanwhile" in refused.content.decode()
    assert not LessonAnswer.objects.exists()


@pytest.mark.parametrize("leaves", ["signs in", "is erased"])
def test_writes_at_the_moment_somebody_leaves_are_kept_or_refused_never_broken(
    lesson: Lesson, ada: User, leaves: str
) -> None:
    def writes(guest: User) -> set[int]:
        client = browser_of(guest)
        try:
            quiz = client.post("/camp/start/quiz/")
            answers = [
                quiz,
                client.get(LESSON),
                client.post(f"{LESSON}answers/pick-one/", {"response": "a"}),
                client.post(f"{LESSON}answers/three-bars/", {"response": ["50", "30", "20"]}),
                client.post(f"{LESSON}done/"),
            ]
            if quiz.status_code == 302:
                answers.append(client.post(f"{quiz['Location']}answers/which/", {"response": "a"}))
                answers.append(client.post(f"{quiz['Location']}submit/"))
            return {answer.status_code for answer in answers}
        finally:
            connection.close()

    def goes(guest: User) -> set[int]:
        try:
            if leaves == "signs in":
                adopt_guest(guest=guest, account=ada)
            else:
                account_erase(account=guest)
            return set()
        finally:
            connection.close()

    seen: set[int] = set()
    for number in range(4):
        guest = User.objects.create(username=f"guest-{number}", is_guest=True)
        with ThreadPoolExecutor(3) as pool:
            work = [pool.submit(writes, guest), pool.submit(writes, guest), pool.submit(goes, guest)]
            seen |= set().union(*(one.result() for one in work))
    assert seen <= {200, 302, 403, 404}
    owners = set(User.objects.values_list("pk", flat=True))
    for model in (Attempt, LessonAnswer, LessonState):
        assert set(model.objects.values_list("owner_id", flat=True)) <= owners


@contextmanager
def somebody_writing(owner: User) -> Iterator[None]:
    """Holds what a write to the owner's rows needs: SQLite's one place for writers, or PostgreSQL's row."""
    held, enough = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                User.objects.select_for_update().get(pk=owner.pk)
                held.set()
                enough.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert held.wait(10)
        try:
            yield
        finally:
            enough.set()
            holding.result()


def test_a_lesson_is_read_while_nothing_can_be_written_and_the_visit_noted_once_it_can(
    lesson: Lesson, ada: User, client: Client
) -> None:
    client.force_login(ada)
    with somebody_writing(ada):
        assert client.get(LESSON).status_code == 200
        assert not LessonState.objects.exists()
    assert client.get(LESSON).status_code == 200
    assert LessonState.objects.get().owner == ada
    assert services.attempt_start(owner=ada, module=lesson.module)[1], "a write that matters waits as before"
