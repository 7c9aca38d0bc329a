"""A clock that the test moves."""

import pytest
from django.utils import timezone

from tests.camp.mastery.conftest import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """It begins at noon, so that nothing goes past midnight unless it is meant to."""
    moved = Clock(timezone.now().replace(hour=12, minute=0, second=0, microsecond=0))
    monkeypatch.setattr(timezone, "now", lambda: moved.now)
    return moved
