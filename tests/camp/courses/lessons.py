"""A lesson to write tests with."""

from pathlib import Path
from textwrap import dedent

LESSON = dedent("""\
    ---
    title: A lesson
    order: 1
    minutes: 5
    concepts: [C3]
    question: What is $2 + 2$?
    goals:
      - say what {{ two }} is
    sources: [vaswani2017]
    let:
      two: "1 + 1"
    ---

    First $x = {{ two }}$.

    ## A heading

    ::: note
    Apart: it is {{ two * two }}.
    :::

    ::: diagram softmax-axes
    :::

    Last.
    """)
CHINESE = LESSON.replace("A lesson", "一课").replace("First", "先看").replace("Apart: it is", "另说：")
"""The twin of LESSON."""

MODULES = """
- {slug: start, number: 0, titles: {en: Start, zh-hans: 开始}, questions: {en: Why, zh-hans: 为何}}
- {slug: pipeline, number: 2, titles: {en: Pipe, zh-hans: 管}, questions: {en: How, zh-hans: 如何}}
"""
SOURCES = "vaswani2017: {authors: A. V., year: 2017, title: Attention, where: arXiv 1706.03762}\n"


def write(folder: Path, slug: str, english: str, chinese: str, module: str = "start") -> None:
    for language, text in (("en", english), ("zh-hans", chinese)):
        path = folder / language / module / f"{slug}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def small_course(folder: Path) -> Path:
    """Two modules, two lessons in the first."""
    (folder / "modules.yaml").write_text(MODULES, encoding="utf-8")
    (folder / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    write(folder, "first", LESSON, CHINESE)
    write(folder, "second", LESSON.replace("order: 1", "order: 2"), CHINESE.replace("order: 1", "order: 2"))
    return folder
