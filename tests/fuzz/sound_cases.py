"""Hooks for schemathesis: many of the cases it makes up become sound ones, so that more than refusals is tried, and
many become sound but for one place, which reaches further than what is wrong all over.

Loaded by name (SCHEMATHESIS_HOOKS); `tests/fuzz/run.py` says where the camp is and whose the password.
"""

import atexit
import io
import json
import os
import random
from collections import Counter, defaultdict, deque
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import schemathesis
from hypothesis import strategies as st

from tests.independent_attention import random_case

LONGEST_WAIT = 0.2  # seconds; the schema allows a minute
ACCEPTED = [
    "*/*",
    "application/json",
    "application/x-npz",
    "text/csv;q=0.5",
    "image/png",
    "nonsense",
    "a/b;q=x",
]
# A lone surrogate is not among them: schemathesis cannot print one. tests/camp/api/test_bad_input.py has it.
OUT_OF_PLACE = [
    None, True, False, 0, -1, 2, 0.5, 1e308, -(10**30), "", "0", "\0", "cosine", "一", "x" * 300,
    [], [[]], [1], [[1]], [[1], [1, 2]], [[[1]]], {}, {"": 0}, {"weight": [[1]]},
]  # fmt: skip
_REAL = "00000000-0000-4000-8000-"  # stands for an id that exists, until the call is made
_made: dict[str, deque[str]] = {"job_id": deque(maxlen=200), "batch_id": deque(maxlen=50)}
_addresses = random.Random(0)
_answers: dict[str, Counter[str]] = defaultdict(Counter)
_failures: Counter[str] = Counter()


@atexit.register
def _write_tally() -> None:
    tally = {"answers": _answers, "failures": _failures}
    Path(os.environ["FUZZ_TALLY"]).write_text(json.dumps(tally, sort_keys=True))


@schemathesis.hook
def before_generate_case(context: Any, strategy: Any) -> Any:
    """Strange cases as they come, cases that the camp accepts, and cases that it nearly would."""
    return _cases(strategy)


@st.composite
def _cases(draw: Any, strategy: Any) -> Any:
    case = draw(strategy)
    sort = draw(st.sampled_from(["strange", "sound", "sound", "spoiled"]))
    if sort == "strange":
        return case
    for name in ("job_id", "batch_id"):
        if name in case.path_parameters:
            case.path_parameters[name] = f"{_REAL}{draw(st.integers(0, 199)):012d}"
    name = case.operation.definition.raw["operationId"]
    if name in ("submitJob", "submitBatch"):
        _fill_body(draw, case, name)
    elif name == "makeToken":
        case.media_type = "application/json"
        case.body = {"username": "fuzzer", "password": os.environ["FUZZ_PASSWORD"]}
    if sort == "spoiled" and isinstance(case.body, dict) and case.media_type == "application/json":
        case.body = _spoiled(draw, case.body)
    if draw(st.integers(0, 3)) == 0:
        case.headers["Accept"] = draw(st.sampled_from(ACCEPTED))
    return case


def _spoiled(draw: Any, value: Any) -> Any:
    """`value` with one place, near its top more often than deep within, replaced by something out of place."""
    if not value or not isinstance(value, (dict, list)) or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(OUT_OF_PLACE))
    if isinstance(value, dict):
        name = draw(st.sampled_from(sorted(value)))
        return {**value, name: _spoiled(draw, value[name])}
    place = draw(st.integers(0, len(value) - 1))
    return [*value[:place], _spoiled(draw, value[place]), *value[place + 1 :]]


def _fill_body(draw: Any, case: Any, name: str) -> None:
    params = random_case(np.random.default_rng(draw(st.integers(0, 2**32 - 1))))
    job = {"task": "attention", "params": params}
    case.media_type = "application/json"
    if name == "submitBatch":
        case.body = {"jobs": [job] * draw(st.integers(1, 4))}
    elif draw(st.booleans()):
        case.body = job
    else:
        arrays = {part: np.array(params.pop(part)) for part in ("query", "key", "value")}
        file = io.BytesIO()
        np.savez(file, **arrays)
        case.media_type = "multipart/form-data"
        case.body = {**job, "file": file.getvalue()}
    key = draw(st.none() | st.integers(0, 30))
    case.headers.pop("Idempotency-Key", None)
    if key is not None:
        case.headers["Idempotency-Key"] = f"fuzz-{key}"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """What must not be left to chance: real ids, short waits, a token to throw away, addresses that are not throttled."""
    # Behind a trusted proxy, which this camp believes us to be, every case comes from elsewhere.
    address = ".".join(str(_addresses.randrange(1, 255)) for _ in range(4))
    case.headers["X-Forwarded-For"] = address
    for name, made in _made.items():
        given = str(case.path_parameters.get(name, ""))
        if given.startswith(_REAL) and made:
            case.path_parameters[name] = made[int(given.removeprefix(_REAL)) % len(made)]
    wait = (case.query or {}).get("wait")
    if isinstance(wait, (int, float)) and not isinstance(wait, bool) and LONGEST_WAIT < wait <= 60:
        case.query["wait"] = LONGEST_WAIT
    is_last = case.operation.definition.raw["operationId"] == "revokeToken"
    token = _spare_token(address) if is_last else os.environ["FUZZ_TOKEN"]
    case.headers["Authorization"] = f"Token {token}"


def _spare_token(address: str) -> str:
    # Of an account of its own: made-up sign-ins guess at the other's password until it is closed for a while.
    body = {"username": "spare-fuzzer", "password": os.environ["FUZZ_PASSWORD"]}
    answer = httpx.post(
        f"{os.environ['FUZZ_URL']}/api/v1/auth/tokens/",
        json=body,
        headers={"X-Forwarded-For": address},
    )
    return str(answer.json()["token"])


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Count the answer, and remember what was made."""
    name = case.operation.definition.raw["operationId"]
    _answers[name][str(response.status_code)] += 1
    if response.status_code != 201:
        return
    if name in ("submitJob", "submitBatch"):
        _made["job_id" if name == "submitJob" else "batch_id"].append(response.json()["id"])


@schemathesis.hook
def after_validate(context: Any, case: Any, response: Any, results: list[Any]) -> None:
    """Count what a check complains about."""
    for result in results:
        if result.failure is not None:
            _failures[result.name] += 1
