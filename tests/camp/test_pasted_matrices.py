"""What people paste, form by form: read as the numbers meant, or refused at the cell with what was expected.

tests/browser/test_matrix_text.py asks the same of the browser's reader.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camp.matrix_text import Unreadable, read_matrix, read_numbers, write_matrix

FORMS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "pasted_matrices.json").read_text("utf-8")
)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
MATRICES = st.integers(1, 8).flatmap(
    lambda width: st.lists(st.lists(FINITE, min_size=width, max_size=width), min_size=1, max_size=8)
)


def test_the_forms_are_many_and_each_has_one_answer() -> None:
    assert len({form["name"] for form in FORMS}) == len(FORMS) >= 60
    assert sum("refused" in form for form in FORMS) >= 25
    assert all(("rows" in form) != ("refused" in form) for form in FORMS)


@pytest.mark.parametrize("form", FORMS, ids=[form["name"] for form in FORMS])
def test_a_form_is_read_or_refused_at_its_place(form: dict[str, Any]) -> None:
    if "refused" in form:
        with pytest.raises(Unreadable) as refused:
            read_matrix(form["text"])
        assert (str(refused.value), refused.value.row, refused.value.column) == (
            form["refused"], form["row"], form["column"],
        )  # fmt: skip
        return
    reading = read_matrix(form["text"])
    assert reading.rows == form["rows"]
    assert list(reading.row_labels) == form.get("row_labels", [])
    assert list(reading.column_labels) == form.get("column_labels", [])


@given(MATRICES)
def test_what_is_written_reads_back_as_the_same_numbers(rows: list[list[float]]) -> None:
    assert read_numbers(write_matrix(rows)) == rows


@given(MATRICES)
def test_so_do_lists_arrays_and_tables(rows: list[list[float]]) -> None:
    if len(rows) > 1 or len(rows[0]) == 1:  # one row in brackets is a flat list to MATLAB
        assert read_numbers(f"[{'; '.join(' '.join(map(repr, row)) for row in rows)}]") == rows
    assert read_numbers(repr(rows)) == rows
    assert read_numbers(f"array({rows})") == rows
    assert read_numbers("\n".join("\t".join(map(repr, row)) for row in rows)) == rows
    header = ",".join(f"x{column}" for column in range(len(rows[0])))
    assert read_numbers("\n".join([header, *(",".join(map(repr, row)) for row in rows)])) == rows


@given(st.text(alphabet="0123456789.,;:-+/%eE \t\n[](){}\"'|&\\xn。，；【】…½²", max_size=60))
def test_whatever_is_pasted_is_read_or_refused(text: str) -> None:
    try:
        rows = read_numbers(text)
    except Unreadable as refused:
        assert "%(" in text or "%(" not in str(refused)  # noqa: PT017
    else:
        assert rows
        assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("text", ["9" * 400 + "½ 1", "9" * 5000 + "½ 1", "[" + "]" * 50_000, "9" * 50_000])
def test_what_is_absurdly_long_is_refused_in_words(text: str) -> None:
    with pytest.raises(Unreadable):
        read_numbers(text)
