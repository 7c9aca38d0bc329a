"""A row of weights that is guessed before it is shown, and kept with the run that follows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.db import transaction

from camp import guessed_row
from camp.lab import run_figures
from camp.lab.models import Job
from camp.lab.stage_arrays import StageArrays, from_reference, is_small


@dataclass(frozen=True)
class Guess:
    """`head` and `query` count from 1; `points`, which sum to 100, are over the keys that the query may see."""

    head: int
    query: int
    points: Sequence[int]

    def as_text(self, digest: str) -> str:
        """For the form, which hands it in with the run: `digest` names the work that it is a guess of."""
        return json.dumps(asdict(self) | {"digest": digest})


def keys_seen(stages: StageArrays, query: int) -> list[int]:
    """The keys, from 0, that the query (from 1) may look at."""
    assert stages.allowed is not None
    return [int(key) for key in np.flatnonzero(stages.allowed[query - 1])]


def rows_to_guess(stages: StageArrays) -> list[int]:
    """The queries, from 1, whose row can be guessed: it has at least two keys, and no more than there is room for."""
    queries = range(1, len(stages.params.query) + 1)
    return [query for query in queries if 2 <= len(keys_seen(stages, query)) <= guessed_row.MOST_BARS]


def labels(stages: StageArrays, query: int) -> list[str]:
    return [f"k{key + 1}" for key in keys_seen(stages, query)]


def shown(guess: Guess, stages: StageArrays) -> dict[str, Any]:
    """The guess beside the true row, as templates/quizzes/_bars_truth.html draws it."""
    assert stages.weights is not None
    row = stages.weights[guess.head - 1, guess.query - 1]
    truth = [float(row[key]) for key in keys_seen(stages, guess.query)]
    return guessed_row.shown(labels(stages, guess.query), guess.points, truth)


def guess_of(kept: object, stages: StageArrays) -> Guess | None:
    """What was kept, if it is a guess of one of these rows."""
    if not isinstance(kept, Mapping):
        return None
    head, query = kept.get("head"), kept.get("query")
    if type(head) is not int or type(query) is not int:
        return None
    if not 1 <= head <= stages.params.num_heads or query not in rows_to_guess(stages):
        return None
    try:
        return Guess(head, query, guessed_row.read(kept.get("points"), len(keys_seen(stages, query))))
    except guessed_row.NoGuess:
        return None


def locked_already(text: str, digest: str, head: int, stages: StageArrays) -> Guess | None:
    """The guess that the form holds already of this work and head: the first is the one that counts."""
    sent = _sent(text, digest)
    guess = guess_of(sent, stages)
    return guess if guess is not None and guess.head == head else None


def _sent(text: str, digest: str) -> object:
    if not 0 < len(text) <= 1000:
        return None
    try:
        sent = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return sent if isinstance(sent, dict) and sent.get("digest") == digest else None


def guess_keep(*, job: Job, text: str, params: Any) -> None:
    """Keep with the job what the form handed in, if it is a guess of this very work; anything else is left out."""
    sent = _sent(text, job.params_hash)
    guess = guess_of(sent, from_reference(params)) if sent and is_small(params) else None
    if guess is None:
        return
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(guess=asdict(guess))
        run_figures.agreement_keep(job.pk, asdict(guess))
