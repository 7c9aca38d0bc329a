"""What a person knows of every concept at a glance: a tile for each, under the module that teaches it first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from camp.learning.bkt import MASTERED
from camp.mastery import concepts
from camp.mastery.records import ConceptMastery, Level, Mastery
from camp.progress.records import ModuleRecord

UNASKED = "unasked"


@dataclass(frozen=True)
class Tile:
    concept: ConceptMastery

    @property
    def state(self) -> str:
        """A level, or UNASKED."""
        return UNASKED if self.concept.mastery is None else self.concept.level.value

    @property
    def height(self) -> float:
        """Of its fill, in percent: the mastery itself."""
        return round(100 * (self.concept.mastery or 0.0), 2)

    @property
    def top(self) -> float:
        return round(100 - self.height, 2)


@dataclass(frozen=True)
class Group:
    """`module` is None for concepts that no published lesson teaches yet."""

    module: ModuleRecord | None
    tiles: Sequence[Tile]


@dataclass(frozen=True)
class ConceptMap:
    groups: Sequence[Group]

    @property
    def count(self) -> int:
        return sum(len(group.tiles) for group in self.groups)

    @property
    def by_state(self) -> Mapping[str, int]:
        """How many concepts are in each state, the surest first."""
        counts = Counter(tile.state for group in self.groups for tile in group.tiles)
        return {state: counts[state] for state in (*(level.value for level in Level), UNASKED)}

    @property
    def goal_top(self) -> float:
        """Where the line of a tile lies, in percent from above."""
        return round(100 * (1 - MASTERED), 2)


def concept_map(mastery: Mastery, modules: Sequence[ModuleRecord]) -> ConceptMap:
    """Modules and concepts in their order; those that no lesson teaches yet come last."""
    told = {one.code: one for one in (*mastery.asked, *mastery.unasked)}
    by_module: dict[str | None, list[Tile]] = {}
    for code in concepts.in_order({*concepts.names(), *told}):
        concept = told.get(code) or ConceptMastery(code, concepts.name_of(code), None, None, 0, 0, None)
        taught = concept.lesson.module if concept.lesson else None
        by_module.setdefault(taught, []).append(Tile(concept))
    groups = [Group(module, by_module[module.slug]) for module in modules if module.slug in by_module]
    if None in by_module:
        groups.append(Group(None, by_module[None]))
    return ConceptMap(groups)
