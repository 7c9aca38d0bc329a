"""Agreement of a guess with the truth, against SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import spearmanr

from attention_core.agreement import agreement, jensen_shannon, spearman

rows = st.integers(2, 8).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 100), min_size=n, max_size=n).filter(any)] * 2)
)


@settings(max_examples=200, deadline=None)
@given(rows)
def test_divergence_and_order_are_those_of_scipy(pair: tuple[list[int], list[int]]) -> None:
    guess, truth = pair
    assert jensen_shannon(guess, truth) == pytest.approx(jensenshannon(guess, truth, base=2) ** 2, abs=1e-12)
    ours = spearman(guess, truth)
    if len(set(guess)) == 1 or len(set(truth)) == 1:
        assert ours is None
    else:
        assert ours == pytest.approx(spearmanr(guess, truth).statistic, abs=1e-12)


def test_closed_forms() -> None:
    assert agreement([1, 1, 2], [25, 25, 50]) == 1
    assert agreement([1, 0], [0, 1]) == 0
    # JSD of (1, 0) and (1/2, 1/2): H(3/4, 1/4) − 1/2 bits.
    expected = 0.75 * np.log2(4 / 3) + 0.25 * 2 - 0.5
    assert jensen_shannon([1, 0], [1, 1]) == pytest.approx(expected, rel=1e-12)
    assert spearman([1, 2, 3], [3, 2, 1]) == -1


@pytest.mark.parametrize("row", [[0, 0], [-1, 2], [float("nan"), 1], []])
def test_what_is_no_distribution_is_refused(row: list[float]) -> None:
    with pytest.raises(ValueError, match="expected numbers not below 0"):
        jensen_shannon(row, [1, 1])


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2 and 3"):
        agreement([1, 1], [1, 1, 1])
