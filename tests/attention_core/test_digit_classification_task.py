"""The task `digit_classification`: its data, its model, what is done to it, and what it says."""

import base64
import dataclasses
import io
import json

import jsonschema
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix

from attention_core.backend import tf
from attention_core.catalogue import task
from attention_core.models import checkpoints, vision_training
from attention_core.models.digit_pictures import from_drawing, parted, shifted
from attention_core.models.vision import Change, Sizes, first_parameters, forward, rollout
from attention_core.models.vision_changes import Changed, changed
from attention_core.models.vision_training import Training
from attention_core.params import InvalidParams, json_schema, parse_params
from attention_core.tasks import digit_classification
from attention_core.tasks.base import quiet

TASK = task("digit_classification")
# Both sides add up what float32 rounds.
TOLERANCE = 2e-5


def run(raw, report=quiet):
    result = TASK.run(parse_params(TASK.params, raw), report)
    return json.loads(json.dumps(result.document, allow_nan=False)), result.arrays


@pytest.fixture(scope="module")
def default():
    return run({})


@pytest.fixture(scope="module")
def kept():
    return digit_classification.kept(2)


@pytest.fixture(scope="module")
def some(kept):
    """Twenty pictures, so that a test is quick."""
    return kept.held_out.pictures[:20]


def independent(parameters, pictures, heads=4, patch=2, removed=(), hidden=(), mean=False):
    """The model in float64 and loops, sharing no code with the core's: logits, weights[layer, head, query, key]."""
    p = {name: np.asarray(array, float) for name, array in parameters.items()}
    answers, maps = [], []
    for picture in np.asarray(pictures, float):
        cells = [
            picture[i : i + patch, j : j + patch].ravel() @ p["patch"] + p["patch_bias"]
            for i in range(0, 8, patch)
            for j in range(0, 8, patch)
        ]
        x = np.array([p["class"], *cells]) + p["position"]
        layers = []
        for layer in range(2):
            of = {name.split(".")[1]: array for name, array in p.items() if name.startswith(f"{layer}.")}
            h = norm(x, of["norm_scale"], of["norm_shift"])
            v = h @ of["value"] + of["value_bias"]
            if mean:
                x = x + v.mean(axis=0) @ of["output"] + of["output_bias"]
            else:
                q, k = (h @ of[name] + of[f"{name}_bias"] for name in ("query", "key"))
                parts, weights = [], []
                for head, (qi, ki, vi) in enumerate(
                    zip(*(np.split(a, heads, axis=1) for a in (q, k, v)), strict=True)
                ):
                    e = np.exp(qi @ ki.T / np.sqrt(qi.shape[1]))
                    e[:, list(hidden)] = 0
                    weights.append(e / e.sum(axis=1, keepdims=True))
                    parts.append(0 * vi if (layer, head) in removed else weights[-1] @ vi)
                x = x + np.concatenate(parts, axis=1) @ of["output"] + of["output_bias"]
                layers.append(weights)
            h = norm(x, of["inner_norm_scale"], of["inner_norm_shift"])
            inner = np.maximum(h @ of["inner"] + of["inner_bias"], 0)
            x = x + inner @ of["outer"] + of["outer_bias"]
        answers.append(norm(x[0], p["norm_scale"], p["norm_shift"]) @ p["answer"] + p["answer_bias"])
        maps.append(layers)
    return np.array(answers), np.array(maps)


def norm(x, scale, shift):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-6) * scale + shift


# The data


@pytest.mark.parametrize("seed", [0, 1, 77])
def test_no_picture_is_both_learned_from_and_held_out(seed):
    learned, held_out = parted(seed)
    pictures = [{picture.tobytes() for picture in part.pictures} for part in (learned, held_out)]
    assert not pictures[0] & pictures[1]
    assert (len(learned.labels), len(held_out.labels)) == (1438, 359)
    everything = {picture.astype(np.float32).tobytes() for picture in load_digits().images / 16}
    assert pictures[0] | pictures[1] == everything


def test_the_seed_says_which_fifth_is_held_out():
    first, again, other = (parted(seed)[1].pictures for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_pictures_keep_their_labels():
    data = load_digits()
    known = {
        picture.astype(np.float32).tobytes(): label
        for picture, label in zip(data.images / 16, data.target, strict=True)
    }
    for part in parted(0):
        assert [known[picture.tobytes()] for picture in part.pictures] == part.labels.tolist()


def test_a_shift_moves_a_picture_by_at_most_a_pixel():
    picture = np.zeros((8, 8), np.float32)
    picture[3, 4] = 1
    moved = shifted(np.tile(picture, (300, 1, 1)), np.random.default_rng(0))
    places = {tuple(np.argwhere(one)[0]) for one in moved}
    assert places == {(row, column) for row in (2, 3, 4) for column in (3, 4, 5)}
    assert (moved.sum(axis=(1, 2)) == 1).all()


# The model


@pytest.mark.parametrize("patch", [2, 4])
def test_the_model_computes_what_an_independent_implementation_does(patch, some):
    pair = digit_classification.kept(patch)
    logits, weights = forward(pair.model.sizes, pair.model.parameters, tf.constant(some))
    expected, maps = independent(pair.model.parameters, some, patch=patch)
    np.testing.assert_allclose(logits, expected, atol=TOLERANCE * np.abs(expected).max())
    np.testing.assert_allclose(weights, maps, atol=TOLERANCE)
    logits, none = forward(pair.control.sizes, pair.control.parameters, tf.constant(some))
    expected, _ = independent(pair.control.parameters, some, patch=patch, mean=True)
    np.testing.assert_allclose(logits, expected, atol=TOLERANCE * np.abs(expected).max())
    assert none is None


def test_the_control_is_attention_with_equal_weights(kept, some):
    control = dataclasses.replace(kept.model.sizes, mixing="mean")
    logits, _ = forward(control, kept.model.parameters, tf.constant(some))
    uniform, weights = forward(kept.model.sizes, kept.model.parameters, tf.constant(some), Change("uniform"))
    np.testing.assert_allclose(logits, uniform, atol=1e-4)
    np.testing.assert_allclose(weights, np.full(weights.shape, 1 / 17), atol=1e-6)


def test_a_removed_head_adds_nothing(kept, some):
    gate = np.ones((2, 4))
    gate[1, 2] = 0
    logits, _ = forward(kept.model.sizes, kept.model.parameters, tf.constant(some), Change(head_gate=gate))
    expected, _ = independent(kept.model.parameters, some, removed=[(1, 2)])
    np.testing.assert_allclose(logits, expected, atol=TOLERANCE * np.abs(expected).max())


def test_a_hidden_patch_is_seen_by_no_token(kept, some):
    seen = np.ones((len(some), 17), bool)
    seen[:, [6, 11]] = False
    logits, weights = forward(kept.model.sizes, kept.model.parameters, tf.constant(some), Change(kept=seen))
    expected, _ = independent(kept.model.parameters, some, hidden=[6, 11])
    np.testing.assert_allclose(logits, expected, atol=TOLERANCE * np.abs(expected).max())
    assert not np.any(weights.numpy()[..., [6, 11]])


def test_shuffled_weights_are_the_same_weights_for_other_tokens(kept, some):
    order = np.tile(np.roll(np.arange(17), 1), (len(some), 1))
    model = kept.model
    _, own = forward(model.sizes, model.parameters, tf.constant(some))
    _, weights = forward(model.sizes, model.parameters, tf.constant(some), Change("shuffled", order=order))
    # Of the first layer; the second sees what came of it.
    np.testing.assert_allclose(weights[:, 0], own.numpy()[:, 0][..., order[0]], atol=1e-6)


def test_rollout_by_hand():
    first, second = [[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [0.0, 1.0]]
    # (A + I) / 2 of each: [[1, 0], [1/4, 3/4]] and [[1/2, 1/2], [0, 1]]; the second times the first.
    assert rollout(np.array([[first], [second]])).tolist() == [[0.625, 0.375], [0.25, 0.75]]


def test_rollout_averages_heads_and_its_rows_sum_to_one(default):
    _, arrays = default
    weights = arrays["weights"].astype(float)
    expected = np.eye(17)
    for layer in weights:
        expected = (sum(layer) / len(layer) / 2 + np.eye(17) / 2) @ expected
    np.testing.assert_allclose(arrays["rollout"], expected, atol=1e-6)
    np.testing.assert_allclose(arrays["rollout"].sum(axis=1), 1, atol=1e-6)


# Training


def test_a_step_is_one_of_kerass_adamw():
    import keras

    sizes = Sizes(width=8, inner=8, num_heads=2)
    learned, _ = parted(0)
    training = Training(sizes, seed=5, steps=40)
    variables = {name: tf.Variable(array) for name, array in first_parameters(sizes, 5).items()}
    optimizer = keras.optimizers.AdamW(
        learning_rate=0.0,
        weight_decay=vision_training.DECAY,
        beta_1=vision_training.MOMENT,
        beta_2=vision_training.SECOND_MOMENT,
        epsilon=vision_training.EPSILON,
    )
    shapes = sizes.shapes()
    spared = [variables[name] for name, shape in shapes.items() if len(shape) == 1 or name == "position"]
    optimizer.exclude_from_weight_decay(var_list=spared)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=vision_training.SMOOTHING)
    for step in range(1, 4):
        pictures, labels = learned.pictures[8 * step : 8 * step + 8], learned.labels[8 * step : 8 * step + 8]
        # It rises for a tenth of the 40 steps.
        optimizer.learning_rate = vision_training.HIGHEST_RATE * step / 4
        with tf.GradientTape() as tape:
            logits, _ = forward(sizes, variables, tf.constant(pictures))
            expected = loss(np.eye(10)[labels], logits)
        gradients = tape.gradient(expected, list(variables.values()))
        optimizer.apply_gradients(zip(gradients, variables.values(), strict=True))
        own, _ = training.step(pictures, labels)
        assert own == pytest.approx(float(expected), abs=1e-5)
    for name, array in training.parameters().items():
        if name.endswith("key_bias"):
            continue  # adds the same to all scores of a row, so its gradient is 0, and Adam steps by what was rounded
        np.testing.assert_allclose(array, variables[name].numpy(), atol=2e-4, err_msg=name)


def test_training_is_the_same_for_a_seed_learns_and_tells_of_every_step():
    told = []
    raw = {"mode": "train", "steps": 50, "seed": 9, "patch": "4", "digit": 5}
    first, arrays = run(
        raw, lambda progress, message, figures=(): told.append((progress, message, dict(figures)))
    )
    again, _ = run(raw)
    assert_close(without_time(first), without_time(again))
    assert [progress for progress, _, _ in told] == sorted(progress for progress, _, _ in told)
    assert told[-1][0] == 1
    steps = [figures["step"] for _, message, figures in told if message == "training"]
    assert list(dict.fromkeys(steps)) == list(range(1, 51))
    assert all(
        set(figures) == {"step", "loss", "accuracy"} for _, message, figures in told if message == "training"
    )
    loss, accuracy = first["curves"]
    for name in ("With attention", "Mean mixing"):
        assert loss["series"][name][-1] < loss["series"][name][0]
        assert len(accuracy["series"][name]) == len(accuracy["x"])
    assert accuracy["series"]["With attention"][-1] > 0.4
    assert accuracy["series"]["With attention"][-1] == pytest.approx(first["metrics"][0]["value"], abs=1e-6)
    assert accuracy["series"]["Mean mixing"][-1] == pytest.approx(first["metrics"][0]["control"], abs=1e-6)
    assert first["answer"]["true"] == int(parted(9)[1].labels[5])
    assert arrays["weights"].shape == (2, 4, 5, 5)


def without_time(document):
    return {name: value for name, value in document.items() if name != "elapsed_ms"}


def assert_close(one, other):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            assert_close(one[name], other[name])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            assert_close(*pair)
    elif isinstance(one, float):
        assert one == pytest.approx(other, abs=1e-6)
    else:
        assert one == other


def test_a_cancel_stops_training_at_the_step_at_which_it_comes():
    class Cancelled(Exception):
        pass

    seen = []

    def report(progress, message, figures=()):
        seen.append(dict(figures).get("step"))
        if seen[-1] == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        run({"mode": "train", "patch": "4"}, report)
    assert seen[-1] == 3


# What the task gives


def test_the_checkpoint_reaches_what_its_card_says_and_more_than_the_goal():
    card = checkpoints.load("digit_classification").card
    for patch in (2, 4):
        pair = digit_classification.kept(patch)
        for model in (pair.model, pair.control):
            answers = model.probabilities(pair.held_out.pictures).argmax(axis=1)
            accuracy = np.mean(answers == pair.held_out.labels)
            assert accuracy == pytest.approx(card["accuracy"][f"{patch}/{model.sizes.mixing}"], abs=1e-6)
    assert card["accuracy"]["2/attention"] >= 0.97


def test_the_trained_model_mistakes_the_digits_that_the_lesson_names(kept):
    answers = kept.model.probabilities(kept.held_out.pictures).argmax(axis=1)
    assert np.flatnonzero(answers != kept.held_out.labels).tolist() == [101, 114, 304, 317]


def test_the_answer_is_the_most_probable_digit(default):
    document, arrays = default
    answer = document["answer"]
    assert answer["digit"] == int(np.argmax(answer["probabilities"]))
    assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert answer["true"] == int(parted(0)[1].labels[0])
    assert answer["right"] == (answer["digit"] == answer["true"])
    assert (answer["tokens"], answer["pairs"]) == (17, 289)
    np.testing.assert_array_equal(arrays["picture"], parted(0)[1].pictures[0])


def test_maps_have_a_class_token_before_patches_in_their_grid(default):
    maps = default[0]["maps"]
    weights = np.array(maps["weights"])
    assert weights.shape == (2, 4, 17, 17)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-4)
    assert maps["rows"] == maps["columns"]
    assert [maps["rows"][at] for at in (0, 1, 4, 5, 16)] == [
        "[CLS]",
        "(1, 1)",
        "(1, 4)",
        "(2, 1)",
        "(4, 4)",
    ]
    assert (maps["row_grid"], maps["column_grid"]) == ([4, 4], [4, 4])
    assert (maps["row_extra"], maps["column_extra"]) == (1, 1)
    assert maps["picture"] in [picture["name"] for picture in default[0]["pictures"]]


def test_the_picture_is_enlarged_without_blur(default):
    document, arrays = default
    (picture,) = document["pictures"]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture["png"]))), float)
    assert pixels.shape == (192, 192)
    blocks = pixels.reshape(8, 24, 8, 24).transpose(0, 2, 1, 3).reshape(8, 8, -1)
    assert (blocks == blocks[..., :1]).all()
    np.testing.assert_allclose(1 - blocks[..., 0] / 255, arrays["picture"], atol=1 / 255)


def test_the_confusion_table_is_scikit_learns(default):
    document, arrays = default
    table = next(table for table in document["tables"] if table["name"] == "confusion")
    counts = np.array(table["rows"])[:, 1:]
    expected = confusion_matrix(arrays["held_out_labels"], arrays["held_out_answers"], labels=range(10))
    np.testing.assert_array_equal(counts, expected)
    assert np.trace(counts) / 359 == pytest.approx(document["metrics"][0]["value"])


def test_the_rollout_table_has_the_patches_in_their_places(default):
    document, arrays = default
    table = next(table for table in document["tables"] if table["name"] == "rollout")
    shares = np.array(table["rows"])[:, 1:]
    np.testing.assert_allclose(shares.ravel(), arrays["rollout"][0, 1:], atol=1e-4)
    said = document["says"][2]["values"]
    assert said["share"] == f"{100 * shares.max():.1f} %"
    row, column = np.unravel_index(shares.argmax(), (4, 4))
    assert said["place"] == f"({row + 1}, {column + 1})"
    assert said["even"] == "4.4 %"  # 3/4 of 1/17: a half of a half stays with the class token itself


def test_what_matters_is_measured_by_every_intervention(default, kept):
    matters = default[0]["matters"]
    values = {change["label"] % change["values"]: change["value"] for change in matters["changes"]}
    held_out = kept.held_out
    assert len(values) == 15
    logits, _ = independent(kept.model.parameters, held_out.pictures, removed=[(0, 1)])
    share = np.mean(logits.argmax(axis=1) == held_out.labels)
    assert values["Layer 1, head 2 removed"] == pytest.approx(share, abs=1 / 359)
    every = [(layer, head) for layer in range(2) for head in range(4)]
    logits, _ = independent(kept.model.parameters, held_out.pictures, removed=every)
    share = np.mean(logits.argmax(axis=1) == held_out.labels)
    assert values["All heads removed"] == pytest.approx(share, abs=1 / 359)
    assert values["Trained with mean mixing instead of attention"] == default[0]["metrics"][0]["control"]
    assert values["All weights made equal"] < 0.5
    assert values["Weights shuffled among the tokens"] < 0.5
    for change in matters["changes"]:
        assert change["change"] == pytest.approx(change["value"] - matters["value"])
    assert any("no explanation" in said["text"] or "do not read" in said["text"] for said in matters["says"])


def test_the_patches_hidden_are_those_of_the_most_rollout_and_those_of_the_most_ink(kept):
    few = slice(0, 30)
    pictures, labels = kept.held_out.pictures[few], kept.held_out.labels[few]
    effects = changed(kept.model, kept.control, pictures, labels, seed=0, told=lambda share: None)
    right = {"most": 0, "ink": 0}
    for picture, label in zip(pictures, labels, strict=True):
        _, maps = independent(kept.model.parameters, [picture])
        routes = (maps[0].mean(axis=1) + np.eye(17)) / 2
        ink = [picture[i : i + 2, j : j + 2].sum() for i in range(0, 8, 2) for j in range(0, 8, 2)]
        for name, rank in (("most", (routes[1] @ routes[0])[0, 1:]), ("ink", ink)):
            hidden = sorted(range(16), key=lambda at: -rank[at])[:4]
            logits, _ = independent(kept.model.parameters, [picture], hidden=[1 + at for at in hidden])
            right[name] += int(logits[0].argmax() == label)
    assert effects.hidden == 4
    assert effects.most == pytest.approx(
        right["most"] / 30, abs=0.07
    )  # patches with the same ink may be ranked otherwise
    assert effects.ink == pytest.approx(right["ink"] / 30, abs=0.07)


def made_up(right, control, **shares):
    given = {
        "uniform": 0.1,
        "shuffled": 0.1,
        "no_heads": 0.1,
        "most": 0.2,
        "random": 0.6,
        "ink": 0.5,
    } | shares
    arrays = {"right": np.array(right, bool), "control_right": np.array(control, bool)}
    return Changed(answers=np.zeros(len(right), int), heads=np.ones((2, 4)), hidden=4, **arrays, **given)


@pytest.mark.parametrize(
    ("right", "control", "beginning"),
    [
        ([1] * 90 + [0] * 10, [1] * 60 + [0] * 40, "Attention helps here: 30 "),
        ([1] * 90 + [0] * 10, [1] * 87 + [0] * 13, "That attention helps cannot be said here: 3 "),
        ([1] * 60 + [0] * 40, [1] * 90 + [0] * 10, "Attention does worse here than mean mixing: 0 "),
    ],
)
def test_attention_is_said_to_help_only_beyond_chance(right, control, beginning):
    said = digit_classification._matters(made_up(right, control)).says[0]
    assert (said.template % said.values).startswith(beginning)


def test_bright_patches_that_matter_no_more_than_others_are_said_so():
    for most, words in ((0.2, "is still no explanation"), (0.6, "matters no more than the rest")):
        said = digit_classification._matters(made_up([1], [1], most=most)).says[2]
        assert words in said.template % said.values


# Own drawings and what is refused


def as_png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def drawn(picture, dark_on_light=True):
    """A held-out digit as somebody might photograph it: large, off the middle, on paper that is not quite white."""
    large = np.zeros((200, 240), np.float32)
    large[20:164, 60:204] = picture.repeat(18, axis=0).repeat(18, axis=1)
    grey = 245 - 225 * large if dark_on_light else 15 + 230 * large
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("dark_on_light", [True, False])
def test_a_drawing_is_read_on_light_and_on_dark_paper(kept, dark_on_light):
    held_out = kept.held_out
    pictures = np.array([from_drawing(drawn(one, dark_on_light)) for one in held_out.pictures[:60]])
    assert pictures.min() >= 0
    assert pictures.max() == 1
    answers = kept.model.probabilities(pictures).argmax(axis=1)
    assert np.mean(answers == held_out.labels[:60]) >= 0.9


def test_of_a_drawing_nobody_says_whether_the_answer_is_right(kept):
    document, _ = run({"drawing": as_png(drawn(kept.held_out.pictures[3]))})
    assert document["answer"]["true"] is None
    assert document["answer"]["right"] is None
    assert document["answer"]["digit"] == int(kept.held_out.labels[3])
    assert document["says"][0]["text"].startswith("Of your drawing the model says")


@pytest.mark.parametrize(
    ("raw", "pointer", "words"),
    [
        ({"digit": 359}, "/digit", "expected a number from 0 to 358"),
        ({"digit": -1}, "/digit", "expected a number from 0 to 358"),
        ({"patch": "3"}, "/patch", "expected one of 2, 4"),
        ({"patch": 2}, "/patch", "expected one of 2, 4"),
        ({"steps": 10}, "/steps", "expected a number from 50"),
        ({"mode": "live"}, "/mode", "expected one of checkpoint, train"),
        ({"drawing": "no picture"}, "/drawing", "expected a PNG"),
        ({"drawing": as_png(np.full((40, 40, 3), 255, np.uint8))}, "/drawing", "expected a drawing with ink"),
    ],
)
def test_what_cannot_be_run_is_refused(raw, pointer, words):
    with pytest.raises(InvalidParams) as caught:
        parse_params(TASK.params, raw)
    (problem,) = caught.value.problems
    assert problem.pointer_text == pointer
    assert words in problem.detail


def test_params_come_back_as_they_were_sent(kept):
    raw = {"digit": 7, "patch": "4", "mode": "train", "steps": 60, "seed": 2}
    raw["drawing"] = as_png(drawn(kept.held_out.pictures[0]))
    jsonschema.validate(raw, json_schema(TASK.params))
    params = parse_params(TASK.params, raw)
    again = parse_params(TASK.params, params.canonical())
    assert again.canonical() == params.canonical()
