"""The gain of many: Hake's g of the means, with an interval that another program finds too; of few, none."""

import random
import re
import statistics

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from camp.accounts.models import User
from camp.accounts.services import account_set
from camp.courses.models import Module
from camp.gain.models import FormOrder
from camp.gain.selectors import cohorts
from camp.learning.gain import LEAST_LEARNERS, cohort_gain, normalised_gain
from camp.quizzes.models import Attempt, AttemptStatus, Sitting
from tests.camp.callers import PASSWORD


def test_the_article_of_gains_in_two_lines() -> None:
    """40 to 70 and 80 to 90 fill the same share; at 100 there is nothing to fill."""
    assert normalised_gain(40, 70) == normalised_gain(80, 90) == 0.5
    assert normalised_gain(100, 100) is None


def test_it_is_the_gain_of_the_means_and_not_the_mean_of_gains() -> None:
    scores = [(0.0, 50.0), (90.0, 90.0)] * 10
    found = cohort_gain(scores)
    assert found is not None
    assert (found.learners, found.pre, found.post) == (20, 45.0, 70.0)
    assert found.gain == pytest.approx(25 / 55)
    assert found.gain != pytest.approx((0.5 + 0) / 2)


def test_learners_who_are_all_alike_leave_no_doubt() -> None:
    found = cohort_gain([(40.0, 70.0)] * 20)
    assert found is not None
    assert found.gain == found.low == found.high == 0.5


def test_fewer_than_twenty_have_no_figure() -> None:
    assert cohort_gain([(40.0, 70.0)] * (LEAST_LEARNERS - 1)) is None


def test_a_cohort_without_room_has_means_and_no_gain() -> None:
    found = cohort_gain([(100.0, 100.0)] * 20)
    assert found is not None
    assert (found.pre, found.gain, found.low, found.high) == (100.0, None, None, None)


def test_the_interval_is_what_drawing_learners_again_in_plain_python_gives() -> None:
    dice = random.Random(7)
    scores = [(dice.uniform(10, 60), dice.uniform(40, 95)) for _learner in range(30)]
    found = cohort_gain(scores)
    assert found is not None
    gains = []
    for _draw in range(8_000):
        drawn = dice.choices(scores, k=30)
        pre, post = (statistics.fmean(column) for column in zip(*drawn, strict=True))
        gains.append((post - pre) / (100 - pre))
    edges = statistics.quantiles(gains, n=40, method="inclusive")
    assert (found.low, found.high) == pytest.approx((edges[0], edges[-1]), abs=0.015)
    assert cohort_gain(scores) == found, "the same again"


@given(st.integers(0, 10_000), st.integers(20, 40))
def test_no_gain_is_above_one_and_the_interval_is_in_order(seed: int, learners: int) -> None:
    dice = random.Random(seed)
    found = cohort_gain([(dice.uniform(0, 99), dice.uniform(0, 100)) for _learner in range(learners)])
    assert found is not None
    assert found.gain is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.high <= 1
    assert found.gain <= 1


@pytest.mark.django_db
def test_of_everybody_and_by_the_form_that_was_first(course: Module) -> None:
    """24 with form A first from 50 to 75, 20 with B first from 20 to 60; a guest and one without a post-test besides."""
    for number in range(46):
        form = "a" if number < 25 else "b"
        person = User.objects.create(username=f"somebody-{number}", is_guest=number == 24)
        FormOrder.objects.create(owner=person, first_form=form)
        before, after = (0.5, 0.75) if form == "a" else (0.2, 0.6)
        hand_in(person, course, Sitting.PRE_TEST, before)
        if number != 45:
            hand_in(person, course, Sitting.POST_TEST, after)
    found = cohorts()
    assert {form: cohort.learners for form, cohort in found.items()} == {"": 44, "a": 24, "b": 20}
    pre, post = (24 * 50 + 20 * 20) / 44, (24 * 75 + 20 * 60) / 44
    gains = {form: cohort.gain.gain for form, cohort in found.items() if cohort.gain}
    assert gains == pytest.approx({"": (post - pre) / (100 - pre), "a": 0.5, "b": 0.5})


@pytest.mark.django_db
def test_the_console_tells_it_to_instructors_from_twenty_on(course: Module, ada: User) -> None:
    instructor = account_set(username="grace", role="instructor", password=PASSWORD)[0]
    browser, learner = Client(), Client()
    browser.force_login(instructor)
    learner.force_login(ada)
    assert learner.get("/admin/gain/", follow=True).status_code == 403
    for number in range(20):
        assert "fewer than 20" in row_of_everybody(browser)
        person = User.objects.create(username=f"somebody-{number}")
        FormOrder.objects.create(owner=person, first_form="a")
        hand_in(person, course, Sitting.PRE_TEST, 0.4)
        hand_in(person, course, Sitting.POST_TEST, 0.7)
    assert row_of_everybody(browser).split() == [
        "Everybody",
        "20",
        "40.0",
        "%",
        "70.0",
        "%",
        "0.50",
        "0.50",
        "…",
        "0.50",
    ]


def hand_in(person: User, module: Module, sitting: Sitting, score: float) -> None:
    Attempt.objects.create(
        owner=person, module=module, sitting=sitting, seed=1, core_version="1", score=score,
        status=AttemptStatus.SUBMITTED, submitted_at="2026-11-01T10:00:00Z",
    )  # fmt: skip


def row_of_everybody(browser: Client) -> str:
    page = browser.get("/admin/gain/").content.decode()
    row = page[page.index("Everybody") :].partition("</tr>")[0]
    return re.sub(r"<[^>]*>|\s+", " ", row)
