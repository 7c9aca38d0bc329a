"""Matrices as people type and paste them: what is read, and what is refused with its place."""

import contextlib

import pytest

from camp.matrix_text import Unreadable, read_flags, read_number, read_numbers, write_matrix

TWO_BY_TWO = [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    "text",
    [
        "1 2\n3 4",
        "1, 2\n3, 4",
        "1,2,\n3,4,",
        "1\t2\n3\t4",
        "1;2\n3;4",
        "1 2; 3 4",
        "1 2;\n3 4;",
        "[1 2; 3 4]",
        "[[1, 2], [3, 4]]",
        "[[1. 2.]\n [3. 4.]]",
        "((1, 2), (3, 4))",
        "[1, 2]\n[3, 4]",
        "np.array([[1, 2], [3, 4]])",
        "array([[1., 2.],\n       [3., 4.]], dtype=float32)",
        "tensor([[1., 2.],\n        [3., 4.]], device='cuda:0')",
        "<tf.Tensor: shape=(2, 2), dtype=float32, numpy=\narray([[1., 2.],\n       [3., 4.]], dtype=float32)>",
        "１，２；３，４",
        "１　２\n３　４",
        "1、2\n3、4",
        "\ufeff1 2\r\n3\u200b 4\r\n",
        "\n1 2\n\n3 4\n\n",
    ],
)
def test_every_way_of_writing_a_matrix_gives_the_same_rows(text: str) -> None:
    assert read_numbers(text) == TWO_BY_TWO


def test_commas_and_semicolons_in_one_line_are_read_where_they_mean_one_thing() -> None:
    assert read_numbers("0,5;1") == [[0.5, 1.0]]
    assert read_numbers("0,5;1,5\n2;3") == [[0.5, 1.5], [2.0, 3.0]]
    assert read_numbers("1,0,0;0,1,0") == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    with pytest.raises(Unreadable, match="Is the comma in 1,0;0,1 a decimal one"):
        read_numbers("1,0;0,1")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1/4", 0.25),
        ("-1/4", -0.25),
        ("1/3", 1 / 3),
        ("½", 0.5),
        ("1½", 1.5),
        ("−2", -2.0),
        ("－２", -2.0),
        ("50%", 0.5),
        ("12.5％", 0.125),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        ("0。5", 0.5),
        ("+3", 3.0),
    ],
)
def test_a_number_may_be_a_fraction_a_percentage_or_in_full_width_signs(text: str, number: float) -> None:
    assert read_number(text) == number


def test_decimal_commas_are_read_only_where_commas_separate_nothing() -> None:
    assert read_numbers("0,5\t1\n2\t3") == [[0.5, 1.0], [2.0, 3.0]]
    assert read_numbers("0,5;1,5\n2;3") == [[0.5, 1.5], [2.0, 3.0]]
    assert read_numbers("0,5") == [[0.0, 5.0]]


@pytest.mark.parametrize(
    ("text", "said", "row", "column"),
    [
        ("1 2\n3 0.3a", '"0.3a" is not a number', 2, 2),
        ("1 2 3 4\n1 2 3", "Row 2 has 3 numbers, row 1 has 4", 2, None),
        ("1 nan", "Row 1, column 2 is NaN; use finite numbers.", 1, 2),
        ("1e999", "Row 1, column 1 is 1e999; use finite numbers.", 1, 1),
        ("-inf", "Row 1, column 1 is -inf; use finite numbers.", 1, 1),
        ("[[1, ..., 2]]", 'shortened with "…"', None, None),
        ("[[[1, 2]]]", "3 deep", None, None),
        ("[[1, 2], [3, 4]", "brackets do not match", None, None),
        ("1,,2", "no number between two separators", 1, 2),
        ("   ", "no numbers here", None, None),
        ("1/0", '"1/0" is not a number', 1, 1),
        ("0x10", "is not a number", 1, 1),
        ("1_000", "is not a number", 1, 1),
        ("[[1, 2], [3, 4]] and more", '"and more" is not a number', None, None),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    text: str, said: str, row: int | None, column: int | None
) -> None:
    with pytest.raises(Unreadable) as refused:
        read_numbers(text)
    assert said in str(refused.value)
    assert (refused.value.row, refused.value.column) == (row, column)


def test_a_flat_list_is_not_guessed_at() -> None:
    with pytest.raises(Unreadable, match=r"One token with 3 features \(1 × 3\), or 3 tokens \(3 × 1\)"):
        read_numbers("[0.1, 0.2, 0.3]")


def test_flags_are_ones_and_zeros_or_words() -> None:
    assert read_flags("1 0\ntrue, False\n真 假") == [[True, False]] * 3
    with pytest.raises(Unreadable, match="neither 1 nor 0"):
        read_flags("1 2")


def test_a_written_matrix_reads_back_as_the_same_numbers() -> None:
    rows = [[0.1, 1 / 3, -2.0], [1e-9, 12345678.9, 0.0]]
    assert read_numbers(write_matrix(rows)) == rows
    assert write_matrix([[True, False]]) == "1 0"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("filling", [" " * 2**20, "dtype=(" * 2**15, "/ " * 2**18, "<" + " " * 2**20])
def test_a_megabyte_of_nothing_is_read_without_long_thought(filling: str) -> None:
    with contextlib.suppress(Unreadable):
        read_numbers(f"1 {filling} 1")
