"""Lab task: how long attention takes as the sequence grows, measured beside what the formulas count."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.backend import tf
from attention_core.findings import Curve, Findings, Metric, Sentence, Table
from attention_core.functions import functions
from attention_core.labels import gettext_noop as _
from attention_core.models import costs
from attention_core.params import Choice, Integer, Params, Problems, TooMuchWork, param
from attention_core.projections import seeded_projections
from attention_core.tasks.base import Goal, Report, Result, Task

Array = np.ndarray[Any, Any]

MAX_TOKENS = 8192
MAX_WIDTH = 512
MAX_HEADS = 16
MAX_POINTS = 9
MAX_REPEATS = 9
# FLOPs of all calls together, those of softmax and tanh among them: 10 to 20 s of one core; and of one call, which
# cannot be cancelled.
MAX_WORK = 3 * 10**11
MAX_WORK_OF_A_CALL = 3 * 10**10
# What softmax takes for one weight, and tanh for one of its numbers, in FLOPs of a product: measured.
SOFTMAX_FLOPS = 30
TANH_FLOPS = 150

DIVIDES = _("expected a divisor of the width, %(width)s; got %(received)s")
LARGER = _("expected at least twice the smallest length, %(least)s; got %(received)s")
TOO_MUCH = _(
    "too much work: the calls together take %(number)s floating-point operations, and the limit is %(limit)s"
)
TOO_MUCH_AT_ONCE = _(
    "too much work: the longest call takes %(number)s floating-point operations, and the limit is %(limit)s"
)

LABELS = {
    "full": _("Full attention"),
    "window": _("Sliding window"),
    "linear": _("Linear attention"),
    "projections": _("Projections alone"),
}
FITTED = {
    "full": _("Full attention, fitted"),
    "window": _("Sliding window, fitted"),
    "linear": _("Linear attention, fitted"),
}
AS_FLOPS = _("Full attention, were it to grow as its FLOPs")
GREW = _(
    "From n = %(first)s to n = %(last)s the time of full attention grew as n^%(exponent)s, and the operations that the "
    "formula counts as n^%(counted)s. Between the last two lengths it was n^%(steepest)s."
)
KEPT = _(
    "All weights of the longest sequence together take %(mebibytes)s MiB; the core does not keep them unless asked."
)
CONTROL = _("The control is the same layer without attention: its four projections alone.")
THIS_MACHINE = _(
    "These are times of this machine at this moment: run it again, and the third digit, or the second, will differ."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ComplexitySweepParams(Params):
    """Which lengths are measured, and of which layer: tokens are (n, d)."""

    function: str = param(
        Choice(tuple(functions()), {name: unit.label for name, unit in functions().items()}),
        label=_("Scoring function"),
        help=_(
            "Of full attention and of the sliding window; linear attention has none. Additive takes far longer: choose "
            "a shorter largest length."
        ),
        default="scaled_dot_product",
    )
    smallest: int = param(
        Integer(16, MAX_TOKENS // 2),
        label=_("Smallest length"),
        help=_("Tokens of the shortest sequence."),
        default=128,
    )
    largest: int = param(
        Integer(32, MAX_TOKENS),
        label=_("Largest length"),
        help=_("Tokens of the longest sequence, at least twice as many."),
        default=2048,
    )
    points: int = param(
        Integer(2, MAX_POINTS),
        label=_("Lengths"),
        help=_("How many lengths are measured, each longer than the one before by the same factor."),
        default=5,
    )
    width: int = param(
        Integer(8, MAX_WIDTH),
        label=_("Width d"),
        help=_("Features of a token."),
        default=64,
    )
    num_heads: int = param(
        Integer(1, MAX_HEADS),
        label=_("Heads"),
        help=_(
            "It must divide the width. More heads make more weights, not more operations in the products."
        ),
        default=4,
    )
    window: int = param(
        Integer(1, 1024),
        label=_("Sliding window"),
        help=_("There a query sees so many keys before its own place, and so many after."),
        default=32,
    )
    repeats: int = param(
        Integer(1, MAX_REPEATS),
        label=_("Repeats"),
        help=_("How often each is measured; the median counts."),
        default=5,
    )
    seed: int = param(
        Integer(0, 2**32 - 1),
        label=_("Seed"),
        help=_("From which tokens and matrices are drawn. The times do not depend on it."),
        default=0,
    )

    def check(self, problems: Problems) -> None:
        if self.width % self.num_heads:
            problems.add(("num_heads",), DIVIDES, width=self.width, received=self.num_heads)
        if self.largest < 2 * self.smallest:
            problems.add(("largest",), LARGER, least=2 * self.smallest, received=self.largest)

    def check_work(self) -> None:
        longest = self.work(self.lengths()[-1]) // 2
        if longest > MAX_WORK_OF_A_CALL:
            raise TooMuchWork(longest, MAX_WORK_OF_A_CALL, TOO_MUCH_AT_ONCE)
        work = (self.repeats + 1) * sum(self.work(n) for n in self.lengths())
        if work > MAX_WORK:
            raise TooMuchWork(work, MAX_WORK, TOO_MUCH)

    def lengths(self) -> list[int]:
        """The numbers of tokens, growing by the same factor."""
        spaced = np.geomspace(self.smallest, self.largest, self.points)
        return sorted({round(float(n)) for n in spaced})

    def flops(self, n: int) -> dict[str, int]:
        """What the formulas count for one sequence, by layer."""
        return {
            "full": costs.full_flops(n, self.width),
            "window": costs.window_flops(n, self.width, self.window),
            "linear": costs.linear_flops(n, self.width, self.num_heads),
            "projections": costs.projection_flops(n, self.width),
        }

    def work(self, n: int) -> int:
        """What all layers take for one sequence, in FLOPs. A window is counted as full, which it is where n is small."""
        of_a_pair = self.num_heads * SOFTMAX_FLOPS
        if self.function == "additive":
            of_a_pair += self.width * TANH_FLOPS
        counted = self.flops(n)
        return 2 * counted["full"] + counted["linear"] + counted["projections"] + 2 * n**2 * of_a_pair


def run(params: ComplexitySweepParams, report: Report) -> Result:
    """Measure every layer at every length; `report` may raise to cancel."""
    report(0.0, _("preparing"))
    start = time.perf_counter()
    medians, apart = compute(params, report)
    report(0.99, _("writing the result"))
    found = findings(params, medians, apart)
    result = found.result(elapsed_ms=(time.perf_counter() - start) * 1000)
    report(1.0, _("done"))
    return result


def compute(params: ComplexitySweepParams, report: Report) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return the median seconds of each layer by length, and how far its output at the largest is from full attention.

    The distance is relative: the root of the mean squared difference, divided by that of full attention's output.
    """
    lengths, width = params.lengths(), params.width
    generator = np.random.default_rng(params.seed)
    matrices = seeded_projections(width, width, width, d_model=width, seed=params.seed)
    matrices = type(matrices)(**{name: tf.constant(array, tf.float32) for name, array in matrices})
    layers = costs.layers(params.num_heads, matrices, params.function, params.window)
    inputs = [tf.constant(generator.standard_normal((n, width)), tf.float32) for n in lengths]
    # Progress goes by the work that is done, not by the calls: the last length takes most of it.
    shares = [params.work(n) / len(layers) for n in lengths for _layer in layers]
    whole, done = sum(shares) * (params.repeats + 1), 0.0
    medians: dict[str, list[float]] = {}
    for number, found in enumerate(costs.measure(layers, inputs, params.repeats)):
        if found is not None:
            medians = found
            break
        done += shares[number % len(shares)]
        report(0.02 + 0.95 * done / whole, _("measuring"))
    outputs = {name: np.asarray(layers[name](inputs[-1])) for name in ("full", "window", "linear")}
    size = float(np.sqrt(np.mean(outputs["full"] ** 2)))
    apart = {
        name: float(np.sqrt(np.mean((output - outputs["full"]) ** 2))) / size
        for name, output in outputs.items()
    }
    return medians, apart


def findings(
    params: ComplexitySweepParams, medians: Mapping[str, list[float]], apart: Mapping[str, float]
) -> Findings:
    """What is shown of it."""
    lengths = params.lengths()
    counted = {name: [params.flops(n)[name] for n in lengths] for name in LABELS}
    fits = {name: costs.fit_power(lengths, medians[name]) for name in LABELS}
    exponents = {name: power for name, (_factor, power) in fits.items()}
    of_flops = {name: costs.fit_power(lengths, counted[name])[1] for name in LABELS}
    weights = [costs.weights_bytes(n, params.num_heads) / 2**20 for n in lengths]
    near = [costs.BYTES * params.num_heads * costs.window_pairs(n, params.window) / 2**20 for n in lengths]
    head = params.width // params.num_heads
    sums = costs.BYTES * params.num_heads * head * (head + 1) / 2**20
    steepest = costs.fit_power(lengths[-2:], medians["full"][-2:])[1]
    values = {"first": lengths[0], "last": lengths[-1], "exponent": f"{exponents['full']:.2f}"}
    values |= {"counted": f"{of_flops['full']:.2f}", "steepest": f"{steepest:.2f}"}
    milliseconds = {name: [1000 * each for each in medians[name]] for name in LABELS}
    last = {name: milliseconds[name][-1] for name in LABELS}
    return Findings(
        says=(
            Sentence(GREW, values),
            Sentence(KEPT, {"mebibytes": f"{weights[-1]:.1f}"}),
            Sentence(CONTROL),
            Sentence(THIS_MACHINE),
        ),
        answer={
            "lengths": lengths,
            "exponents": exponents,
            "exponent_last": steepest,
            "exponents_of_flops": of_flops,
            "seconds": {name: list(medians[name]) for name in LABELS},
            "flops": counted,
            "weights_bytes": [costs.weights_bytes(n, params.num_heads) for n in lengths],
            "apart": dict(apart),
        },
        metrics=(
            Metric("exponent", _("Exponent of the time of full attention"), exponents["full"], "", exponents["projections"], "less"),
            Metric("milliseconds", _("Time at the largest length, full attention"), last["full"], "ms", last["projections"], "less"),
            Metric("milliseconds_window", _("Time at the largest length, sliding window"), last["window"], "ms", last["projections"], "less"),
            Metric("milliseconds_linear", _("Time at the largest length, linear attention"), last["linear"], "ms", last["projections"], "less"),
            Metric("weights", _("All weights at the largest length"), weights[-1], "MiB", better="less"),
        ),
        curves=(
            Curve(
                "time", _("Time of one call, median"), _("Tokens n"), _("Milliseconds"), lengths,
                {LABELS[name]: milliseconds[name] for name in LABELS},
                {
                    **{label: [1000 * fits[name][0] * n ** fits[name][1] for n in lengths] for name, label in FITTED.items()},
                    AS_FLOPS: [last["full"] * flops / counted["full"][-1] for flops in counted["full"]],
                },
                logarithmic=True,
            ),
            Curve(
                "flops", _("Operations that the formulas count"), _("Tokens n"), _("FLOPs"), lengths,
                {LABELS[name]: counted[name] for name in LABELS},
                logarithmic=True,
            ),
            Curve(
                "memory", _("Memory of the weights, were all of them kept"), _("Tokens n"), _("MiB"), lengths,
                {LABELS["full"]: weights, LABELS["window"]: near, LABELS["linear"]: [sums] * len(lengths)},
                logarithmic=True,
            ),
        ),
        tables=(
            Table(
                "exponents", _("Exponents, measured and counted"),
                (_("Layer"), _("Exponent of the time"), _("Exponent of its FLOPs"), _("GFLOP/s at the largest length"), _("Difference from full attention")),
                [
                    (Sentence(LABELS[name]), round(exponents[name], 3), round(of_flops[name], 3),
                     round(counted[name][-1] / medians[name][-1] / 1e9, 2),
                     None if name == "projections" else float(f"{apart[name]:.4g}"))
                    for name in LABELS
                ],
            ),
            Table(
                "times", _("Milliseconds by length"),
                (_("Tokens n"), *LABELS.values()),
                [(n, *(float(f"{milliseconds[name][place]:.4g}") for name in LABELS)) for place, n in enumerate(lengths)],
            ),
        ),
        arrays={
            "lengths": np.array(lengths),
            **{f"seconds.{name}": np.array(medians[name]) for name in LABELS},
            **{f"flops.{name}": np.array(counted[name], float) for name in LABELS},
        },
    )  # fmt: skip


def trial(seed: int, report: Report) -> Mapping[str, float]:
    """The exponents over long sequences, where starting a call no longer counts."""
    params = ComplexitySweepParams(smallest=1024, largest=8192, points=4, repeats=3, seed=seed)
    found = findings(params, *compute(params, report))
    exponents = found.answer["exponents"]
    milliseconds = {name: 1000 * found.answer["seconds"][name][-1] for name in LABELS}
    return {
        **{f"exponent_{name}": exponents[name] for name in LABELS},
        "exponent_last": found.answer["exponent_last"],
        "exponent_flops": found.answer["exponents_of_flops"]["full"],
        "window_speed": milliseconds["full"] / milliseconds["window"],
        "linear_speed": milliseconds["full"] / milliseconds["linear"],
        "window_apart": found.answer["apart"]["window"],
        "linear_apart": found.answer["apart"]["linear"],
    }


task = Task(
    name="complexity_sweep",
    title=_("What attention costs as the sequence grows"),
    description=_(
        "Measures full, sliding-window and linear attention at lengths you choose, fits the exponent, and sets it beside "
        "the operations and the memory that the formulas count."
    ),
    params=ComplexitySweepParams,
    run=run,
    queue="training",
    limits={
        "max_tokens": MAX_TOKENS,
        "max_width": MAX_WIDTH,
        "max_heads": MAX_HEADS,
        "max_points": MAX_POINTS,
        "max_repeats": MAX_REPEATS,
        "max_work": MAX_WORK,
        "max_work_of_a_call": MAX_WORK_OF_A_CALL,
    },
    measures=True,
    main=("smallest", "largest", "points"),
    trial=trial,
    goals={
        "exponent_full": Goal(_("Exponent of full attention, n from 1024 to 8192")),
        "exponent_last": Goal(_("Exponent of full attention between the last two lengths")),
        "exponent_window": Goal(_("Exponent of the sliding window")),
        "exponent_linear": Goal(_("Exponent of linear attention")),
        "exponent_projections": Goal(_("Exponent of the projections alone (control)")),
        "exponent_flops": Goal(_("Exponent of the FLOPs of full attention")),
        "window_speed": Goal(_("Time of full attention over that of the window, n = 8192")),
        "linear_speed": Goal(_("Time of full attention over that of linear attention, n = 8192")),
        "window_apart": Goal(_("Relative difference of the window's output from full attention's")),
        "linear_apart": Goal(_("Relative difference of linear attention's output from full attention's")),
    },
    order=70,
)
