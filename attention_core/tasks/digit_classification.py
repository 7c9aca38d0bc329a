"""Lab task: which digit is it? A small vision Transformer on real handwritten digits, patch by patch."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from attention_core.backend import tf
from attention_core.findings import (
    Change,
    Curve,
    Findings,
    Maps,
    Matters,
    Metric,
    Picture,
    Sentence,
    Table,
    percent,
)
from attention_core.kinds import Choice, Integer
from attention_core.labels import gettext_noop as _
from attention_core.models import checkpoints
from attention_core.models.digit_pictures import (
    CLASSES,
    NUM_HELD_OUT,
    SIDE,
    Digits,
    from_drawing,
    has_ink,
    parted,
    shifted,
)
from attention_core.models.vision import Sizes, rollout
from attention_core.models.vision_changes import Changed, Model, changed
from attention_core.models.vision_training import Training
from attention_core.own_kinds import Image
from attention_core.params import Params, param
from attention_core.problems import Problems
from attention_core.tasks.base import Checkpoint, Goal, Report, Result, Task, quiet

Array = np.ndarray[Any, Any]

NAME = "digit_classification"
PATCHES = ("2", "4")
STEPS, MAX_STEPS = 1200, 3000
BATCH = 32
SHIFTED = 0.5  # the share of the pictures that are learned from a pixel beside their place
CHECKPOINT_SEED = 0
MADE = "2026-11-30"
ENLARGED = 24
LOOKS = 20  # how often a curve looks at the accuracy

WITH, WITHOUT = _("With attention"), _("Mean mixing")
NO_INK = _("expected a drawing with ink on it, got one of a single colour")


@dataclass(frozen=True, kw_only=True, eq=False)
class DigitParams(Params):
    """Which picture, and which model answers."""

    digit: int = param(
        Integer(0, NUM_HELD_OUT - 1),
        label=_("Digit"),
        help=_("Which of the held-out digits, counted from 0. The model has never learned from them."),
        default=0,
    )
    drawing: Array | None = param(
        Image(256),
        label=_("Your drawing"),
        help=_(
            "One digit, dark on light or light on dark; it is cut to its ink and shrunk to 8 × 8 grey pixels."
        ),
        default=None,
    )
    patch: str = param(
        Choice(PATCHES, {"2": _("2 × 2 pixels: 16 patches"), "4": _("4 × 4 pixels: 4 patches")}),
        label=_("Patch"),
        help=_("How large the squares are that the picture is cut into. Each becomes one token."),
        default="2",
    )
    mode: str = param(
        Choice(
            ("checkpoint", "train"),
            {"checkpoint": _("Answer with the trained model"), "train": _("Train one now")},
        ),
        label=_("Model"),
        help=_("Training takes about half a minute; the control is trained beside it, on the same pictures."),
        default="checkpoint",
    )
    steps: int = param(
        Integer(50, MAX_STEPS),
        label=_("Training steps"),
        help=_("How many batches of 32 pictures are learned from, where a model is trained."),
        default=STEPS,
    )
    seed: int = param(
        Integer(0, 2**32 - 1),
        label=_("Seed"),
        help=_("Decides which fifth is held out, the first weights and the order, where a model is trained."),
        default=0,
    )

    def check(self, problems: Problems) -> None:
        if self.drawing is not None and not has_ink(self.drawing):
            problems.add(("drawing",), NO_INK)


@dataclass(frozen=True, eq=False)
class Pair:
    """A model and its control, and what neither has learned from."""

    model: Model
    control: Model
    held_out: Digits
    seed: int
    curves: tuple[Curve, ...] = ()


def run(params: DigitParams, report: Report) -> Result:
    """Answer for one picture, and say what attention is worth on all that are held out."""
    report(0.0, _("preparing"))
    tf.executing_eagerly()  # loads TensorFlow, if this process has not yet, before the clock starts
    start = time.perf_counter()
    if params.mode == "train":
        pair = train(int(params.patch), params.steps, params.seed, report)
    else:
        pair = kept(int(params.patch))
    effects = effects_of(pair, report)
    if params.drawing is None:
        picture, true = pair.held_out.pictures[params.digit], int(pair.held_out.labels[params.digit])
    else:
        picture, true = from_drawing(params.drawing), None
    findings = found(pair, effects, picture, true)
    report(1.0, _("done"))
    return findings.result(elapsed_ms=(time.perf_counter() - start) * 1000)


def train(patch: int, steps: int, seed: int, report: Report) -> Pair:
    """Train the model and its control side by side, each step on the same pictures."""
    learned, held_out = parted(seed)
    generator = np.random.Generator(np.random.PCG64([seed, 1]))
    sizes = {WITH: Sizes(patch=patch), WITHOUT: Sizes(patch=patch, mixing="mean")}
    trained = {label: Training(one, seed=seed, steps=steps) for label, one in sizes.items()}
    losses: dict[str, list[float]] = {label: [] for label in trained}
    looks = [0, *sorted({round(steps * look / LOOKS) for look in range(1, LOOKS + 1)} - {0})]
    accuracies: dict[str, list[float]] = {label: [] for label in trained}
    for step in range(steps + 1):
        if step in looks:
            for label, one in trained.items():
                accuracies[label].append(one.accuracy(held_out.pictures, held_out.labels))
        if step == steps:
            break
        chosen = generator.integers(0, len(learned.labels), BATCH)
        pictures, labels = learned.pictures[chosen], learned.labels[chosen]
        moved = generator.random(BATCH) < SHIFTED
        pictures = np.where(moved[:, None, None], shifted(pictures, generator), pictures)
        loss, right = trained[WITH].step(pictures, labels)
        losses[WITH].append(loss)
        figures = {"step": step + 1, "loss": loss, "accuracy": right}
        report(
            0.9 * (step + 0.5) / steps, _("training"), figures
        )  # before the control, which a cancel spares
        losses[WITHOUT].append(trained[WITHOUT].step(pictures, labels)[0])
        report(0.9 * (step + 1) / steps, _("training"), figures)
    model, control = (Model(sizes[label], trained[label].parameters()) for label in (WITH, WITHOUT))
    between = {label: _means(values, looks) for label, values in losses.items()}
    curves = (
        Curve("loss", _("Loss while learning"), _("Training step"), _("Loss"), looks[1:], between),
        Curve(
            "accuracy",
            _("Accuracy on the held-out digits"),
            _("Training step"),
            _("Accuracy"),
            looks,
            accuracies,
        ),
    )
    return Pair(model, control, held_out, seed, curves)


def effects_of(pair: Pair, report: Report) -> Changed:
    """What every change does on the held-out digits; of kept models it is computed once."""
    if pair not in _effects:
        effects = changed(
            pair.model,
            pair.control,
            pair.held_out.pictures,
            pair.held_out.labels,
            seed=pair.seed,
            told=lambda share: report(0.9 + share / 10, _("testing what matters")),
        )
        _effects[pair] = effects
    return _effects[pair]


# Gone with its pair: those that are trained for one run end with it.
_effects: WeakKeyDictionary[Pair, Changed] = WeakKeyDictionary()


@cache
def kept(patch: int) -> Pair:
    """The models of the checkpoint."""
    checkpoint = checkpoints.load(NAME)
    models = []
    for sizes in (Sizes(patch=patch), Sizes(patch=patch, mixing="mean")):
        prefix = _prefix(sizes)
        own = {
            name.removeprefix(prefix): array
            for name, array in checkpoint.arrays.items()
            if name.startswith(prefix)
        }
        models.append(Model(sizes, own))
    seed = checkpoint.card["seed"]
    model, control = models
    return Pair(model, control, parted(seed)[1], seed)


def found(pair: Pair, effects: Changed, picture: Array, true: int | None) -> Findings:
    """All that the run found; `true` is None where nobody knows what the picture shows."""
    model = pair.model
    (probabilities,), weights = model.seen(picture[None])
    (of_control,) = pair.control.probabilities(picture[None])
    assert weights is not None
    answer, grid = int(probabilities.argmax()), model.sizes.grid
    reached = rollout(weights[0])
    shares = reached[0, 1:].reshape(grid, grid)
    places = [f"({row}, {column})" for row in range(1, grid + 1) for column in range(1, grid + 1)]
    tokens = ["[CLS]", *places]
    return Findings(
        says=_says(effects, probabilities, true, shares, places, even=_even(weights[0])),
        answer={
            "digit": answer,
            "probabilities": [round(float(share), 6) for share in probabilities],
            "true": true,
            "right": None if true is None else answer == true,
            "control_digit": int(of_control.argmax()),
            "tokens": len(tokens),
            "pairs": len(tokens) ** 2,
        },
        metrics=(
            Metric(
                "accuracy",
                _("Accuracy on the held-out digits"),
                effects.accuracy,
                unit="share",
                control=effects.control,
            ),
            Metric(
                "parameters",
                _("Learned numbers"),
                _count(model),
                control=_count(pair.control),
                better="neither",
            ),
        ),
        curves=pair.curves,
        maps=Maps(
            weights[0],
            tokens,
            tokens,
            row_grid=(grid, grid),
            column_grid=(grid, grid),
            row_extra=1,
            column_extra=1,
            picture="digit",
        ),
        pictures=(Picture("digit", _("The picture, enlarged"), _enlarged(picture)),),
        tables=(
            Table(
                "probabilities",
                _("Probability of each digit"),
                (_("Digit"), WITH, WITHOUT),
                [
                    (digit, round(float(probabilities[digit]), 4), round(float(of_control[digit]), 4))
                    for digit in range(CLASSES)
                ],
            ),
            Table(
                "rollout",
                _("Attention rollout of the class token: the share of each patch, in its place"),
                (_("Row"), *(str(column) for column in range(1, grid + 1))),
                [
                    (row, *(round(float(share), 4) for share in line))
                    for row, line in enumerate(shares, start=1)
                ],
            ),
            Table(
                "confusion",
                _("Held-out digits: true digit in rows, answer in columns"),
                (_("True digit"), *(str(digit) for digit in range(CLASSES))),
                [
                    (digit, *line)
                    for digit, line in enumerate(confusion(pair.held_out.labels, effects.answers))
                ],
            ),
        ),
        matters=_matters(effects),
        arrays={
            "rollout": reached,
            "probabilities": probabilities,
            "picture": picture,
            "held_out_answers": effects.answers,
            "held_out_labels": pair.held_out.labels,
        },
    )


def confusion(labels: Array, answers: Array) -> list[list[int]]:
    """How often each digit, in rows, was taken for each, in columns."""
    counts = np.zeros((CLASSES, CLASSES), int)
    np.add.at(counts, (labels, answers), 1)
    return [[int(count) for count in line] for line in counts]


def _says(
    effects: Changed, probabilities: Array, true: int | None, shares: Array, places: list[str], even: float
) -> tuple[Sentence, ...]:
    answer = int(probabilities.argmax())
    values = {"digit": answer, "share": percent(probabilities[answer]), "true": true}
    if true is None:
        said = Sentence(
            _(
                "Of your drawing the model says %(digit)s, with probability %(share)s; it must name one of the ten."
            ),
            values,
        )
    elif answer == true:
        said = Sentence(
            _("The model says %(digit)s, with probability %(share)s, and that is what was written."), values
        )
    else:
        said = Sentence(
            _("The model says %(digit)s, with probability %(share)s; what was written is a %(true)s."), values
        )
    return (
        said,
        Sentence(
            _(
                "Of %(count)s digits that it has never seen it recognises %(accuracy)s; "
                "the control, in which every token gets the mean, %(control)s."
            ),
            {
                "count": len(effects.right),
                "accuracy": percent(effects.accuracy),
                "control": percent(effects.control),
            },
        ),
        Sentence(
            _(
                "By rollout the class token takes most, %(share)s, from patch %(place)s (row, column); "
                "with equal weights it would take %(even)s from each."
            ),
            {
                "share": percent(shares.max()),
                "place": places[int(shares.argmax())],
                "even": percent(even),
            },
        ),
    )


def _even(weights: Array) -> float:
    """What rollout gives each patch where all weights are equal: less than its part, for the class token keeps some."""
    return float(rollout(np.full(weights.shape, 1 / weights.shape[-1]))[0, 1])


def _matters(effects: Changed) -> Matters:
    hidden = {"count": effects.hidden}
    changes = [
        Change(_("All weights made equal"), effects.uniform),
        Change(_("Weights shuffled among the tokens"), effects.shuffled),
        *(
            Change(
                _("Layer %(layer)s, head %(head)s removed"),
                float(effects.heads[layer, head]),
                {"layer": layer + 1, "head": head + 1},
            )
            for layer, head in np.ndindex(effects.heads.shape)
        ),
        Change(_("All heads removed"), effects.no_heads),
        Change(_("Trained with mean mixing instead of attention"), effects.control),
        Change(_("Patches with the most rollout hidden: %(count)s"), effects.most, hidden),
        Change(_("Random patches hidden: %(count)s"), effects.random, hidden),
        Change(_("Patches with the most ink hidden: %(count)s"), effects.ink, hidden),
    ]
    return Matters(
        _("Accuracy on the held-out digits"),
        effects.accuracy,
        changes,
        (_against_the_control(effects), _of_the_weights(effects), _of_the_patches(effects)),
        unit="share",
    )


def _against_the_control(effects: Changed) -> Sentence:
    """A difference within twice its standard error is called none."""
    gained = int(np.sum(effects.right & ~effects.control_right))
    lost = int(np.sum(~effects.right & effects.control_right))
    values = {"gained": gained, "lost": lost}
    if gained - lost > 2 * math.sqrt(gained + lost):
        return Sentence(
            _(
                "Attention helps here: %(gained)s held-out digits are right only with it, "
                "%(lost)s only with mean mixing, which had the same pictures and as many steps."
            ),
            values,
        )
    if lost - gained > 2 * math.sqrt(gained + lost):
        return Sentence(
            _(
                "Attention does worse here than mean mixing: %(gained)s held-out digits are right only with it, "
                "%(lost)s only with mean mixing."
            ),
            values,
        )
    return Sentence(
        _(
            "That attention helps cannot be said here: %(gained)s held-out digits are right only with it, "
            "%(lost)s only with mean mixing; so small a difference may be chance."
        ),
        values,
    )


def _of_the_weights(effects: Changed) -> Sentence:
    values = {"uniform": percent(effects.uniform), "control": percent(effects.control)}
    return Sentence(
        _(
            "With equal weights this trained model reaches %(uniform)s; one that was trained with equal weights, "
            "%(control)s. The first figure says what this model relies on, the second what the data demand."
        ),
        values,
    )


def _of_the_patches(effects: Changed) -> Sentence:
    values = {name: percent(getattr(effects, name)) for name in ("most", "random", "ink")}
    if effects.most < effects.random:
        return Sentence(
            _(
                "Hiding the patches with the most rollout leaves %(most)s, hiding as many at random %(random)s, "
                "hiding those with the most ink %(ink)s. So what is bright in the map is used; a bright patch "
                "is still no explanation of the answer."
            ),
            values,
        )
    return Sentence(
        _(
            "Hiding the patches with the most rollout leaves %(most)s, hiding as many at random %(random)s, "
            "hiding those with the most ink %(ink)s. What is bright in the map matters no more than the rest: "
            "do not read a bright patch as an explanation."
        ),
        values,
    )


def checkpoint(report: Report) -> Checkpoint:
    """Models and controls for every size of patch."""
    arrays: dict[str, Array] = {}
    accuracy: dict[str, float] = {}
    for patch in PATCHES:
        pair = train(int(patch), STEPS, CHECKPOINT_SEED, report)
        for model in (pair.model, pair.control):
            small = {name: array.astype(np.float16) for name, array in model.parameters.items()}
            arrays |= {f"{_prefix(model.sizes)}{name}": array for name, array in small.items()}
            used = Model(model.sizes, {name: array.astype(np.float32) for name, array in small.items()})
            answers = used.probabilities(pair.held_out.pictures).argmax(axis=1)
            accuracy[_prefix(model.sizes).rstrip("/")] = round(
                float(np.mean(answers == pair.held_out.labels)), 6
            )
    sizes = {name: size for name, size in asdict(Sizes()).items() if name not in ("patch", "mixing")}
    card = {
        "data": "scikit-learn load_digits: 1,797 digits of 8 × 8 pixels, a fifth held out",
        "sizes": sizes,
        "steps": STEPS,
        "batch": BATCH,
        "seed": CHECKPOINT_SEED,
        "made": MADE,
        "accuracy": accuracy,
    }
    return Checkpoint(arrays, card)


def trial(seed: int, report: Report = quiet) -> Mapping[str, float]:
    """The figures of one seed: 16 patches with every change, and 4 patches."""
    pair = train(2, STEPS, seed, report)
    effects, labels = effects_of(pair, quiet), pair.held_out.labels
    coarse = train(4, STEPS, seed, report)
    of_coarse = {
        name: float(np.mean(model.probabilities(pair.held_out.pictures).argmax(axis=1) == labels))
        for name, model in (("coarse", coarse.model), ("coarse_control", coarse.control))
    }
    return {
        "accuracy": effects.accuracy,
        "control": effects.control,
        "gain": effects.accuracy - effects.control,
        "uniform": effects.uniform,
        "shuffled": effects.shuffled,
        "worst_head": float(effects.heads.min()),
        "best_head": float(effects.heads.max()),
        "no_heads": effects.no_heads,
        "most_hidden": effects.most,
        "random_hidden": effects.random,
        "ink_hidden": effects.ink,
        **of_coarse,
    }


def _prefix(sizes: Sizes) -> str:
    return f"{sizes.patch}/{sizes.mixing}/"


def _means(values: list[float], looks: list[int]) -> list[float]:
    """The mean of the values between each look and the next."""
    return [float(np.mean(values[a:b])) for a, b in itertools.pairwise(looks)]


def _count(model: Model) -> int:
    return sum(array.size for array in model.parameters.values())


def _enlarged(picture: Array) -> Array:
    """Dark ink on white paper, each pixel a square."""
    pixels = np.round(255 * (1 - picture)).astype(np.uint8)
    large: Array = pixels.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)
    return large


task = Task(
    name=NAME,
    title=_("Which digit is it?"),
    description=_(
        "A small vision Transformer reads a handwritten digit patch by patch. See what each patch attends to, "
        "and what the attention is worth against a model that mixes patches by their mean."
    ),
    params=DigitParams,
    run=run,
    queue="training",
    limits={"held_out": NUM_HELD_OUT, "side": SIDE, "max_steps": MAX_STEPS},
    main=("digit", "drawing"),
    checkpoint=checkpoint,
    trial=trial,
    goals={
        "accuracy": Goal(_("Accuracy on the held-out digits"), mean=0.97, worst=0.96),
        "control": Goal(_("The same with mean mixing instead of attention")),
        "gain": Goal(_("What attention adds")),
        "uniform": Goal(_("Accuracy with all weights made equal")),
        "shuffled": Goal(_("Accuracy with weights shuffled among the tokens")),
        "worst_head": Goal(_("Accuracy without the head that is missed most")),
        "best_head": Goal(_("Accuracy without the head that is missed least")),
        "no_heads": Goal(_("Accuracy with all heads removed")),
        "most_hidden": Goal(_("Accuracy with the 4 patches of the most rollout hidden")),
        "random_hidden": Goal(_("Accuracy with 4 random patches hidden")),
        "ink_hidden": Goal(_("Accuracy with the 4 patches of the most ink hidden")),
        "coarse": Goal(_("Accuracy with 4 patches instead of 16")),
        "coarse_control": Goal(_("4 patches with mean mixing instead of attention")),
    },
    order=50,
)
