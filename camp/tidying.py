"""What is kept only so long: an app whose rows have their time registers here how they go.

@tidies("moments_forgotten")
def _moments() -> int: ...
"""

from collections.abc import Callable

_parts: dict[str, Callable[[], int]] = {}
_Part = Callable[[], int]


def tidies(name: str) -> Callable[[_Part], _Part]:
    """Decorator: the function is called every few minutes, and says how much went; the log calls that `name`."""

    def add(part: _Part) -> _Part:
        _parts[name] = part
        return part

    return add


def tidy() -> dict[str, int]:
    """How much of each went."""
    return {name: part() for name, part in _parts.items()}
