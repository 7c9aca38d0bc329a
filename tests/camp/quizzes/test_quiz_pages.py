"""The quiz on pages: with and without scripts, and nothing of an answer before it counts."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from camp.accounts.models import User
from camp.courses.models import Module
from camp.quizzes import selectors, services
from camp.quizzes.models import Attempt, Question
from tests.camp.callers import Api
from tests.camp.quizzes.bank import CANARY, QUESTIONS

pytestmark = pytest.mark.django_db
QUIZ = "/camp/start/quiz/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def person(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def position(attempt: Attempt, slug: str) -> int:
    return next(item.position for item in selectors.items_of(attempt) if item.version.question.slug == slug)


def of(attempt: Attempt, slug: str) -> str:
    return f"/attempts/{attempt.pk}/answers/{slug}/"


def test_the_quiz_has_its_address_before_any_lesson_and_says_what_awaits_one(
    client: Client, module: Module
) -> None:
    said = words(client.get(QUIZ))
    assert f"{len(QUESTIONS)} questions, one a screen" in said
    assert "nothing is lost" in said
    assert client.get("/camp/pipeline/quiz/").status_code == 404
    assert not User.objects.exists(), "looking makes nobody a guest"


def test_a_visitor_starts_answers_without_scripts_and_comes_back(client: Client, module: Module) -> None:
    started = client.post(QUIZ)
    address = started["Location"]
    attempt = Attempt.objects.get()
    assert attempt.owner.is_guest
    assert client.post(QUIZ)["Location"] == address
    here = position(attempt, "scale")
    assert 'name="response"' in client.get(f"{address}?q={here}").content.decode()
    goes = client.post(of(attempt, "scale"), {"response": "1/3", "go": "1"})
    assert goes["Location"] == f"{address}?q=1"
    assert 'value="1/3"' in client.get(f"{address}?q={here}").content.decode()
    assert f"1 of {len(QUESTIONS)} answered" in words(client.get(QUIZ))
    assert f"{len(QUESTIONS) - 1} questions have no answer yet" in words(
        client.get(f"/attempts/{attempt.pk}/submit/")
    )
    client.post(f"/attempts/{attempt.pk}/submit/")
    assert "Result: 0 %" in words(client.get(address))


def test_saving_says_when_and_what_was_wrong_keeps_what_was_typed(person: Client, attempt: Attempt) -> None:
    saved = person.post(of(attempt, "scale"), {"response": "8"}, headers=HTMX)
    assert re.search(r"Saved \d\d:\d\d", words(saved))
    assert 'id="items"' in saved.content.decode()
    chinese = person.post(
        of(attempt, "scale"), {"response": "8"}, headers={**HTMX, "Accept-Language": "zh-CN"}
    )
    assert re.search(r"已保存 \d\d:\d\d", words(chinese))
    wrong = person.post(of(attempt, "scale"), {"response": "eight"}, headers=HTMX)
    assert wrong.status_code == 422
    assert "Not saved" in words(wrong)
    plain = person.post(of(attempt, "scale"), {"response": "eight", "go": "2"})
    assert plain.status_code == 422
    assert 'value="eight"' in plain.content.decode()
    assert "is not a number" in words(plain)
    assert Attempt.objects.get().items.get(version__question__slug="scale").response == "8"


@pytest.mark.parametrize(
    ("slug", "sent", "kept"),
    [
        ("which", {"response": "b"}, "b"),
        ("several", {"response": ["d", "a"]}, ["a", "d"]),
        ("weights", {"response": "1/3 0.2\n50% 1"}, [["1/3", "0.2"], ["50%", "1"]]),
        ("weights", {"response": "[[1, 2], [3, 4]]"}, [["1", "2"], ["3", "4"]]),
        ("several", {"started_from": ""}, None),
    ],
)
def test_each_type_is_answered_by_its_form(
    person: Client, attempt: Attempt, slug: str, sent: dict[str, Any], kept: Any
) -> None:
    person.post(of(attempt, slug), sent)
    response = Attempt.objects.get().items.get(version__question__slug=slug).response
    assert (sorted(response) if slug == "several" and response else response) == kept
    shown = person.get(f"/attempts/{attempt.pk}/?q={position(attempt, slug)}").content.decode()
    if slug in ("which", "several") and kept:
        assert shown.count(" checked") == len(kept)


def saved(attempt: Attempt, slug: str) -> Any:
    return Attempt.objects.get(pk=attempt.pk).items.get(version__question__slug=slug)


def started_from(page: Any) -> str:
    found = re.search(r'name="started_from"\s+value="([^"]*)"', page.content.decode())
    assert found
    return found[1]


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("slug", "newer", "older", "shown"),
    [
        ("scale", "8", "", "8"),
        ("several", ["a", "d"], [], "Four"),
        ("weights", "1 2\n3 4", "5 6\n7 8", "3 4"),
    ],
)
def test_an_answer_from_an_older_tab_is_refused_with_both_in_view_until_one_is_chosen(
    person: Client, attempt: Attempt, slug: str, newer: Any, older: Any, shown: str, headers: dict[str, str]
) -> None:
    screen = f"/attempts/{attempt.pk}/?q={position(attempt, slug)}"
    older_tab = started_from(person.get(screen))
    person.post(of(attempt, slug), {"started_from": older_tab, "response": newer})
    kept = saved(attempt, slug)
    refused = person.post(
        of(attempt, slug), {"started_from": older_tab, "response": older, "go": "2"}, headers=headers
    )
    assert refused.status_code == 412
    assert "Another answer to this question was saved" in words(refused)
    assert shown in refused.content.decode()
    assert saved(attempt, slug).response == kept.response
    if not headers:
        assert started_from(refused) == older_tab
        assert slug != "weights" or "5 6\n7 8" in refused.content.decode()
    chosen = {"started_from": older_tab, "instead_of": kept.edition, "response": older}
    assert person.post(of(attempt, slug), chosen).status_code == 302
    assert saved(attempt, slug).response != kept.response


def test_the_same_answer_from_an_older_tab_is_no_quarrel(person: Client, attempt: Attempt) -> None:
    for _tab in range(2):
        answer = person.post(of(attempt, "scale"), {"started_from": "", "response": "8", "go": "2"})
        assert answer.status_code == 302


def test_leafing_through_in_one_tab_overtakes_nobody_in_another(person: Client, attempt: Attempt) -> None:
    person.post(of(attempt, "scale"), {"started_from": "", "response": "8"})
    before = saved(attempt, "scale").edition
    leaf = {"started_from": before, "response": "8", "go": "2"}
    assert person.post(of(attempt, "scale"), leaf).status_code == 302
    assert person.post(of(attempt, "scale"), {"started_from": before, "response": "9"}).status_code == 302
    assert saved(attempt, "scale").response == "9"


def test_no_browser_shows_an_older_state_of_an_attempt_again(person: Client, attempt: Attempt) -> None:
    assert "no-store" in person.get(f"/attempts/{attempt.pk}/")["Cache-Control"]


def test_each_save_brings_what_the_next_one_starts_from(person: Client, attempt: Attempt) -> None:
    for text in ("8", "9", "10"):
        edition = saved(attempt, "scale").edition
        answer = person.post(of(attempt, "scale"), {"started_from": edition, "response": text}, headers=HTMX)
        assert started_from(answer) == saved(attempt, "scale").edition != edition
    assert saved(attempt, "scale").response == "10"


@pytest.mark.parametrize("slug", ["scale", "which", "several", "weights"])
def test_a_form_that_says_nothing_of_the_answer_changes_nothing(
    person: Client, attempt: Attempt, slug: str
) -> None:
    services.answer_save(
        attempt=attempt,
        item=saved(attempt, slug),
        response={"several": ["a"], "which": "a", "scale": "8"}.get(slug, [["1", "2"], ["3", "4"]]),
    )
    before = saved(attempt, slug)
    assert person.post(of(attempt, slug), {"go": "2"}).status_code == 302
    assert (saved(attempt, slug).response, saved(attempt, slug).saved_at) == (
        before.response,
        before.saved_at,
    )


def test_a_late_answer_is_refused_and_handing_in_twice_is_once(person: Client, attempt: Attempt) -> None:
    for _again in range(2):
        assert person.post(f"/attempts/{attempt.pk}/submit/").status_code == 302
    late = person.post(of(attempt, "which"), {"response": "a"}, headers=HTMX)
    assert late.status_code == 409
    assert person.post(of(attempt, "which"), {"response": "a"})["Location"] == f"/attempts/{attempt.pk}/"
    assert Attempt.objects.get().items.get(version__question__slug="which").response is None


def test_the_result_has_answer_right_answer_and_a_reason_for_every_choice(
    person: Client, attempt: Attempt
) -> None:
    items = {item.version.question.slug: item for item in selectors.items_of(attempt)}
    variant = selectors.variant_of_item(items["scale"])
    person.post(of(attempt, "scale"), {"response": str(variant.mistakes[0].value)})
    person.post(of(attempt, "which"), {"response": "b"})
    person.post(of(attempt, "weights"), {"response": "7 7\n7 7"})  # no weight of any variant
    person.post(f"/attempts/{attempt.pk}/submit/")
    said = words(person.get(f"/attempts/{attempt.pk}/"))
    assert "the root is missing" in said
    assert f"0 of {len(QUESTIONS)} answers are wholly right" in said
    assert all(f"canary {key}" in said for key in "abcd")
    assert f"{variant.number:.4f}" in said
    assert "You gave no answer." in said
    chinese = words(person.get(f"/attempts/{attempt.pk}/", headers={"Accept-Language": "zh-CN"}))
    assert "canary 甲" in chinese
    assert "canary a" not in chinese
    assert "Your best result so far: 0 %" in words(person.get(QUIZ))


def test_right_options_that_were_missed_are_told_apart_from_those_chosen(
    person: Client, attempt: Attempt
) -> None:
    person.post(of(attempt, "several"), {"response": ["a", "c"]})
    person.post(f"/attempts/{attempt.pk}/submit/")
    said = words(person.get(f"/attempts/{attempt.pk}/"))
    assert "Right Your choice One canary a" in said
    assert "Right You missed it Two canary b" in said
    assert "Wrong Your choice Three canary c" in said
    assert "Wrong rightly left out Four canary d" in said


def test_past_results_are_found_on_the_quiz_and_the_progress_page(
    person: Client, attempt: Attempt, eve: User
) -> None:
    person.post(f"/attempts/{attempt.pk}/submit/")
    for page in (QUIZ, "/progress/"):
        assert f'href="/attempts/{attempt.pk}/"' in person.get(page).content.decode()
    other = Client()
    other.force_login(eve)
    for page in (QUIZ, "/progress/"):
        assert str(attempt.pk) not in other.get(page).content.decode()


def secrets_of(attempt: Attempt) -> list[str]:
    """What would give an answer away: the canaries, seeds, and every digit of what is right."""
    found = [CANARY, str(attempt.seed)]
    for item in selectors.items_of(attempt):
        variant = selectors.variant_of_item(item)
        found.append(str(item.seed))
        if isinstance(variant.answer, float):
            found += [str(variant.answer), f"{variant.answer:.3f}"]
        elif variant.answer is not None:
            found += [f"{cell:.4f}" for row in variant.answer for cell in row]
    return found


def test_no_answer_to_an_open_attempt_gives_anything_away(
    person: Client, attempt: Attempt, ada: User, module: Module
) -> None:
    api = Api(ada)
    answers = [person.get(QUIZ), person.post(QUIZ), person.get(f"/attempts/{attempt.pk}/submit/")]
    answers += [
        person.get("/account/"),
        person.get("/progress/"),
        person.get("/camp/"),
        person.get("/camp/start/"),
    ]
    answers += [api.get("/quizzes/start/"), api.post("/quizzes/start/attempts/"), api.get("/me/progress/")]
    answers += [api.get("/lessons/asking/"), api.get("/me/export/"), person.get("/camp/start/asking/")]
    for language in ("en", "zh-CN"):
        headers = {"Accept-Language": language}
        answers.append(api.get(f"/attempts/{attempt.pk}/", headers=headers))
        for item in selectors.items_of(attempt):
            slug = item.version.question.slug
            answers.append(person.get(f"/attempts/{attempt.pk}/?q={item.position}", headers=headers))
            for response in ("a", "zzz", "1 1\n1 1", "9" * 70, ""):
                answers.append(person.post(of(attempt, slug), {"response": response}, headers=headers))
                answers.append(
                    person.post(of(attempt, slug), {"response": response}, headers={**headers, **HTMX})
                )
            for body in ("a", ["a"], [["1", "1"], ["x", "1"]], {"x": 1}, None):
                where = f"/attempts/{attempt.pk}/answers/{slug}/"
                answers.append(api.call("PUT", where, {"response": body}, headers=headers))
    assert {answer.status_code for answer in answers} <= {200, 302, 400, 422}
    hidden = secrets_of(attempt)
    for answer in answers:
        content = b"".join(answer) if answer.streaming else answer.content
        told = content.decode() + repr(dict(answer.headers)) + repr(answer.cookies)
        assert not [one for one in hidden if one in told], told[:500]


def test_anothers_attempt_is_not_there(client: Client, attempt: Attempt, eve: User) -> None:
    client.force_login(eve)
    for path in ("", "answers/which/", "submit/"):
        for method in (client.get, client.post):
            answer, missing = (method(f"/attempts/{one}/{path}") for one in (attempt.pk, uuid4()))
            assert answer.status_code == missing.status_code
            assert answer.status_code in (404, 405)
    assert Attempt.objects.get().is_open


def test_strange_places_and_questions_break_nothing(person: Client, attempt: Attempt) -> None:
    for place in ("0", "99", "-1", "x", "１", "9" * 99):
        assert person.get(f"/attempts/{attempt.pk}/", {"q": place}).status_code == 200
    assert person.post(of(attempt, "nothing"), {"response": "a"}).status_code == 404
    assert person.post(of(attempt, "which"), {"response": "a", "go": "x"}).status_code == 302


def test_a_retired_question_stays_in_the_attempt_that_has_it(person: Client, attempt: Attempt) -> None:
    Question.objects.update(is_retired=True)
    assert person.get(f"/attempts/{attempt.pk}/").status_code == 200
    assert services.attempt_submit(attempt=attempt).score == 0
    assert person.get(QUIZ).status_code == 404


def test_no_page_of_a_quiz_needs_inline_code(person: Client, attempt: Attempt) -> None:
    addresses = [QUIZ, f"/attempts/{attempt.pk}/submit/", "/camp/start/asking/"]
    addresses += [f"/attempts/{attempt.pk}/?q={number}" for number in range(1, 5)]
    for address in addresses:
        text = person.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|hx-on", text), address
        assert text.count("<h1") == 1
