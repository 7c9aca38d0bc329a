"""What else a module has besides its lessons: an app that has something, its quiz say, registers a link.

@module_link
def quiz_link(module: Module) -> Link | None: ...
"""

from collections.abc import Callable
from dataclasses import dataclass

from camp.courses.models import Module


@dataclass(frozen=True)
class Link:
    """`title` in the language in use."""

    title: str
    url: str


_links: list[Callable[[Module], Link | None]] = []


def module_link(find: Callable[[Module], Link | None]) -> Callable[[Module], Link | None]:
    """Decorator: asked for each module that is shown; None where it has nothing."""
    _links.append(find)
    return find


def links_of(module: Module) -> list[Link]:
    """In the order of the apps."""
    return [link for find in _links if (link := find(module)) is not None]
