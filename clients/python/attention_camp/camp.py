"""The client itself."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np

from attention_camp.arrays import read_npz, split, to_json
from attention_camp.documents import Batch, Job
from attention_camp.errors import Conflict, JobFailed, NotFound, Unavailable, error_of, retry_after
from attention_camp.events import Event, read_events

Array = np.ndarray[Any, Any]
_WAIT_SECONDS = 30  # of one long call; the server allows 60
_AGAIN = (429, 503)


@dataclass(frozen=True)
class AttentionResult:
    """Every matrix of one attention call, as float64.

    Shapes: output (n_q, d_v); weights, scores, scaled and masked (n_q, n_k), with more than one head (heads, n_q,
    n_k), masked with −inf where hidden; entropy (nats) and effective_tokens (heads, n_q); `parameters` by name.
    """

    job: Job
    output: Array
    weights: Array
    scores: Array
    scaled: Array
    masked: Array
    entropy: Array
    effective_tokens: Array
    parameters: dict[str, Array]


class Camp:
    """The API of one camp, as the owner of `token`.

    Args:
        url: the camp's address, such as "https://camp.example".
        token: a key from `Camp.sign_in` or from the account page; None for what is open to everybody.
        patience: seconds that one call may spend on being repeated after 429, 503 or a broken connection.
        transport: httpx's, for tests.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        patience: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Token {token}"} if token else {}
        self._http = httpx.Client(
            base_url=url.rstrip("/") + "/api/v1/",
            headers=headers,
            timeout=httpx.Timeout(_WAIT_SECONDS + 10.0),
            transport=transport,
        )
        self._patience = patience

    @classmethod
    def sign_in(
        cls, url: str, username: str, password: str, *, name: str = "", scopes: Sequence[str] | None = None
    ) -> Self:
        """A client with a new token for this name and password. An account with a second factor gets `Forbidden`."""
        body: dict[str, Any] = {"username": username, "password": password, "name": name}
        if scopes is not None:
            body["scopes"] = list(scopes)
        with cls(url) as stranger:
            answer = stranger._call("POST", "auth/tokens/", json=body)
        return cls(url, answer.json()["token"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the token stays valid."""
        self._http.close()

    def revoke_token(self) -> None:
        """Make this client's token worthless, here and everywhere."""
        self._call("DELETE", "auth/tokens/current/")

    def me(self) -> dict[str, Any]:
        """The caller's account and how its quotas stand."""
        found: dict[str, Any] = self._call("GET", "me/").json()
        return found

    def tasks(self) -> list[dict[str, Any]]:
        """Every task with the JSON Schema of its params and its limits."""
        found: list[dict[str, Any]] = self._call("GET", "tasks/").json()
        return found

    # --- one job -------------------------------------------------------------------------------------

    def submit(
        self,
        task: str,
        params: Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        as_file: bool | None = None,
    ) -> Job:
        """Submit one job. `params` may hold NumPy arrays; `as_file` sends them as NPZ (None: when they are large).

        The same `idempotency_key` with the same work gives the same job for 24 hours. Without one the client makes
        its own, so that repeating after a broken connection cannot make a second job.

        Raises:
            Invalid, TooMuchWork, QuotaUsedUp, Conflict
        """
        rest, file = split(params, as_file)
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        if file is None:
            body = to_json({"task": task, "params": rest}).encode()
            headers["Content-Type"] = "application/json"
            answer = self._call("POST", "jobs/", content=body, headers=headers)
        else:
            fields = {"task": task, "params": to_json(rest)}
            files = {"file": ("arrays.npz", file, "application/x-npz")}
            answer = self._call("POST", "jobs/", data=fields, files=files, headers=headers)
        return Job.of(answer.json())

    def job(self, job: Job | str) -> Job:
        """The job as it stands now."""
        return Job.of(self._call("GET", f"jobs/{_id(job)}/").json())

    def jobs(self, **filters: str) -> Iterator[Job]:
        """Own jobs, newest first, fetched a page at a time. Filters: status, task, created_after, created_before."""
        answer = self._call("GET", "jobs/", params=filters).json()
        while True:
            yield from map(Job.of, answer["results"])
            if not answer["next"]:
                return
            answer = self._call("GET", answer["next"]).json()

    def wait(self, job: Job | str, *, timeout: float = 600.0) -> Job:
        """The job once it has ended.

        Raises:
            TimeoutError: it has not after `timeout` seconds.
        """
        ends = time.monotonic() + timeout
        while True:
            seconds = min(_WAIT_SECONDS, max(0.0, ends - time.monotonic()))
            try:
                self._call("GET", f"jobs/{_id(job)}/result/", params={"wait": f"{seconds:.1f}"})
            except JobFailed:
                return self.job(job)
            except Conflict as error:
                if error.code != "not-finished":
                    raise
                if time.monotonic() >= ends:
                    raise TimeoutError(f"job {_id(job)} has not ended after {timeout} s") from error
            else:
                return self.job(job)

    def result(self, job: Job | str, *, timeout: float = 600.0) -> dict[str, Any]:
        """The result as JSON, waited for. Raises JobFailed or TimeoutError."""
        found: dict[str, Any] = self._result(job, timeout).json()
        return found

    def arrays(self, job: Job | str, *, timeout: float = 600.0) -> dict[str, Array]:
        """Every array of the result, exactly as computed, waited for. Raises JobFailed or TimeoutError."""
        self._result(job, timeout)
        return read_npz(self._call("GET", f"jobs/{_id(job)}/result/", params={"as": "npz"}).content)

    def csv(self, job: Job | str, part: str) -> str:
        """One matrix as CSV: output, weights, scores, scaled or masked."""
        return self._call("GET", f"jobs/{_id(job)}/result/", params={"as": "csv", "part": part}).text

    def cancel(self, job: Job | str) -> Job:
        """Cancel a waiting or running job. Raises Conflict when it has ended."""
        return Job.of(self._call("POST", f"jobs/{_id(job)}/cancel/").json())

    def delete(self, job: Job | str) -> None:
        """Remove the job and its result; a live one is cancelled first."""
        self._call("DELETE", f"jobs/{_id(job)}/")

    def events(self, job: Job | str) -> Iterator[Event]:
        """What happens to the job, as it happens, until `done`; broken connections are made anew."""
        last, ends = "", time.monotonic() + self._patience
        while True:
            headers = {"Last-Event-ID": last} if last else {}
            try:
                with self._http.stream("GET", f"jobs/{_id(job)}/events/", headers=headers) as answer:
                    if answer.status_code == 204:
                        return
                    if answer.status_code != 200:
                        answer.read()
                        raise error_of(answer)
                    for event in read_events(answer.iter_lines()):
                        last, ends = event.id or last, time.monotonic() + self._patience
                        yield event
                        if event.name == "done":
                            return
            except httpx.TransportError as error:
                if time.monotonic() >= ends:
                    raise Unavailable(503, {"detail": f"no answer: {error}"}) from error
            time.sleep(0.5)

    def attention(
        self, query: Any, key: Any, value: Any, *, timeout: float = 600.0, **params: Any
    ) -> AttentionResult:
        """Attention of query (n_q, d_q), key (n_k, d_k) and value (n_k, d_v), computed by the camp.

        `params` are the task's others: function, causal, mask, key_padding, scale, temperature, num_heads,
        parameters, seed.
        """
        given = {"query": np.asarray(query), "key": np.asarray(key), "value": np.asarray(value), **params}
        job = self.submit("attention", given)
        arrays = self.arrays(job, timeout=timeout)
        named = {
            name.partition(".")[2]: one for name, one in arrays.items() if name.startswith("parameters.")
        }
        rest = {name: one for name, one in arrays.items() if not name.startswith("parameters.")}
        return AttentionResult(job=self.job(job), parameters=named, **rest)

    # --- batches -------------------------------------------------------------------------------------

    def submit_batch(
        self, jobs: Sequence[tuple[str, Mapping[str, Any]]], *, idempotency_key: str | None = None
    ) -> Batch:
        """Submit up to 256 pairs of task and params, all or none, under one key."""
        body = {"jobs": [{"task": task, "params": params} for task, params in jobs]}
        headers = {
            "Idempotency-Key": idempotency_key or uuid.uuid4().hex,
            "Content-Type": "application/json",
        }
        answer = self._call("POST", "jobs/batch/", content=to_json(body).encode(), headers=headers)
        return Batch.of(answer.json())

    def batch(self, batch: Batch | str) -> Batch:
        """How the batch's jobs stand now."""
        return Batch.of(self._call("GET", f"jobs/batch/{_id(batch)}/").json())

    def wait_batch(self, batch: Batch | str, *, timeout: float = 600.0) -> Batch:
        """The batch once all its jobs have ended, with those jobs as they are then. Raises TimeoutError.

        The server tells a batch's jobs when they are submitted: of one that is named by its id alone they are not
        known. What was deleted meanwhile is left out.
        """
        ends, pause = time.monotonic() + timeout, 0.1
        while not (found := self.batch(batch)).is_done:
            if time.monotonic() >= ends:
                raise TimeoutError(f"batch {found.id} has not ended after {timeout} s")
            time.sleep(pause)
            pause = min(2.0, pause * 1.5)
        jobs = () if isinstance(batch, str) else batch.jobs
        return replace(found, jobs=tuple(self._still_there(jobs)))

    def _still_there(self, jobs: Iterable[Job]) -> Iterator[Job]:
        for job in jobs:
            try:
                yield self.job(job)
            except NotFound:
                continue

    # --- underneath ----------------------------------------------------------------------------------

    def _result(self, job: Job | str, timeout: float) -> httpx.Response:
        ended = self.wait(job, timeout=timeout)
        return self._call("GET", f"jobs/{ended.id}/result/")

    def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One call, repeated after 429 and 503 as the server says, and after a broken connection.

        All that is repeated may be: reading, deleting, cancelling, and submits under their Idempotency-Key.
        """
        ends = time.monotonic() + self._patience
        pause = 0.2
        while True:
            try:
                response = self._http.request(method, path, **options)
            except httpx.TransportError as error:
                if path.startswith("auth/") or time.monotonic() + pause > ends:
                    raise Unavailable(503, {"detail": f"no answer: {error}"}) from error
                wait, pause = pause, min(5.0, pause * 2)
            else:
                wait = retry_after(response)
                if response.status_code < 400:
                    return response
                if response.status_code not in _AGAIN or time.monotonic() + wait > ends:
                    raise error_of(response)
            _sleep(wait)


_sleep: Callable[[float], None] = time.sleep


def _id(thing: Job | Batch | str) -> str:
    return thing if isinstance(thing, str) else thing.id
