"""Search over lessons and glossary, on whichever database the tests run."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from camp.accounts.models import User
from camp.courses.glossary import FILE
from camp.courses.loading import course_load
from camp.courses.models import Lesson
from camp.courses.references import CONTENT
from camp.courses.services import lesson_draft_save, lesson_make, lesson_publish
from camp.search.models import Entry, Posting
from camp.search.selectors import MOST_CHARACTERS, NoWords, TooLong, search
from camp.search.services import index_mend
from tests.camp.courses.lessons import CHINESE, LESSON, write
from tests.camp.quizzes.bank import CANARY, course_with_quiz

pytestmark = pytest.mark.django_db
CHINA = {"Accept-Language": "zh-CN"}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The small course, in whose second lesson there are words to find."""
    folder = course_with_quiz(tmp_path)
    english = LESSON.replace("A lesson", "The zebra").replace("order: 1", "order: 2")
    english = english.replace(
        "Last.", 'Stripes of $d_k$ and ponies.\n\n### Grevy\n\nA zebra of 100% "stripes".'
    )
    chinese = CHINESE.replace("一课", "斑马").replace("order: 1", "order: 2")
    write(folder, "second", english, chinese.replace("Last.", "条纹斑马。\n\n### 细纹\n\n斑马的条纹。"))
    shutil.copy(CONTENT / FILE, folder)
    course_load(folder)
    return folder


def addresses(query: str, language: str = "en") -> list[str]:
    return [result.address for result in search(query, language).own]


@pytest.fixture
def whole(db: None) -> None:
    """The camp's own course."""
    course_load()


def test_the_camps_own_words_are_found(whole: None) -> None:
    for language in ("en", "zh-hans"):
        assert addresses("掩码", language)[0] == "/glossary/#mask"
        assert addresses("causal mask", language)[0] == "/glossary/#causal-mask"
        assert "/glossary/#softmax" in addresses("softmax", language)[:2]
        assert any(address.startswith("/camp/") for address in addresses("softmax", language))
    found = search("缩放点积", "zh-hans")
    assert not found.is_partial
    assert found.own[0].address == "/glossary/#scaled-dot-product-attention"
    lessons = [result for result in found.own if result.entry.lesson]
    assert any("/scoring-functions/" in result.address for result in lessons)
    assert all("<mark>" in f"{one.title}{one.heading}{one.excerpt}" for one in found.own)
    assert any("dₖ" in one.entry.title for one in search("d_k", "en").own)


def test_a_title_stands_above_a_heading_and_a_heading_above_a_text(course: Path) -> None:
    assert addresses("zebra") == [
        "/camp/start/second/",
        "/camp/start/second/#section-2",
        "/camp/start/second/#section-1",
    ]
    assert addresses("grevy zebra")[0] == "/camp/start/second/#section-2"
    assert addresses("斑马", "zh-hans")[0] == "/camp/start/second/"


def test_all_words_are_needed_and_where_none_has_all_the_most(course: Path) -> None:
    assert search("ponies stripes", "en").is_partial is False
    partial = search("ponies stripes unicorn", "en")
    assert partial.is_partial
    assert [one.address for one in partial.own] == ["/camp/start/second/#section-1"]
    nothing = search("unicorn", "en")
    assert (nothing.own, nothing.others, nothing.is_partial) == ([], [], False)


def test_ones_own_language_comes_first_and_the_other_after(course: Path) -> None:
    found = search("斑马", "en")
    assert not found.own
    assert {one.entry.language for one in found.others} == {"zh-hans"}
    found = search("mask", "zh-hans")
    assert found.own[0].entry.language == "zh-hans"
    own = {one.address for one in found.own}
    assert own.isdisjoint(one.address for one in found.others)


def test_formulas_and_code_are_found_by_their_words(course: Path) -> None:
    assert addresses("d_k") == addresses("dk")
    assert "/camp/start/second/#section-1" in addresses("d_k")


def test_what_is_published_is_found_and_nothing_else(course: Path, ada: User) -> None:
    lesson = Lesson.objects.get(slug="second")
    texts = {**lesson.sources, "en": lesson.sources["en"].replace("ponies", "donkeys")}
    lesson_draft_save(lesson=lesson, sources=texts)
    assert addresses("donkeys") == []
    lesson_publish(lesson=lesson, made=lesson_make(texts), by=ada)
    assert addresses("donkeys") == ["/camp/start/second/#section-1"]
    assert addresses("ponies") == []
    Lesson.objects.filter(pk=lesson.pk).update(published=None)
    assert addresses("donkeys") == []


def test_what_a_lesson_asks_is_found_but_no_answer(course: Path) -> None:
    assert "/camp/start/asking/#section-1" in addresses("two and some more")
    assert Posting.objects.filter(word="canary").count() == 0
    assert not Entry.objects.filter(text__contains=CANARY).exists()


def test_loading_again_makes_nothing_anew_and_mends_what_is_missing(course: Path) -> None:
    before = list(Entry.objects.order_by("pk").values_list("pk", flat=True))
    course_load(course)
    assert list(Entry.objects.order_by("pk").values_list("pk", flat=True)) == before
    Entry.objects.filter(lesson__slug="second").delete()
    Entry.objects.exclude(term="").update(made_of="an older glossary")
    assert index_mend() == 2
    assert addresses("grevy")
    assert Entry.objects.count() == len(before)


def test_a_lesson_withdrawn_leaves_the_index(course: Path) -> None:
    for language in ("en", "zh-hans"):
        (course / language / "start" / "second.md").unlink()
    course_load(course)
    assert not Entry.objects.filter(lesson__slug="second").exists()


@pytest.mark.parametrize(
    "query", ["%", "'\"", "😀😀", "_", "--; DROP TABLE x", "\x00", " \x00%", "\\", "((", "*"]
)
def test_a_hostile_query_gets_an_answer(client: Client, course: Path, query: str) -> None:
    answer = client.get("/search/", {"q": query})
    assert answer.status_code in (200, 400)
    page = answer.content.decode()
    assert ("no word in it" in page) == (answer.status_code == 400)


def test_too_long_a_query_is_told_the_limit(client: Client, course: Path) -> None:
    with pytest.raises(TooLong):
        search("掩" * 10_000, "en")
    with pytest.raises(NoWords):
        search("…", "en")
    for language, told in (("en", "at most 200 characters; got 10000"), ("zh-CN", "最多 200")):
        answer = client.get("/search/", {"q": "掩" * 10_000}, headers={"Accept-Language": language})
        assert answer.status_code == 400
        assert told in answer.content.decode()
    assert client.get("/search/", {"q": "掩码" * (MOST_CHARACTERS // 2)}).status_code == 200


def test_the_page_marks_what_it_found_and_escapes_what_was_typed(client: Client, course: Path) -> None:
    page = client.get("/search/", {"q": "Stripes <b>"}).content.decode()
    assert "<mark>stripes</mark>" in page
    assert "<mark>Stripes</mark> of d_k" in page
    assert 'value="Stripes &lt;b&gt;"' in page
    assert "<b>" not in page.split("<main")[1]
    assert "No place has all" in page
    chinese = client.get("/search/", {"q": "斑马"}, headers=CHINA).content.decode()
    assert "<mark>斑马</mark>" in chinese
    assert client.post("/search/").status_code == 405


def test_without_a_query_the_page_asks_for_one(client: Client, db: None) -> None:
    for given in ({}, {"q": ""}, {"q": "   "}):
        answer = client.get("/search/", given)
        assert answer.status_code == 200
        assert "Nothing" not in answer.content.decode()


def test_a_search_takes_few_queries(course: Path, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(2):
        assert addresses("the zebra of stripes")
