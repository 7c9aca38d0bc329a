"""The glossary: its file, its page in both languages, and the terms that lessons link to."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from camp.courses import loading
from camp.courses.blocks import Unfit
from camp.courses.glossary import FILE, by_letter, letter_of, terms
from camp.courses.loading import LoadRefused, course_load
from camp.courses.models import Lesson
from camp.courses.prose import Prose
from camp.courses.references import CONTENT
from camp.courses.term_links import terms_in
from tests.camp.courses.lessons import CHINESE, LESSON, write

HEAD = "id,en,zh,definition_en,definition_zh,translation_note\n"
FEWEST_TERMS = 4
TESTS = {"pre-test", "post-test"}  # pages before a test, which explain nothing
LINK = "Last [mask](glossary:mask)."


def test_every_term_is_under_a_letter_in_both_languages() -> None:
    assert len(terms()) >= 183
    for language in ("en", "zh-hans"):
        letters = by_letter(language)
        assert sum(len(some) for _letter, some in letters) == len(terms())
        names = [letter for letter, _some in letters]
        assert names == sorted(set(names))
        assert "#" not in names


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("掩码", "Y"),
        ("熵", "S"),
        ("行约定", "H"),
        ("注意力", "Z"),
        ("softmax", "S"),
        ("按元素乘法", "A"),
        ("𝛼", "#"),
    ],
)
def test_a_chinese_name_stands_under_the_letter_of_its_pinyin(name: str, letter: str) -> None:
    assert letter_of(name) == letter


@pytest.mark.django_db
def test_the_page_has_both_names_of_a_term_and_the_definition_in_ones_own_language(client: Client) -> None:
    english, chinese = (
        client.get("/glossary/", headers={"Accept-Language": language}).content.decode()
        for language in ("en", "zh-CN")
    )
    for page in (english, chinese):
        entry = page[page.index('id="causal-mask"') :].split("</dd>")[0]
        assert "causal mask" in entry
        assert "因果掩码" in entry
        assert len(re.findall(r'<div class="entry" id="', page)) == len(terms())
        assert page.count('id="mask"') == 1
    assert "only to positions" in english
    assert "只允许位置" in chinese
    assert "only to positions" not in chinese
    assert client.post("/glossary/").status_code == 405


def test_a_term_in_a_text_leads_to_its_place_in_the_glossary() -> None:
    made = Prose().html(
        "The [query](glossary:query), a [page](https://example.org), the [query](glossary:query)."
    )
    assert made.count('href="/glossary/#query"') == 2
    assert [term.id for term in terms_in(made)] == ["query"]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("a\nb\n\nc [x](glossary:causal-masks)", 4, "causal-mask"),
        ("a\nb [x](glossary:)", 2, "the glossary has no"),
        ("{{ 1\n+ 1 }}\n[x](glossary:zzzz)", 3, "zzzz"),
    ],
)
def test_an_unknown_term_is_refused_with_its_line_and_those_near(text: str, line: int, told: str) -> None:
    with pytest.raises(Unfit, match=told) as refused:
        Prose().html(text)
    assert refused.value.line == line


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("id,en\n", 1, "columns"),
        (f"{HEAD}a,b,c,d,e,f\na,b,c,d,e,f\n", 3, "twice"),
        (f"{HEAD}a,b,,d,e,f\n", 2, "zh"),
        (f"{HEAD}A B,b,c,d,e,f\n", 2, "id"),
        (f"{HEAD}a,b\n", 2, "columns"),
        (f"{HEAD}a,b,c,d,e,f,g\n", 2, "columns"),
        (f'{HEAD}a,"b,c,d\n', 1, "CSV"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(Unfit, match=told) as refused:
        terms(tmp_path)
    assert refused.value.line == line


@pytest.mark.django_db
def test_loading_tells_of_a_faulty_glossary_and_of_an_unknown_term(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(loading, "_loaders", [])
    (folder / FILE).write_text(f"{HEAD}a,b,c,d,e,f\na,b,c,d,e,f\n", encoding="utf-8")
    write(folder, "first", LESSON.replace("Last.", "[x](glossary:soft-max)"), CHINESE)
    with pytest.raises(LoadRefused) as refused:
        course_load(folder)
    told = refused.value.report.faults
    assert any(f"{FILE}:3:" in line for line in told)
    assert any("first.md:25:" in line and "softmax" in line for line in told)


@pytest.mark.django_db
def test_a_lesson_carries_the_definitions_of_its_terms_alone(
    client: Client, folder: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(loading, "_loaders", [])
    write(
        folder,
        "first",
        LESSON.replace("Last.", LINK),
        CHINESE.replace("Last.", "末了[掩码](glossary:mask)。"),
    )
    course_load(folder)
    english = client.get("/camp/start/first/").content.decode()
    assert '<a href="/glossary/#mask" class="term"' in english
    assert english.count('class="definition"') == 1
    assert "A table of booleans" in english
    chinese = client.get("/camp/start/first/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "说明哪个查询" in chinese
    other = client.get("/camp/start/second/").content.decode()
    assert 'class="definition"' not in other
    assert "term_definitions.js" not in other


@pytest.mark.parametrize(
    "path",
    [path for path in sorted((CONTENT / "en").glob("*/*.md")) if path.stem not in TESTS],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_a_lesson_marks_its_terms_once_and_in_both_languages(path: Path) -> None:
    twin = CONTENT / "zh-hans" / path.relative_to(CONTENT / "en")
    here, there = (
        re.findall(r"\(glossary:([a-z-]+)\)", one.read_text(encoding="utf-8")) for one in (path, twin)
    )
    assert len(here) >= FEWEST_TERMS
    assert sorted(here) == sorted(set(here)) == sorted(there)


@pytest.mark.django_db
def test_a_term_that_the_glossary_has_lost_stays_a_link(client: Client, lesson: Lesson) -> None:
    version = lesson.published
    assert version is not None
    document = version.documents["en"]
    document["parts"].append({"html": '<p><a href="/glossary/#gone" class="term">gone</a></p>'})
    version.save()
    page = client.get(lesson.get_absolute_url()).content.decode()
    assert "gone</a>" in page
    assert 'class="definition"' not in page
