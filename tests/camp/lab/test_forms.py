"""The form reads what people type and puts every fault at its field, in the words of whoever found it."""

from typing import Any

import pytest
from django.utils import translation

from attention_core import catalogue
from attention_core.params import param_fields
from camp.lab.forms import TaskForm
from camp.lab.presets import PRESETS, Preset

PARAMS = catalogue.task("attention").params
SOUND = {
    "query": "1 2\n3 4",
    "key": "1 2\n3 4",
    "value": "1 2\n3 4",
    "function": "scaled_dot_product",
    "temperature": "1",
    "num_heads": "1",
    "seed": "0",
}


def sent(**changes: str) -> TaskForm:
    return TaskForm.sent(PARAMS, {**SOUND, **changes})


def faults(**changes: str) -> dict[str, list[str]]:
    form = sent(**changes)
    assert not form.is_valid()
    return {field.name: field.errors for field in form.wrong}


def test_every_field_of_the_task_is_on_the_form_with_its_label_and_help() -> None:
    form = TaskForm.of(PARAMS, {})
    shown = [*form.main, *form.settings, *form.more]
    assert {field.name for field in shown} == {spec.name for spec in param_fields(PARAMS)}
    assert all(field.label and field.help and field.widget for field in shown)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_form_filled_from_params_reads_back_as_the_same_params(preset: Preset) -> None:
    given = TaskForm.of(PARAMS, preset.params)
    assert given.is_valid()
    again = TaskForm.sent(PARAMS, {field.name: field.text for field in given.fields})
    assert again.is_valid()
    assert given.parsed is not None
    assert again.parsed is not None
    assert again.parsed.canonical() == given.parsed.canonical()


def test_left_out_settings_have_their_defaults() -> None:
    form = TaskForm.sent(PARAMS, {name: SOUND[name] for name in ("query", "key", "value")})
    assert form.is_valid()
    assert form.parsed is not None
    assert form.parsed.canonical()["function"] == "scaled_dot_product"


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"query": "1 x\n3 4"}, "query", 'Row 1, column 2: "x" is not a number. Write 0.3, -2 or 1/3.'),
        ({"query": "1 nan\n3 4"}, "query", "Row 1, column 2 is NaN; use finite numbers."),
        ({"query": "1 2 3\n1 2"}, "query", "Row 2 has 2 numbers, row 1 has 3."),
        ({"key": "1 1e9\n3 4"}, "key", "Row 1, column 2: expected a number from -1e6 to 1e6, got 1e9"),
        ({"key": "1 2 3\n4 5 6"}, "key", "Scaled dot product needs as many columns as query has, 2; got 3"),
        ({"value": "1"}, "value", "expected as many rows as key has, 2; got 1"),
        ({"query": ""}, "query", "required, and missing"),
        ({"num_heads": "3"}, "num_heads", "expected a divisor of the columns of Query, 2; got 3"),
        ({"num_heads": "1.5"}, "num_heads", '"1.5" is not a whole number. Write 2 or 16.'),
        ({"temperature": "0"}, "temperature", "expected a number from 0.001 to 1000, got 0"),
        (
            {"scale": "1", "function": "cosine"},
            "scale",
            "expected no scale, because Cosine has none; got 1",
        ),
        ({"mask": "1 0\n1 2"}, "mask", "Row 2, column 2: "),
        ({"key_padding": "1 0 1"}, "key_padding", "expected one value for each row of key, 2; got 3"),
        ({"parameters": "{"}, "parameters", "This is not JSON; the first fault is in line 1."),
        (
            {"function": "general", "parameters": '{"weight": [[1]]}'},
            "parameters",
            "weight: expected shape (2, 2)",
        ),
        ({"function": "guess"}, "function", "expected one of scaled_dot_product"),
    ],
)
def test_a_fault_stands_at_its_field_with_its_place(changes: dict[str, Any], field: str, said: str) -> None:
    found = faults(**changes)
    assert list(found) == [field]
    assert found[field][0].startswith(said)


def test_faults_of_several_fields_are_all_told_at_once() -> None:
    assert set(faults(query="1 x", temperature="-1", seed="abc")) == {"query", "temperature", "seed"}


def test_too_much_work_is_told_for_the_form_as_a_whole() -> None:
    rows = "\n".join(["1 2"] * 1024)
    form = sent(query=rows, key=rows, value=rows, num_heads="2")
    assert not form.is_valid()
    assert form.errors == [
        "too much work: heads × query rows × key rows is 2097152, and the limit is 1048576"
    ]


def test_unusual_settings_are_not_hidden() -> None:
    assert not sent().more_is_open
    assert sent(mask="1 0\n1 1").more_is_open
    wrong = sent(seed="abc")
    wrong.is_valid()
    assert wrong.more_is_open


def test_faults_are_told_in_the_readers_language() -> None:
    with translation.override("zh-hans"):
        assert faults(query="1 x\n3 4")["query"] == ["第 1 行第 2 列：“x”不是数字，请写成 0.3、-2 或 1/3。"]


def test_a_fault_knows_its_cell_so_that_the_editor_can_mark_it() -> None:
    form = sent(query="1 1e9\n3 4", key="1 2\n3 x")
    assert not form.is_valid()
    places = {field.name: (field.errors[0].row, field.errors[0].column) for field in form.wrong}
    assert places == {"query": (1, 2), "key": (2, 2)}


def test_words_around_a_matrix_are_not_dropped_in_silence() -> None:
    form = sent(query=",a,b\n0,1,2\n1,3,4")
    assert form.is_valid()
    assert form.raw["query"] == [[1.0, 2.0], [3.0, 4.0]]
    assert form.main[0].note == "Taken as labels, not as numbers: a, b, 0, 1."
    assert form.main[1].note == ""


def test_the_form_knows_for_which_functions_q_and_k_may_differ_in_width() -> None:
    assert sent().free_widths == ["general", "additive"]
