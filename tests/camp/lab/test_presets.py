"""Each preset runs, and shows what its question asks about."""

from typing import Any

import numpy as np
import pytest

from attention_core import catalogue
from attention_core.params import parse_params
from camp.lab.picture import picture, window_of
from camp.lab.presets import PRESETS, Preset
from camp.lab.stage_arrays import StageArrays, from_reference, is_small


def stages_of(slug: str) -> StageArrays:
    return from_reference(parse_params(catalogue.task("attention").params, dict(PRESETS[slug].params)))


def weights_of(slug: str) -> Any:
    return stages_of(slug).weights


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_preset_is_accepted_and_small_enough_to_preview(preset: Preset) -> None:
    stages = stages_of(preset.slug)
    assert is_small(stages.params)
    assert picture(stages, window_of(stages, {})).summary.startswith("Weights")


def test_the_article_has_its_weights_and_output() -> None:
    stages = stages_of("article")
    assert stages.weights is not None
    assert stages.weights[0, 4].round(4).tolist() == [0.1805, 0.1898, 0.1995, 0.2097, 0.2205]
    assert stages.output[:, 0].round(4).tolist() == [0.302, 0.304, 0.306, 0.308, 0.31]


def test_one_token_can_only_look_at_itself() -> None:
    assert weights_of("one-token").tolist() == [[[1.0]]]


def test_it_looks_at_cat() -> None:
    assert weights_of("cat-sat-it")[0, 2].round(3).tolist() == [0.576, 0.14, 0.284]


def test_the_order_of_keys_changes_no_output() -> None:
    np.testing.assert_allclose(stages_of("order").output, stages_of("cat-sat-it").output, rtol=1e-12)


def test_the_first_new_query_of_a_decoder_step_misses_only_the_last_key() -> None:
    assert (weights_of("decoder-step")[0] > 0).tolist() == [[True, True, True, False], [True] * 4]


def test_the_empty_row_of_the_padding_preset_gives_zeros() -> None:
    stages = stages_of("padding")
    assert stages.weights is not None
    assert not stages.weights[0, 0].any()
    assert not stages.output[0].any()
    assert not stages.weights[0, :, 3].any()


def test_low_temperature_picks_one_token_and_high_temperature_averages() -> None:
    assert weights_of("sharp")[0, 2].max() > 0.99
    assert np.ptp(weights_of("flat")) < 0.06


def test_two_heads_look_at_different_things() -> None:
    first, second = weights_of("two-heads")
    assert (first.argmax(axis=1) != second.argmax(axis=1)).any()


def test_a_query_of_zeros_gets_equal_shares_and_the_mean_of_the_values() -> None:
    stages = stages_of("uniform")
    assert stages.weights is not None
    np.testing.assert_allclose(stages.weights[0], 1 / 3, rtol=1e-12)
    np.testing.assert_allclose(stages.output, [[1 / 3, 1 / 3]] * 3, rtol=1e-12)


def test_one_hot_weights_look_one_value_up() -> None:
    stages = stages_of("one-hot")
    assert stages.weights is not None
    np.testing.assert_allclose(stages.weights[0], [[0, 1, 0], [0, 0, 1], [1, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(stages.output, [[2], [3], [1]], atol=1e-12)


def test_large_scores_leave_something_for_every_key_only_when_divided() -> None:
    scaled, unscaled = weights_of("large-scaled")[0], weights_of("large-unscaled")[0]
    assert scaled.min() > 0.05
    assert unscaled.max(axis=1).min() > 0.95
    assert (_entropy(unscaled) < _entropy(scaled)).all()


def _entropy(rows: Any) -> Any:
    return -(rows * np.log(rows)).sum(axis=-1)
