"""The web process is killed with -9 while answers of a quiz are saved: what was acknowledged is there, and whole."""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.drills.jobs import chance, sized
from tests.running_camp import RunningCamp

pytestmark = pytest.mark.timeout(600)
SAVES, KILLS = sized(500, 100), sized(8, 1)
# By the question's type: an answer that says throughout which it is, so that a half of one would show.
ANSWERS: dict[str, Callable[[str, dict[str, Any]], Any]] = {
    "numeric": lambda text, question: text,
    "matrix": lambda text, question: [[text] * question["shape"][1]] * question["shape"][0],
}
QUIZ = "/api/v1/quizzes/scoring-functions/attempts/"


class Writer:
    """One person with an attempt, who saves new answers to every question in turn, and does not give up."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.attempt = client.post(QUIZ).json()
        self.questions = [one for one in self.attempt["questions"] if one["type"] in ANSWERS]
        assert self.questions
        self.acknowledged = self.cut_off = 0
        self.wrong: dict[str, Any] = {}
        # What each question may hold: the answer last acknowledged, and those sent since, of which nothing is known.
        self.possible: dict[str, list[Any]] = {one["question"]: [None] for one in self.questions}

    def save(self, number: int) -> None:
        """One answer, sent anew until it is acknowledged; each time it is another."""
        question = self.questions[number % len(self.questions)]
        slug = question["question"]
        path = f"/api/v1/attempts/{self.attempt['id']}/answers/{slug}/"
        for again in range(1000):
            response = ANSWERS[question["type"]](f"{number}.{again:03d}", question)
            try:
                if again:  # web has just been killed: look at what it kept before it is written over
                    self.wrong |= self.look()
                self.possible[slug].append(response)
                answer = self._client.put(path, json={"response": response})
            except httpx.TransportError as error:
                self.cut_off += not isinstance(error, httpx.ConnectError)
                time.sleep(0.1)
                continue
            assert answer.status_code == 200, answer.text
            self.possible[slug] = [response]
            self.acknowledged += 1
            return
        raise AssertionError("web never came back")

    def look(self) -> dict[str, Any]:
        """Questions that hold an answer which they may not hold, each with it."""
        kept = self._client.get(f"/api/v1/attempts/{self.attempt['id']}/").json()["questions"]
        return {
            one["question"]: one["response"]
            for one in kept
            if one["question"] in self.possible and one["response"] not in self.possible[one["question"]]
        }


def test_a_killed_web_process_keeps_every_acknowledged_answer(
    drilled: RunningCamp, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    dice = chance("killed web")
    writer = Writer(drilled.client("writer"))
    killed = 0
    saving = threading.Thread(target=lambda: [writer.save(number) for number in range(SAVES)], daemon=True)
    saving.start()
    for share in range(KILLS):
        # Spread over the saves, each at a moment of its own.
        wait_until(lambda share=share: writer.acknowledged >= share * SAVES // KILLS, 300)
        time.sleep(dice.uniform(0.05, 0.3))
        pid = drilled.pid("web")
        if saving.is_alive() and pid:
            os.kill(pid, signal.SIGKILL)
            killed += 1
            wait_until(lambda pid=pid: drilled.pid("web") not in (None, pid))
    saving.join(300)
    wrong = writer.wrong | writer.look()
    figure(
        f"{writer.acknowledged} of {SAVES} answers acknowledged, web killed {killed} times,"
        f" {writer.cut_off} times in the middle of one: {len(wrong)} lost or half"
    )
    assert writer.acknowledged == SAVES
    assert killed == KILLS
    assert writer.cut_off, "a kill must have met an answer on its way"
    assert not wrong
