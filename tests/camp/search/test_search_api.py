"""Search for programs."""

from pathlib import Path

import pytest

from camp.accounts.models import User
from camp.courses.loading import course_load
from tests.camp.callers import Api
from tests.camp.courses.lessons import small_course


@pytest.fixture(autouse=True)
def _course(tmp_path: Path, db: None) -> None:
    course_load(small_course(tmp_path))


def test_what_is_found_comes_with_its_place_and_where_the_words_stand(api: Api) -> None:
    found = api.get("/search/?q=heading apart&lang=en").json()
    assert (found["query"], found["is_partial"], found["is_more"]) == ("heading apart", False, False)
    first = found["results"][0]
    assert (first["kind"], first["lesson"], first["language"]) == ("lesson", "first", "en")
    assert (first["title"], first["heading"], first["page"]) == (
        "A lesson",
        "A heading",
        "/camp/start/first/#section-1",
    )
    assert "<mark>Apart</mark>" in first["excerpt"]


def test_the_language_asked_for_comes_first(api: Api) -> None:
    for language in ("en", "zh-hans"):
        found = api.get(f"/search/?q=heading&lang={language}").json()["results"]
        assert found[0]["language"] == language


@pytest.mark.parametrize(
    ("query", "pointer", "told"),
    [
        ("", "/q", "expected a word"),
        ("q=", "/q", "expected a word"),
        ("q=%25%00", "/q", "expected a word"),
        (f"q={'x' * 201}", "/q", "at most 200 characters, got 201"),
        ("q=a&lang=fr", "/lang", "one of"),
        ("q=a&query=b", "/query", ""),
    ],
)
def test_a_query_that_is_not_understood_is_refused(api: Api, query: str, pointer: str, told: str) -> None:
    answer = api.get(f"/search/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert told in answer.json()["errors"][0]["detail"]


def test_it_needs_a_token_with_the_scope(ada: User) -> None:
    assert Api(None).get("/search/?q=a").status_code == 401
    assert Api(ada, scopes=["jobs"]).get("/search/?q=a").status_code == 403
    assert Api(ada, scopes=["course"]).get("/search/?q=a").status_code == 200
    assert Api(ada).post("/search/", {}).status_code == 405
