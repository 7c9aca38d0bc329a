"""Finds the self-describing units of a package: one module, one unit of the same name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar


class Unit(Protocol):
    """What a catalogue lists."""

    @property
    def name(self) -> str: ...

    @property
    def order(self) -> int: ...


U = TypeVar("U", bound=Unit)

_BASE = "base"


class CatalogueError(RuntimeError):
    """A module of functions or tasks is not what its package promises."""


def find(package_name: str, attribute: str, cls: type[U]) -> Mapping[str, U]:
    """Import every module of a package (but `base`) and return their units by name, in order.

    A broken module stops the start instead of vanishing from the lists: its import error passes
    through.

    Raises:
        CatalogueError: a module lacks the attribute, or its unit has another type or name.
    """
    package = importlib.import_module(package_name)
    found: list[U] = []
    for info in pkgutil.iter_modules(package.__path__):
        if info.name == _BASE:
            continue
        module = importlib.import_module(f"{package_name}.{info.name}")
        unit = getattr(module, attribute, None)
        if not isinstance(unit, cls) or unit.name != info.name:
            raise CatalogueError(
                f"{module.__name__}: expected `{attribute}`, a {cls.__name__} named {info.name!r}; "
                f"got {unit!r}"
            )
        found.append(unit)
    found.sort(key=lambda unit: (unit.order, unit.name))
    return MappingProxyType({unit.name: unit for unit in found})


def get(found: Mapping[str, U], name: str, what: str) -> U:
    """Return the unit called `name`.

    Raises:
        ValueError: there is none; says which there are.
    """
    if name not in found:
        raise ValueError(f"expected a {what}, one of {', '.join(found)}; got {name!r}")
    return found[name]
