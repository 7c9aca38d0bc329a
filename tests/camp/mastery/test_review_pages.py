"""The pages of reviews: what is due, one question at a time, marked once and explained, nothing told before."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from camp.accounts.models import User
from camp.courses.models import Module
from camp.mastery import services
from camp.mastery.models import GradedAnswer, Review, ReviewCard
from camp.quizzes.models import Question
from tests.camp.mastery.conftest import Clock
from tests.camp.mastery.learner import form_of, response_to, take_quiz
from tests.camp.quizzes.bank import CANARY, QUESTIONS

pytestmark = pytest.mark.django_db
ALL_WRONG = {"scale": "wrong", "which": "wrong", "several": "wrong", "weights": "wrong"}


@pytest.fixture
def due(ada: User, module: Module, clock: Clock) -> list[ReviewCard]:
    """Four questions, of which each is due today."""
    take_quiz(ada, module, ALL_WRONG)
    clock.wait(days=1)
    return list(ReviewCard.objects.all())


@pytest.fixture
def adas(ada: User, due: list[ReviewCard]) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def text_of(page: object) -> str:
    main = page.content.decode().split("<main")[1].split("</main>")[0]  # type: ignore[attr-defined]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def start(adas: Client) -> Review:
    assert adas.post("/reviews/").status_code == 302
    return Review.objects.select_related("version", "question").get(answered_at=None)


def only(slug: str) -> None:
    Question.objects.exclude(slug=slug).update(is_retired=True)


def test_the_list_says_how_many_are_due_today_and_on_each_of_the_next_days(
    adas: Client, ada: User, module: Module, clock: Clock
) -> None:
    take_quiz(ada, module, {"scale": "right"})
    page = text_of(adas.get("/reviews/"))
    assert "3 questions are due today" in page
    assert "0 Start: 3 questions" in page
    rows = re.findall(r"(\d{4}-\d\d-\d\d) (\d+)", page)
    assert len(rows) == 7
    assert rows[0][0] == (clock.now.date() + timedelta(days=1)).isoformat()
    assert sum(int(count) for _day, count in rows) == 1


def test_with_nothing_due_the_next_day_is_named_and_nothing_can_be_started(
    ada: User, module: Module, clock: Clock, client: Client
) -> None:
    take_quiz(ada, module, {"scale": "right"})
    client.force_login(ada)
    page = client.get("/reviews/")
    assert "Nothing is due today." in text_of(page)
    assert f"returns on {ReviewCard.objects.get().due_on.isoformat()}." in text_of(page)
    assert "Start a review" not in text_of(page)
    assert client.post("/reviews/")["Location"] == "/reviews/"
    assert not Review.objects.exists()


def test_a_stranger_reads_what_reviews_are_and_is_made_no_guest(client: Client, module: Module) -> None:
    assert "There is nothing to review yet" in text_of(client.get("/reviews/"))
    assert client.post("/reviews/").status_code == 302
    assert not User.objects.exists()


@pytest.mark.parametrize("slug", ["scale", "which", "several", "weights"])
def test_a_question_tells_nothing_before_it_is_answered_and_all_afterwards(adas: Client, slug: str) -> None:
    only(slug)
    review = start(adas)
    address = f"/reviews/{review.pk}/"
    before = adas.get(address)
    assert CANARY not in before.content.decode()
    assert ".4321" not in before.content.decode()
    assert str(review.seed) not in before.content.decode()

    answered = adas.post(address, form_of(response_to(review.version, review.seed, "right")))

    assert answered["Location"] == address
    page = adas.get(address).content.decode()
    assert CANARY in page
    assert "Right" in page
    assert "<form" not in page.split("<main")[1]
    assert f"returns on {ReviewCard.objects.get(question__slug=slug).due_on.isoformat()}" in page


@pytest.mark.parametrize("slug", QUESTIONS)
def test_a_question_of_every_type_can_be_reviewed(adas: Client, ada: User, slug: str) -> None:
    Question.objects.filter(slug=slug).update(is_retired=False)
    only(slug)
    question = Question.objects.get(slug=slug)
    yesterday = timezone.localdate() - timedelta(days=1)
    ReviewCard.objects.all().delete()
    ReviewCard.objects.create(
        owner=ada, question=question, stability=1.0, difficulty=5.0, reviewed_on=yesterday, due_on=yesterday
    )
    address = f"/reviews/{start(adas).pk}/"
    before = adas.get(address).content.decode()
    assert CANARY not in before
    assert 'name="response' in before
    adas.post(address, {"unknown": "1"})
    assert CANARY in adas.get(address).content.decode()


def test_the_numbers_are_new_and_stay_while_the_question_is_open(adas: Client) -> None:
    only("scale")
    review = start(adas)
    assert review.seed not in set(
        GradedAnswer.objects.filter(item__isnull=False).values_list("item__seed", flat=True)
    )
    assert start(adas) == review
    address = f"/reviews/{review.pk}/"
    assert text_of(adas.get(address)) == text_of(adas.get(address))


def test_an_answer_that_is_none_is_refused_and_stays_in_the_form(adas: Client) -> None:
    only("scale")
    address = f"/reviews/{start(adas).pk}/"
    for typed, why in (("twelve", "is not a number"), ("", "Give an answer first.")):
        refused = adas.post(address, {"response": typed})
        assert refused.status_code == 422
        assert why in text_of(refused)
        assert f'value="{typed}"' in refused.content.decode()
        assert CANARY not in refused.content.decode()
    assert Review.objects.get().is_open


def test_not_to_know_is_an_answer_and_shows_the_right_one(adas: Client) -> None:
    only("scale")
    review = start(adas)
    adas.post(f"/reviews/{review.pk}/", {"response": "7", "unknown": "1"})
    page = text_of(adas.get(f"/reviews/{review.pk}/"))
    assert "You gave no answer." in page
    assert "Not right" in page
    assert GradedAnswer.objects.get(review=review).score == 0
    assert ReviewCard.objects.get(question__slug="scale").due_on > timezone.localdate()


def test_the_first_answer_stands(adas: Client) -> None:
    only("scale")
    review = start(adas)
    address = f"/reviews/{review.pk}/"
    right = form_of(response_to(review.version, review.seed, "right"))
    adas.post(address, {"response": "0"})
    adas.post(address, right)
    services.review_answer(review=review, response=right["response"])  # a request that had read it open
    assert list(GradedAnswer.objects.filter(review=review).values_list("score", flat=True)) == [0.0]
    assert Review.objects.get().response == "0"


def test_all_that_is_due_comes_one_after_the_other_and_then_it_is_done(adas: Client) -> None:
    asked = []
    for left in (3, 2, 1, 0):
        review = start(adas)
        asked.append(review.question.slug)
        adas.post(f"/reviews/{review.pk}/", {"unknown": "1"})
        page = text_of(adas.get(f"/reviews/{review.pk}/"))
        assert (f"Next question ({left} left)" in page) == (left > 0)
    assert sorted(asked) == sorted(ALL_WRONG)
    assert "All done for today" in page
    assert adas.post("/reviews/")["Location"] == "/reviews/"


def test_what_has_been_due_longest_comes_first(adas: Client, ada: User) -> None:
    card = ReviewCard.objects.get(question__slug="weights")
    ReviewCard.objects.filter(pk=card.pk).update(due_on=card.due_on - timedelta(days=5))
    assert start(adas).question.slug == "weights"


def test_an_open_question_that_is_due_no_longer_makes_way(adas: Client, ada: User, module: Module) -> None:
    first = start(adas)
    take_quiz(ada, module, {first.question.slug: "right"})
    assert start(adas).question != first.question
    assert adas.get(f"/reviews/{first.pk}/").status_code == 404
    with pytest.raises(services.Withdrawn):
        services.review_answer(review=first, response=None)


def test_another_s_review_is_not_there(adas: Client, eve: User) -> None:
    review = start(adas)
    hers = Client()
    hers.force_login(eve)
    for who in (hers, Client()):
        assert who.get(f"/reviews/{review.pk}/").status_code == 404
        assert who.post(f"/reviews/{review.pk}/", {"unknown": "1"}).status_code == 404
    assert Review.objects.get().is_open


@pytest.mark.parametrize("method", ["put", "delete"])
def test_other_methods_are_refused(adas: Client, method: str) -> None:
    review = start(adas)
    for address in ("/reviews/", f"/reviews/{review.pk}/"):
        assert getattr(adas, method)(address).status_code == 405


def test_the_course_and_the_progress_lead_to_what_is_due(adas: Client) -> None:
    assert "4 questions are due for review" in text_of(adas.get("/camp/"))
    assert "Review 4 questions" in text_of(adas.get("/progress/"))


def test_progress_shows_each_concept_by_tile_bar_word_and_number(adas: Client) -> None:
    page = adas.get("/progress/").content.decode()
    section = page.split('<h2 id="by-concept">')[1].split('<h2 id="by-module">')[0]
    assert len(re.findall(r'class="tile unsure"', section)) == 4
    table = section.split("<tbody>")[1].split("</tbody>")[0]
    assert "Which dimension dₖ is" in table
    assert table.count("gauge-fill") == 4
    assert table.count("Not sure yet") == 4
    assert "0.1758" in table  # one wrong answer: .2·.1/(.2·.1+.8·.8) = .0303, and .15 of the rest
    assert "What does mastery mean" in section


def test_they_are_in_chinese_too(adas: Client) -> None:
    chinese = {"accept-language": "zh-CN"}
    review = start(adas)
    assert "复习" in text_of(adas.get("/reviews/", headers=chinese))
    assert re.search(r"[哪除权]", text_of(adas.get(f"/reviews/{review.pk}/", headers=chinese)))
    assert "很可能已掌握" in adas.get("/progress/", headers=chinese).content.decode()
