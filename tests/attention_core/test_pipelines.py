"""The right pipeline and the fifteen wrong ones, against the course's own figures and against the reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core import pipelines, reference

T3 = (
    [[1, 1, 1, 0], [0, 0, 0, 2], [0, 1, 0, 2]],
    [[0, 0, 0, 1], [0, 2, 0, 1], [1, 2, 1, 0]],
    [[1, 0], [0, 3], [2, 1]],
)
SQ = ([[1, 2], [1, 0]], [[1, 0], [1, 2]], [[0], [10]])
# Row 1 of the output on T3 but where said, as the course's outline has them.
OF_T3 = {
    "no_scale": (1.7495, 1.2187),
    "scale_dk": (1.1993, 1.4281),
    "scale_sqrt_n": (1.4842, 1.3754),
    "scale_after": (0.8748, 0.6094),
    "axis_queries": (1.4858, 1.3011),
    "axis_all": (0.5195, 0.5118),
    "linear_norm": (1.3333, 1.6667),
    "qk_swapped": (1.0000, 1.6893),
    "v_twice": (0.7303, 1.7648),
    "elementwise": (0.0900, 0),
}


def test_there_are_fifteen_and_each_has_a_name_of_its_own() -> None:
    assert len(pipelines.WRONG) == 15
    assert len(pipelines.BY_NAME) == 16


@pytest.mark.parametrize("name", OF_T3)
def test_each_gives_what_the_course_says_of_it(name: str) -> None:
    output = pipelines.BY_NAME[name].stages(*T3)["output"]
    assert output[0] == pytest.approx(OF_T3[name], abs=6e-5)


@pytest.mark.parametrize(
    ("name", "row", "expected", "right"),
    [
        ("mask_after", 1, (0.4223, 1.2670), (0.5, 1.5)),
        ("mask_score_zero", 0, (1.0000, 1.3333), (1, 0)),
        ("causal_plus_one", 0, (0.2689, 2.1932), (1, 0)),
    ],
)
def test_masks_done_otherwise(
    name: str, row: int, expected: tuple[float, ...], right: tuple[float, ...]
) -> None:
    assert pipelines.BY_NAME[name].stages(*T3, causal=True)["output"][row] == pytest.approx(
        expected, abs=6e-5
    )
    assert pipelines.RIGHT.stages(*T3, causal=True)["output"][row] == pytest.approx(right, abs=6e-5)


def test_heads_cut_by_reshape() -> None:
    assert pipelines.BY_NAME["head_reshape"].stages(*T3, num_heads=2)["output"][0] == pytest.approx(
        (0.14, 0.3333), abs=6e-5
    )
    assert pipelines.RIGHT.stages(*T3, num_heads=2)["output"][0] == pytest.approx((1.3143, 1.2483), abs=6e-5)


def test_a_key_that_was_not_transposed() -> None:
    assert pipelines.BY_NAME["k_not_transposed"].stages(*SQ)["output"].ravel() == pytest.approx(
        (6.6976, 3.3024), abs=6e-5
    )


def test_the_sums_that_give_a_wrong_softmax_away() -> None:
    assert pipelines.BY_NAME["axis_queries"].stages(*T3)["weights"].sum(axis=1) == pytest.approx(
        (1.0325, 0.7243, 1.2432), abs=6e-5
    )
    assert pipelines.BY_NAME["scale_after"].stages(*T3)["weights"].sum(axis=1) == pytest.approx((0.5,) * 3)


@given(
    st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 2]), st.booleans(), st.integers(0, 2**32 - 1)
)
def test_the_right_one_is_the_reference(n_q: int, n_k: int, heads: int, causal: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_q = min(n_q, n_k) if causal else n_q  # so that no query sees nothing
    query, key, value = rng.normal(size=(n_q, 4)), rng.normal(size=(n_k, 4)), rng.normal(size=(n_k, 2))
    ours = pipelines.RIGHT.stages(query, key, value, causal=causal, num_heads=heads)
    theirs = reference.explain(query, key, value, causal=causal, num_heads=heads)
    for stage in ("scores", "scaled", "masked", "weights"):
        expected = getattr(theirs, stage)
        np.testing.assert_allclose(ours[stage], expected[0] if heads == 1 else expected, atol=1e-12)
    np.testing.assert_allclose(ours["output"], theirs.output, atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_every_stage_before_it_departs_is_right_and_that_one_is_not(seed: int, causal: bool) -> None:
    rng = np.random.default_rng(seed)
    call = [rng.normal(size=(4, 4)) * 2 for _ in range(3)]
    found = pipelines.runs(*call, causal=causal)
    for one in pipelines.WRONG:
        if one.name not in found:
            continue
        before = pipelines.STAGES[: pipelines.STAGES.index(one.departs)]
        assert not pipelines.differ(found["right"], found[one.name], before, 1e-9), one.name
        same = one.name == "scale_sqrt_n"  # four keys, d_k = 4: nothing can tell it from the right one
        assert pipelines.differ(found["right"], found[one.name], (one.departs,), 1e-9) is not same, one.name


@pytest.mark.parametrize(
    ("inputs", "hidden"),
    [
        ("A5", {"no_scale", "scale_dk", "scale_after", "qk_swapped"}),
        ("I2", {"scale_sqrt_n", "axis_queries", "qk_swapped", "k_not_transposed"}),
    ],
)
def test_what_the_usual_examples_hide(inputs: str, hidden: set[str]) -> None:
    five = [[0.1], [0.2], [0.3], [0.4], [0.5]]
    call = {"A5": (five, five, five), "I2": ([[1, 0], [0, 1]], [[1, 0], [0, 1]], [[1, 2], [3, 4]])}[inputs]
    found = pipelines.runs(*call)
    same = {name for name in found if not pipelines.differ(found["right"], found[name], ("output",), 1e-9)}
    assert same - {"right"} == hidden
