"""Every concept that the course's lessons and questions name has a name in both languages."""

import re

import pytest
import yaml
from django.conf import settings
from django.utils import translation

from camp.courses.references import CONTENT
from camp.mastery import concepts

LANGUAGES = {code for code, _name in settings.LANGUAGES}


def named() -> set[str]:
    """In front matters and in questions, as they stand in the files."""
    found: set[str] = set()
    for path in (*CONTENT.glob("*/*/*.md"), *CONTENT.glob("questions/*/*.yaml")):
        for line in re.findall(r"^concepts:.*$", path.read_text(encoding="utf-8"), re.MULTILINE):
            found |= set(yaml.safe_load(line)["concepts"])
    return found


def test_every_concept_of_the_course_has_a_name() -> None:
    assert len(named()) > 20
    assert named() - set(concepts.names()) == set()


def test_every_name_is_there_in_every_language_and_means_one_concept() -> None:
    for language in LANGUAGES:
        texts = [names[language] for names in concepts.names().values()]
        assert all(texts)
        assert len(set(texts)) == len(texts)


def test_a_name_is_in_the_reader_s_language_and_an_unknown_code_is_its_own() -> None:
    with translation.override("zh-hans"):
        assert concepts.name_of("C17") == "先掩码，再 softmax"
    with translation.override("en"):
        assert concepts.name_of("C17") == "The mask comes before softmax"
    assert concepts.name_of("made-up") == "made-up"


@pytest.mark.parametrize(
    ("found", "ordered"),
    [(["N31", "C10", "C2", "made-up"], ["C2", "C10", "N31", "made-up"]), ([], [])],
)
def test_they_stand_in_the_course_s_order(found: list[str], ordered: list[str]) -> None:
    assert concepts.in_order(found) == ordered
