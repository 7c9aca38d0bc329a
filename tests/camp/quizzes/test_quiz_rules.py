"""Rules of a quiz: how many attempts count and which; they hold on every way in, and for many who start at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from camp.accounts.models import User
from camp.accounts.services import adopt_guest
from camp.courses import loading
from camp.courses.models import Module
from camp.progress.selectors import progress_of
from camp.quizzes import selectors, services
from camp.quizzes.models import Attempt, QuizRules
from tests.camp.callers import Api, signed_in
from tests.camp.quizzes.bank import course_with_quiz

pytestmark = pytest.mark.django_db
QUIZ = "/camp/start/quiz/"
LIST = "/admin/quizzes/quizrules/"


def taken(module: Module, owner: User, *, right: bool) -> Attempt:
    """An attempt handed in, with a quarter of it right or nothing."""
    attempt, is_new = services.attempt_start(owner=owner, module=module)
    assert is_new
    item = next(one for one in selectors.items_of(attempt) if one.version.question.slug == "which")
    services.answer_save(attempt=attempt, item=item, response="a" if right else "b")
    return services.attempt_submit(attempt=attempt)


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_without_rules_one_takes_it_as_often_as_one_likes_and_the_best_counts(
    module: Module, ada: User, owner: Client
) -> None:
    for right in (True, False, False):
        taken(module, ada, right=right)
    said = words(owner.get(QUIZ))
    assert "You may take it as often as you like" in said
    assert "Your best result so far: 25 %" in said
    told = Api(ada).get("/quizzes/start/").json()
    assert (told["attempts_left"], told["counts"], told["result"], told["best"]) == (None, "best", 0.25, 0.25)


def test_a_limit_is_told_before_and_holds_on_the_page(module: Module, ada: User, owner: Client) -> None:
    QuizRules.objects.create(module=module, most_attempts=2)
    attempt = taken(module, ada, right=True)
    said = words(owner.get(QUIZ))
    assert "You may take it 2 times" in said
    assert "You may start 1 more attempt." in said
    assert "Take it again" in words(owner.get(f"/attempts/{attempt.pk}/"))
    open_one, _is_new = services.attempt_start(owner=ada, module=module)
    assert "Continue" in words(owner.get(QUIZ))  # the last one is gone on with
    assert owner.post(QUIZ).headers["Location"] == f"/attempts/{open_one.pk}/"
    services.attempt_submit(attempt=open_one)
    said = words(owner.get(QUIZ))
    assert "You have had all 2 attempts that this quiz allows." in said
    assert "Start the quiz" not in said
    refused = owner.post(QUIZ)
    assert (refused.status_code, 'role="alert"' in refused.content.decode()) == (409, True)
    assert "Take it again" not in words(owner.get(f"/attempts/{attempt.pk}/"))
    assert "你已经用完了" in words(owner.post(QUIZ, headers={"Accept-Language": "zh-CN"}))
    assert Attempt.objects.count() == 2


def test_a_limit_holds_in_the_api(module: Module, ada: User) -> None:
    QuizRules.objects.create(module=module, most_attempts=1)
    api = Api(ada)
    assert api.get("/quizzes/start/").json()["attempts_left"] == 1
    made = api.post("/quizzes/start/attempts/")
    again = api.post("/quizzes/start/attempts/")
    assert (made.status_code, again.status_code, again.json()["id"]) == (201, 200, made.json()["id"])
    api.post(f"/attempts/{made.json()['id']}/submit/")
    refused = api.post("/quizzes/start/attempts/")
    assert refused.status_code == 409
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    problem = refused.json()
    assert (problem["type"], problem["status"]) == ("urn:camp:problem:attempts-used-up", 409)
    assert problem["detail"] == "This quiz allows 1 attempt, and you have had it."
    assert api.get("/quizzes/start/").json()["attempts_left"] == 0


def test_the_last_result_counts_where_the_rules_say_so(module: Module, ada: User, owner: Client) -> None:
    rules = QuizRules.objects.create(module=module, counts="last")
    for right in (True, False):
        taken(module, ada, right=right)
    assert "Your last result, which counts: 0 %" in words(owner.get(QUIZ))
    told = Api(ada).get("/quizzes/start/").json()
    assert (told["counts"], told["result"], told["best"]) == ("last", 0.0, 0.25)
    quiz = progress_of(ada).modules[0].quiz
    assert quiz is not None
    assert (quiz.result, quiz.best, quiz.attempts) == (0.0, 0.25, 2)
    rules.counts = "best"
    rules.save()
    quiz = progress_of(ada).modules[0].quiz
    assert quiz is not None
    assert quiz.result == 0.25


def test_another_quiz_and_another_person_have_their_own_attempts(
    module: Module, ada: User, eve: User
) -> None:
    QuizRules.objects.create(module=module, most_attempts=1)
    taken(module, ada, right=True)
    taken(module, eve, right=True)
    with pytest.raises(services.AttemptsUsedUp) as refused:
        services.attempt_start(owner=ada, module=module)
    assert refused.value.most == 1


def test_what_a_guest_did_over_the_limit_comes_along_as_practice(module: Module, ada: User) -> None:
    guest = User.objects.create(username="guest-1", is_guest=True)
    QuizRules.objects.create(module=module, most_attempts=2)
    taken(module, ada, right=False)
    theirs = [taken(module, guest, right=True) for _again in range(2)]
    adopt_guest(guest=guest, account=ada)
    for attempt in theirs:
        attempt.refresh_from_db()
    assert [(one.owner, one.is_practice) for one in theirs] == [(ada, False), (ada, True)]
    assert selectors.attempts_left(ada, selectors.rules_of(module)) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("most", [1, 3])
def test_parallel_starts_and_submits_never_go_beyond_the_limit(tmp_path: Path, ada: User, most: int) -> None:
    loading.course_load(course_with_quiz(tmp_path))
    module = Module.objects.get(slug="start")
    QuizRules.objects.create(module=module, most_attempts=most)

    def one(number: int) -> str:
        try:
            attempt, _is_new = services.attempt_start(owner=ada, module=module)
            services.attempt_submit(attempt=attempt)
        except services.AttemptsUsedUp:
            return "refused"
        else:
            return "taken"
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(one, range(100)))
    assert Attempt.objects.filter(is_practice=False, status="submitted").count() == most
    assert "refused" in outcomes


def test_staff_set_rules_in_the_console_and_others_do_not(module: Module, owner: Client) -> None:
    console = signed_in("instructor")
    sent = {"module": module.pk, "most_attempts": "3", "counts": "last"}
    assert console.post(f"{LIST}add/", sent).status_code == 302
    rules = QuizRules.objects.get()
    assert (rules.most_attempts, rules.counts) == (3, "last")
    for wrong in ("0", "-1", "x", "99999999"):
        answer = console.post(f"{LIST}{rules.pk}/change/", {**sent, "most_attempts": wrong})
        assert (answer.status_code, "errorlist" in answer.content.decode()) == (200, True), wrong
    assert console.post(f"{LIST}{rules.pk}/change/", {**sent, "most_attempts": ""}).status_code == 302
    rules.refresh_from_db()
    assert rules.most_attempts is None
    for page in ("", "add/", f"{rules.pk}/change/", f"{rules.pk}/delete/"):
        assert owner.post(f"{LIST}{page}", sent, follow=True).status_code == 403
    assert console.post(f"{LIST}{rules.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not QuizRules.objects.exists()


def test_no_rules_allow_no_attempt_at_all(module: Module) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        QuizRules.objects.create(module=module, most_attempts=0)
