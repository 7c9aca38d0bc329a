"""What is installed is used: a package that a decision left out is not brought along all the same."""

import re
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

# Found by the library that makes use of them; our code names none of their modules.
LOADED_BY = {"argon2-cffi": "django", "httptools": "uvicorn", "uvloop": "uvicorn"}


def asked_for(project: Path) -> list[str]:
    return [
        name for file in ("requirements.in", "requirements-alone.in") for name in packages_of(project / file)
    ]


def packages_of(file: Path) -> list[str]:
    return re.findall(r"^[\w.-]+", file.read_text(), re.MULTILINE)


def modules_of(package: str) -> list[str]:
    def alike(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    providers = packages_distributions().items()
    return [module for module, names in providers if alike(package) in map(alike, names)]


@pytest.fixture(scope="module")
def source() -> str:
    def files() -> Iterator[Path]:
        for folder in ("camp", "attention_core", "setup"):
            yield from (Path(__file__).parents[2] / folder).rglob("*.py")

    return "\n".join(path.read_text() for path in files())


def test_each_package_asked_for_is_imported_or_named_in_the_code(project: Path, source: str) -> None:
    unused = []
    for package in asked_for(project):
        names = "|".join(map(re.escape, modules_of(package))) or "(?!)"
        is_used = re.search(
            rf"^\s*(?:import|from) (?:{names})\b|[\"'](?:{names})[\"'.]", source, re.MULTILINE
        )
        if not is_used and package not in LOADED_BY:
            unused.append(package)
    assert unused == []


def test_what_another_library_loads_stands_beside_that_library(project: Path) -> None:
    packages = asked_for(project)
    assert set(LOADED_BY) <= set(packages)
    assert set(LOADED_BY.values()) <= set(packages)


def test_what_is_installed_alone_is_pinned_by_hash_and_brings_nothing_along(project: Path) -> None:
    pinned = (project / "requirements-alone.txt").read_text()
    names = re.findall(r"^([\w.-]+)==\S+ \\\n    --hash=sha256:", pinned, re.MULTILINE)
    assert names == packages_of(project / "requirements-alone.in")
    assert not {"torch", "transformers", "huggingface-hub"} & set(packages_of(project / "requirements.txt"))
