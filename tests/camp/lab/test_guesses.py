"""A guess of a row: what can be guessed, what is kept, and that nothing else is."""

import json
from typing import Any

import pytest
from django.test import Client

from attention_core import agreement, catalogue
from attention_core.params import parse_params
from camp.lab import guesses
from camp.lab.models import Job
from camp.lab.presets import PRESETS
from camp.lab.stage_arrays import from_reference

PREVIEW = "/lab/attention/guess/"
HTMX = {"HX-Request": "true", "HX-Target": "guess"}


def stages_of(**params: Any) -> Any:
    return from_reference(parse_params(catalogue.task("attention").params, params))


def form_of(slug: str, **more: str) -> dict[str, Any]:
    params = PRESETS[slug].params
    rows = {
        name: "\n".join(" ".join(map(str, row)) for row in params[name]) for name in ("query", "key", "value")
    }
    rest = {"function": params.get("function", "scaled_dot_product"), "num_heads": "1", "temperature": "1"}
    return rows | rest | ({"causal": "on"} if params.get("causal") else {}) | more


def test_a_row_is_guessed_where_there_is_something_to_guess() -> None:
    square = [[float(row == column) for column in range(4)] for row in range(4)]
    assert guesses.rows_to_guess(stages_of(query=square, key=square, value=square)) == [1, 2, 3, 4]
    assert guesses.rows_to_guess(stages_of(query=square, key=square, value=square, causal=True)) == [2, 3, 4]
    assert guesses.rows_to_guess(stages_of(query=square, key=square[:1], value=square[:1])) == []
    many = [[float(row)] for row in range(13)]
    assert guesses.rows_to_guess(stages_of(query=many, key=many, value=many)) == []


def test_only_the_keys_seen_have_points_and_the_truth_is_their_weights() -> None:
    stages = stages_of(**PRESETS["causal"].params)
    guess = guesses.Guess(1, 3, [20, 30, 50])
    found = guesses.shown(guess, stages)
    assert [bar["label"] for bar in found["bars"]] == ["k1", "k2", "k3"]
    assert found["agreement"] == f"{agreement.agreement([20, 30, 50], stages.weights[0, 2, :3]):.3f}"


@pytest.mark.parametrize(
    "sent",
    [
        {"query": 3.0}, {"query": True}, {"query": "3"}, {"query": 9}, {"query": 0}, {"head": 2}, {"head": 1.0}, {"head": None},
        {"points": [100]}, {"points": [50, 50, 50]}, {"points": "abc"}, {"points": [[1], 2, 3]}, {"digest": "0" * 64}, {"digest": None},
    ],
)  # fmt: skip
@pytest.mark.django_db
def test_what_is_no_guess_of_this_work_is_left_out_and_the_job_is_made(
    client: Client, sent: dict[str, Any]
) -> None:
    job = kept_with(client, {})
    assert job.guess == {"head": 1, "query": 3, "points": [20, 30, 50]}
    assert kept_with(client, sent).guess is None


@pytest.mark.parametrize("text", ["", "x", "[]", "[" * 900, '{"digest": 1}', "9" * 5000])
@pytest.mark.django_db
def test_text_that_is_no_guess_is_left_out(client: Client, text: str) -> None:
    answer = client.post("/lab/attention/", form_of("causal", guess=text))
    assert answer.status_code == 302
    assert Job.objects.get().guess is None


def kept_with(client: Client, changed: dict[str, Any]) -> Job:
    """The job of a form that holds a guess of its row q3, with these changes to it."""
    shown = client.post(
        PREVIEW,
        form_of("causal") | {"guess_row": "3", "guess_bars_of": "3", "response": ["20", "30", "50"]},
        headers=HTMX,
    )
    kept = json.loads(shown.context["kept"])
    assert (
        client.post("/lab/attention/", form_of("causal", guess=json.dumps(kept | changed))).status_code == 302
    )
    return Job.objects.latest("created_at")


@pytest.mark.django_db
def test_the_first_guess_of_a_row_is_the_one_that_counts(client: Client) -> None:
    bars = {"guess_row": "3", "guess_bars_of": "3"}
    first = client.post(PREVIEW, form_of("causal") | bars | {"response": ["20", "30", "50"]}, headers=HTMX)
    again = form_of("causal", guess=first.context["kept"])
    for second in (again, again | bars, again | bars | {"response": ["32", "33", "35"]}):
        answer = client.post(PREVIEW, second, headers=HTMX)
        assert [bar["guess"] for bar in answer.context["bars"]] == [20, 30, 50]
    other = client.post(PREVIEW, again | {"guess_row": "4"}, headers=HTMX)
    assert "is_locked" not in other.context or not other.context["is_locked"]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (form_of("causal", temperature="warm"), "Set the form right first"),
        (form_of("one-token"), "from 2 to 12 keys"),
    ],
)
@pytest.mark.django_db
def test_where_nothing_can_be_guessed_the_page_says_why(
    client: Client, form: dict[str, Any], says: str
) -> None:
    assert says in client.post(PREVIEW, form, headers=HTMX).content.decode()


@pytest.mark.django_db
def test_points_that_do_not_sum_are_named_and_kept(client: Client) -> None:
    sent = form_of("causal") | {"guess_row": "3", "guess_bars_of": "3", "response": ["20", "30", "40"]}
    answer = client.post(PREVIEW, sent, headers=HTMX)
    assert "these sum to 90" in answer.content.decode()
    assert [bar["points"] for bar in answer.context["bars"]] == ["20", "30", "40"]
