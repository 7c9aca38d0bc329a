"""Positions: closed forms, what the papers promise, and refusals."""

import math

import numpy as np
import pytest
import tensorflow as tf

import attention_core
from attention_core import positions, reference


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_sinusoidal_is_the_formula_of_the_paper():
    table = positions.sinusoidal(50, 8)
    for place in (0, 1, 7, 49):
        for i in range(4):
            angle = place / 10_000 ** (2 * i / 8)
            assert table[place, 2 * i] == pytest.approx(math.sin(angle), abs=1e-15)
            assert table[place, 2 * i + 1] == pytest.approx(math.cos(angle), abs=1e-15)


def test_sinusoidal_of_an_odd_width_ends_in_a_sine():
    np.testing.assert_allclose(positions.sinusoidal(9, 5)[:, 4], np.sin(np.arange(9) / 10_000 ** (4 / 5)))


def test_a_shift_is_a_linear_map_of_sinusoidal_positions():
    table = positions.sinusoidal(40, 8)
    shift, *_ = np.linalg.lstsq(table[:-5], table[5:], rcond=None)
    np.testing.assert_allclose(table[:-5] @ shift, table[5:], atol=1e-9)


def test_a_learned_table_is_learned():
    table = tf.Variable(normal(6, 2))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(positions.learned(table, 4))
    gradient = tf.convert_to_tensor(tape.gradient(loss, table)).numpy()
    assert gradient.tolist() == [[1, 1]] * 4 + [[0, 0]] * 2


def test_rotary_products_depend_on_the_difference_of_positions_only():
    query, key = np.tile(normal(1, 8), (12, 1)), np.tile(normal(1, 8, seed=1), (12, 1))
    scores = (positions.rotary(query) @ tf.transpose(positions.rotary(key))).numpy()
    for apart in range(-11, 12):
        np.testing.assert_allclose(np.diag(scores, apart), np.diag(scores, apart)[0], rtol=1e-9)
    later = positions.rotary(query, positions=np.arange(12) + 1000) @ tf.transpose(
        positions.rotary(key, positions=np.arange(12) + 1000)
    )
    np.testing.assert_allclose(scores, later, atol=1e-9)


def test_rotary_turns_pairs_and_keeps_lengths():
    rows = normal(2, 3, 5, 6)
    turned = positions.rotary(rows).numpy()
    pairs = rows[..., 0::2] + 1j * rows[..., 1::2]
    angles = np.arange(5)[:, None] * 10_000.0 ** (-np.arange(0, 6, 2) / 6)
    want = pairs * np.exp(1j * angles)
    np.testing.assert_allclose(turned[..., 0::2], want.real, atol=1e-12)
    np.testing.assert_allclose(turned[..., 1::2], want.imag, atol=1e-12)


def test_rotary_knows_far_positions_in_float32():
    row = np.float32([[1.0, 0.0]])
    turned = positions.rotary(row, positions=[1e6 + 1]).numpy()[0]
    np.testing.assert_allclose(turned, [math.cos(1e6 + 1), math.sin(1e6 + 1)], atol=1e-6)


def test_rotary_works_inside_a_graph_of_unknown_length():
    compiled = tf.function(positions.rotary, input_signature=[tf.TensorSpec([None, None, 4], tf.float64)])
    for n in (1, 7):
        np.testing.assert_allclose(compiled(normal(2, n, 4)), positions.rotary(normal(2, n, 4)))


@pytest.mark.parametrize("heads", [1, 2, 8, 16])
def test_alibi_slopes_are_a_geometric_series(heads):
    np.testing.assert_allclose(
        positions.alibi_slopes(heads), [2 ** (-8 * i / heads) for i in range(1, heads + 1)]
    )


def test_alibi_slopes_between_powers_of_two_are_the_authors():
    # get_slopes(12) of the authors' repository: those of 8 heads, then every second of those of 16.
    want = [2.0**-i for i in range(1, 9)] + [2.0 ** (-i / 2) for i in (1, 3, 5, 7)]
    np.testing.assert_allclose(positions.alibi_slopes(12), want)


def test_alibi_takes_slope_times_distance_off_the_scaled_scores():
    call = {"query": normal(4, 6), "key": normal(5, 6, seed=1), "value": normal(5, 6, seed=2), "num_heads": 2}
    slopes = positions.alibi_slopes(2)
    plain, biased = attention_core.explain(**call), attention_core.explain(**call, alibi_slopes=slopes)
    for i in range(4):
        for j in range(5):
            want = plain.scaled[:, i, j] - slopes * abs(i + 1 - j)
            np.testing.assert_allclose(biased.scaled[:, i, j], want, rtol=1e-12)
    np.testing.assert_allclose(
        biased.output, reference.explain(**call, alibi_slopes=slopes).output, rtol=1e-9
    )
    np.testing.assert_allclose(attention_core.attend(**call, alibi_slopes=slopes), biased.output, rtol=1e-9)


@pytest.mark.parametrize("call", [attention_core.attend, attention_core.explain, reference.explain])
def test_a_window_hides_what_is_farther(call):
    rows = np.eye(6)
    answer = call(rows, rows, rows, window=1)  # V is the unit matrix, so the output is the weights
    output = np.asarray(getattr(answer, "output", answer))
    assert (output > 0).tolist() == [[abs(i - j) <= 1 for j in range(6)] for i in range(6)]
    with pytest.raises(ValueError, match="window: expected at least 0, got -1"):
        call(rows, rows, rows, window=-1)
    with pytest.raises(
        ValueError, match=r"alibi_slopes: expected shape \(1,\), one for each head; got \(2,\)"
    ):
        call(rows, rows, rows, alibi_slopes=[0.5, 0.25])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: positions.sinusoidal(0, 4), "n: expected at least 1, got 0"),
        (lambda: positions.sinusoidal(3, 4, base=1.0), "base: expected a finite number above 1, got 1.0"),
        (
            lambda: positions.learned(np.ones((3, 2)), 4),
            "table: expected at least 4 rows, one for each position; got 3",
        ),
        (lambda: positions.learned(np.ones(3), 1), r"table: expected shape \(n_max, d\), got \(3,\)"),
        (
            lambda: positions.rotary(np.ones((2, 3))),
            r"vectors: expected shape .* with an even d, got \(2, 3\)",
        ),
        (
            lambda: positions.rotary(np.ones((2, 4)), positions=[1, 2, 3]),
            r"positions: expected shape \(2,\), one for each vector; got \(3,\)",
        ),
        (
            lambda: positions.rotary(np.full((1, 2), np.nan)),
            r"vectors: expected finite numbers, got nan at index",
        ),
        (
            lambda: positions.rotary(np.ones((1, 2)), positions=[np.inf]),
            r"positions: expected finite numbers, got inf at index \[0\]",
        ),
        (lambda: positions.alibi_slopes(0), "num_heads: expected at least 1, got 0"),
    ],
)
def test_wrong_sizes_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
