"""One camp for the drills that leave it working: it goes through all of them, as a real one would."""

from collections.abc import Callable, Iterator

import pytest

from tests.drills.jobs import SEED
from tests.running_camp import RunningCamp


@pytest.fixture(scope="session")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCamp]:
    """A camp of the drills' own, for nobody else should be where parts are killed."""
    with RunningCamp(tmp_path_factory.mktemp("drilled")) as running:
        yield running


@pytest.fixture
def figure(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints a drill's figure, captured or not: it is what the drill is for."""

    def say(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text} (DRILL_SEED={SEED})")

    return say
