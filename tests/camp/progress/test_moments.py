"""Moments: when one is noted and when none is, whose they are, how long they stay, and what a person is told of them."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from camp.accounts.models import User
from camp.accounts.own_data import document
from camp.accounts.services import account_erase, adopt_guest
from camp.courses.loading import course_load
from camp.lab import sweeper
from camp.learning.time_on_task import Kind
from camp.progress import here, services
from camp.progress.models import Moment
from camp.progress.services import APART, KEPT, moment_note
from camp.progress.spent import time_on_task_of
from camp.quizzes.models import Attempt
from tests.camp.mastery.conftest import Clock
from tests.camp.quizzes.bank import course_with_quiz

pytestmark = pytest.mark.django_db
HERE = "/progress/here/"
LESSON = "/camp/start/asking/"
QUIZ = "/camp/start/quiz/"
RUN = {"query": "1", "key": "1", "value": "1", "function": "scaled_dot_product"}


@pytest.fixture
def course(db: None, tmp_path: Path) -> None:
    course_load(course_with_quiz(tmp_path))


@pytest.fixture
def guest(db: None) -> User:
    return User.objects.create(username="guest-1", is_guest=True)


def kinds() -> list[str]:
    return list(Moment.objects.order_by("at").values_list("kind", flat=True))


def at_work(person: User, clock: Clock, *gaps: float, kind: Kind = Kind.TASK) -> None:
    """Something done, and again after each of these gaps."""
    moment_note(owner=person, kind=kind)
    for gap in gaps:
        clock.wait(seconds=gap)
        moment_note(owner=person, kind=kind)


# --- What is noted ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "sent", "kind"),
    [
        (f"{LESSON}answers/pick-one/", {"response": "a"}, "reading"),
        (f"{LESSON}place/", {"place": "pick-one"}, "reading"),
        (f"{LESSON}done/", {}, "reading"),
        (QUIZ, {}, "task"),
        ("/reviews/", {}, "task"),
        ("/lab/attention/", RUN, "task"),
    ],
)
def test_what_is_saved_is_a_moment_of_its_page(
    owner: Client, ada: User, course: None, woken: list[Any], address: str, sent: dict[str, str], kind: str
) -> None:
    assert owner.post(address, sent).status_code < 400
    (moment,) = Moment.objects.all()
    assert (moment.owner, moment.kind, moment.is_afresh) == (ada, kind, False)


def test_an_answer_in_a_quiz_is_one_too(owner: Client, course: None, clock: Clock) -> None:
    owner.post(QUIZ)
    clock.wait(seconds=40)
    owner.post(f"/attempts/{Attempt.objects.get().pk}/answers/scale/", {"response": "8"})
    assert kinds() == ["task", "task"]


@pytest.mark.parametrize(
    "address", [LESSON, QUIZ, "/lab/attention/", "/reviews/", "/progress/", "/camp/start/"]
)
def test_to_look_is_to_save_nothing(owner: Client, course: None, address: str) -> None:
    assert owner.get(address).status_code == 200
    assert not Moment.objects.exists()


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        (f"{LESSON}answers/pick-one/", {"response": "nowhere"}),  # refused
        ("/lab/attention/preview/", RUN),  # computed, not kept
        ("/theme/", {"theme": "dark"}),  # neither a lesson nor a task
        ("/mistakes/report/", {"page": "/camp/", "text": "It is 5, not 4."}),
    ],
)
def test_nor_is_what_saves_nothing_or_belongs_to_no_task(
    owner: Client, course: None, address: str, sent: dict[str, str]
) -> None:
    owner.post(address, sent)
    assert not Moment.objects.exists()


def test_a_program_that_calls_the_api_is_nobody_at_a_page(api: Any, course: None, woken: list[Any]) -> None:
    params = {"query": [[1]], "key": [[1]], "value": [[1]]}
    assert api.post("/jobs/", {"task": "attention", "params": params}).status_code == 201
    assert api.post("/quizzes/start/attempts/").status_code == 201
    assert not Moment.objects.exists()


def test_the_first_answer_of_a_visitor_is_the_first_moment_of_the_guest(client: Client, course: None) -> None:
    client.post(f"{LESSON}answers/pick-one/", {"response": "a"})
    assert Moment.objects.get().owner.is_guest


def test_an_answer_is_kept_even_where_its_moment_cannot_be(
    owner: Client, course: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(**_asked: Any) -> bool:
        raise OperationalError("database is locked")

    monkeypatch.setattr(here, "moment_note", locked)
    assert owner.post(QUIZ).status_code == 302
    assert Attempt.objects.count() == 1


# --- What a page tells --------------------------------------------------------------------------------


def test_a_page_tells_that_somebody_is_there_and_whether_it_had_been_out_of_sight(
    owner: Client, ada: User, clock: Clock
) -> None:
    assert owner.post(HERE, {"kind": "reading", "afresh": ""}).status_code == 204
    clock.wait(seconds=30)
    assert owner.post(HERE, {"kind": "task", "afresh": "1"}).status_code == 204
    told = Moment.objects.order_by("at").values_list("owner", "kind", "is_afresh")
    assert list(told) == [(ada.pk, "reading", False), (ada.pk, "task", True)]


def test_a_visitor_is_made_no_guest_by_it_and_their_pages_do_not_tell(client: Client, course: None) -> None:
    assert client.post(HERE, {"kind": "task"}).status_code == 204
    assert not User.objects.exists()
    assert "here.js" not in client.get(LESSON).content.decode()


@pytest.mark.parametrize("kind", ["", "sleeping", "READING"])
def test_a_kind_that_there_is_not_is_refused(owner: Client, kind: str) -> None:
    assert owner.post(HERE, {"kind": kind}).status_code == 400
    assert not Moment.objects.exists()


def test_it_is_told_and_not_read_and_only_by_the_camp_s_own_pages(ada: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.get(HERE).status_code == 405
    assert strict.post(HERE, {"kind": "task"}).status_code == 403
    assert not Moment.objects.exists()


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        (LESSON, "reading"),
        (QUIZ, "task"),
        ("/reviews/", "task"),
        ("/lab/attention/", "task"),
        ("/lab/", "task"),
    ],
)
def test_the_pages_of_lessons_and_tasks_tell_and_say_which_they_are(
    owner: Client, course: None, address: str, kind: str
) -> None:
    page = owner.get(address).content.decode()
    assert f'data-here="{kind}" data-here-url="{HERE}"' in page
    assert "js/here.js" in page


@pytest.mark.parametrize("address", ["/", "/camp/", "/camp/start/", "/progress/", "/glossary/", "/account/"])
def test_other_pages_do_not(owner: Client, course: None, address: str) -> None:
    assert "here.js" not in owner.get(address).content.decode()


# --- Few of them --------------------------------------------------------------------------------------


def test_of_moments_nearer_than_ten_seconds_the_first_is_kept(ada: User, eve: User, clock: Clock) -> None:
    apart = APART.total_seconds()
    assert apart == 10
    assert moment_note(owner=ada, kind=Kind.TASK)
    for _ in range(9):
        clock.wait(seconds=1)
        assert not moment_note(owner=ada, kind=Kind.READING)
    assert moment_note(owner=eve, kind=Kind.TASK)  # another person's are their own
    clock.wait(seconds=1)
    assert moment_note(owner=ada, kind=Kind.READING)
    assert Moment.objects.filter(owner=ada).count() == 2


def test_a_clock_that_was_set_back_silences_nobody(ada: User, clock: Clock) -> None:
    moment_note(owner=ada, kind=Kind.TASK)
    clock.wait(hours=-1)
    assert moment_note(owner=ada, kind=Kind.TASK)


def test_what_no_page_shows_any_more_is_removed(ada: User, clock: Clock) -> None:
    moment_note(owner=ada, kind=Kind.TASK)
    clock.wait(minutes=1)
    moment_note(owner=ada, kind=Kind.READING)
    clock.now += KEPT - timedelta(seconds=30)
    assert sweeper.tidy()["moments_forgotten"] == 1
    assert kinds() == ["reading"]


def test_whatever_the_zone_the_first_day_shown_is_still_kept() -> None:
    assert timedelta(days=28, hours=26) <= KEPT


def test_many_old_ones_go_in_several_rounds(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = timezone.now() - 2 * KEPT
    Moment.objects.bulk_create(
        Moment(owner=ada, kind="task", at=long_ago + timedelta(seconds=one)) for one in range(7)
    )
    monkeypatch.setattr(services, "_AT_ONCE", 5)
    assert [services.old_moments_forget() for _ in range(3)] == [5, 2, 0]


# --- Whose they are -----------------------------------------------------------------------------------


def test_a_guest_s_moments_become_the_account_s(ada: User, guest: User, clock: Clock) -> None:
    at_work(ada, clock, 40)
    clock.wait(hours=1)
    at_work(guest, clock, 50)
    adopt_guest(guest=guest, account=ada)
    assert time_on_task_of(ada).total == pytest.approx(90 / 60)


def test_they_are_exported_with_the_rest_and_erased_with_the_account(
    ada: User, eve: User, clock: Clock
) -> None:
    at_work(ada, clock, 40, kind=Kind.READING)
    at_work(eve, clock)
    told = json.loads(b"".join(document(ada)))["moments"]
    assert [(one["kind"], one["is_afresh"]) for one in told] == [("reading", False)] * 2
    account_erase(account=ada)
    assert list(Moment.objects.values_list("owner", flat=True)) == [eve.pk]


def test_another_s_time_is_not_one_s_own(ada: User, eve: User, clock: Clock) -> None:
    at_work(eve, clock, 40, 50)
    assert time_on_task_of(ada).total == 0


# --- What a person is told ----------------------------------------------------------------------------


def test_minutes_are_told_by_day_by_kind_and_by_other_limits(ada: User, clock: Clock) -> None:
    """Task: 50 s, and 61, 180, 181 and 601 s that are too long. The day before, reading: 180 s, and 181 s too long."""
    clock.wait(days=-1)
    at_work(ada, clock, 180, 181, kind=Kind.READING)
    clock.wait(days=1)
    at_work(ada, clock, 50, 61, 180, 181, 601)
    found = time_on_task_of(ada)
    assert [day.date for day in found.days][-1] == clock.now.date()
    assert len(found.days) == 28
    assert (found.days[-2].reading, found.days[-2].task) == (3, 0)
    assert (found.days[-1].reading, found.days[-1].task) == (0, pytest.approx(50 / 60))
    seconds = {theta: round(60 * minutes) for theta, minutes in found.by_limit.items()}
    assert seconds == {1: 50, 3: 180 + 50 + 61 + 180, 10: 180 + 181 + 50 + 61 + 180 + 181}


def test_a_day_begins_at_midnight_where_the_reader_is(ada: User, clock: Clock) -> None:
    clock.now = clock.now.replace(hour=15, minute=59, second=30) - timedelta(days=3)
    day = clock.now.date()
    at_work(ada, clock, 50)
    clock.wait(days=3)
    with timezone.override("Asia/Shanghai"):
        found = {one.date: round(60 * one.task) for one in time_on_task_of(ada).days if one.task}
    assert found == {day: 30, day + timedelta(days=1): 20}


@pytest.mark.parametrize("count", [2, 500])
def test_one_query_is_enough(ada: User, clock: Clock, count: int, django_assert_num_queries: Any) -> None:
    begin = clock.now - timedelta(hours=11)
    Moment.objects.bulk_create(
        Moment(owner=ada, kind="task", at=begin + timedelta(seconds=60 * one)) for one in range(count)
    )
    with django_assert_num_queries(1):
        assert time_on_task_of(ada).total == pytest.approx(count - 1)


def test_the_page_shows_the_same_figures_in_the_picture_its_table_and_by_limit(
    owner: Client, ada: User, clock: Clock
) -> None:
    at_work(ada, clock, 60, 60, 30, 170)
    page = owner.get("/progress/").content.decode()
    section = page.split('<h2 id="time-on-task">')[1].split("</section>")[0]
    words = " ".join(re.sub(r"<[^>]+>", " ", section).split())
    assert "2.5 minutes : 0.0 reading and 2.5 at tasks" in words
    assert f"{clock.now.date()} 0.0 2.5 2.5" in words
    assert re.search(r"180 seconds reading, 60 at tasks: what is shown above 2\.5", words)
    assert re.search(r"1 minute for both 2\.5 3 minutes for both 5\.3 10 minutes for both 5\.3", words)
    assert "removed after 30 days" in words
    heights = [float(height) for height in re.findall(r'class="day"[^>]*height="([\d.]+)%"', section)]
    assert (len(heights), heights[-1]) == (28, round(100 * 2.5 / 3, 2))
    assert not any(heights[:-1])


def test_a_visitor_is_told_how_it_is_counted_and_nobody_is_made(client: Client, course: None) -> None:
    page = client.get("/progress/").content.decode()
    assert "No time yet" in page
    assert not User.objects.exists()
