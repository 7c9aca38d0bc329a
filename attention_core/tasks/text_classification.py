"""Lab task: short texts sorted by their label, with attention pooling and with mean pooling as the control."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.findings import Change, Curve, Findings, Maps, Matters, Metric, Sentence, Table
from attention_core.functions import function as function_named
from attention_core.labelled_texts import (
    LANGUAGES,
    MAX_TOKENS,
    PADDING,
    UNKNOWN,
    Sentences,
    Vocabulary,
    built_in,
    distinct,
    divided,
    tokens_of,
    vocabulary_of,
)
from attention_core.labels import gettext_noop as _
from attention_core.models import checkpoints
from attention_core.models.looks import spread
from attention_core.models.pooling import (
    BATCH,
    LEARNING_RATE,
    MEAN,
    WIDTH,
    Pooling,
    Trained,
    accuracy_of,
    train,
)
from attention_core.models.pooling_effects import (
    SHUFFLES,
    Deletion,
    bright_but_idle,
    deletions,
    looked_at_most,
    one_less,
    shuffled,
    uniform,
)
from attention_core.own_kinds import LabelledTexts, Text
from attention_core.params import Choice, Integer, Params, Problems, param
from attention_core.tasks.base import Checkpoint, Goal, Report, Result, Task, quiet

FUNCTIONS = ("dot_product", "additive", "scaled_dot_product")
CHECKPOINT, TRAIN = "checkpoint", "train"
STEPS, MAX_STEPS = 400, 1500
MIN_ROWS, MAX_ROWS, MAX_LENGTH = 10, 2000, 300
MAX_VOCABULARY = 4000
MAX_TRIED = 200  # held-out texts of the deletion test
MOST_DELETED = 3
MOST_WORDS = 12
DATE = "2026-11-30"

NO_WORD = _("expected a text with at least one letter or digit, got none")
ONE_LABEL = _("expected one label for each text; this one also stands in row %(row)s as %(label)s")
FEW_TEXTS = _("expected at least %(minimum)s different texts, got %(received)s")
TWO_TEXTS = _("expected at least two different texts for each label; %(label)s has %(received)s")

READING, TRAINING, DELETING = _("reading the texts"), _("training"), _("deleting words")
ATTENTION, MEAN_POOLING = _("Attention"), _("Mean pooling")


@dataclass(frozen=True, kw_only=True, eq=False)
class TextClassificationParams(Params):
    """What the learner sends: a sentence, and what to learn from."""

    text: str | None = param(
        Text(max_length=MAX_LENGTH, lines=2),
        label=_("Sentence"),
        help=_("A sentence of your own to classify. Without it: a review that training has not seen."),
        default=None,
    )
    texts: tuple[tuple[str, str], ...] | None = param(
        LabelledTexts(max_rows=MAX_ROWS, max_length=MAX_LENGTH, min_rows=MIN_ROWS),
        label=_("Own texts"),
        help=_(
            "Texts with a label each, to learn from instead of the built-in reviews. A fifth of them is held "
            "out, and both models are trained now."
        ),
        default=None,
    )
    language: str = param(
        Choice(LANGUAGES, {"en": _("English"), "zh-hans": _("Chinese")}),
        label=_("Language"),
        help=_("Of the built-in reviews. Own texts may be in any language."),
        default="en",
    )
    function: str = param(
        Choice(FUNCTIONS, {name: function_named(name).label for name in FUNCTIONS}),
        label=_("Scoring function"),
        help=_("How the learned query scores each token."),
        default=FUNCTIONS[0],
    )
    mode: str = param(
        Choice((CHECKPOINT, TRAIN), {CHECKPOINT: _("Trained already"), TRAIN: _("Train now")}),
        label=_("Model"),
        help=_("Answer with the models kept in the camp, or train both anew with your steps and seed."),
        default=CHECKPOINT,
    )
    steps: int = param(
        Integer(20, MAX_STEPS),
        label=_("Training steps"),
        help=_("How many batches of 32 texts each model is trained on."),
        default=STEPS,
    )
    seed: int = param(
        Integer(0, 2**32 - 1),
        label=_("Seed"),
        help=_("From which untrained weights, batches, held-out texts and random deletions are drawn."),
        default=0,
    )

    def check(self, problems: Problems) -> None:
        if self.text is not None and not tokens_of(self.text):
            problems.add(("text",), NO_WORD)
        if self.texts is not None:
            self._check_texts(self.texts, problems)

    def _check_texts(self, texts: tuple[tuple[str, str], ...], problems: Problems) -> None:
        first: dict[str, int] = {}
        for place, (text, label) in enumerate(texts):
            earlier = first.setdefault(text, place)
            if texts[earlier][1] != label:
                values = {"row": earlier + 1, "label": texts[earlier][1]}
                problems.add(("texts", place), ONE_LABEL, **values)
        if len(first) < MIN_ROWS:
            problems.add(("texts",), FEW_TEXTS, minimum=MIN_ROWS, received=len(first))
        for label, own in distinct(texts).items():
            if len(own) < 2:
                problems.add(("texts",), TWO_TEXTS, label=label, received=len(own))

    @property
    def trains(self) -> bool:
        return self.mode == TRAIN or self.texts is not None


@dataclass(frozen=True, eq=False)
class Ready:
    """Texts as numbers."""

    sentences: Sentences
    vocabulary: Vocabulary
    train: np.ndarray[Any, Any]
    held_out: np.ndarray[Any, Any]

    @classmethod
    def of(cls, sentences: Sentences, report: Report = quiet) -> Ready:
        vocabulary = vocabulary_of(sentences.train, MAX_VOCABULARY)
        report(0.0, READING)
        in_training = vocabulary.numbers(sentences.train)
        report(0.0, READING)
        return cls(sentences, vocabulary, in_training, vocabulary.numbers(sentences.held_out))

    def trained(self, function: str, steps: int, seed: int, after_step: Callable[..., None]) -> Trained:
        return train(
            function,
            self.train,
            self.sentences.train_labels,
            (self.held_out, self.sentences.held_out_labels),
            sizes=(self.vocabulary.size, len(self.sentences.labels)),
            steps=steps,
            seed=seed,
            after_step=after_step,
        )

    def right(self, model: Pooling) -> np.ndarray[Any, Any]:
        """(held-out texts) whether the answer is right."""
        return model.probabilities(self.held_out).argmax(axis=1) == self.sentences.held_out_labels


def run(params: TextClassificationParams, report: Report) -> Result:
    """Train or load both models and look at what they do; `report` may raise to cancel."""
    report(0.0, READING)
    start = time.perf_counter()
    sentences = built_in(params.language) if params.texts is None else divided(params.texts, params.seed)
    ready = Ready.of(sentences, report)
    attention, control = _models(params, ready, report)
    report(0.9, DELETING)
    found = _findings(params, ready, attention, control, report)
    report(1.0, _("done"))
    return found.result(elapsed_ms=(time.perf_counter() - start) * 1000)


def _models(params: TextClassificationParams, ready: Ready, report: Report) -> tuple[Trained, Trained]:
    if not params.trains:
        kept = checkpoints.load("text_classification").arrays
        report(0.5, READING)
        return (_kept(kept, params.language, params.function), _kept(kept, params.language, MEAN))
    return _train_both(ready, params.function, params.steps, params.seed, report)


def _train_both(
    ready: Ready, function: str, steps: int, seed: int, report: Report
) -> tuple[Trained, Trained]:
    def of_attention(step: int, loss: float, accuracy: float | None) -> None:
        figures = {"step": step, "loss": loss}
        report(
            0.5 * step / steps, TRAINING, figures if accuracy is None else figures | {"accuracy": accuracy}
        )

    def of_control(step: int, _loss: float, _accuracy: float | None) -> None:
        # Without figures: a run has one curve, and it is that of attention.
        report(0.5 + 0.4 * step / steps, _("training the control"))

    return ready.trained(function, steps, seed, of_attention), ready.trained(MEAN, steps, seed, of_control)


def _findings(
    params: TextClassificationParams, ready: Ready, attention: Trained, control: Trained, report: Report
) -> Findings:
    labels = ready.sentences.labels
    text = params.text or _example(ready.sentences)
    tokens = tokens_of(text)
    numbers = ready.vocabulary.numbers([text])
    of_text = {name: one.model.probabilities(numbers)[0] for name, one in _named(attention, control)}
    chosen = int(of_text["attention"].argmax())
    weights = attention.model.weights(numbers)
    words = [token.text for token in tokens]
    metrics = _metrics(ready, attention.model, control.model)
    report(0.92, DELETING)
    deleted = _deleted(ready, attention.model, params.seed)
    report(0.95, DELETING)
    matters = _matters(ready, attention.model, control.model, deleted, params.seed)
    report(0.98, DELETING)
    return Findings(
        says=_says(params, ready, text, of_text["attention"]),
        answer={
            "text": text,
            "label": labels[chosen],
            "probabilities": _by_label(labels, of_text["attention"]),
            "mean_pooling": {
                "label": labels[int(of_text["control"].argmax())],
                "probabilities": _by_label(labels, of_text["control"]),
            },
        },
        metrics=metrics,
        curves=_curves(attention, control),
        maps=Maps(weights[None, None], rows=("q",), columns=words) if words else None,
        tables=(
            _table_of_text(ready, attention.model, text, chosen, weights[0]),
            _table_of_words(ready, attention.model),
            _table_of_deletions(*deleted),
        ),
        matters=matters,
    )


def _named(attention: Trained, control: Trained) -> tuple[tuple[str, Trained], ...]:
    return (("attention", attention), ("control", control))


def _by_label(labels: tuple[str, ...], probabilities: np.ndarray[Any, Any]) -> dict[str, float]:
    return {label: float(one) for label, one in zip(labels, probabilities, strict=True)}


def _example(sentences: Sentences) -> str:
    """The first held-out text whose details speak against its verdict, or the first of own texts."""
    return sentences.held_out[sentences.kinds.index("mixed") if "mixed" in sentences.kinds else 0]


def _says(
    params: TextClassificationParams, ready: Ready, text: str, probabilities: np.ndarray[Any, Any]
) -> list[Sentence]:
    label = ready.sentences.labels[int(probabilities.argmax())]
    values = {"label": label, "percent": _percent(probabilities.max())}
    says = [Sentence(_("Answer: %(label)s, with a probability of %(percent)s %%."), values)]
    numbers = ready.vocabulary.numbers([text])[0]
    unknown = int((numbers == UNKNOWN).sum())
    if unknown:
        says.append(
            Sentence(
                _(
                    "Training has not met %(unknown)s of the %(count)s tokens. They are all read as one and the same "
                    "unknown token, so nothing in the answer comes from what they mean."
                ),
                {"unknown": unknown, "count": int((numbers != PADDING).sum())},
            )
        )
    if len(tokens_of(text)) == MAX_TOKENS:
        says.append(Sentence(_("Only the first %(most)s tokens were read."), {"most": MAX_TOKENS}))
    if params.texts is None:
        says.append(
            Sentence(
                _(
                    "The built-in reviews were put together by a script, so that few words decide amid much filler: "
                    "a good place for attention, and not how people write."
                )
            )
        )
    return says


def _metrics(ready: Ready, attention: Pooling, control: Pooling) -> list[Metric]:
    right, right_control = ready.right(attention), ready.right(control)
    metrics = [
        Metric("accuracy", _("Held-out accuracy"), float(right.mean()), "share", float(right_control.mean()))
    ]
    kinds = np.array(ready.sentences.kinds)
    for kind, label in (
        ("plain", _("Accuracy where no detail contradicts")),
        ("mixed", _("Accuracy where the details contradict the verdict")),
    ):
        if (kinds == kind).any():
            shares = (float(one[kinds == kind].mean()) for one in (right, right_control))
            metrics.append(Metric(kind, label, next(shares), "share", next(shares)))
    in_training = [
        accuracy_of(model.probabilities(ready.train), ready.sentences.train_labels)
        for model in (attention, control)
    ]
    metrics.append(
        Metric("train_accuracy", _("Accuracy on the training texts"), in_training[0], "share", in_training[1])
    )
    effective = [float(spread(model.weights(ready.held_out))[1]) for model in (attention, control)]
    metrics.append(
        Metric(
            "effective_tokens", _("Tokens effectively looked at"), effective[0], "", effective[1], "neither"
        )
    )
    return metrics


def _curves(attention: Trained, control: Trained) -> tuple[Curve, Curve]:
    x = attention.steps.tolist()

    def series(name: str) -> dict[str, list[float]]:
        return {ATTENTION: getattr(attention, name).tolist(), MEAN_POOLING: getattr(control, name).tolist()}

    return (
        Curve("loss", _("Training loss"), _("Training step"), _("Loss"), x, series("loss")),
        Curve("accuracy", _("Held-out accuracy"), _("Training step"), _("Accuracy"), x, series("accuracy")),
    )


def _table_of_text(
    ready: Ready, model: Pooling, text: str, label: int, weights: np.ndarray[Any, Any]
) -> Table:
    tokens = tokens_of(text)
    whole = model.probabilities(ready.vocabulary.numbers([text]))[0, label]
    left = one_less(model, ready.vocabulary, text, label)
    order = np.argsort(-weights[: len(tokens)], kind="stable")[:MOST_WORDS]
    return Table(
        "sentence",
        _("This sentence, one token less"),
        (_("Token"), _("Weight"), _("Probability without it"), _("Change")),
        [
            (tokens[one].text, float(weights[one]), float(left[one]), float(left[one] - whole))
            for one in order
        ],
    )


def _table_of_words(ready: Ready, model: Pooling) -> Table:
    labels = ready.sentences.labels
    return Table(
        "words",
        _("Looked at most in the held-out texts"),
        (
            _("Token"),
            _("In so many texts"),
            _("Mean weight"),
            _("Times an equal share"),
            _("Label of it alone"),
        ),
        [
            (one.word, one.texts, one.weight, one.times, labels[one.label])
            for one in looked_at_most(model, ready.vocabulary, ready.held_out, MOST_WORDS)
        ],
    )


def _table_of_deletions(whole: float, found: list[Deletion]) -> Table:
    return Table(
        "deletions",
        _("Probability of the answer after tokens are deleted, mean of held-out texts"),
        (_("Deleted"), _("Most attended"), _("At random")),
        [(0, whole, whole), *((one.count, one.probability, one.probability_random) for one in found)],
    )


def _deleted(ready: Ready, model: Pooling, seed: int) -> tuple[float, list[Deletion]]:
    texts, labels = ready.sentences.held_out[:MAX_TRIED], ready.sentences.held_out_labels[:MAX_TRIED]
    return deletions(model, ready.vocabulary, texts, labels, most=MOST_DELETED, seed=seed)


def _idle(ready: Ready, model: Pooling) -> int:
    return bright_but_idle(model, ready.vocabulary, ready.sentences.held_out[:MAX_TRIED])


def _replaced(ready: Ready, model: Pooling, seed: int) -> dict[str, float]:
    """Held-out accuracy with equal weights, and with each text's weights shuffled."""
    weights, labels = model.weights(ready.held_out), ready.sentences.held_out_labels
    chance = np.random.Generator(np.random.PCG64([seed, 3]))
    return {
        "uniform": accuracy_of(model.probabilities(ready.held_out, uniform(ready.held_out)), labels),
        "shuffled": float(
            np.mean(
                [
                    accuracy_of(
                        model.probabilities(ready.held_out, shuffled(weights, ready.held_out, chance)), labels
                    )
                    for _number in range(SHUFFLES)
                ]
            )
        ),
    }


def _matters(
    ready: Ready, attention: Pooling, control: Pooling, deleted: tuple[float, list[Deletion]], seed: int
) -> Matters:
    right, right_control = ready.right(attention), ready.right(control)
    replaced = _replaced(ready, attention, seed)
    whole, found = deleted
    changes = [
        Change(_("The control, trained with mean pooling"), float(right_control.mean())),
        Change(_("Uniform weights"), replaced["uniform"]),
        Change(_("Weights shuffled among the tokens"), replaced["shuffled"]),
    ]
    for one in found:
        of_count = {"count": one.count}
        labels = (_("The most attended token deleted"), _("A random token deleted"))
        if one.count > 1:
            labels = (_("The %(count)s most attended tokens deleted"), _("%(count)s random tokens deleted"))
        changes += [
            Change(label, accuracy, of_count)
            for label, accuracy in zip(labels, (one.accuracy, one.accuracy_random), strict=True)
        ]
    first = found[0]
    return Matters(
        metric=_("Held-out accuracy"),
        value=float(right.mean()),
        changes=changes,
        says=(
            _compared(right, right_control),
            Sentence(
                _(
                    "Without its most attended token the answer's probability goes from %(whole)s %% to %(top)s %% on "
                    "average, without a random one to %(random)s %%."
                ),
                {
                    "whole": _percent(whole),
                    "top": _percent(first.probability),
                    "random": _percent(first.probability_random),
                },
            ),
            Sentence(
                _(
                    "In %(idle)s of %(count)s held-out texts a token that holds a tenth of the weight or more can be "
                    "deleted, and the probability of the answer falls by less than one point."
                ),
                {"idle": _idle(ready, attention), "count": len(ready.sentences.held_out[:MAX_TRIED])},
            ),
            Sentence(
                _(
                    "A bright word is no explanation. The weight says how much of the word went into the sum, not "
                    "what it did there: a word with a large weight may change nothing, and other weights may give "
                    "the same answer."
                )
            ),
        ),
        unit="share",
    )


def _compared(right: np.ndarray[Any, Any], right_control: np.ndarray[Any, Any]) -> Sentence:
    """Which is ahead, by the texts that only one of them gets right: a lead below two deviations may be chance."""
    more, fewer = int((right & ~right_control).sum()), int((~right & right_control).sum())
    values = {"more": more, "fewer": fewer, "count": len(right)}
    if abs(more - fewer) <= 2 * math.sqrt(more + fewer):
        return Sentence(
            _(
                "It is not shown here that attention helps: of %(count)s held-out texts only attention is right on "
                "%(more)s, and only mean pooling on %(fewer)s. Such a difference may be chance."
            ),
            values,
        )
    if more < fewer:
        return Sentence(
            _(
                "Attention does worse here than its control: of %(count)s held-out texts only attention is right on "
                "%(more)s, and only mean pooling on %(fewer)s."
            ),
            values,
        )
    return Sentence(
        _(
            "Attention helps here: of %(count)s held-out texts only attention is right on %(more)s, and only mean "
            "pooling, with the same data and steps, on %(fewer)s."
        ),
        values,
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def make_checkpoint(report: Report) -> Checkpoint:
    """Every pooling for both languages, seed 0 and the default steps."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    measured: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for language in LANGUAGES:
        ready = Ready.of(built_in(language))
        counts = (len(ready.train), len(ready.held_out), ready.vocabulary.size)
        data[language] = dict(zip(("train", "held_out", "tokens"), counts, strict=True))
        for function in (*FUNCTIONS, MEAN):
            trained = ready.trained(function, STEPS, 0, lambda *_told: report(0.0, TRAINING))
            halves = {name: array.astype(np.float16) for name, array in trained.model.arrays.items()}
            arrays |= {f"{language}.{function}.{name}": array for name, array in halves.items()}
            for name in ("steps", "loss", "accuracy"):
                arrays[f"{language}.{function}.curve_{name}"] = getattr(trained, name).astype(np.float32)
            model = Pooling(function, {name: array.astype(np.float32) for name, array in halves.items()})
            measured[f"{language}.{function}"] = round(float(ready.right(model).mean()), 4)
    card = {
        "model": "embedding, attention pooling with one learned query (control: mean pooling), linear layer",
        "data": data,
        "source": "attention_core/data/make_reviews.py: sentences put together from word lists by a seeded script; "
        "written by nobody, and so made that few words decide amid much filler",
        "width": WIDTH,
        "batch": BATCH,
        "learning_rate": LEARNING_RATE,
        "steps": STEPS,
        "seed": 0,
        "held_out_accuracy": measured,
        "date": DATE,
    }
    return Checkpoint(arrays, card)


def _kept(arrays: Mapping[str, np.ndarray[Any, Any]], language: str, function: str) -> Trained:
    prefix, curve = f"{language}.{function}.", f"{language}.{function}.curve_"
    own = {name.removeprefix(prefix): one for name, one in arrays.items() if name.startswith(prefix)}
    model = Pooling(function, {name: one for name, one in own.items() if not name.startswith("curve_")})
    return Trained(model, *(arrays[curve + name] for name in ("steps", "loss", "accuracy")))


def trial(seed: int, report: Report) -> Mapping[str, float]:
    """Both languages with the default settings: accuracies as shares, gains and changes in points."""
    figures: dict[str, float] = {}
    for language, short in (("en", "en"), ("zh-hans", "zh")):
        ready = Ready.of(built_in(language))
        attention, control = _train_both(ready, FUNCTIONS[0], STEPS, seed, report)
        longer = ready.trained(MEAN, 4 * STEPS, seed, lambda *_told: report(0.9, TRAINING))
        scaled = ready.trained("scaled_dot_product", STEPS, seed, lambda *_told: report(0.9, TRAINING))
        kinds = np.array(ready.sentences.kinds)
        right = {name: ready.right(one.model) for name, one in _named(attention, control)}
        better = 100 * (right["attention"].astype(float) - right["control"])
        whole, found = _deleted(ready, attention.model, seed)
        of_language = {
            "accuracy": right["attention"].mean(),
            "mean_pooling": right["control"].mean(),
            "gain": better.mean(),
            "gain_plain": better[kinds == "plain"].mean(),
            "gain_mixed": better[kinds == "mixed"].mean(),
            "longer_mean_pooling": ready.right(longer.model).mean(),
            "scaled": ready.right(scaled.model).mean(),
            **_replaced(ready, attention.model, seed),
            "top_deleted": 100 * (found[0].probability - whole),
            "idle": _idle(ready, attention.model) / len(ready.sentences.held_out[:MAX_TRIED]),
            "random_deleted": 100 * (found[0].probability_random - whole),
        }
        figures |= {f"{name}_{short}": float(one) for name, one in of_language.items()}
    return figures


task = Task(
    name="text_classification",
    title=_("Text classification"),
    description=_(
        "Sorts short texts by their label. A learned query attends to the tokens; the control takes their mean. "
        "English or Chinese reviews, or your own texts."
    ),
    params=TextClassificationParams,
    run=run,
    queue="training",
    limits={
        "max_rows": MAX_ROWS,
        "min_rows": MIN_ROWS,
        "max_length": MAX_LENGTH,
        "max_tokens": MAX_TOKENS,
        "max_vocabulary": MAX_VOCABULARY,
        "max_steps": MAX_STEPS,
    },
    main=("text", "texts", "language"),
    checkpoint=make_checkpoint,
    trial=trial,
    goals={
        "accuracy_en": Goal(_("English: held-out accuracy, attention")),
        "mean_pooling_en": Goal(_("English: held-out accuracy, mean pooling")),
        "gain_en": Goal(_("English: points gained by attention"), mean=5),
        "gain_plain_en": Goal(_("English: points gained where no detail contradicts")),
        "gain_mixed_en": Goal(_("English: points gained where the details contradict the verdict")),
        "longer_mean_pooling_en": Goal(
            _("English: held-out accuracy, mean pooling with four times the steps")
        ),
        "scaled_en": Goal(_("English: held-out accuracy, attention with the scaled dot product")),
        "uniform_en": Goal(_("English: held-out accuracy, the attention model with uniform weights")),
        "shuffled_en": Goal(_("English: held-out accuracy, the attention model with shuffled weights")),
        "idle_en": Goal(_("English: share of texts where a token with a tenth of the weight can go")),
        "top_deleted_en": Goal(_("English: points of probability, most attended token deleted")),
        "random_deleted_en": Goal(_("English: points of probability, random token deleted")),
        "accuracy_zh": Goal(_("Chinese: held-out accuracy, attention")),
        "mean_pooling_zh": Goal(_("Chinese: held-out accuracy, mean pooling")),
        "gain_zh": Goal(_("Chinese: points gained by attention"), mean=5),
        "gain_plain_zh": Goal(_("Chinese: points gained where no detail contradicts")),
        "gain_mixed_zh": Goal(_("Chinese: points gained where the details contradict the verdict")),
        "longer_mean_pooling_zh": Goal(
            _("Chinese: held-out accuracy, mean pooling with four times the steps")
        ),
        "scaled_zh": Goal(_("Chinese: held-out accuracy, attention with the scaled dot product")),
        "uniform_zh": Goal(_("Chinese: held-out accuracy, the attention model with uniform weights")),
        "shuffled_zh": Goal(_("Chinese: held-out accuracy, the attention model with shuffled weights")),
        "idle_zh": Goal(_("Chinese: share of texts where a token with a tenth of the weight can go")),
        "top_deleted_zh": Goal(_("Chinese: points of probability, most attended token deleted")),
        "random_deleted_zh": Goal(_("Chinese: points of probability, random token deleted")),
    },
    order=40,
)
