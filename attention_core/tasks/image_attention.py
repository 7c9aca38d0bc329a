"""Lab task: a picture denoised by attention over its own patches (non-local means)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from attention_core.findings import Change, Findings, Maps, Matters, Metric, Picture, Sentence, Table
from attention_core.labels import gettext_noop as _
from attention_core.models import non_local_means as nlm
from attention_core.models.sample_pictures import LABELS, SIDE, sample_picture
from attention_core.own_kinds import Image
from attention_core.params import Choice, Flag, Integer, Number, Params, Problems, param
from attention_core.tasks.base import Goal, Report, Result, Task

Array = np.ndarray[Any, Any]

MAX_SIDE = 96
MAX_REACH = 10
# About so many pixels along the side of a cell of the map that a click shows.
CELL = 8
# How many keys of a query are hidden to see what they did.
HIDDEN = 10

ODD = _("expected an odd number, so that a patch has a middle; got %(received)s")
BEYOND = _("expected a place inside the picture, from 0 to %(maximum)s; got %(received)s")

# What is done to the weights, by name; the first is attention as it is.
WAYS: Mapping[str, nlm.Way] = {
    "distance": nlm.by_distance,
    "uniform": nlm.uniform,
    "shuffled": nlm.shuffled,
    "dot_product": nlm.by_dot_product,
    "without_itself": nlm.without_itself,
    "without_strongest": partial(nlm.without_strongest, count=HIDDEN),
    "without_random": partial(nlm.without_random, count=HIDDEN),
}
CHANGED = {
    "uniform": _("Uniform weights in the window (a box blur)"),
    "shuffled": _("Each query's weights shuffled over its window"),
    "dot_product": _("Score q·k in place of the distance"),
    "without_itself": _("Each patch hidden from itself"),
    "without_strongest": _("The %(count)s most attended other patches hidden"),
    "without_random": _("%(count)s other patches hidden at random"),
}

HELPS = _(
    "Which patch gets which weight matters: with equal weights in the same window the gain is %(uniform)s dB, with the "
    "same weights shuffled %(shuffled)s dB, instead of %(distance)s dB."
)
NO_HELP = _(
    "Attention does not help here: equal weights in the same window do as well or better (%(uniform)s dB against "
    "%(distance)s dB)."
)
NO_BETTER_THAN_BLUR = _(
    "A Gaussian blur, which never looks at the content, does as well or better: %(blur)s dB."
)
WHAT_HIDING_CHANGES = _(
    "Hiding every patch from itself, which no other outweighs, changes the gain by %(without_itself)s dB; hiding the "
    "%(count)s most attended others by %(without_strongest)s dB, and %(count)s at random by %(without_random)s dB."
)
NO_EXPLANATION = _(
    "A bright cell says what was averaged, not why the pixel came out better or worse: that takes a change, as in this table."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageAttentionParams(Params):
    """A picture, its noise, and how patches are compared. Pixels lie in [0, 1]."""

    picture: str = param(
        Choice(tuple(LABELS), LABELS),
        label=_("Picture"),
        help=_("A picture that is here already. Your own, if you give one, takes its place."),
        default="roofs",
    )
    image: Array | None = param(
        Image(max_side=MAX_SIDE),
        label=_("Your own picture"),
        help=_("PNG, JPEG or WebP. It is shrunk to at most 96 pixels a side, and only its pixels are kept."),
        default=None,
    )
    noise: float = param(
        Number(0.01, 0.5),
        label=_("Noise σ"),
        help=_("Standard deviation of the noise that is added, where black is 0 and white is 1."),
        default=0.1,
    )
    h: float = param(
        Number(0.01, 2.0),
        label=_("h"),
        help=_("The score is −‖q − k‖² / h²: a small h attends to the most alike only, a large one to all."),
        default=0.1,
    )
    patch: int = param(
        Integer(3, 9),
        label=_("Side of a patch"),
        help=_("An odd number of pixels. Each pixel is the middle of a patch: query, key and value."),
        unit="px",
        default=5,
    )
    reach: int = param(
        Integer(1, MAX_REACH),
        label=_("Reach of the window"),
        help=_("A query sees the patches up to so many pixels away, in either direction."),
        unit="px",
        default=7,
    )
    noise_aware: bool = param(
        Flag(),
        label=_("Take the noise into account"),
        help=_(
            "2σ², which noise alone puts between two equal patches, is taken from every squared distance."
        ),
        default=False,
    )
    row: int | None = param(
        Integer(0, MAX_SIDE - 1),
        label=_("Row of the patch to look at"),
        help=_("Counted from 0 at the top, in pixels of the shrunk picture. Without it: the middle."),
        default=None,
    )
    column: int | None = param(
        Integer(0, MAX_SIDE - 1),
        label=_("Column of the patch to look at"),
        help=_("Counted from 0 at the left. Without it: the middle."),
        default=None,
    )
    seed: int = param(
        Integer(0, 2**32 - 1),
        label=_("Seed"),
        help=_("From which the noise is drawn, and all that is shuffled."),
        default=0,
    )

    def check(self, problems: Problems) -> None:
        if self.patch % 2 == 0:
            problems.add(("patch",), ODD, received=self.patch)
        height, width = (SIDE, SIDE) if self.image is None else self.image.shape[:2]
        for name, place, size in (("row", self.row, height), ("column", self.column, width)):
            if place is not None and place >= size:
                problems.add((name,), BEYOND, maximum=size - 1, received=place)

    def pixels(self) -> Array:
        """The clean picture, uint8."""
        return sample_picture(self.picture) if self.image is None else self.image

    def search(self) -> nlm.Search:
        """How patches are compared."""
        noise = self.noise if self.noise_aware else 0.0
        return nlm.Search(patch=self.patch, reach=self.reach, h=self.h, noise=noise)


@dataclass(frozen=True, eq=False)
class Computed:
    """A picture before and after, and what attention did. Pixels are float64 around [0, 1]."""

    clean: Array
    noisy: Array
    attended: nlm.Attended
    blurred: Array
    blur: float

    def gain(self, way: str = "distance") -> float:
        """By how many dB a way brings the noisy picture nearer to the clean one."""
        return nlm.psnr(self.attended.outputs[way], self.clean) - nlm.psnr(self.noisy, self.clean)

    def blur_gain(self) -> float:
        """The same of the best Gaussian blur."""
        return nlm.psnr(self.blurred, self.clean) - nlm.psnr(self.noisy, self.clean)


def run(params: ImageAttentionParams, report: Report) -> Result:
    """Add noise, let every patch attend to those around it, and compare; `report` may raise to cancel."""
    report(0.0, _("loading the picture"))
    pixels = params.pixels()
    height, width = pixels.shape[:2]
    chosen = (
        height // 2 if params.row is None else params.row,
        width // 2 if params.column is None else params.column,
    )
    grid = (max(1, round(height / CELL)), max(1, round(width / CELL)))
    start = time.perf_counter()
    computed = compute(
        pixels, params.search(), noise=params.noise, seed=params.seed, report=report, chosen=chosen, grid=grid
    )
    elapsed_ms = (time.perf_counter() - start) * 1000
    report(0.97, _("writing the result"))
    result = findings(params, computed, chosen, grid).result(elapsed_ms=elapsed_ms)
    report(1.0, _("done"))
    return result


def compute(
    pixels: Array,
    search: nlm.Search,
    *,
    noise: float,
    seed: int,
    report: Report,
    ways: Mapping[str, nlm.Way] = WAYS,
    chosen: tuple[int, int] = (0, 0),
    grid: tuple[int, int] = (1, 1),
) -> Computed:
    """Return the picture with noise, and what each way and the best blur make of it."""
    clean = pixels / 255.0
    noisy = clean + np.random.default_rng(seed).normal(0.0, noise, clean.shape)
    attended = nlm.attend_patches(
        noisy,
        search,
        ways,
        grid=grid,
        chosen=chosen,
        seed=seed,
        report=lambda share: report(0.02 + 0.9 * share, _("attending")),
    )
    return Computed(clean, noisy, attended, *nlm.best_blur(noisy, clean))


def findings(
    params: ImageAttentionParams, computed: Computed, chosen: tuple[int, int], grid: tuple[int, int]
) -> Findings:
    """What is shown of it."""
    attended, clean = computed.attended, computed.clean
    denoised = attended.outputs["distance"]
    before, after = nlm.psnr(computed.noisy, clean), nlm.psnr(denoised, clean)
    by_blur = nlm.psnr(computed.blurred, clean)
    own = float(attended.chosen[chosen])
    cells = [f"{row + 1}·{column + 1}" for row in range(grid[0]) for column in range(grid[1])]
    return Findings(
        says=(
            Sentence(
                _(
                    "Attention over patches brought the picture from %(before)s dB to %(after)s dB; the best Gaussian "
                    "blur, chosen with the clean picture in hand, brought it to %(blur)s dB."
                ),
                {"before": f"{before:.2f}", "after": f"{after:.2f}", "blur": f"{by_blur:.2f}"},
            ),
            Sentence(
                _("The patch at row %(row)s, column %(column)s gives itself %(own)s %% of its weight."),
                {"row": chosen[0], "column": chosen[1], "own": f"{100 * own:.1f}"},
            ),
        ),
        answer={
            "psnr_noisy": before,
            "psnr_denoised": after,
            "psnr_blurred": by_blur,
            "gain": after - before,
            "row": chosen[0],
            "column": chosen[1],
            "own_weight": own,
        },
        metrics=(
            Metric("gain", _("Gain over the noisy picture"), after - before, "dB", computed.blur_gain()),
            Metric("psnr", _("Likeness to the clean picture (PSNR)"), after, "dB", by_blur),
            Metric("psnr_noisy", _("The same of the noisy picture"), before, "dB", better="neither"),
            Metric("effective", _("Patches that one attends to (mean e^entropy)"), attended.effective, better="neither"),
            Metric("blur", _("Width of the best blur (σ)"), computed.blur, "px", better="neither"),
        ),
        maps=Maps(
            attended.coarse[None, None],
            rows=cells,
            columns=cells,
            row_grid=grid,
            column_grid=grid,
            picture="noisy",
        ),
        pictures=(
            Picture("clean", _("Clean"), as_pixels(clean)),
            Picture("noisy", _("With noise"), as_pixels(computed.noisy)),
            Picture("denoised", _("Denoised by attention"), as_pixels(denoised)),
            Picture("blurred", _("Best Gaussian blur"), as_pixels(computed.blurred)),
            Picture("removed", _("What attention took away (grey is nothing)"), as_pixels(0.5 + computed.noisy - denoised)),
            Picture("chosen", _("Weights of the chosen patch (white: the largest; brightness: its square root)"), _weights_as_pixels(attended.chosen)),
        ),
        tables=(_most_attended(attended.chosen),),
        matters=_matters(computed),
        arrays={
            "clean": clean,
            "noisy": computed.noisy,
            "denoised": denoised,
            "chosen_weights": attended.chosen,
        },
    )  # fmt: skip


def _matters(computed: Computed) -> Matters:
    gains = {way: computed.gain(way) for way in WAYS}
    shown = {way: f"{gain:.2f}" for way, gain in gains.items()}
    changed = {way: f"{gain - gains['distance']:+.2f}" for way, gain in gains.items()}
    says = []
    if gains["uniform"] < gains["distance"]:
        says.append(Sentence(HELPS, {name: shown[name] for name in ("distance", "uniform", "shuffled")}))
    else:
        says.append(Sentence(NO_HELP, {name: shown[name] for name in ("distance", "uniform")}))
    if computed.blur_gain() >= gains["distance"]:
        says.append(Sentence(NO_BETTER_THAN_BLUR, {"blur": f"{computed.blur_gain():.2f}"}))
    hidden = {way: changed[way] for way in ("without_itself", "without_strongest", "without_random")}
    says += [Sentence(WHAT_HIDING_CHANGES, {**hidden, "count": HIDDEN}), Sentence(NO_EXPLANATION)]
    changes = [
        Change(label, gains[way], {"count": HIDDEN} if way in ("without_strongest", "without_random") else {})
        for way, label in CHANGED.items()
    ]
    return Matters(_("Gain over the noisy picture"), gains["distance"], changes, says, unit="dB")


def _most_attended(weights: Array) -> Table:
    """The patches that the chosen one attends to most."""
    largest = np.argsort(-weights, axis=None, kind="stable")[:6]
    places = [divmod(int(place), weights.shape[1]) for place in largest]
    rows = [
        (row, column, round(float(weights[row, column]), 6)) for row, column in places if weights[row, column]
    ]
    return Table(
        "most_attended",
        _("Where the chosen patch looks most, itself among them"),
        (_("Row"), _("Column"), _("Weight")),
        rows,
    )


def as_pixels(picture: Array) -> Array:
    """uint8 of pixels around [0, 1]; what lies beyond is cut."""
    return np.round(255 * np.clip(picture, 0.0, 1.0)).astype(np.uint8)


def _weights_as_pixels(weights: Array) -> Array:
    return as_pixels(np.sqrt(weights / weights.max()))


def trial(seed: int, report: Report) -> Mapping[str, float]:
    """What the default settings gain on each picture that comes with the camp."""
    params = ImageAttentionParams()
    found = {
        name: compute(sample_picture(name), params.search(), noise=params.noise, seed=seed, report=report)
        for name in LABELS
    }
    aware = nlm.Search(patch=params.patch, reach=params.reach, h=params.h, noise=params.noise)
    by_noise = [
        compute(sample_picture(name), aware, noise=params.noise, seed=seed, report=report, ways={"distance": nlm.by_distance}).gain()
        for name in LABELS
    ]  # fmt: skip
    means = {way: float(np.mean([one.gain(way) for one in found.values()])) for way in WAYS}
    return {
        "gain": means.pop("distance"),
        **{f"gain_{name}": one.gain() for name, one in found.items()},
        "blur": float(np.mean([one.blur_gain() for one in found.values()])),
        "noise_aware": float(np.mean(by_noise)),
        **{f"itself_{name}": one.gain("without_itself") - one.gain() for name, one in found.items()},
        **means,
    }


task = Task(
    name="image_attention",
    title=_("Denoising a picture by attention"),
    description=_(
        "Every patch of a noisy picture attends to the patches around it, scored by how far they are from it (non-local "
        "means), and its middle becomes their average."
    ),
    params=ImageAttentionParams,
    run=run,
    queue="training",
    limits={"max_side": MAX_SIDE, "max_reach": MAX_REACH, "max_patch": 9},
    main=("image", "picture"),
    trial=trial,
    goals={
        "gain": Goal(_("Gain over the noisy picture, mean of the pictures"), mean=3.0, worst=3.0, unit="dB"),
        "gain_roofs": Goal(_("Gain on the roofs"), mean=3.0, worst=3.0, unit="dB"),
        "gain_flower": Goal(_("Gain on the flower"), mean=3.0, worst=3.0, unit="dB"),
        "gain_drawn": Goal(_("Gain on the drawn pattern"), mean=3.0, worst=3.0, unit="dB"),
        "blur": Goal(_("Gain of the best Gaussian blur (control)"), unit="dB"),
        "noise_aware": Goal(_("Gain where the noise is taken into account"), unit="dB"),
        "uniform": Goal(_("Gain with uniform weights (control)"), unit="dB"),
        "shuffled": Goal(_("Gain with shuffled weights (control)"), unit="dB"),
        "dot_product": Goal(_("Gain with the score q·k (control)"), unit="dB"),
        "itself_roofs": Goal(_("Change with each patch hidden from itself, roofs"), unit="dB"),
        "itself_flower": Goal(_("Change with each patch hidden from itself, flower"), unit="dB"),
        "itself_drawn": Goal(_("Change with each patch hidden from itself, drawn pattern"), unit="dB"),
        "without_itself": Goal(_("Gain with each patch hidden from itself"), unit="dB"),
        "without_strongest": Goal(_("Gain with the most attended others hidden"), unit="dB"),
        "without_random": Goal(_("Gain with as many hidden at random"), unit="dB"),
    },
    order=60,
)
