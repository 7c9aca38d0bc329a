"""A lesson's text becomes a document; what is wrong in it is told with the line of the file."""

from typing import Any

import pytest

from camp.courses.blocks import Unfit
from camp.courses.document import document, twin_faults
from camp.courses.pieces import read_source
from camp.courses.source_yaml import read
from tests.camp.courses.lessons import CHINESE, LESSON


def test_a_lesson_becomes_parts_in_order_with_its_numbers_computed() -> None:
    made = document(LESSON, "en", {"vaswani2017"})
    assert [part.get("block", "html") for part in made["parts"]] == ["html", "note", "diagram", "html"]
    assert "<mn>2</mn>" in made["parts"][0]["html"]
    assert made["parts"][1]["fields"]["html"] == "<p>Apart: it is 4.</p>\n"
    assert (made["title"], made["minutes"], made["goals"]) == ("A lesson", 5, ["say what 2 is"])
    assert made["headings"] == [{"id": "section-1", "title": "A heading", "level": "h2"}]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("---\ntitle", "title", 1, "front matter"), ("title: A lesson\n", "", 1, "title"), ("order: 1", "order: one", 3, "order"),
        ("order: 1", "order: 1\nflavour: 2", 4, "flavour"), ("order: 1", "order: 1\norder: 2", 4, "order"), ("[C3]", "[C3", 6, "YAML"),
        ("say what {{ two }}", "say what 0.5", 8, "0.5"), ("{{ two }} is", "{{ three }} is", 8, "three"),
        ('"1 + 1"', '"1 +"', 11, "two"), ("[vaswani2017]", "[nobody]", 9, "nobody"), ("{{ two }}$", "{{ three }}$", 14, "three"),
        ("First", "First\nand\n0.25 of", 16, "0.25"), ("two * two", "two * too", 19, "too"), ("::: note", "::: nota", 18, "nota"),
        ("Apart", "Apart\n\n::: note", 18, "closed"), (":::\n\nLast", ":::\n\n:::\n\nLast", 25, "closes nothing"), ("softmax-axes", "nothing", 22, "diagram"),
        ("Last.", "```python\nLast.", 27, "fence"), ("softmax-axes\n", "softmax-axes\nmore\n", 22, "between"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(old: str, new: str, line: int, told: str) -> None:
    text = LESSON.replace(old, new, 1)
    with pytest.raises(Unfit) as refused:
        document(text, "en", {"vaswani2017"})
    assert told in refused.value.message
    assert refused.value.line == line


def test_blocks_within_code_are_code() -> None:
    made = document(LESSON + "\n````text\n::: note\n```\n:::\n````\n", "en")
    assert "::: note" in made["parts"][-1]["html"]


def test_twins_may_differ_in_words_alone() -> None:
    english = read_source(LESSON)

    def faults(text: str) -> list[tuple[str, int]]:
        return [
            (language, fault.line)
            for language, fault in twin_faults({"en": english, "zh-hans": read_source(text)})
        ]

    assert faults(CHINESE) == []
    assert faults(CHINESE.replace("minutes: 5", "minutes: 6")) == [("zh-hans", 4)]
    assert faults(CHINESE.replace("1 + 1", "1 + 2")) == [("zh-hans", 10)]
    assert faults(CHINESE.replace("softmax-axes", "entropy-scale")) == [("zh-hans", 22)]
    assert faults(CHINESE.replace("::: diagram softmax-axes\n:::\n", "")) == [("zh-hans", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x",
        "a: 1\na: 2",
        "a: !!python/object:os.system x",
        "a: [",
        "1: x",
        "a: !!binary x",
        "\t- a",
        "a: " + "[" * 5000,
    ],
)
def test_yaml_that_could_do_harm_or_mislead_is_refused(text: str) -> None:
    with pytest.raises(Unfit) as refused:
        read(text, line=10)
    assert refused.value.line >= 10


def test_yaml_reads_no_dates_and_takes_no_for_a_word() -> None:
    found: Any = read("a: 2020-01-02\nb: no\nc: true\nd: 0.5\ne: null")
    assert found == {"a": "2020-01-02", "b": "no", "c": True, "d": 0.5, "e": None}
