"""Attention answered step by step: the slip is named, costs once, and leads to its step in the lab."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from camp.accounts.models import User
from camp.courses.blocks import Unfit
from camp.courses.models import Module
from camp.quizzes import selectors, services
from camp.quizzes.drawn import Variant
from camp.quizzes.marking import Feedback, Mark, Unacceptable
from camp.quizzes.publishing import read_question
from camp.quizzes.question_types import question_type
from camp.quizzes.variants import variant_of, worded
from tests.attention_core import wrong_attention as learners
from tests.attention_core.wrong_attention import Learner
from tests.camp.quizzes.bank import EVERY_QUESTION, QUESTIONS, course_with_quiz

KIND = question_type("stages")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return course_with_quiz(tmp_path, QUESTIONS | {"steps": EVERY_QUESTION["steps"]})


def variant(seed: int = 3, old: str = "", new: str = "") -> Variant:
    text = EVERY_QUESTION["steps"]
    assert old in text
    content = read_question(text.replace(old, new) if old else text)[0]
    return worded(variant_of(content, seed), content, "en")


def told_by(learner: Learner, of: Variant, *stages: str) -> dict[str, Any]:
    """What the learner writes down, to three decimals."""
    own = of.own
    found = learner(own["query"], own["key"], own["value"])
    asked = stages or tuple(own["right"])
    return {name: [[f"{cell:.3f}" for cell in row] for row in found[name]] for name in asked}


def marked(response: Any, of: Variant) -> tuple[Mark, Feedback]:
    kept = KIND.validate(response, of)
    mark = KIND.mark(kept, of)
    return mark, KIND.feedback(kept, mark, of)


def verdicts(feedback: Feedback) -> Mapping[str, str]:
    return {stage["title"]: stage["verdict"] for stage in feedback.own["stages"]}


def test_what_is_right_is_right_in_decimals_and_fractions() -> None:
    of = variant()
    mark, feedback = marked(told_by(learners.right, of), of)
    assert (mark.score, mark.mistake, feedback.mistake) == (1, "", "")
    response = told_by(learners.right, of)
    exact = learners.right(of.own["query"], of.own["key"], of.own["value"])
    response["scaled"] = [
        [f"{round(cell * 2)}/2" for cell in row] for row in exact["scaled"]
    ]  # √4 divides integers
    assert marked(response, of)[0].score == 1


@pytest.mark.parametrize(
    ("learner", "says"),
    [
        (learners.axis_queries, "Softmax ran over the queries"),
        (learners.no_scale, "The scores were not divided by √dₖ."),
        (learners.v_twice, "The weights were applied twice: W(WV)."),
        (learners.qk_swapped, "Queries and keys changed places"),
    ],
)
def test_the_step_that_went_wrong_is_named(learner: Learner, says: str) -> None:
    of = variant()
    mark, feedback = marked(told_by(learner, of), of)
    assert says in feedback.mistake
    assert mark.mistake == learner.__name__
    assert 0 < mark.score < 1


def test_what_was_right_before_it_is_said_and_what_follows_has_its_credit() -> None:
    of = variant()
    mark, feedback = marked(told_by(learners.axis_queries, of), of)
    assert "Right so far: Scores QKᵀ, Scaled scores QKᵀ/√dₖ." in feedback.mistake
    assert verdicts(feedback) == {
        "Scores QKᵀ": "right", "Scaled scores QKᵀ/√dₖ": "right", "Weights": "wrong", "Output": "follows",
    }  # fmt: skip
    assert mark.score >= 0.75


def test_a_stage_left_out_costs_its_share_and_no_more() -> None:
    of = variant()
    mark, feedback = marked(told_by(learners.right, of, "scores", "scaled", "weights"), of)
    assert mark.score == pytest.approx(3 / 4)
    assert verdicts(feedback)["Output"] == ""


def test_a_slip_that_is_none_of_the_usual_names_only_the_stage() -> None:
    of = variant()
    mark, feedback = marked(told_by(learners.OTHER["softmax twice"], of), of)
    assert mark.mistake == ""
    assert "The first step that is not right: Weights. It is none of the usual slips." in feedback.mistake


def test_it_leads_to_the_step_in_the_lab_with_these_numbers(client: Client, db: None) -> None:
    of = variant()
    _mark, feedback = marked(told_by(learners.axis_queries, of), of)
    page, step = feedback.own["page"].split("#")
    assert step == "stage-softmax"
    shown = client.get(page).content.decode()
    assert client.get(page).status_code == 200
    for row in of.own["query"]:
        assert " ".join(f"{cell:g}".replace("-", "-") for cell in row) in shown.replace("−", "-")


def test_the_lab_shows_what_is_wrong_with_an_address(client: Client, db: None) -> None:
    shown = client.get("/lab/attention/?query=1+x&key=1&value=2")
    assert shown.status_code == 200
    assert "x" in shown.content.decode()


def test_a_form_has_a_field_for_each_stage() -> None:
    fields = QueryDict("response-scores=1 2 3%0A4 5 6%0A7 8 9&response-output=")
    assert KIND.of_form(fields) == {"scores": [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]}
    assert KIND.of_form(QueryDict("response-scores=+")) is None
    assert KIND.validate(None, variant()) is None


@pytest.mark.parametrize(
    ("response", "pointer", "says"),
    [
        ({"masked": [["1"]]}, (), "expected the stages scores, scaled, weights, output"),
        ({"scores": [["1", "2"]]}, ("scores",), "expected 3 rows of 3 numbers, got 1"),
        ({"scores": [["1", "2", "3"], ["1", "x", "3"], ["1", "2", "3"]]}, ("scores", 1, 1), "x"),
    ],
)
def test_what_is_no_answer_is_refused_at_its_place(
    response: Any, pointer: tuple[Any, ...], says: str
) -> None:
    with pytest.raises(Unacceptable) as refused:
        KIND.validate(response, variant())
    assert refused.value.problems[0].pointer == pointer
    assert says in refused.value.problems[0].detail


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("ask: [scores, scaled, weights, output]", "ask: [output, scores]", "ask: expected some of"),
        ("ask: [scores, scaled, weights, output]", "ask: []", "ask: expected some of"),
        ("ask:", "num_heads: 2\nask:", "of several heads only the output"),
        ("ask:", "causal: maybe\nask:", "causal: expected true or false"),
        ('value: "v"', 'value: "5"', "value: expected rows of finite numbers"),
        ('value: "v"', 'value: "matrix_of(2, 2, 0, 1)"', "there is no function matrix_of"),
        ("matrix_of(3, 2, 0, 3)", "matrix_of(2, 2, 0, 3)", "do not fit together"),
        ('matrix_of(3, 4, -1, 2)", v', 'matrix_of(4, 4, -1, 2)", v', "do not fit together"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(old: str, new: str, says: str) -> None:
    with pytest.raises(Unfit) as refused:
        variant(3, old, new)
    assert says in refused.value.message


def test_numbers_that_do_not_tell_one_way_from_another_are_drawn_again() -> None:
    """n_k = d_k: dividing by √n is right."""
    with pytest.raises(Unfit, match="two ways to compute it"):
        variant(
            3,
            EVERY_QUESTION["steps"],
            EVERY_QUESTION["steps"].replace("(3, 4,", "(4, 4,").replace("(3, 2,", "(4, 2,"),
        )


def test_with_several_heads_the_output_is_asked_for() -> None:
    of = variant(3, "ask: [scores, scaled, weights, output]", "num_heads: 2\nask: [output]")
    mark, _feedback = marked(told_by(learners.two_heads, of), of)
    assert mark.score == 1
    mark, feedback = marked(told_by(learners.head_reshape, of), of)
    assert mark.mistake == "head_reshape"
    assert "cuts up the tokens" in feedback.mistake


def test_a_causal_one_knows_the_slips_of_masks() -> None:
    of = variant(3, "ask:", "causal: true\nask:")
    assert marked(told_by(learners.causal_right, of), of)[0].score == 1
    assert marked(told_by(learners.mask_after, of), of)[0].mistake == "mask_after"


def test_on_the_page_it_is_answered_without_scripts_and_explained(
    client: Client, module: Module, ada: User
) -> None:
    client.force_login(ada)
    attempt = services.attempt_start(owner=ada, module=module)[0]
    item = next(one for one in selectors.items_of(attempt) if one.version.question.slug == "steps")
    page = f"/attempts/{attempt.pk}/?q={item.position}"
    shown = client.get(page).content.decode()
    for name in ("scores", "scaled", "weights", "output"):
        assert f'name="response-{name}"' in shown
    of = selectors.worded_item(item)
    fields = {
        f"response-{name}": "\n".join(" ".join(row) for row in rows)
        for name, rows in told_by(learners.axis_queries, of).items()
    }
    sent = client.post(f"/attempts/{attempt.pk}/answers/steps/", fields | {"go": str(item.position)})
    assert sent.status_code == 302
    assert fields["response-weights"].split("\n")[0] in client.get(page).content.decode()
    services.attempt_submit(attempt=attempt)
    told = client.get(f"/attempts/{attempt.pk}/").content.decode()
    assert "Softmax ran over the queries" in told
    assert "Follows from your own numbers before it: full credit" in told
    assert "#stage-softmax" in told


def test_names_of_stages_that_no_text_can_have_are_shown_and_break_nothing() -> None:
    with pytest.raises(Unacceptable) as refused:
        KIND.validate({"\ud800\x00": "\udfff"}, variant())
    assert "got" in refused.value.problems[0].detail
    refused.value.problems[0].detail.encode()
