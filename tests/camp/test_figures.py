"""How numbers are written in cells, and which step of a colour map they wear."""

import pytest

from camp.figures import (
    all_digits,
    decimals_for,
    figure,
    score_step,
    short,
    weight_figure,
    weight_step,
)


def test_the_fewest_decimals_that_keep_distinct_values_distinct() -> None:
    assert decimals_for([0.01, 0.02, 0.25]) == 2
    assert decimals_for([0.121, 0.124]) == 3
    assert decimals_for([0.12341, 0.12342]) == 4
    assert decimals_for([0.121, 0.124], 2) == 2
    assert decimals_for([0.5, float("-inf")]) == 2


def test_values_that_differ_by_rounding_alone_count_as_one() -> None:
    assert decimals_for([0.1 + 0.2, 0.3]) == 2


def test_an_output_keeps_its_decimals_where_two_would_round_it() -> None:
    assert decimals_for([0.302, 0.5], exactly=True) == 3
    assert decimals_for([0.30199987], exactly=True) == 4


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.05, "0.0500"),
        (-0.5, "−0.5000"),
        (0.0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (12.3456, "12.35"),
        (1234.56, "1235"),
        (0.000123456, "1.235×10⁻⁴"),
        (-31415.9, "−3.142×10⁴"),
        (1e5, "1×10⁵"),
        (float("-inf"), "−∞"),
    ],
)
def test_scores_have_four_significant_digits_and_a_true_minus(value: float, text: str) -> None:
    assert figure(value, 4) == text


def test_a_weight_that_is_too_small_to_show_is_not_zero() -> None:
    assert weight_figure(1e-6, 4) == "≈0"
    assert weight_figure(0.0, 4) == "0"
    assert weight_figure(1e-6, 4, hidden=True) == "0"
    assert weight_figure(1.0, 2) == "1.00"


def test_a_score_that_its_decimals_cannot_show_is_not_zero() -> None:
    assert [figure(value, 2) for value in (0.004, -0.004, 0.006)] == ["≈0", "≈0", "0.01"]


def test_narrow_cells_lose_the_zero_before_the_point() -> None:
    assert [short(text) for text in ("0.25", "−0.5", "10.5", "1.00", "0")] == [
        ".25",
        "−.5",
        "10.5",
        "1.00",
        "0",
    ]


def test_all_digits_name_the_very_number() -> None:
    assert all_digits(0.1 + 0.2) == "0.30000000000000004"
    assert all_digits(-2.0) == "−2"


def test_weight_steps_are_absolute_and_tell_small_weights_from_zero() -> None:
    assert [weight_step(weight) for weight in (0.0, 1 / 64, 0.25, 1.0, 1.0000000002)] == [0, 4, 16, 32, 32]


def test_score_steps_run_from_the_smallest_to_the_largest_of_the_matrix() -> None:
    assert [score_step(score, -1.0, 3.0) for score in (-1.0, 1.0, 3.0)] == [0, 8, 16]
    assert score_step(5.0, 5.0, 5.0) == 8
