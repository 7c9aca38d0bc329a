"""Pages of lessons and modules: who reads, where they stopped, and what is through."""

import re
from typing import Any

import pytest
from django.test import Client

from camp.accounts.models import User
from camp.accounts.own_data import document
from camp.accounts.services import adopt_guest
from camp.courses import services
from camp.courses.models import Lesson, LessonState

FIRST, SECOND = "/camp/start/first/", "/camp/start/second/"


def page(client: Client, address: str = FIRST, **extra: Any) -> str:
    answer = client.get(address, **extra)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_lesson_shows_goals_question_parts_sources_and_the_way_on(client: Client, lesson: Lesson) -> None:
    shown = page(client)
    assert shown.count("<h1") == 1
    shown = shown[shown.find("<article") :]
    order = [
        "0.1",
        "A lesson",
        "say what 2 is",
        "First ",
        '<h2 id="section-1">',
        "Apart: it is 4.",
        "<svg",
        "Last.",
        "arXiv 1706.03762",
        "Done, next lesson",
    ]
    places = [shown.find(part) for part in order]
    assert -1 not in places
    assert places == sorted(places)
    assert 'href="https://arxiv.org/abs/1706.03762"' in shown
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", shown)


def test_a_chinese_reader_reads_the_twin(client: Client, lesson: Lesson) -> None:
    shown = page(client, headers={"Accept-Language": "zh-CN"})
    assert "另说：" in shown
    assert "Apart" not in shown


def test_reading_makes_nobody_a_guest(client: Client, lesson: Lesson) -> None:
    page(client)
    client.post(f"{FIRST}place/", {"place": "section-1"})
    assert not User.objects.exists()


def test_done_makes_a_guest_and_leads_to_the_next_lesson(client: Client, lesson: Lesson) -> None:
    answer = client.post(f"{FIRST}done/")
    assert answer["Location"] == SECOND
    state = LessonState.objects.get()
    assert state.owner.is_guest
    assert state.done_at is not None
    client.post(f"{FIRST}done/")
    assert LessonState.objects.get().done_at == state.done_at
    assert client.post(f"{SECOND}done/")["Location"] == "/camp/start/"
    assert page(client, "/camp/start/").count("chip ok") == 2


def test_the_place_is_kept_and_found_again(client: Client, lesson: Lesson, ada: User) -> None:
    client.force_login(ada)
    assert "Continue where you stopped" not in page(client)
    assert client.post(f"{FIRST}place/", {"place": "section-1"}).status_code == 204
    assert 'href="#section-1">' in page(client)
    assert "Continue where you stopped" in page(client)
    assert client.get(f"{FIRST}?resume")["Location"] == f"{FIRST}#section-1"
    for nonsense in ("nowhere", "x" * 999, "<b>", ""):
        assert client.post(f"{FIRST}place/", {"place": nonsense}).status_code == 204
    assert LessonState.objects.get().place == "section-1"


@pytest.mark.parametrize(
    "address",
    [
        "/camp/start/nothing/",
        "/camp/pipeline/first/",
        "/camp/nowhere/",
        "/camp/nowhere/first/",
        "/camp/start/first/x/",
    ],
)
def test_what_is_not_there_is_not_found(client: Client, lesson: Lesson, address: str) -> None:
    assert client.get(address).status_code == 404


def test_an_unpublished_lesson_is_not_found(client: Client, lesson: Lesson) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(published=None)
    for method, address in (("GET", FIRST), ("POST", f"{FIRST}done/"), ("POST", f"{FIRST}place/")):
        assert client.generic(method, address).status_code == 404
    assert FIRST not in page(client, "/camp/start/")


@pytest.mark.parametrize(
    ("method", "address"),
    [("POST", FIRST), ("GET", f"{FIRST}done/"), ("GET", f"{FIRST}place/"), ("POST", "/camp/start/")],
)
def test_other_methods_are_refused(client: Client, lesson: Lesson, method: str, address: str) -> None:
    assert client.generic(method, address).status_code == 405


def test_a_module_without_lessons_says_so(client: Client, lesson: Lesson) -> None:
    assert "still being written" in page(client, "/camp/pipeline/")
    assert "0.2" in page(client, "/camp/start/")


def test_a_lesson_takes_few_queries_however_many_there_are(
    client: Client, lesson: Lesson, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        page(client)


def test_a_guests_states_come_along_and_are_exported(lesson: Lesson, ada: User) -> None:
    guest = User.objects.create(username="guest-1", is_guest=True)
    second = Lesson.objects.get(slug="second")
    services.lesson_done(owner=guest, lesson=lesson)
    services.lesson_seen(owner=ada, lesson=lesson)
    services.place_set(owner=guest, lesson=second, place="section-1")
    adopt_guest(guest=guest, account=ada)
    states = {state.lesson_id: state for state in LessonState.objects.filter(owner=ada)}
    assert states[lesson.pk].done_at is not None
    assert states[second.pk].place == "section-1"
    assert b'"lesson__slug": "second", "place": "section-1"' in b"".join(document(ada))
