"""What a text may ask of the machine is counted before it is done: a hostile one is refused soon, and says why."""

import re
import time
import tracemalloc

import pytest
from django.utils import translation

from camp.courses import allowance
from camp.courses.blocks import Unfit
from camp.courses.document import document
from camp.courses.expressions import evaluate
from camp.courses.prose import Prose

LONG = "argsort(zeros(16384))"  # a list


def lesson(body: str = "x", let: list[tuple[str, str]] | None = None, goals: int = 1) -> str:
    names = "".join(f'  {name}: "{expression}"\n' for name, expression in let or [])
    front = f"let:\n{names}" if names else ""
    aims = "  - g\n" * goals
    return (
        "---\ntitle: A\norder: 1\nminutes: 5\nconcepts: []\nquestion: q\n"
        f"goals:\n{aims}sources: []\n{front}---\n\n{body}\n"
    )


def doubled(first: str, times: int) -> list[tuple[str, str]]:
    return [("a0", first), *((f"a{one}", f"[a{one - 1}, a{one - 1}]") for one in range(1, times))]


HOSTILE = {
    "lists of a long list": lesson("{{ length(" + "[" * 30 + ",".join(["n"] * 100) + "]" * 30 + ") }}", [("n", LONG)]),
    "lists doubled name by name": lesson(let=doubled("[1, 1]", 60)),
    "empty lists in empty lists": lesson("{{ length([" + "array(a11)," * 100 + "]) }}", doubled("[]", 12)),
    "a wide output": lesson("{{ attention(zeros(16384,1), zeros(1,1), zeros(1,16384))['output'][0][0] }}"),
    "large parameters": lesson("{{ scores('general', zeros(1,16384), zeros(1,16384))[0][0] }}"),
    "many heads": lesson("{{ attention(zeros(1,16384), zeros(1,16384), zeros(1,16384), num_heads=16384)['output'][0][0] }}"),
    "a product over leading axes": lesson("{{ sum(dot(zeros(128,1,128,1), zeros(128,1,1,128))) }}"),
    "copies by a list of places": lesson("{{ sum(zeros(1,16384)[p]) }}", [("p", LONG)]),
    "copies by an array of places": lesson("{{ sum(zeros(1,16384)[argmax(zeros(16384,1), axis=1)]) }}"),
    "arrays joined": lesson("{{ length(concat(" + "z," * 290 + "z)) }}", [("z", "zeros(16384)")]),
    "arrays kept": lesson(let=[(f"a{one}", "exp(zeros(16384))") for one in range(150)]),
    "lists compared": lesson(let=[("p", LONG), *((f"a{one}", "p == p") for one in range(100))]),
    "matrices as LaTeX": lesson(let=[("z", "zeros(1024) + 1/3"), *((f"a{one}", "length(matrix(z))") for one in range(150))]),
    "thousands of names": lesson(let=[(f"a{one}", "1") for one in range(1800)]),
    "thousands of goals": lesson(goals=5000),
    "a table of short rows": lesson("|a" * 500 + "|\n" + "|-" * 500 + "|\n" + "|\n" * 2000),
    "quotes in quotes": lesson("> " * 30 + "a\n" + "a\n" * 3000),
    "a long text": lesson("[" * 9000),
    "many long texts": lesson("::: note\n:::\n".join(["[a" * 3900] * 6).replace("\n:::", "\na\n:::")),
    "long formulas": lesson("::: note\na\n:::\n".join(f"${'[' * 1900}{one}$\n\n" for one in range(18))),
    "YAML in YAML": lesson("x", [("a", "1")]).replace('  a: "1"', "  a: " + "[" * 20_000),
    "thousands of items": lesson("x", [("a", "1")]).replace('  a: "1"', "  a: [" + "1," * 18_000 + "]"),
    "hundreds of blocks": lesson("::: note\na\n:::\n" * 200),
}  # fmt: skip


LARGE = [
    "a wide output", "large parameters", "many heads", "a product over leading axes", "copies by a list of places",
    "copies by an array of places", "arrays joined", "arrays kept",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_lesson_is_refused_soon_with_the_limit_and_the_line(text: str) -> None:
    began = time.process_time()
    with pytest.raises(Unfit) as refused:
        document(text, "en")
    assert (
        time.process_time() - began < 5
    )  # most take no tenth of a second, all less than one where nothing else runs
    assert re.search(r"at most \d+|more than \d+ deep", refused.value.message)
    assert refused.value.line > 0


@pytest.mark.parametrize("name", LARGE)
def test_what_would_be_large_is_refused_before_it_is_made(name: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Unfit):
            document(HOSTILE[name], "en")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50 * 2**20


def test_the_allowance_is_that_of_the_whole_lesson() -> None:
    """No expression of them is refused by itself."""
    let = [(f"a{one}", "exp(zeros(16384))") for one in range(150)]
    assert len(evaluate(let[0][1])) == 16384
    with pytest.raises(Unfit, match=f"at most {allowance.STEPS} steps") as refused:
        document(lesson(let=let), "en")
    assert refused.value.message.startswith("a")
    assert refused.value.line > 12


def test_one_lesson_pays_for_nothing_of_another() -> None:
    text = lesson(let=[(f"a{one}", "exp(zeros(16384))") for one in range(80)])
    for _again in range(3):
        document(text, "en")


def test_a_refusal_speaks_the_language_in_use() -> None:
    """Also where NumPy and Python, which speak English alone, refused."""
    for expression in (
        "dot([[1]], [[1, 2], [3, 4]])",
        "max([])",
        "softmax()",
        "[1][5]",
        "[1] < 2",
        "ln(0)",
        "10.0 ** 400",
    ):
        with translation.override("zh-hans"), pytest.raises(Unfit) as refused:
            evaluate(expression)
        assert re.search("[\u4e00-\u9fff]", refused.value.message), refused.value.message
        for english in ("operand", "identity", "argument", "index", "instances", "encountered", "Numerical"):
            assert english not in refused.value.message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{{ 1 +\n1 }}\n\nIt is 0.5", 4),
        ("{{ 1 +\n1 }} and\n{{ 2\n+\n2 }}\n{{ unknown }}", 6),
        ("a\n{{ 1 +\n1 }} b\n\n$\\unknown$", 5),
    ],
)
def test_lines_are_counted_as_they_were_written(text: str, line: int) -> None:
    with pytest.raises(Unfit) as refused:
        Prose().html(text)
    assert refused.value.line == line


def test_decimals_of_thousands_of_digits_are_refused_with_what_is_allowed() -> None:
    with pytest.raises(Unfit, match="at most 12 decimals") as refused:
        Prose().html("x\n\n{{ 1 | " + "9" * 5000 + " }}")
    assert refused.value.line == 3
