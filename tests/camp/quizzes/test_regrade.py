"""Regrades: what a corrected question changes in scores is seen before, applied at once, and taken back exactly."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import attention_core
from camp.accounts import own_data as accounts_data
from camp.accounts.models import User
from camp.accounts.services import account_set
from camp.courses.models import Module
from camp.quizzes import publishing, regrade_selectors, regrading, selectors, services
from camp.quizzes.models import Attempt, AttemptItem, Option, Question, Regrade, RegradeChange
from camp.quizzes.question_types import question_type
from tests.camp.callers import PASSWORD, Api, signed_in

pytestmark = pytest.mark.django_db
PAGES = "/admin/quizzes/regrade/"


def item_called(attempt: Attempt, slug: str) -> AttemptItem:
    return next(item for item in selectors.items_of(attempt) if item.version.question.slug == slug)


def handed_in(module: Module, name: str, **responses: Any) -> Attempt:
    """Somebody's attempt with these answers, by question; "right" is the right one."""
    owner, _is_new = account_set(username=name, role="learner", password=PASSWORD)
    attempt, _is_new = services.attempt_start(owner=owner, module=module)
    for item in selectors.items_of(attempt):
        given = responses.get(item.version.question.slug)
        if given == "right":
            variant = selectors.worded_item(item)
            kind = question_type(variant.type)
            given = kind.feedback(None, kind.mark(None, variant), variant).right
        services.answer_save(attempt=attempt, item=item, response=given)
    return services.attempt_submit(attempt=attempt)


def corrected(slug: str, **fields: Any) -> Question:
    """The question with other fields, published."""
    Question.objects.filter(slug=slug).update(**fields)
    question = Question.objects.get(slug=slug)
    publishing.question_publish(question=question, by=None)
    return Question.objects.get(pk=question.pk)


def right_option(slug: str, key: str) -> Question:
    options = Option.objects.filter(question__slug=slug)
    options.update(right="false")
    options.filter(key=key).update(right="true")
    return corrected(slug)


def compared(question: Question, by: User) -> Regrade:
    regrade = regrading.regrade_start(question=question, by=by)
    while regrade.status == "comparing":
        regrade = regrading.regrade_look(regrade=regrade)
    return regrade


def scores() -> Any:
    """All that a regrade may touch, as it stands."""
    return [
        list(AttemptItem.objects.order_by("pk").values()),
        list(Attempt.objects.order_by("pk").values()),
    ]


def listed(regrade: Regrade) -> list[tuple[str, float, float | None]]:
    found = regrade_selectors.changes_of(regrade)
    return [(one.item.attempt.owner.username, one.score_before, one.score_after) for one in found]


def kept(regrade: Regrade) -> list[tuple[str, str]]:
    return [
        (one.item.attempt.owner.username, one.obstacle) for one in regrade_selectors.obstacles_of(regrade)
    ]


def test_exactly_the_scores_that_change_are_listed_and_nothing_changes_before(
    module: Module, ada: User
) -> None:
    handed_in(module, "had-a", which="a")
    handed_in(module, "had-b", which="b")
    handed_in(module, "had-c", which="c")
    handed_in(module, "had-nothing")
    under_way, _is_new = services.attempt_start(owner=ada, module=module)
    services.answer_save(attempt=under_way, item=item_called(under_way, "which"), response="b")
    before = scores()
    regrade = compared(right_option("which", "b"), ada)
    assert listed(regrade) == [("had-a", 1.0, 0.0), ("had-b", 0.0, 1.0)]
    assert kept(regrade) == []
    assert (regrade.status, regrade.total, regrade.looked) == ("ready", 3, 3)
    assert scores() == before
    assert regrade_selectors.open_with_other_versions(regrade.question) == 1


def test_applied_the_scores_follow_everywhere_and_the_attempt_shows_what_was_asked(
    module: Module, ada: User
) -> None:
    attempt = handed_in(module, "ada", which="b", several="right")
    assert attempt.score == 0.25
    question = right_option("which", "b")
    corrected("which", texts={**question.texts, "en": {"prompt": "Which one?", "reason": "It is two."}})
    regrading.regrade_apply(regrade=compared(question, ada))
    attempt.refresh_from_db()
    item = item_called(attempt, "which")
    assert (attempt.score, (item.mark or {})["score"]) == (0.5, 1.0)
    assert (item.version.number, item.marking_version.number) == (1, 3)
    assert selectors.best_score(ada, module) == 0.5
    browser = Client()
    browser.force_login(ada)
    said = " ".join(browser.get(f"/attempts/{attempt.pk}/").content.decode().split())
    assert "Result: 50 %" in said
    assert "Your result was 25 % before, and 50 % after." in said
    assert "by version 3 of this question: 0 % before" in said
    assert "Which?" in said  # as it was asked
    assert "Which one?" not in said
    assert "It is two." in said  # as it is explained
    assert "Your best result so far: 50 %" in browser.get("/camp/start/quiz/").content.decode()
    assert "50 %" in browser.get("/progress/").content.decode()
    chinese = browser.get(f"/attempts/{attempt.pk}/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "重新评分" in chinese
    told = Api(ada).get(f"/attempts/{attempt.pk}/").json()
    regraded = {one["question"]: one["regraded"] for one in told["questions"]}
    assert (regraded["which"]["version"], regraded["which"]["score_before"]) == (3, 0.0)
    assert regraded["several"] is None
    assert {one["version"] for one in told["questions"]} == {1}
    assert b'"score_before": 0.0' in b"".join(accounts_data.document(ada))


def test_undone_every_score_is_bit_by_bit_as_it_was(module: Module, ada: User) -> None:
    for number in range(7):
        handed_in(
            module, f"learner-{number}", which="ab"[number % 2], several=["a", "b", "c"][: number % 4] or None
        )
    before = scores()
    regrade = compared(right_option("which", "b"), ada)
    regrading.regrade_apply(regrade=regrade)
    assert scores() != before
    undone = regrading.regrade_undo(regrade=regrade, by=ada)
    assert scores() == before
    assert (undone.status, undone.undone_by) == ("undone", ada)
    with pytest.raises(regrading.NotApplied):
        regrading.regrade_undo(regrade=regrade, by=ada)
    browser = Client()
    owner = User.objects.get(username="learner-0")
    browser.force_login(owner)
    attempt = Attempt.objects.get(owner=owner)
    assert "Regraded" not in browser.get(f"/attempts/{attempt.pk}/").content.decode()
    assert listed(compared(Question.objects.get(slug="which"), ada)) == listed(regrade)


def test_of_two_regrades_the_later_is_undone_first(module: Module, ada: User) -> None:
    handed_in(module, "had-a", which="a")
    handed_in(module, "had-b", which="b")
    handed_in(module, "had-c", which="c")
    states = [scores()]
    regrades = []
    for key in ("b", "c"):
        regrades.append(compared(right_option("which", key), ada))
        regrading.regrade_apply(regrade=regrades[-1])
        states.append(scores())
    assert listed(regrades[1]) == [("had-b", 1.0, 0.0), ("had-c", 0.0, 1.0)]
    with pytest.raises(regrading.LaterFirst) as refused:
        regrading.regrade_undo(regrade=regrades[0], by=ada)
    assert refused.value.later == regrades[1]
    for place in (1, 0):
        regrading.regrade_undo(regrade=regrades[place], by=ada)
        assert scores() == states[place]


def test_a_regrade_is_undone_though_another_question_was_regraded_since(module: Module, ada: User) -> None:
    attempt = handed_in(module, "ada", which="b", several=["a", "c"])
    first = compared(right_option("which", "b"), ada)
    regrading.regrade_apply(regrade=first)
    Option.objects.filter(question__slug="several").update(right="false")
    Option.objects.filter(question__slug="several", key__in="ac").update(right="true")
    other = compared(corrected("several"), ada)
    regrading.regrade_apply(regrade=other)
    attempt.refresh_from_db()
    assert attempt.score == 0.5
    regrading.regrade_undo(regrade=first, by=ada)
    attempt.refresh_from_db()
    assert attempt.score == 0.25
    assert (item_called(attempt, "several").mark or {})["score"] == 1.0
    regrading.regrade_undo(regrade=other, by=ada)
    attempt.refresh_from_db()
    assert attempt.score == 0.0


def test_a_score_that_another_questions_regrade_changed_since_is_told_as_it_became(
    module: Module, ada: User
) -> None:
    handed_in(module, "ada", which="b", several=["a", "c"])
    waiting = compared(right_option("which", "b"), ada)
    Option.objects.filter(question__slug="several", key__in="bc").update(right="false")
    Option.objects.filter(question__slug="several", key="c").update(right="true")
    regrading.regrade_apply(regrade=compared(corrected("several"), ada))
    regrading.regrade_apply(regrade=waiting)
    change = RegradeChange.objects.get(regrade=waiting)
    assert (change.attempt_before, change.attempt_after) == (0.25, 0.5)


# --- What can be marked anew --------------------------------------------------------------------------


def test_a_right_answer_to_a_wrong_key_becomes_right_where_the_same_numbers_are_drawn(
    module: Module, ada: User
) -> None:
    attempt = handed_in(module, "ada", scale="right")
    number = selectors.variant_of_item(item_called(attempt, "scale")).number
    handed_in(module, "eve", scale=str(number + 1))
    regrade = compared(corrected("scale", answer="sqrt(d) + 8.4321"), ada)
    assert {who: (was, now) for who, was, now in listed(regrade)}["ada"] == (1.0, 0.0)
    assert kept(regrade) == []
    wider = compared(corrected("scale", tolerance=1.5, answer="sqrt(d) + 7.4321"), ada)
    assert kept(wider) == []


def test_a_tolerance_that_was_too_strict_is_mended(module: Module, ada: User) -> None:
    attempt, _is_new = services.attempt_start(owner=ada, module=module)
    item = item_called(attempt, "scale")
    number = selectors.variant_of_item(item).number
    services.answer_save(attempt=attempt, item=item, response=f"{number + 0.02:.6f}")
    assert services.attempt_submit(attempt=attempt).score == 0
    regrade = compared(corrected("scale", tolerance=0.05), ada)
    assert listed(regrade) == [("ada", 0.0, 1.0)]
    (changed,) = regrade_selectors.changed_in_question(regrade)
    assert [(one.part, one.before, one.after) for one in changed.differences] == [
        ("tolerance", "0.005", "0.05")
    ]


@pytest.mark.parametrize(
    ("slug", "response", "fields", "why"),
    [
        ("scale", "3", {"draw": "d = choice([25, 36, 49])"}, "numbers"),
        (
            "scale",
            "3",
            {"texts": {"en": {"prompt": "$d_k = {{ d + 1 }}$?", "reason": "x"}, "zh-hans": {"prompt": "$d_k = {{ d + 1 }}$", "reason": "x"}}},
            "numbers",
        ),
        ("weights", [["1", "0"], ["0", "1"]], {"draw": "S = array(matrix_of(2, 3, 0, 2))", "require": ""}, "numbers"),
        ("weights", [["1", "0"], ["0", "1"]], {"draw": "S = array(matrix_of(2, 2, 3, 9))"}, "numbers"),
        ("which", "a", {"pick": 2}, "options"),
    ],
)  # fmt: skip
def test_an_answer_to_other_numbers_is_listed_and_keeps_its_score(
    module: Module, ada: User, slug: str, response: Any, fields: dict[str, Any], why: str
) -> None:
    handed_in(module, "ada", **{slug: response})
    before = scores()
    regrade = compared(corrected(slug, **fields), ada)
    assert (listed(regrade), kept(regrade)) == ([], [("ada", why)])
    regrading.regrade_apply(regrade=regrade)
    assert scores() == before


def test_other_words_are_no_obstacle_and_another_type_is(module: Module, ada: User) -> None:
    handed_in(module, "ada", scale="7")
    texts = {
        "en": {"prompt": "By what does one divide at $d_k = {{ d }}$?", "reason": "x"},
        "zh-hans": {"prompt": "当 $d_k = {{ d }}$ 时，除数是多少？", "reason": "x"},
    }
    assert kept(compared(corrected("scale", texts=texts, answer="sqrt(d) + 1.5"), ada)) == []
    assert kept(compared(corrected("scale", type="matrix"), ada)) == [("ada", "type")]


# --- Where a regrade stands ---------------------------------------------------------------------------


def test_what_was_compared_before_another_version_is_not_applied(module: Module, ada: User) -> None:
    handed_in(module, "ada", which="b")
    old = compared(right_option("which", "b"), ada)
    right_option("which", "c")
    before = scores()
    with pytest.raises(regrading.Outdated):
        regrading.regrade_apply(regrade=old)
    assert scores() == before
    again = compared(Question.objects.get(slug="which"), ada)
    assert not Regrade.objects.filter(pk=old.pk).exists()  # it was never applied
    regrading.regrade_apply(regrade=again)
    with pytest.raises(regrading.NotCompared):
        regrading.regrade_apply(regrade=again)


def test_what_is_handed_in_while_it_is_compared_waits_for_the_next(module: Module, ada: User) -> None:
    handed_in(module, "had-b", which="b")
    late, _is_new = services.attempt_start(owner=ada, module=module)
    services.answer_save(attempt=late, item=item_called(late, "which"), response="b")
    regrade = regrading.regrade_start(question=right_option("which", "b"), by=ada)
    services.attempt_submit(attempt=late)
    regrade = regrading.regrade_look(regrade=regrade)
    assert [who for who, _was, _now in listed(regrade)] == ["had-b"]
    assert regrade_selectors.handed_in_since(regrade) == 1
    regrading.regrade_apply(regrade=regrade)
    assert [who for who, _was, _now in listed(compared(regrade.question, ada))] == ["ada"]


def test_it_is_compared_in_steps_of_which_none_counts_twice(
    module: Module, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regrading, "AT_ONCE", 2)
    for number in range(5):
        handed_in(module, f"learner-{number}", which="b")
    first = regrading.regrade_start(question=right_option("which", "b"), by=ada)
    with pytest.raises(regrading.NotCompared):
        regrading.regrade_apply(regrade=first)
    second = regrading.regrade_look(regrade=first)
    again = regrading.regrade_look(regrade=first)  # a second tab, from the same place
    assert (second.looked, again.looked) == (2, 2)
    third = regrading.regrade_look(regrade=again)
    assert (third.looked, third.status) == (4, "comparing")
    assert regrading.regrade_look(regrade=third).status == "ready"
    assert len(listed(third)) == 5


def test_who_is_erased_takes_their_answers_along(module: Module, ada: User) -> None:
    attempt = handed_in(module, "gone", which="b")
    handed_in(module, "stays", which="b")
    regrade = compared(right_option("which", "b"), ada)
    User.objects.get(pk=attempt.owner_id).delete()
    regrading.regrade_apply(regrade=regrade)
    assert [who for who, _was, _now in listed(regrade)] == ["stays"]


def test_an_old_attempt_shows_its_version_core_and_numbers_whatever_comes_after(
    module: Module, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = handed_in(module, "ada", scale="right", which="a")
    before = {item.pk: selectors.worded_item(item).prompt for item in selectors.items_of(attempt)}
    seeds = list(attempt.items.order_by("pk").values_list("seed", "version"))
    core = attempt.core_version
    monkeypatch.setattr(attention_core, "__version__", "99.0.0")
    corrected("scale", draw="d = choice([25, 36])", texts={"en": {"prompt": "New {{ d }}", "reason": "x"}, "zh-hans": {"prompt": "新 {{ d }}", "reason": "x"}})  # fmt: skip
    right_option("which", "c")
    selectors._worded.cache_clear()
    selectors._variant.cache_clear()
    attempt = Attempt.objects.get(pk=attempt.pk)
    assert {item.pk: selectors.worded_item(item).prompt for item in selectors.items_of(attempt)} == before
    assert list(attempt.items.order_by("pk").values_list("seed", "version")) == seeds
    assert attempt.core_version == core != "99.0.0"
    browser = Client()
    browser.force_login(ada)
    said = browser.get(f"/attempts/{attempt.pk}/").content.decode()
    assert f"version {core} of the core" in " ".join(said.split())
    assert "Result: 50 %" in " ".join(said.split())


# --- The console --------------------------------------------------------------------------------------


def begin(client: Client, question: Question) -> str:
    """Compare in the console; the address of what was found."""
    answer = client.post(f"{PAGES}of/{question.pk}/start/")
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_an_instructor_compares_applies_and_undoes(module: Module, ada: User) -> None:
    handed_in(module, "ada", which="b")
    handed_in(module, "eve", scale="3")
    question = right_option("which", "b")
    before = scores()
    console = signed_in("instructor")
    page = console.get(f"/admin/quizzes/question/{question.pk}/change/").content.decode()
    assert "1 answer that was handed in is marked by another version" in " ".join(page.split())
    address = begin(console, question)
    said = " ".join(console.get(address).content.decode().split())
    assert "1 score changes." in said
    assert "0 % → 100 %" in said
    assert "0 % → 25 %" in said
    assert "choices a right" in said
    assert scores() == before
    said = console.post(address.replace("change", "apply"), follow=True).content.decode()
    assert "The new scores are in place." in said
    assert Attempt.objects.get(owner=ada).score == 0.25
    said = console.post(address.replace("change", "undo"), follow=True).content.decode()
    assert "The scores are as they were." in said
    assert scores() == before
    assert LogEntry.objects.filter(object_id=str(question.pk)).count() == 2
    assert console.get(PAGES).status_code == 200
    chinese = console.get(address, headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "已撤销" in chinese


def test_nobody_but_staff_regrades(module: Module, ada: User, owner: Client) -> None:
    handed_in(module, "eve", which="b")
    question = right_option("which", "b")
    regrade = compared(question, ada)
    before = scores()
    pages = [
        f"of/{question.pk}/start",
        *(f"{regrade.pk}/{name}" for name in ("look", "apply", "undo", "change")),
    ]
    stranger = Client()
    for page in pages:
        for method in ("get", "post"):
            assert getattr(owner, method)(f"{PAGES}{page}/", follow=True).status_code == 403
            answer = getattr(stranger, method)(f"{PAGES}{page}/")
            assert (answer.status_code, "/login/" in answer.headers["Location"]) == (302, True)
    assert scores() == before
    admin = signed_in("admin")
    assert admin.post(f"{PAGES}{regrade.pk}/apply/").status_code == 302
    assert scores() != before
    assert admin.post(f"{PAGES}{regrade.pk}/delete/", {"post": "yes"}).status_code == 403


def test_what_is_not_there_is_404_and_what_is_out_of_turn_is_told(module: Module, ada: User) -> None:
    console = signed_in("instructor")
    for name in ("999/change", "999/apply", "999/look", "of/999/start", "x/change", f"{'9' * 30}/change"):
        answer = console.post(f"{PAGES}{name}/") if "change" not in name else console.get(f"{PAGES}{name}/")
        assert answer.status_code in (302, 404), name
    handed_in(module, "ada", which="b")
    question = right_option("which", "b")
    address = begin(console, question)
    assert "nothing to undo" in console.post(address.replace("change", "undo"), follow=True).content.decode()
    console.post(address.replace("change", "apply"))
    again = console.post(address.replace("change", "apply"), follow=True).content.decode()
    assert "applied already" in again
    right_option("which", "c")
    later = begin(console, question)
    console.post(later.replace("change", "apply"))
    refused = console.post(address.replace("change", "undo"), follow=True)
    assert "undo it first" in refused.content.decode()
    assert refused.redirect_chain[-1][0] == later


def test_the_page_asks_no_more_for_many_scores_and_shows_them_page_by_page(
    module: Module, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_in(module, "ada", which="b", scale="3")
    console = signed_in("instructor")
    question = right_option("which", "b")
    address = begin(console, question)
    console.get(address)
    with CaptureQueriesContext(connection) as few:
        console.get(address)
    attempt = Attempt.objects.get()
    many = [
        Attempt(owner=ada, module=module, seed=1, core_version="1", status="submitted", score=0.0,
                submitted_at=attempt.submitted_at)
        for _number in range(130)
    ]  # fmt: skip
    Attempt.objects.bulk_create(many)
    for item in attempt.items.all():
        rows = [AttemptItem(attempt=one, position=item.position, version_id=item.version_id, seed=item.seed,
                            response=item.response, mark=item.mark) for one in many]  # fmt: skip
        AttemptItem.objects.bulk_create(rows)
    address = begin(console, question)
    while Regrade.objects.get().status == "comparing":
        console.post(address.replace("change", "look"))
    with CaptureQueriesContext(connection) as lots:
        first = console.get(address).content.decode()
    assert len(lots) == len(few)
    assert "131 scores change." in " ".join(first.split())
    assert first.count("0 % → 100 %") == 50
    assert console.get(f"{address}?page=3").content.decode().count("0 % → 100 %") == 31
    assert console.get(f"{address}?page=x").status_code == 200


def test_the_comparing_goes_on_by_itself_where_there_is_a_script(
    module: Module, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regrading, "AT_ONCE", 1)
    for name in ("ada", "eve"):
        handed_in(module, name, which="b")
    console = signed_in("instructor")
    address = begin(console, right_option("which", "b"))
    page = console.get(address).content.decode()
    assert "1 of 2 answers compared." in page
    assert "<progress" in page
    look = address.replace("change", "look")
    part = console.post(look, headers={"HX-Request": "true"})
    assert "2 of 2 answers compared." in part.content.decode()
    assert "<html" not in part.content.decode()
    end = console.post(look, headers={"HX-Request": "true"})
    assert end.headers["HX-Redirect"] == address
