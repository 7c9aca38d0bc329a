"""docs/api.md, line by line: what it shows is what a real camp answers."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running_camp import PASSWORD, RunningCamp

BLOCK = re.compile(r"^```(console|pycon)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "@@ done @@"


def as_pattern(shown: str) -> re.Pattern[str]:
    """What is shown, where `…` stands for anything within a line."""
    return re.compile("[^\n]*?".join(map(re.escape, shown.strip().split("…"))))


def steps_of(block: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it prints; a command goes on while its quotes are open."""
    steps: list[tuple[str, str]] = []
    for chunk in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = chunk.splitlines()
        length = next(
            n for n in range(1, len(lines) + 1)
            if not lines[n - 1].endswith("\\") and _is_whole("\n".join(lines[:n]))
        )  # fmt: skip
        steps.append(("\n".join(lines[:length]), "\n".join(lines[length:])))
    return steps


def _is_whole(command: str) -> bool:
    return subprocess.run(["bash", "-n", "-c", command], capture_output=True).returncode == 0


class Shell:
    """One bash for the whole walk."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=folder, env=environment,
        )  # fmt: skip

    def run(self, command: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{command}\necho; echo '{MARK}'\n")
        self.process.stdin.flush()
        lines: list[str] = []
        while (line := self.process.stdout.readline().rstrip("\n")) != MARK:
            lines.append(line)
        return "\n".join(lines).strip()


@pytest.fixture
def environment(camp: RunningCamp) -> dict[str, str]:
    camp.account("walker")
    given = {"CAMP": camp.url, "NAME": "walker", "PASSWORD": PASSWORD, "PATH": os.environ["PATH"]}
    folder = str(Path(sys.executable).parent)
    return given | {"PATH": f"{folder}:{given['PATH']}"}


def test_every_line_of_the_guide_does_what_it_shows(
    project: Path, tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    shell = Shell(tmp_path, environment)
    names: dict[str, object] = {}
    differences: list[str] = []
    count = 0
    for kind, block in BLOCK.findall((project / "docs" / "api.md").read_text()):
        if kind == "console":
            for command, shown in steps_of(block):
                printed = shell.run(command)
                count += 1
                if not as_pattern(shown).fullmatch(printed):
                    differences.append(f"$ {command}\nshown:   {shown}\nprinted: {printed}")
        else:
            examples = doctest.DocTestParser().get_doctest(block, names, "api.md", "api.md", 0)
            count += len(examples.examples)
            report: list[str] = []
            runner = doctest.DocTestRunner(
                optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE, verbose=False
            )
            runner.run(examples, out=report.append, clear_globs=False)
            names = examples.globs
            differences += report
    shell.process.kill()
    shell.process.communicate()
    assert count > 30
    assert not differences, "\n\n".join(differences)


def test_the_steps_of_a_block_are_found() -> None:
    block = '$ echo "a\nb" \\\n  c\nprinted\n$ true\n'
    assert steps_of(block) == [('echo "a\nb" \\\n  c', "printed"), ("true", "")]


@pytest.mark.parametrize(
    ("shown", "printed", "same"), [("a…c", "abc", True), ("a…c", "a\nc", False), ("a", "b", False)]
)
def test_dots_stand_for_anything_in_a_line(shown: str, printed: str, same: bool) -> None:
    assert bool(as_pattern(shown).fullmatch(printed)) is same
