"""The common form of what a task found."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from attention_core import trials
from attention_core.findings import (
    MAX_WEIGHTS_IN_JSON,
    Change,
    Curve,
    Findings,
    Maps,
    Matters,
    Picture,
    Sentence,
    Table,
)
from attention_core.models import checkpoints
from attention_core.models.checkpoints import Checkpoint
from attention_core.tasks.base import Goal


def document_of(**parts):
    """Through JSON, which has neither NaN nor NumPy."""
    return json.loads(json.dumps(Findings(**parts).document(elapsed_ms=1.23456), allow_nan=False))


def test_nothing_found_has_the_form_too():
    assert document_of() == {
        "says": [], "answer": {}, "metrics": [], "curves": [], "maps": None, "pictures": [], "tables": [],
        "matters": None, "elapsed_ms": 1.235, "truncated": False,
    }  # fmt: skip


def test_numpy_numbers_and_sentences_in_cells_become_json():
    cell = Sentence("layer %(layer)s", {"layer": 2})
    table = Table("t", "A table", ["a", "b"], [[cell, np.float32(0.5)], ["x", np.int64(3)]])
    curve = Curve("c", "A curve", "x", "y", np.arange(2), {"one": np.array([0.5, 1.0])})
    found = document_of(tables=[table], curves=[curve])
    assert found["tables"][0]["rows"] == [
        [{"template": "layer %(layer)s", "values": {"layer": 2}}, 0.5],
        ["x", 3],
    ]
    assert found["curves"][0]["series"] == {"one": [0.5, 1.0]}


def test_an_intervention_is_told_with_what_it_changed():
    found = document_of(matters=Matters("Accuracy", 0.75, [Change("uniform", 0.5)], unit="share"))
    assert found["matters"]["changes"] == [{"label": "uniform", "value": 0.5, "values": {}, "change": -0.25}]


def test_weights_are_in_the_json_unless_there_are_very_many_and_always_in_the_arrays():
    few, many = (np.full((1, 2, n, n), 1 / n) for n in (4, 256))
    assert many.size > MAX_WEIGHTS_IN_JSON
    for weights in (few, many):
        labels = [str(number) for number in range(weights.shape[2])]
        result = Findings(maps=Maps(weights, labels, labels)).result(elapsed_ms=1)
        assert result.document["truncated"] is (weights is many)
        assert (result.document["maps"]["weights"] is None) is (weights is many)
        assert np.array_equal(result.arrays["weights"], weights)


def test_labels_that_do_not_fit_the_weights_are_refused():
    with pytest.raises(ValueError, match="2 × 3 weights; got 2 × 2 labels"):
        document_of(maps=Maps(np.zeros((1, 1, 2, 3)), ["a", "b"], ["a", "b"]))


@pytest.mark.parametrize("shape", [(6, 9), (6, 9, 3)])
def test_a_picture_is_kept_as_it_is(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    found = document_of(pictures=[Picture("p", "A picture", pixels)])["pictures"][0]
    assert (found["height"], found["width"]) == (6, 9)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(found["png"])))), pixels)


def test_a_checkpoint_comes_back_as_it_was_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "FOLDER", tmp_path / "kept")
    arrays = {"half": np.arange(4, dtype=np.float16), "ids": np.arange(3)}
    assert checkpoints.save("toy", Checkpoint(arrays, {"data": "数据"})) > 0
    found = checkpoints.load("toy")
    assert found.card == {"data": "数据"}
    assert found.arrays["half"].dtype == np.float32
    assert np.array_equal(found.arrays["half"], arrays["half"])
    assert np.array_equal(found.arrays["ids"], arrays["ids"])
    noise = np.random.default_rng(0).normal(size=300_000)
    with pytest.raises(ValueError, match="at most 2000000 bytes"):
        checkpoints.save("large", Checkpoint({"w": noise}, {}))


def test_a_figure_below_its_goal_is_said_to_be_below_it():
    assert trials._row("a", [0.9, 0.5], Goal("A", mean=0.6, worst=0.6)).endswith(
        "| mean ≥ 0.6, least ≥ 0.6 | **no** |"
    )
    assert trials._row("a", [0.9, 0.7], Goal("A", mean=0.8, worst=0.6)).endswith("| yes |")
    assert trials._row("a", [0.9, 0.7], None) == "| a | 0.8 | 0.7 | 0.9 | – | – |"


def test_the_page_of_figures_is_what_the_measurements_say():
    assert trials.PAGE.read_text("utf-8") == trials.as_page(trials.measurements())
