"""Two runs side by side: B − A under the same labels, and what changed in words."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.test import Client
from django.utils import translation

from attention_core import catalogue
from attention_core.params import parse_params
from camp.accounts.models import User
from camp.lab import comparison_words, runner, services
from camp.lab.comparison import Comparison, difference, largest_changes
from camp.lab.comparison_tables import ABSENT, output_tables, weight_tables
from camp.lab.legend import DifferenceLegend
from camp.lab.models import Job
from camp.lab.stage_arrays import StageArrays, from_reference
from camp.lab.window import Window
from tests.camp.callers import ARTICLE

Q = [[1.0, 0.0], [0.5, -1.0], [2.0, 1.0]]
K = [[1.0, 2.0], [0.0, 1.0], [-1.0, 0.5]]
V = [[1.0, 3.0], [2.0, -1.0], [0.0, 4.0]]
COMPARE = "/lab/compare/"
Submit = Callable[..., Job]


def stages(**params: Any) -> StageArrays:
    whole = {"query": Q, "key": K, "value": V, **params}
    return from_reference(parse_params(catalogue.task("attention").params, whole))


def softmax_by_hand(temperature: float, query: Any = Q, key: Any = K) -> Any:
    """Scaled dot product, without the core."""
    scores = np.array(query) @ np.array(key).T / np.sqrt(2) / temperature
    powers = np.exp(scores)
    return powers / powers.sum(axis=1, keepdims=True)


def compared(a: StageArrays, b: StageArrays, head: int = 1) -> tuple[Comparison, Window]:
    found = Comparison(a, b)
    return found, Window(heads=found.heads, queries=found.queries, keys=found.keys, head=head)


def settings_of(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    return comparison_words.settings(stages(**a).params, stages(**b).params)


# Numbers


def test_weights_entropy_and_output_differ_as_computed_by_hand() -> None:
    comparison = Comparison(stages(), stages(temperature=0.5))
    before, after = softmax_by_hand(1.0), softmax_by_hand(0.5)
    entropy = [-(weights * np.log(weights)).sum(axis=1) for weights in (before, after)]
    assert comparison.weights is not None
    assert np.allclose(comparison.weights[0], after - before, atol=1e-12)
    assert np.allclose(comparison.entropy[0], entropy[1] - entropy[0], atol=1e-12)
    assert np.allclose(comparison.output, (after - before) @ np.array(V), atol=1e-12)


def test_shared_labels_stand_beside_each_other_and_the_rest_is_no_difference() -> None:
    found = difference(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 7.0, 9.0]]))
    assert np.array_equal(found, [[4, 5, np.nan], [np.nan, np.nan, np.nan]], equal_nan=True)
    assert largest_changes(found, 9) == [(0, 1), (0, 0)]


def test_a_run_with_a_key_less_is_compared_in_what_both_have() -> None:
    small = stages(key=K[:2], value=V[:2])
    comparison, window = compared(stages(), small)
    expected = softmax_by_hand(1.0, key=K[:2]) - softmax_by_hand(1.0)[:, :2]
    assert comparison.weights is not None
    assert np.allclose(comparison.weights[0, :, :2], expected, atol=1e-12)
    assert np.isnan(comparison.weights[0, :, 2]).all()
    tables = weight_tables(comparison, window)
    assert {tuple(table.columns) for table in tables} == {("k1", "k2", "k3")}
    assert [row.cells[2] for row in tables.b.rows] == [ABSENT] * 3
    assert [row.cells[2] for row in tables.difference.rows] == [ABSENT] * 3
    assert ABSENT not in tables.a.rows[0].cells
    assert comparison_words.missing(comparison) == ["Only A has k3: nothing to compare with."]


def test_rows_heads_and_columns_that_only_one_has_are_named() -> None:
    wide = stages(query=Q * 2, value=[[1.0] * 4] * 3, num_heads=2)
    comparison, window = compared(stages(), wide)
    assert comparison_words.missing(comparison) == [
        "Only B has q4–q6, head 2, output columns 3–4: nothing to compare with."
    ]
    assert [row.label for row in weight_tables(comparison, window).a.rows] == [f"q{n}" for n in range(1, 7)]
    assert output_tables(comparison, window).difference.rows[0].cells[2:] == [ABSENT, ABSENT]


def test_a_weight_hidden_in_one_run_counts_as_0_and_is_hatched_in_its_own_table() -> None:
    comparison, window = compared(stages(), stages(causal=True))
    tables = weight_tables(comparison, window)
    assert comparison.weights is not None
    assert np.isclose(comparison.weights[0, 0, 2], -softmax_by_hand(1.0)[0, 2])
    assert (tables.b.rows[0].cells[2].css, tables.b.rows[0].cells[2].text) == ("hidden", "0")
    assert "comes after" in tables.b.rows[0].cells[2].why
    assert tables.a.rows[0].cells[2].css.startswith("w")
    assert tables.difference.rows[0].cells[2].text.startswith("−")
    drawn = Comparison(stages(), stages(mask=[[False, True, True], [True] * 3, [True] * 3]))
    assert any(
        words.startswith("Weight q1→k1: 0.") and words.endswith("→ 0 (hidden).")
        for words in comparison_words.effects(drawn, 1)
    )


def test_cells_wear_the_step_of_their_difference_and_a_notch_when_they_fell() -> None:
    comparison, window = compared(stages(), stages(temperature=0.5))
    assert comparison.weights is not None
    cells = [cell for row in weight_tables(comparison, window).difference.rows for cell in row.cells]
    for cell, value in zip(cells, comparison.weights[0].flat, strict=True):
        step = 16 + round(16 * np.sign(value) * np.sqrt(abs(value)))
        assert cell.css == (f"d{step} less" if step < 16 else f"d{step}")
        assert cell.text[0] == ("−" if value < 0 else "+")
        assert np.isclose(float(cell.full.replace("−", "-")), value)


def test_the_colours_of_the_output_reach_to_its_own_largest_difference() -> None:
    comparison, window = compared(stages(), stages(value=[[row[0] * 100, row[1]] for row in V]))
    steps = {
        cell.css.split()[0] for row in output_tables(comparison, window).difference.rows for cell in row.cells
    }
    assert "d32" in steps
    assert [tick.text for tick in DifferenceLegend(40.0).ticks] == [
        "−40",
        "−20",
        "−4",
        "0",
        "+4",
        "+20",
        "+40",
    ]
    assert [tick.at for tick in DifferenceLegend().ticks][3] == 50


def test_rounding_is_neither_coloured_nor_told() -> None:
    moved = [[x + 1e-9 for x in row] for row in V]
    comparison, window = compared(stages(), stages(value=moved))
    assert comparison.is_same
    assert comparison_words.effects(comparison, 1) == ["No difference above 1e-6."]
    tables = [weight_tables(comparison, window), output_tables(comparison, window)]
    cells = [cell for triple in tables for row in triple.difference.rows for cell in row.cells]
    assert {cell.css for cell in cells} == {"d16"}
    assert {cell.text for cell in cells} <= {"0", "≈0"}


# Words


def test_the_sentences_say_the_largest_changes_first_in_both_languages() -> None:
    """Three equal scores become one that wins: 1.0986 = ln 3 nats fall to 0."""
    rows = {"query": [[1.0]], "value": [[1.0], [2.0], [3.0]]}
    comparison = Comparison(stages(key=[[0.0]] * 3, **rows), stages(key=[[0.0], [0.0], [99.0]], **rows))
    assert comparison_words.effects(comparison, 1) == [
        "Row q1: entropy fell from 1.10 to ≈0.",
        "Weight q1→k3: 0.33 → 1.00.",
        "Output q1, column 1: 2 → 3.",
    ]
    with translation.override("zh-hans"):
        words = comparison_words.effects(comparison, 1)
    assert words[0] == "q1 行：熵从 1.10 降到 ≈0。"
    assert words[1] == "权重 q1→k3：0.33 → 1.00。"
    assert words[2] == "输出 q1 第 1 列：2 → 3。"


def test_sentences_are_at_most_five_and_ordered_by_their_share_of_what_is_possible() -> None:
    rng = np.random.default_rng(3)
    many = {name: rng.normal(size=(9, 4)).tolist() for name in ("query", "key", "value")}
    comparison = Comparison(stages(**many, num_heads=2), stages(**many, num_heads=2, temperature=0.1))
    words = comparison_words.effects(comparison, 2)
    assert len(words) == 5
    assert comparison.weights is not None
    head = int(np.abs(comparison.weights).max(axis=(1, 2)).argmax()) + 1
    assert words[-1].startswith(f"Of the heads that both have, head {head} changed most: one weight by 0.")
    row = int(np.abs(comparison.entropy[1]).argmax()) + 1
    told = [line for line in words if line.startswith("Row ")]
    assert told[0].startswith(f"Row q{row}: entropy fell from ")
    query, key = np.unravel_index(np.abs(comparison.weights[1]).argmax(), (9, 9))
    assert any(line.startswith(f"Weight q{query + 1}→k{key + 1}: ") for line in words)


def test_only_values_changed_is_said_of_the_weights() -> None:
    comparison = Comparison(stages(), stages(value=[[2 * x for x in row] for row in V]))
    words = comparison_words.effects(comparison, 1)
    assert words[0].startswith("Output q")
    assert words[1:] == ["No weight shown differs by more than 1e-6."]


def test_figures_that_look_alike_are_written_out() -> None:
    comparison = Comparison(stages(), stages(temperature=1.00001))
    told = [
        re.fullmatch(r"Weight q\d→k\d: (\S+) → (\S+)\.", line)
        for line in comparison_words.effects(comparison, 1)
    ]
    before, after = next(found.groups() for found in told if found)
    assert before != after
    assert before[:5] == after[:5]


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ({}, {"temperature": 0.5}, ["Temperature 1 → 0.5"]),
        ({"scale": 0.5}, {}, ["Scale 0.5 → 1/√2"]),
        ({"scale": 0.5}, {"function": "dot_product"}, ["Scoring function Scaled dot product → Dot product", "Scale 0.5 → none"]),
        ({}, {"causal": True, "num_heads": 2}, ["Causal off → on", "Heads 1 → 2"]),
        ({}, {"key_padding": [True, False, False]}, ["Key padding none → k2, k3"]),
        ({"key_padding": [True] * 3}, {}, []),
        ({}, {"mask": [[True, False, True]] * 3}, ["Mask: hidden pairs 0 → 3"]),
        ({"mask": [[True, True, False]] * 3}, {"mask": [[True, False, True]] * 3}, ["Mask: as many pairs hidden, but others"]),
        ({}, {"query": [[1, 0], [0.5, -2], [2, 1]]}, ["Q, row 2, column 2: −1 → −2"]),
        ({}, {"key": [[9, 8], [0, 1], [-1, 0.5]]}, ["K: 2 of 6 entries differ"]),
        ({}, {"query": Q[:2]}, ["Q 3\u00a0×\u00a02 → 2\u00a0×\u00a02"]),
        ({"seed": 0, "function": "general"}, {"seed": 7, "function": "general"}, ["Seed 0 → 7"]),
        (
            {"function": "general"},
            {"function": "general", "parameters": {"weight": [[1, 0], [0, 1]]}},
            ["Parameters none given → given"],
        ),
        (
            {"function": "general", "parameters": {"weight": [[1, 0], [0, 3]]}},
            {"function": "general", "parameters": {"weight": [[1, 0], [0, 1]]}},
            ["Parameters weight, row 2, column 2: 3 → 1"],
        ),
        ({}, {}, []),
    ],
)  # fmt: skip
def test_every_setting_that_differs_is_said(a: dict[str, Any], b: dict[str, Any], said: list[str]) -> None:
    assert settings_of(a, b) == said


def test_a_thousand_padded_keys_are_counted_and_not_listed() -> None:
    rows = [[1.0]] * 9
    same = {"query": [[1.0]], "key": rows, "value": rows}
    assert settings_of(same, {**same, "key_padding": [True] * 2 + [False] * 7}) == [
        "Key padding none → k3, k4, k5, k6 and 3 more"
    ]


# The page


@pytest.fixture
def done(submit: Submit) -> Callable[..., Job]:
    def submit_and_run(**params: Any) -> Job:
        job = submit(**params)
        runner.run(job.pk, "w")
        job.refresh_from_db()
        return job

    return submit_and_run


def page(client: Client, **asked: Any) -> str:
    answer = client.get(COMPARE, asked)
    assert answer.status_code == 200
    return str(answer.content.decode())


def words_of(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


@pytest.mark.django_db
def test_the_page_shows_both_their_difference_and_what_changed(owner: Client, done: Any) -> None:
    a, b = done(), done(temperature=0.5)
    text = page(owner, a=a.pk, b=b.pk)
    for name in ("weights-a", "weights-b", "weights-difference", "output-a", "output-b", "output-difference"):
        assert f'data-table="{name}"' in text
    assert "Temperature 1 → 0.5" in words_of(text)
    assert "Row q5: entropy fell from " in words_of(text)
    assert f'href="?a={b.pk}&amp;b={a.pk}"' in text, "the way to swap them"


@pytest.mark.django_db
def test_the_page_is_chinese_for_chinese_readers(owner: Client, done: Any) -> None:
    a, b = done(), done(temperature=0.5)
    answer = owner.get(COMPARE, {"a": a.pk, "b": b.pk}, headers={"Accept-Language": "zh-CN"})
    assert "温度 1 → 0.5" in words_of(answer.content.decode())
    same = owner.get(COMPARE, {"a": a.pk, "b": a.pk}, headers={"Accept-Language": "zh-CN"})
    assert "差异均不超过 1e-6" in words_of(same.content.decode())


@pytest.mark.django_db
def test_another_head_keeps_the_two_runs(owner: Client, done: Any) -> None:
    rows = [[1, 0], [0, 1]]
    a = done(query=rows, key=rows, value=rows, num_heads=2)
    b = done(query=rows, key=rows, value=rows, num_heads=2, temperature=0.1)
    text = page(owner, a=a.pk, b=b.pk)
    link = f"?a={a.pk}&amp;b={b.pk}&amp;head=2"
    assert f'href="{link}"' in text
    assert f'hx-get="{COMPARE}{link}"' in text
    part = owner.get(
        COMPARE, {"a": a.pk, "b": b.pk, "head": 2}, headers={"HX-Request": "true", "HX-Target": "picture"}
    ).content.decode()
    assert "<html" not in part
    assert "Head 2" in words_of(part)


@pytest.mark.django_db
def test_large_matrices_are_shown_in_parts(owner: Client, done: Any) -> None:
    rows = [[n / 10] for n in range(20)]
    a = done(query=rows, key=rows, value=rows)
    b = done(query=rows[:18], key=rows, value=rows)
    text = page(owner, a=a.pk, b=b.pk, q=5, k=5)
    assert "Queries 5 to 20 of 20" in words_of(text)
    assert ">q20<" in re.sub(r"\s", "", text)
    assert "Only A has q19–q20" in words_of(text)


@pytest.mark.django_db
def test_only_ones_own_runs_are_compared(owner: Client, done: Any, submit: Submit, eve: User) -> None:
    mine, hers = done(), submit(owner=eve)
    for other in (hers.pk, uuid4(), "nonsense", ""):
        for asked in ({"a": mine.pk, "b": other}, {"a": other, "b": mine.pk}, {"a": other}, {"b": other}):
            assert owner.get(COMPARE, asked).status_code == 404, asked
    assert Client().get(COMPARE, {"a": mine.pk, "b": mine.pk}).status_code == 404
    assert str(hers.pk) not in page(owner, a=mine.pk)


@pytest.mark.django_db
def test_a_run_with_nothing_to_compare_says_so_in_its_place(owner: Client, done: Any, submit: Submit) -> None:
    mine, waiting, cancelled, strange = done(), submit(temperature=0.5), submit(), done()
    services.job_cancel(job=cancelled)
    Job.objects.filter(pk=strange.pk).update(task="another")
    for other, said in (
        (waiting, "This run is not done yet."),
        (cancelled, "This run ended without a result"),
        (strange, "This run is of another task"),
    ):
        text = words_of(page(owner, a=mine.pk, b=other.pk))
        assert said in text
        assert "What followed" not in text
    assert "Temperature 1 → 0.5" in words_of(page(owner, a=mine.pk, b=waiting.pk))


@pytest.mark.django_db
def test_results_without_weights_are_compared_by_their_output(
    owner: Client, done: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attention_core.tasks import attention

    small = done()
    monkeypatch.setattr(attention, "MAX_CELLS_IN_JSON", 4)
    large = done(temperature=0.5)
    text = page(owner, a=small.pk, b=large.pk)
    assert "too large to keep its weights" in text
    assert 'data-table="output-difference"' in text
    assert 'data-table="weights' not in text
    assert "Row q5: entropy fell" in words_of(text)


@pytest.mark.django_db
def test_the_other_run_is_chosen_from_ones_own_that_are_done(
    owner: Client, done: Any, submit: Submit
) -> None:
    one, two, waiting = done(), done(temperature=0.5), submit()
    text = page(owner, a=one.pk)
    assert re.findall(r'name="b"\s+value="([^"]+)"', text) == [str(two.pk)]
    assert f'type="hidden" name="a" value="{one.pk}"' in text
    assert str(waiting.pk) not in text
    first = page(owner)
    assert re.findall(r'name="a"\s+value="([^"]+)"', first) == [str(two.pk), str(one.pk)]
    assert "You have no other run" in page(Client())


@pytest.mark.django_db
def test_a_runs_page_leads_to_its_comparisons(owner: Client, done: Any, submit: Submit) -> None:
    first, _between, second = done(), submit(), done()
    assert f'href="{COMPARE}?a={first.pk}"' in owner.get(f"/lab/runs/{first.pk}/").content.decode()
    text = owner.get(f"/lab/runs/{second.pk}/").content.decode()
    assert f'href="{COMPARE}?a={first.pk}&amp;b={second.pk}"' in text
    assert "Compare with the run before" not in owner.get(f"/lab/runs/{first.pk}/").content.decode()


@pytest.mark.django_db
def test_the_pages_need_as_many_queries_for_many_runs_as_for_two(
    owner: Client, done: Any, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    a, b = done(), done(temperature=0.5)
    with django_assert_max_num_queries(8):
        page(owner, a=a.pk, b=b.pk)
    with django_assert_max_num_queries(6) as asked:
        page(owner, a=a.pk)
    for _ in range(5):
        done(query=ARTICLE[:2])
    with django_assert_num_queries(len(asked.captured_queries)):
        page(owner, a=a.pk)
