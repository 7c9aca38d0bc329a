"""Before the course and after it: two forms in an order drawn by lot, each once, no answer told before both are in."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from camp.accounts.models import User
from camp.accounts.own_data import document
from camp.accounts.services import account_set, adopt_guest
from camp.courses.models import Module
from camp.gain import services
from camp.gain.models import FormOrder
from camp.gain.selectors import standing_of
from camp.mastery.models import GradedAnswer, ReviewCard
from camp.progress.selectors import progress_of
from camp.quizzes import selectors
from camp.quizzes.models import Attempt, Question, Sitting
from camp.quizzes.services import AttemptsUsedUp, answer_save, attempt_start, attempt_submit
from tests.camp.callers import PASSWORD, Api
from tests.camp.gain.conftest import AFTER, BEFORE, READ_LATER, START
from tests.camp.gain.sitter import forms_of, sit
from tests.camp.mastery.learner import response_to
from tests.camp.quizzes.bank import CANARY

pytestmark = pytest.mark.django_db
PRE, POST = Sitting.PRE_TEST, Sitting.POST_TEST


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_two_tests_have_the_two_forms_in_an_order_that_is_drawn(course: Module) -> None:
    first = set()
    for number in range(40):
        learner = account_set(username=f"learner-{number}", role="learner", password=PASSWORD)[0]
        before = sit(learner, PRE, right=1)
        after = services.start_test(owner=learner, sitting=POST, predicted=None)[0]
        assert forms_of(before) | forms_of(after) == {"a", "b"}
        assert not forms_of(before) & forms_of(after)
        first |= forms_of(before)
    assert first == {"a", "b"}, "of 40 lots all fell alike: one chance in 5 · 10¹¹"


def test_a_test_asks_every_row_of_its_form_in_order(course: Module, ada: User) -> None:
    attempt = services.start_test(owner=ada, sitting=PRE, predicted=2)[0]
    rows = [item.version.question for item in selectors.items_of(attempt)]
    assert [row.order for row in rows] == sorted(row.order for row in rows)
    assert len(rows) == Question.objects.filter(form="a").count() == 4


def test_a_start_again_goes_on_with_the_attempt_and_keeps_what_was_expected_first(
    course: Module, ada: User
) -> None:
    first, is_new = services.start_test(owner=ada, sitting=PRE, predicted=3)
    again, is_new_again = services.start_test(owner=ada, sitting=PRE, predicted=1)
    assert (is_new, is_new_again, again) == (True, False, first)
    assert FormOrder.objects.get(owner=ada).predicted_before == 3


def test_a_test_is_taken_once(course: Module, ada: User, person: Client) -> None:
    sit(ada, PRE, right=2)
    with pytest.raises(AttemptsUsedUp):
        services.start_test(owner=ada, sitting=PRE, predicted=None)
    assert person.post(START["pre-test"], {"predicted": "2"}).status_code == 409
    assert Api(ada).post("/quizzes/pre-test/attempts/").json()["type"] == "urn:camp:problem:attempts-used-up"


def test_the_post_test_comes_after_the_pre_test(course: Module, ada: User, person: Client) -> None:
    for _step in range(2):
        refused = person.post(START["post-test"], {"predicted": "2"})
        assert refused.status_code == 409
        assert f'href="{BEFORE}#the-test"' in text_of(refused)
        assert (
            Api(ada).post("/quizzes/post-test/attempts/").json()["type"] == "urn:camp:problem:pre-test-first"
        )
        services.start_test(owner=ada, sitting=PRE, predicted=None)  # open is not handed in
    assert not Attempt.objects.filter(sitting=POST).exists()


@pytest.mark.parametrize("typed", ["", "5", "-1", "2.5", "many", "９", "9" * 5000])
def test_what_is_expected_is_a_number_of_points(course: Module, person: Client, typed: str) -> None:
    """There are four to be had."""
    answer = person.post(START["pre-test"], {"predicted": typed})
    assert answer.status_code == 422
    assert "Expected a whole number of points from 0 to 4" in text_of(answer)
    assert len(text_of(answer)) < 40_000
    assert not Attempt.objects.exists()
    assert not FormOrder.objects.exists()


def test_only_its_points_are_told_of_a_test_until_both_are_in(
    course: Module, ada: User, person: Client
) -> None:
    before = sit(ada, PRE, right=3, predicted=4)
    api = Api(ada)
    pages = [
        person.get(f"/attempts/{before.pk}/"),
        person.get(BEFORE),
        person.get(AFTER),
        person.get("/progress/"),
    ]
    told = [text_of(page) for page in pages] + [
        json.dumps(api.get(f"/attempts/{before.pk}/").json()),
        b"".join(document(ada)).decode(),
    ]
    assert not [text for text in told if CANARY in text]
    assert "Result: 75 %" in told[0]
    assert "<b>3</b> of 4 points" in told[1]
    exported = json.loads(told[-1])
    (kept,) = exported["attempts"]
    assert (kept["quiz"], kept["score"]) == ("pre-test", 0.75)
    assert [answer["score"] for answer in kept["answers"]] == [None] * 4
    assert exported["tests"][0]["predicted_before"] == 4

    after = sit(ada, POST, right=4, predicted=4)
    for attempt in (before, after):
        assert CANARY in text_of(person.get(f"/attempts/{attempt.pk}/"))
        document_of = api.get(f"/attempts/{attempt.pk}/").json()
        assert all(CANARY in question["feedback"]["reason"] for question in document_of["questions"])
    answers = json.loads(b"".join(document(ada)))["attempts"][0]["answers"]
    assert [answer["score"] for answer in answers] == [1.0, 1.0, 1.0, 0.0]


def test_what_follows_is_read_once_the_test_is_in(course: Module, ada: User, person: Client) -> None:
    assert READ_LATER not in text_of(person.get(BEFORE))
    services.start_test(owner=ada, sitting=PRE, predicted=None)
    assert READ_LATER not in text_of(person.get(BEFORE))
    sit(ada, PRE, right=1)
    assert READ_LATER in text_of(person.get(BEFORE))
    assert READ_LATER not in text_of(person.get(AFTER))


def test_calibration_and_gain_are_told_with_their_numbers(course: Module, ada: User, person: Client) -> None:
    """2 of 4 expected at 3, then 3 of 4 at 2: from 50 to 75 is half of the room."""
    sit(ada, PRE, right=2, predicted=3)
    assert "Expected less earned: <b>1</b>, your calibration gap. You expected more" in text_of(
        person.get(BEFORE)
    )
    sit(ada, POST, right=3, predicted=2)
    standing = standing_of(ada)
    assert (standing.before.gap, standing.after.gap, standing.gain) == (1.0, -1.0, 0.5)
    for page in (AFTER, BEFORE, "/progress/"):
        assert "g = 0.50" in text_of(person.get(page))


def test_the_page_of_a_result_has_the_points_beside_those_expected(
    course: Module, ada: User, guest: User, person: Client
) -> None:
    before = sit(ada, PRE, right=3, predicted=4)
    told = text_of(person.get(f"/attempts/{before.pk}/"))
    assert "<b>3</b> of 4 points" in told
    assert "You expected 4, the line in the bar. Expected less earned: <b>1</b>" in told
    sit(guest, PRE, right=1, predicted=1)
    adopt_guest(guest=guest, account=ada)
    practised = Attempt.objects.get(owner=ada, sitting=PRE, is_practice=True)
    assert 'class="points"' not in text_of(person.get(f"/attempts/{practised.pk}/")), "nor those of another"
    quiz = attempt_submit(attempt=attempt_start(owner=ada, module=course)[0])
    assert 'class="points"' not in text_of(person.get(f"/attempts/{quiz.pk}/"))


@pytest.mark.parametrize("sitting", [PRE, POST])
def test_a_test_that_is_begun_is_gone_on_with_from_the_progress_page(
    course: Module, ada: User, person: Client, sitting: Sitting
) -> None:
    if sitting == POST:
        sit(ada, PRE, right=1)
    begun = services.start_test(owner=ada, sitting=sitting, predicted=None)[0]
    first = selectors.items_of(begun)[0]
    answer_save(attempt=begun, item=first, response=response_to(first.version, first.seed, "right"))
    told = text_of(person.get("/progress/"))
    assert (
        f'{Sitting(sitting).label}</b> 1 of 4 answered. Your answers are kept. <a href="/attempts/{begun.pk}/">'
        in told
    )
    assert "Take the pre-test before you learn" not in told
    assert "To the post-test" not in told


@pytest.mark.parametrize(
    ("before", "after", "gain", "said"),
    [
        (2, 3, "0.50", "That share of the room above your pre-test is filled."),
        (2, 2, "0.00", "You scored as before"),
        (2, 1, "−0.50", "You scored less than before; with 4 questions chance alone can do that."),
    ],
)
def test_a_gain_is_explained_as_what_it_is(
    course: Module, ada: User, person: Client, before: int, after: int, gain: str, said: str
) -> None:
    sit(ada, PRE, right=before)
    sit(ada, POST, right=after)
    told = text_of(person.get("/progress/"))
    assert f"<b>g = {gain}</b>. {said}" in told
    assert ("That share" in told) == (after > before)


def test_without_room_above_the_pre_test_there_is_no_gain(course: Module, ada: User, person: Client) -> None:
    sit(ada, PRE, right=4)
    sit(ada, POST, right=4)
    assert standing_of(ada).gain is None
    assert "The pre-test left no room above it" in text_of(person.get("/progress/"))


def test_a_test_is_no_quiz_and_feeds_neither_mastery_nor_reviews(
    course: Module, ada: User, person: Client
) -> None:
    sit(ada, PRE, right=4)
    assert not GradedAnswer.objects.exists()
    assert not ReviewCard.objects.exists()
    module = progress_of(ada).modules[0]
    assert module.quiz is not None
    assert (module.quiz.attempts, module.quiz.best) == (0, None)
    quiz = attempt_start(owner=ada, module=course)[0]
    assert forms_of(quiz) == {""}
    assert Api(ada).get("/quizzes/start/").json()["attempts_left"] is None


def test_the_api_calls_them_quizzes(course: Module, ada: User) -> None:
    api = Api(ada)
    assert api.get("/quizzes/pre-test/").json()["attempts_left"] == 1
    made = api.post("/quizzes/pre-test/attempts/")
    assert (made.status_code, made.json()["quiz"]) == (201, "pre-test")
    asked = api.get("/quizzes/pre-test/").json()
    assert (asked["open_attempt"], asked["attempts_left"], asked["questions"]) == (made.json()["id"], 0, 4)
    assert api.post("/quizzes/pre-test/attempts/").status_code == 200


def test_a_quiz_and_a_test_of_one_module_may_be_open_at_once(course: Module, ada: User) -> None:
    quiz = attempt_start(owner=ada, module=course)[0]
    test = services.start_test(owner=ada, sitting=PRE, predicted=None)[0]
    assert selectors.open_attempt(ada, course) == quiz
    assert selectors.open_attempt(ada, course, PRE) == test


def test_a_guest_s_tests_come_along_unless_the_account_has_begun(
    course: Module, ada: User, eve: User, guest: User
) -> None:
    first = sit(guest, PRE, right=3, predicted=2)
    lot = FormOrder.objects.get(owner=guest).first_form
    adopt_guest(guest=guest, account=ada)
    assert (standing_of(ada).before.attempt, standing_of(ada).before.predicted) == (first, 2)
    assert FormOrder.objects.get(owner=ada).first_form == lot

    other = User.objects.create(username="guest-2", is_guest=True)
    practised = sit(other, PRE, right=4)
    own = sit(eve, PRE, right=1)
    adopt_guest(guest=other, account=eve)
    practised.refresh_from_db()
    assert practised.is_practice
    assert standing_of(eve).before.attempt == own


def test_a_guest_who_takes_the_test_is_known_from_then_on(course: Module, client: Client) -> None:
    assert client.get(BEFORE).status_code == 200
    assert not User.objects.exists(), "looking at it makes nobody"
    led = client.post(START["pre-test"], {"predicted": "3"})
    assert led.status_code == 302
    assert client.get(led["Location"]).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_starts_at_once_are_one_attempt_and_one_lot(course: Module, ada: User) -> None:
    def start(_number: int) -> Any:
        try:
            return services.start_test(owner=ada, sitting=PRE, predicted=None)[0].pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        started = set(pool.map(start, range(24)))
    assert len(started) == Attempt.objects.count() == FormOrder.objects.count() == 1
