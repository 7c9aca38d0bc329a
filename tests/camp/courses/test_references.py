"""Where a cited work can be found, told in the reader's language or the same in all."""

from pathlib import Path

import pytest
from django.utils import translation

from camp.courses.references import Work, works

SOURCES = """
told: {authors: A, title: B, where: {en: "in Chinese, undated", zh-hans: 中文，未注明日期}}
same: {authors: A, title: B, where: arXiv 1706.03762}
"""


@pytest.fixture
def known(tmp_path: Path) -> dict[str, Work]:
    (tmp_path / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    return dict(works(tmp_path))


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "in Chinese, undated"), ("zh-hans", "中文，未注明日期")],
)
def test_a_place_is_told_in_the_language_of_the_reader(
    known: dict[str, Work], language: str, told: str
) -> None:
    with translation.override(language):
        assert (known["told"].where, known["told"].where_language) == (told, language)
        assert (known["same"].where, known["same"].where_language) == ("arXiv 1706.03762", "en")


def test_an_identifier_leads_to_the_work(known: dict[str, Work]) -> None:
    assert known["same"].url == "https://arxiv.org/abs/1706.03762"
    assert known["told"].url == ""
