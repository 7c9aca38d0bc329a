"""Drawings of lessons: each keeps to its contract, and every figure in them is what NumPy gives."""

import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from django.conf import settings
from django.utils import translation

from camp.courses.diagrams import (
    entropy_scale,
    output_range,
    softmax_axes,
    temperature_curve,
    variance_growth,
)
from camp.courses.drawing import drawing, names

SHIPPED = (
    "scoring-formulas", "variance-growth", "softmax-axes", "temperature-curve", "entropy-scale", "output-range",
)  # fmt: skip


def softmax(scores: Any, axis: int | None = -1) -> Any:
    powers = np.exp(np.asarray(scores, dtype=float))
    return powers / powers.sum(axis=axis, keepdims=True)


def figures_of(name: str) -> list[str]:
    return re.findall(r">([^<>]+)</text>", drawing(name).svg)


def test_the_drawings_that_lessons_name_are_there() -> None:
    assert set(SHIPPED) <= names()


@pytest.mark.parametrize("name", sorted(names()))
def test_a_drawing_is_sound_xml_with_its_name_and_its_twin(name: str) -> None:
    drawn = drawing(name)
    assert drawn.faults() == []
    root = ElementTree.fromstring(drawn.svg)
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert root.get("aria-labelledby", "").split() == ids
    assert all(str(one).startswith(name) for one in ids)
    assert len(str(drawn.text)) > len(str(drawn.title)) > 10


@pytest.mark.parametrize("name", sorted(names()))
def test_a_drawing_speaks_the_language_of_its_reader(name: str) -> None:
    english = drawing(name)
    with translation.override("zh-hans"):
        chinese = drawing(name)
    assert re.search(r"[\u4e00-\u9fff]", str(chinese.title))
    assert re.search(r"[\u4e00-\u9fff]", str(chinese.text))
    assert str(english.text) != str(chinese.text)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_class_of_a_drawing_has_a_rule(name: str) -> None:
    css = "".join(
        (settings.BASE_DIR / "static/css" / file).read_text() for file in ("diagrams.css", "steps.css")
    )
    used = {one for text in re.findall(r'class="([^"]*)"', drawing(name).svg) for one in text.split()}
    assert [one for one in used if f".{one}" not in css] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_words_stay_within_the_drawing(name: str) -> None:
    root = ElementTree.fromstring(drawing(name).svg)
    _x, _y, width, height = map(float, root.get("viewBox", "").split())
    for one in root.iter("text"):
        assert 0 <= float(one.get("x", -1)) <= width
        assert 8 <= float(one.get("y", -1)) <= height


def test_scoring_formulas_shows_the_five_scores_of_its_two_vectors() -> None:
    q, k = np.array([1.0, 2.0]), np.array([2.0, 1.0])
    expected = [
        q @ k, q @ k / np.sqrt(2), q @ k / (np.linalg.norm(q) * np.linalg.norm(k)), q @ k[::-1], np.tanh(q + k).sum(),
    ]  # fmt: skip
    shown = [float(text) for text in figures_of("scoring-formulas") if re.fullmatch(r"\d+(\.\d{4})?", text)]
    assert shown == pytest.approx(expected, abs=5e-5)


def test_variance_growth_measures_what_the_root_foretells() -> None:
    for d, raw, scaled in variance_growth.measured():
        assert raw == pytest.approx(np.sqrt(d), rel=0.05)
        assert scaled == pytest.approx(raw / np.sqrt(d))


def test_softmax_axes_shows_weights_and_sums_over_each_axis() -> None:
    shown = figures_of("softmax-axes")
    for axis in (1, 0, None):
        weights = softmax(softmax_axes.SCORES, axis)
        for value in [*weights.flat, *weights.sum(axis=1), *weights.sum(axis=0)]:
            text = "1" if abs(value - 1) < 1e-9 else f"{value:.4f}"
            assert text in shown


@pytest.mark.parametrize("temperature", temperature_curve.SHOWN)
def test_temperature_curve_goes_through_the_weights(temperature: float) -> None:
    expected = softmax(np.array(temperature_curve.SCORES) / temperature)
    np.testing.assert_allclose(temperature_curve.weights_at(temperature), expected)
    assert ", ".join(f"{weight:.4f}" for weight in expected) in str(drawing("temperature-curve").text)


def test_entropy_scale_tells_entropy_and_effective_tokens_of_each_row() -> None:
    text = str(drawing("entropy-scale").text)
    for _label, scores in entropy_scale.ROWS:
        weights = softmax(scores)
        entropy = -(weights * np.log(weights)).sum()
        tokens = f"{np.exp(entropy):.4f}".replace("5.0000", "5")
        assert f"entropy {entropy:.4f} nats, {tokens} of 5 tokens" in text


def test_the_articles_numbers_stand_outside_the_frame_and_the_outputs_within() -> None:
    values = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    outputs = softmax(np.outer(values, values)) @ values
    np.testing.assert_allclose(output_range.outputs(), outputs, atol=1e-12)
    picture = drawing("output-range").svg
    frame = re.search(r'class="d-group" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', picture)
    assert frame is not None
    left, right = float(frame[1]), float(frame[1]) + float(frame[2])
    dots = [float(x) for x in re.findall(r'class="d-dot d-weight" cx="([\d.]+)"', picture)]
    squares = [float(x) + 3.5 for x in re.findall(r'class="d-square" x="([\d.]+)"', picture)]
    assert len(dots) == len(squares) == 5
    assert all(left < x < right for x in dots)
    assert sum(x < left - 1 for x in squares) == 4  # the fifth stands on the edge
