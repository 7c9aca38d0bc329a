"""The text classifier: what it computes against NumPy and Keras, what it says, its data, and what it refuses."""

import importlib.util
import itertools
import json
import math
import re
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from attention_core import catalogue
from attention_core.labelled_texts import (
    LANGUAGES,
    MAX_TOKENS,
    built_in,
    divided,
    tokens_of,
    vocabulary_of,
    without,
)
from attention_core.models import checkpoints, pooling, pooling_effects
from attention_core.params import InvalidParams, parse_params
from attention_core.tasks import text_classification
from attention_core.tasks.base import quiet

DATA = Path(text_classification.__file__).parents[1] / "data"
TASK = catalogue.task("text_classification")
FUNCTIONS = ("dot_product", "additive", "scaled_dot_product")
# "x" decides; the rest is the same in both labels.
OWN = [[f"the {word} {number} day {sign} now", label] for number in range(12) for word in ("long", "short")
       for sign, label in (("hurrah", "glad"), ("alas", "sad"))]  # fmt: skip


def run(raw, report=quiet):
    return TASK.run(parse_params(TASK.params, raw), report)


def found(raw):
    return run(raw).document


@cache
def of_checkpoint(language, function):
    return found({"language": language, "function": function})


def words_of(document):
    return " ".join(one["text"] for one in document["says"] + document["matters"]["says"])


def by_hand(arrays, function, numbers):
    """(weights, probabilities) of one text in float64, from the formulas."""
    embedded = arrays["embedding"].astype(np.float64)[numbers]
    if function == "mean":
        weights = np.full(len(numbers), 1 / len(numbers))
    else:
        query = arrays["query"].astype(np.float64)[0]
        if function == "additive":
            hidden = np.tanh(query @ arrays["query_weight"] + embedded @ arrays["key_weight"])
            scores = hidden @ arrays["vector"]
        else:
            scores = embedded @ query / (math.sqrt(len(query)) if function.startswith("scaled") else 1)
        weights = np.exp(scores - scores.max())
        weights /= weights.sum()
    logits = weights @ embedded @ arrays["output"] + arrays["bias"]
    powers = np.exp(logits - logits.max())
    return weights, powers / powers.sum()


def kept(language, function):
    prefix = f"{language}.{function}."
    arrays = checkpoints.load("text_classification").arrays
    return {name.removeprefix(prefix): one for name, one in arrays.items() if name.startswith(prefix)}


# What it computes


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("function", [*FUNCTIONS, "mean"])
def test_the_card_of_the_checkpoint_says_what_numpy_measures(language, function):
    sentences = built_in(language)
    vocabulary, arrays = vocabulary_of(sentences.train, 4000), kept(language, function)
    right = [
        by_hand(arrays, function, vocabulary.numbers([text])[0])[1].argmax() == label
        for text, label in zip(sentences.held_out, sentences.held_out_labels, strict=True)
    ]
    card = checkpoints.load("text_classification").card
    assert card["held_out_accuracy"][f"{language}.{function}"] == pytest.approx(np.mean(right), abs=0.0026)
    assert card["data"][language] == {"train": 800, "held_out": 400, "tokens": vocabulary.size}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_weights_and_probabilities_are_those_of_the_formulas(language, function):
    document = of_checkpoint(language, function)
    vocabulary = vocabulary_of(built_in(language).train, 4000)
    numbers = vocabulary.numbers([document["answer"]["text"]])[0]
    weights, probabilities = by_hand(kept(language, function), function, numbers)
    got = np.array(document["maps"]["weights"])
    assert got.shape == (1, 1, 1, len(numbers))
    np.testing.assert_allclose(got[0, 0, 0], weights, atol=2e-6)
    np.testing.assert_allclose(list(document["answer"]["probabilities"].values()), probabilities, atol=1e-5)
    of_mean = by_hand(kept(language, "mean"), "mean", numbers)[1]
    np.testing.assert_allclose(
        list(document["answer"]["mean_pooling"]["probabilities"].values()), of_mean, atol=1e-5
    )


def test_training_follows_the_gradient_as_keras_does(monkeypatch):
    import keras
    import tensorflow as tf

    monkeypatch.setattr(pooling, "UNKNOWN_SHARE", 0.0)
    monkeypatch.setattr(pooling, "_TINY", 1e-10)  # so that it does not matter where it is added
    # Larger than usual: where a gradient is all but 0, what Adam makes of it is rounding.
    start = {name: 4 * one for name, one in pooling.initial("additive", 9, 3, 4).items()}
    monkeypatch.setattr(pooling, "initial", lambda *_told: start)
    chance = np.random.Generator(np.random.PCG64(3))
    numbers = chance.integers(1, 9, (16, 6)).astype(np.int32)
    numbers[3, 4:] = numbers[7, 1:] = 0
    labels = chance.integers(0, 3, 16).astype(np.int32)
    trained = pooling.train(
        "additive",
        numbers,
        labels,
        (numbers, labels),
        sizes=(9, 3),
        steps=5,
        seed=4,
        after_step=lambda *_told: None,
    )
    variables = {name: keras.Variable(one) for name, one in start.items()}
    adam = keras.optimizers.Adam(pooling.LEARNING_RATE, epsilon=1e-10)
    for _step in range(5):
        with tf.GradientTape() as tape:
            embedded = tf.gather(variables["embedding"].value, numbers)
            hidden = tf.tanh(
                variables["query"].value @ variables["query_weight"].value
                + embedded @ variables["key_weight"].value
            )
            scores = tf.linalg.matvec(hidden, variables["vector"].value)
            powers = tf.exp(scores) * tf.cast(numbers > 0, tf.float32)
            weights = powers / tf.reduce_sum(powers, axis=1, keepdims=True)
            pooled = tf.einsum("tn,tnd->td", weights, embedded)
            logits = pooled @ variables["output"].value + variables["bias"].value
            loss = tf.reduce_mean(
                keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
            )
        values = [one.value for one in variables.values()]
        gradients = [tf.convert_to_tensor(one) for one in tape.gradient(loss, values)]
        adam.apply(gradients, list(variables.values()))
    assert set(trained.model.arrays) == set(variables)
    for name, variable in variables.items():
        np.testing.assert_allclose(trained.model.arrays[name], variable.numpy(), atol=2e-4, err_msg=name)
    assert trained.loss[-1] == pytest.approx(float(loss), abs=1e-4)


def test_uniform_weights_are_mean_pooling_and_shuffled_ones_the_same_in_another_order():
    vocabulary = vocabulary_of(built_in("en").train, 4000)
    numbers = vocabulary.numbers(built_in("en").held_out[:20])
    arrays = kept("en", "dot_product")
    model = pooling.Pooling("dot_product", arrays)
    of_mean = pooling.Pooling("mean", arrays).probabilities(numbers)
    np.testing.assert_allclose(
        model.probabilities(numbers, pooling_effects.uniform(numbers)), of_mean, atol=1e-6
    )
    weights = model.weights(numbers)
    shuffled = pooling_effects.shuffled(weights, numbers, np.random.Generator(np.random.PCG64(0)))
    np.testing.assert_array_equal(np.sort(shuffled), np.sort(weights))
    assert not np.allclose(shuffled, weights)
    assert (shuffled[numbers == 0] == 0).all()


def test_the_deletion_test_deletes_what_was_attended_to():
    sentences = built_in("en")
    vocabulary = vocabulary_of(sentences.train, 4000)
    arrays = kept("en", "dot_product")
    texts, labels = sentences.held_out[:15], sentences.held_out_labels[:15]
    after, right = [], []
    for text, label in zip(texts, labels, strict=True):
        weights, whole = by_hand(arrays, "dot_product", vocabulary.numbers([text])[0])
        words = re.findall(r"[A-Za-z']+", text)
        del words[weights.argmax()]
        left = by_hand(arrays, "dot_product", vocabulary.numbers([" ".join(words)])[0])[1]
        after.append(left[whole.argmax()])
        right.append(left.argmax() == label)
    model = pooling.Pooling("dot_product", arrays)
    _whole, got = pooling_effects.deletions(model, vocabulary, texts, labels, most=2, seed=0)
    assert [one.count for one in got] == [1, 2]
    assert got[0].probability == pytest.approx(np.mean(after), abs=1e-5)
    assert got[0].accuracy == np.mean(right)
    assert got[0].probability < got[0].probability_random - 0.1


def test_tokens_deleted_together_share_no_character():
    document = of_checkpoint("zh-hans", "dot_product")
    text = document["answer"]["text"]
    weights = np.array(document["maps"]["weights"])[0, 0, 0]
    chosen = pooling_effects._apart(tokens_of(text), np.argsort(-weights), 3)
    characters = [place for token in chosen for place in range(token.start, token.end)]
    assert len(chosen) == 3
    assert len(characters) == len(set(characters))


def test_a_bright_token_that_changes_nothing_is_counted():
    # "idle" takes half of the weight and has the value 0: without it "good" is all, and the answer surer.
    arrays = {
        "embedding": np.array([[0, 0], [0, 0], [0, 9], [9, 9]], dtype=np.float32),
        "query": np.array([[0, 1]], dtype=np.float32),
        "output": np.array([[1, -1], [0, 0]], dtype=np.float32),
        "bias": np.zeros(2, dtype=np.float32),
    }
    vocabulary = vocabulary_of(["idle good", "good idle"], 10)
    assert vocabulary.words == ("good", "idle")
    arrays["embedding"][[2, 3]] = arrays["embedding"][[3, 2]]
    model = pooling.Pooling("dot_product", arrays)
    assert pooling_effects.bright_but_idle(model, vocabulary, ["idle good", "good", "never met"]) == 2
    assert pooling_effects.bright_but_idle(model, vocabulary, ["good other"]) == 0


# What it says


@pytest.mark.parametrize("language", LANGUAGES)
def test_attention_is_five_points_ahead_of_its_control_on_the_built_in_reviews(language):
    document = of_checkpoint(language, "dot_product")
    accuracy = next(one for one in document["metrics"] if one["name"] == "accuracy")
    print(language, accuracy["value"], accuracy["control"])
    assert accuracy["value"] - accuracy["control"] >= 0.05
    assert "Attention helps here" in words_of(document)
    assert "no explanation" in words_of(document)


def test_a_result_has_all_parts_and_is_json_without_nan():
    document = of_checkpoint("en", "dot_product")
    json.dumps(document, allow_nan=False)
    assert document["maps"]["columns"] == [token.text for token in tokens_of(document["answer"]["text"])]
    assert sum(document["maps"]["weights"][0][0][0]) == pytest.approx(1, abs=1e-4)
    assert [one["name"] for one in document["curves"]] == ["loss", "accuracy"]
    assert document["curves"][1]["series"]["Attention"][-1] == pytest.approx(
        document["metrics"][0]["value"], abs=0.006
    )
    assert [one["name"] for one in document["tables"]] == ["sentence", "words", "deletions"]
    labels = [one["label"] % one["values"] for one in document["matters"]["changes"]]
    assert labels[:3] == [
        "The control, trained with mean pooling",
        "Uniform weights",
        "Weights shuffled among the tokens",
    ]
    assert "The 2 most attended tokens deleted" in labels
    assert all(one["change"] < -0.05 for one in document["matters"]["changes"][:4])


def test_an_own_sentence_is_classified_and_unknown_words_are_counted():
    good = found({"text": "The soup was salty, but I was DELIGHTED."})
    bad = found({"text": "The soup was tasty, but I was furious."})
    assert (good["answer"]["label"], bad["answer"]["label"]) == ("positive", "negative")
    assert "tokens" not in good["says"][1]["text"]
    strange = found({"text": "Quantum soup zigzags."})
    assert "Training has not met 2 of the 3 tokens" in words_of(strange)
    chinese = found({"text": "汤很寡淡，可我很满意。", "language": "zh-hans"})
    assert chinese["answer"]["label"] == "好评"


def test_a_sentence_longer_than_the_model_reads_says_so():
    text = "很好吃" * 100
    document = found({"text": text, "language": "zh-hans"})
    assert len(document["maps"]["columns"]) == MAX_TOKENS
    assert f"Only the first {MAX_TOKENS} tokens were read." in words_of(document)


def test_own_texts_are_learned_with_a_fifth_held_out():
    document = found({"texts": OWN, "text": "a short day, alas", "steps": 60})
    assert document["answer"]["label"] == "sad"
    assert document["metrics"][0]["value"] == 1.0
    assert set(document["answer"]["probabilities"]) == {"glad", "sad"}
    assert {row[0] for row in document["tables"][1]["rows"][:2]} == {"hurrah", "alas"}
    assert "built-in" not in words_of(document)


def test_where_attention_does_not_help_the_page_says_so():
    chance = np.random.Generator(np.random.PCG64(8))
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    noise = [[" ".join(chance.choice(words, 6)), "ab"[number % 2]] for number in range(60)]
    document = found({"texts": noise, "steps": 40})
    assert "It is not shown here that attention helps" in words_of(document)


@pytest.mark.parametrize(
    ("only_attention", "only_mean", "said"),
    [(20, 2, "helps here"), (2, 20, "does worse"), (8, 4, "not shown")],
)
def test_a_lead_counts_only_beyond_chance(only_attention, only_mean, said):
    right = np.array([True] * only_attention + [False] * only_mean + [True] * 10)
    control = np.array([False] * only_attention + [True] * only_mean + [True] * 10)
    sentence = text_classification._compared(right, control)
    assert said in sentence.template
    assert (sentence.values["more"], sentence.values["fewer"]) == (only_attention, only_mean)


# How it runs


@pytest.mark.parametrize("raw", [{"texts": OWN, "steps": 40, "seed": 5}, {"mode": "train", "steps": 20}])
def test_the_same_seed_gives_the_same_result(raw):
    first, second = run(raw), run(raw)
    for document in (first.document, second.document):
        document.pop("elapsed_ms")
    assert first.document == second.document
    np.testing.assert_allclose(first.arrays["weights"], second.arrays["weights"], atol=1e-6)
    other = run({**raw, "seed": 6})
    assert np.abs(other.arrays["weights"] - first.arrays["weights"]).max() > 1e-6 or raw.get("texts")


def test_every_step_is_reported_and_progress_only_grows():
    told = []
    run({"texts": OWN, "steps": 25}, lambda *one: told.append(one))
    progress = [one[0] for one in told]
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0.0, 1.0)
    figures = [one[2] for one in told if one[1] == "training"]
    assert [one["step"] for one in figures] == list(range(1, 26))
    assert all(set(one) == {"step", "loss", "accuracy"} and math.isfinite(one["loss"]) for one in figures)


@pytest.mark.parametrize("stop_at", [0.02, 0.6])
def test_it_stops_where_the_report_raises(stop_at):
    class StopError(Exception):
        pass

    seen = []

    def report(progress, *_more):
        seen.append(progress)
        if progress >= stop_at:
            raise StopError

    with pytest.raises(StopError):
        run({"texts": OWN, "steps": 200}, report)
    assert seen[-1] < stop_at + 0.01


def test_the_default_run_is_quick():
    of_checkpoint("en", "dot_product")  # TensorFlow is loaded, and the texts are read
    start = time.process_time()
    found({})
    took = time.process_time() - start
    print(f"{took:.2f} s of processor time")
    assert took < 2


# Its data


@cache
def maker():
    spec = importlib.util.spec_from_file_location("make_reviews", DATA / "make_reviews.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_reviews"] = module
    spec.loader.exec_module(module)
    return module


def test_the_script_writes_the_files_that_are_kept(tmp_path):
    maker().write(tmp_path)
    for language in LANGUAGES:
        name = f"reviews.{language}.csv"
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_out_reviews_share_no_sentence_filler_or_pattern_with_training(language):
    sentences = built_in(language)
    assert (len(sentences.train), len(sentences.held_out)) == (800, 400)
    assert not set(sentences.train) & set(sentences.held_out)
    assert len(set(sentences.train)) == 800
    lists = {"en": maker().ENGLISH, "zh-hans": maker().CHINESE}[language]
    in_training, held_out = lists.patterns["train"], lists.patterns["held-out"]
    for part in ("detail", "verdict", "filler"):
        assert not set(getattr(in_training, part)) & set(getattr(held_out, part))
    training = "\n".join(sentences.train).lower()
    for filler in held_out.filler:
        assert filler.lower() not in training
    for labels in (sentences.train_labels, sentences.held_out_labels):
        assert np.bincount(labels).tolist() == [len(labels) / 2] * 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_label_is_the_verdicts_or_else_the_details(language):
    """Read again from the sentences, by looking for the words of the lists."""
    lists = {"en": maker().ENGLISH, "zh-hans": maker().CHINESE}[language]
    sentences = built_in(language)
    texts = [*sentences.train, *sentences.held_out]
    labels = [*sentences.train_labels, *sentences.held_out_labels]

    def count(words, text):
        return sum(text.count(word) if language != "en" else (word in text.split()) for word in words.split())

    good, bad = zip(*(group[1:] for group in lists.details), strict=True)
    without_verdict = 0
    for text, label in zip(texts, labels, strict=True):
        plain = re.sub(r"[.,;]", " ", text.lower()) if language == "en" else text
        verdict = [count(words, plain) for words in lists.verdicts]
        details = [count(" ".join(words), plain) for words in (good, bad)]
        deciding = verdict if sum(verdict) else details
        without_verdict += not sum(verdict)
        assert deciding[label] > 0, text
        if sum(verdict) == 0 or language == "en":
            assert deciding[1 - label] == 0, text
    assert 0.2 < without_verdict / len(texts) < 0.5


def test_own_texts_given_twice_are_on_one_side_only():
    sentences = divided([(text, label) for text, label in OWN * 3], seed=1)
    assert len(sentences.train) + len(sentences.held_out) == len(OWN)
    assert not set(sentences.train) & set(sentences.held_out)
    assert len(sentences.held_out) == pytest.approx(len(OWN) / 5, abs=1)
    assert sentences.labels == ("glad", "sad")


def test_words_are_in_lower_case_and_unspaced_scripts_in_characters_and_pairs():
    assert [one.text for one in tokens_of("Don’t PANIC, 42!")] == ["don't", "panic", "42"]
    assert [one.text for one in tokens_of("很好吃")] == ["很", "很好", "好", "好吃", "吃"]
    assert [one.text for one in tokens_of("买iPhone送")] == ["买", "iphone", "送"]
    text = "汤很咸，我走"
    assert (
        "".join(text[one.start : one.end] for one in tokens_of(text) if one.end - one.start == 1)
        == "汤很咸我走"
    )
    # A gap joins nothing that did not stand together.
    middle = next(one for one in tokens_of(text) if one.text == "很")
    assert [one.text for one in tokens_of(without(text, [middle]))] == ["汤", "咸", "我", "我走", "走"]


# What it refuses


def hostile():
    many = [["text", "label"]] * 10**6
    rows = [[f"text {number}", "ab"[number % 2]] for number in range(10)]
    yield "a million rows", many, "10 to 2000 rows"
    yield "a million lines", "a text,a label\n" * 10**6, "characters, got 15000000"
    yield "a giant cell", [["x" * 10**7, "a"], *rows], "1 to 300 characters, got 10000000"
    yield "a giant cell in a file", '"' + "x" * 10**7 + '",a\n' + "y,b\n" * 20, "characters, got 10000085"
    yield "a quote that never ends", 'x,"a\n' * 5000, "rows of text and label"
    yield "NULs", [["a\0b", "a"], *rows], "U+0000"
    yield "NULs in a file", "\n".join(f"a\0{number},a" for number in range(20)), "U+0000"
    yield (
        "one label only",
        [[f"text {number}", "a"] for number in range(20)],
        "2 to 10 different labels, got 1",
    )
    yield (
        "a label for each",
        [[f"text {number}", f"{number}"] for number in range(20)],
        "2 to 10 different labels",
    )
    yield "one text of a label", [*rows, ["alone", "c"]], "two different texts for each label; c has 1"
    yield "the same text over and over", [["same", "ab"[number % 2]] for number in range(20)], "a has 1"
    yield "deep nesting", [[[[["x"]]], "a"], *rows], "expected a text"
    yield "numbers", [[1, 2]] * 20, "expected a text"
    yield "three columns", [["a", "b", "c"]] * 20, "a text and a label"
    yield "no list", {"text": "label"}, "a text and a label"
    yield "surrogates", [["\ud800", "a"], *rows], "U+D800"


@pytest.mark.parametrize("number", range(len(list(hostile()))))
def test_hostile_texts_are_refused_at_once(number):
    name, raw, said = next(itertools.islice(hostile(), number, None))
    start = time.process_time()  # of this process: what others do at the time is not counted
    with pytest.raises(InvalidParams) as caught:
        parse_params(TASK.params, {"texts": raw})
    took = time.process_time() - start
    print(f"{name}: {took:.3f} s")
    assert said in str(caught.value)
    assert took < 1
    assert caught.value.problems[0].pointer[0] == "texts"


@pytest.mark.parametrize("text", ["!!!", "\0", "x" * 301, "", "🙂🙂", 3])
def test_a_sentence_without_a_word_is_refused(text):
    with pytest.raises(InvalidParams):
        parse_params(TASK.params, {"text": text})


def test_formulas_and_markup_are_mere_text():
    rows = [["=cmd|' /C calc'!A0 " + str(number), "a"] for number in range(8)]
    rows += [[f"<script>alert({number})</script> %s {{{{ 7*7 }}}}", "%(b)s"] for number in range(8)]
    params = parse_params(TASK.params, {"texts": rows, "text": "=1+1", "steps": 20})
    assert params.texts[0][0].startswith("=cmd|")
    document = TASK.run(params, quiet).document
    assert set(document["answer"]["probabilities"]) == {"a", "%(b)s"}
    json.dumps(document, allow_nan=False)


def test_texts_without_a_single_word_are_no_crash():
    rows = [["!" * (number + 1), "ab"[number % 2]] for number in range(12)]
    document = found({"texts": rows, "text": "word", "steps": 20})
    assert document["maps"]["columns"] == ["word"]
    assert found({"texts": rows, "steps": 20})["maps"] is None


def test_the_largest_own_texts_are_read_within_a_second():
    chance = np.random.Generator(np.random.PCG64(0))
    rows = [
        ["".join(map(chr, chance.integers(0x4E00, 0x9FA5, 300))), "ab"[number % 2]] for number in range(2000)
    ]
    start = time.process_time()
    params = parse_params(TASK.params, {"texts": rows})
    assert time.process_time() - start < 1
    assert len(params.texts) == 2000


# What was measured


def test_the_kept_figures_are_those_of_the_goals_and_reach_them():
    from attention_core.trials import KEPT

    runs = json.loads(KEPT.read_text("utf-8"))["text_classification"]["runs"]
    assert len(runs) == 5
    assert set(runs[0]) == set(TASK.goals)
    for name, goal in TASK.goals.items():
        if goal.mean is not None:
            assert np.mean([one[name] for one in runs]) >= goal.mean, name
