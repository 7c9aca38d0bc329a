"""The article's mistakes: each row has a proof that contradicts the article, and the page shows them all."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils.html import escape

from camp.courses import source_yaml
from camp.courses.blocks import Unfit
from camp.courses.errata import FOLDER, Erratum, contradicts, differing, errata, read_erratum
from camp.courses.expressions import defined, evaluate
from camp.courses.loading import LoadRefused, course_load
from camp.courses.models import Lesson, Module
from camp.courses.references import CONTENT, works

ROWS = errata()
COMPUTED = [row for row in ROWS if row.computed is not None]
RUN = [row for row in ROWS if row.program]
REFERENCES = [row for row in ROWS if row.right is not None]
LANGUAGES = ("en", "zh-hans")


def slug_of(row: Erratum) -> str:
    return row.slug


def row_of(slug: str) -> Erratum:
    return next(row for row in ROWS if row.slug == slug)


# --- Every row ----------------------------------------------------------------------------------------


def test_every_row_has_exactly_one_proof() -> None:
    assert sorted(row.slug for row in [*COMPUTED, *RUN, *REFERENCES]) == sorted(row.slug for row in ROWS)
    assert len(ROWS) == len(list((CONTENT / FOLDER).glob("*.yaml"))) >= 24


@pytest.mark.parametrize("row", COMPUTED, ids=slug_of)
def test_what_is_computed_is_not_what_the_article_says(row: Erratum) -> None:
    given = source_yaml.mapping((CONTENT / FOLDER / f"{row.slug}.yaml").read_text(encoding="utf-8"))
    names = defined(given.get("let", {}))
    claims, computed = (np.asarray(evaluate(str(given[key]), names)) for key in ("claims", "computed"))
    assert claims.shape == computed.shape, "they can be compared, number by number"
    assert np.abs(claims - computed).max() > 0.01


@pytest.mark.parametrize("row", COMPUTED, ids=slug_of)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_computed_value_stands_in_the_proof(row: Erratum, language: str) -> None:
    given = source_yaml.mapping((CONTENT / FOLDER / f"{row.slug}.yaml").read_text(encoding="utf-8"))
    assert re.search(r"\{\{[^}]*\bcomputed\b", given["texts"][language]["proof"])
    assert "{{" not in row.texts[language]["proof"]


@pytest.mark.parametrize("row", RUN, ids=slug_of)
def test_a_program_really_prints_what_is_recorded_and_not_what_the_article_lets_one_expect(
    row: Erratum,
) -> None:
    ran = subprocess.run([sys.executable, "-c", row.program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == row.prints
    assert row.prints != row.expected


@pytest.mark.parametrize("row", REFERENCES, ids=slug_of)
def test_a_reference_differs_from_the_right_entry_which_can_be_looked_up(row: Erratum) -> None:
    assert row.entry is not None
    assert row.right is not None
    wrong = differing(row.entry, row.right)
    assert wrong
    for name in wrong:
        assert row.entry[name].casefold() not in str(getattr(row.right, name)).casefold()
    assert row.right.url.startswith("https://")


def test_the_figures_are_those_of_the_course_s_check_of_the_article() -> None:
    def near(found: Any, wanted: Any) -> bool:
        return bool(np.allclose(found, wanted, atol=5e-7 if np.ndim(wanted) else 5e-5))

    assert near(row_of("uniform-weights").computed, [0.180516, 0.189771, 0.199501, 0.209730, 0.220483])
    assert near(row_of("element-by-element").computed, [0.302000, 0.303999, 0.305998, 0.307994, 0.309989])
    assert near(row_of("output-of-no-network").computed, 0.3100)
    assert near(row_of("imitates-the-brain").computed, 4.9875)
    assert near(row_of("vanishing-gradients").claims, 0.4895)
    assert row_of("one-weight-per-unit").computed == 25
    assert (row_of("side-of-the-matrix").computed == [[2, 1], [4, 3]]).all()


def test_references_of_the_article_are_set_right() -> None:
    right = {row.slug: row.right.where for row in REFERENCES if row.right is not None}
    assert "1508.04025" in right["luong-taken-for-bahdanau"]
    assert "1706.03762" in right["paper-that-is-not-there"]
    assert "1207.0580" in right["number-of-another-paper"]


# --- What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('computed: "w[4]"', 'computed: "ones(5) / 5"', "agrees with the article"),
        ('computed: "w[4]"', "", "one proof, complete"),
        ('claims: "ones(5) / 5"', 'claims: "ones(5) / 5"\nright: luong2015', "one proof, complete"),
        ("verdict: wrong", "verdict: doubtful", "expected one of wrong"),
        ("quote:", "quoted:", "means nothing here"),
        ("lessons: [by-hand/article-example,", "lessons: [by-hand,", "expected module/lesson"),
        ("None of them is exactly {{ claims[0] | 1 }}.", "None of them is 0.2.", "0.2 is neither computed"),
    ],
)
def test_a_row_that_proves_nothing_is_refused_and_says_why(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    text = (CONTENT / FOLDER / "uniform-weights.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "row.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Unfit, match=re.escape(words)):
        read_erratum(path, works())


def test_a_reference_that_is_right_is_no_mistake(tmp_path: Path) -> None:
    text = (CONTENT / FOLDER / "number-of-another-paper.yaml").read_text(encoding="utf-8")
    path = tmp_path / "row.yaml"
    path.write_text(text.replace("where: arXiv 1207.0449", "where: arXiv 1207.0580"), encoding="utf-8")
    with pytest.raises(Unfit, match="agrees with the article"):
        read_erratum(path, works())


def test_values_of_another_shape_contradict_and_rounding_does_not() -> None:
    assert contradicts([1.0, 2.0], [1.0])
    assert contradicts(1.0, 1.006)
    assert not contradicts([1.0], [1.004])


@pytest.mark.django_db
def test_loading_the_course_refuses_a_faulty_row_and_names_its_file(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / "modules.yaml").write_text("[]")
    (tmp_path / FOLDER / "empty.yaml").write_text("order: 1")
    with pytest.raises(LoadRefused, match=r"empty\.yaml:\d+: expected “where”"):
        course_load(tmp_path)


# --- The page -----------------------------------------------------------------------------------------


@pytest.fixture
def loaded(db: None) -> None:
    course_load()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_every_row_at_its_anchor_with_quotation_truth_and_proof(
    client: Client, loaded: None, language: str
) -> None:
    answer = client.get("/errata/", headers={"Accept-Language": language})
    page = answer.content.decode()
    assert answer.status_code == 200
    for row in ROWS:
        assert page.count(f'id="{row.slug}"') == 1
        assert row.texts[language]["truth"] in page
        assert row.texts[language]["proof"] in page
        assert (escape(row.rendering) in page) == (language == "en")
    assert page.count('<q lang="zh-Hans">') == len(ROWS)
    assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)


def test_a_row_links_to_the_lesson_that_teaches_it_or_to_the_module_where_it_will_be(
    client: Client, loaded: None
) -> None:
    Lesson.objects.filter(module__slug="scoring-functions").exclude(slug="why-sqrt-dk").update(published=None)
    Lesson.objects.filter(module__slug="by-hand").update(published=None)
    page = client.get("/errata/").content.decode()
    published = {
        (one.module.slug, one.slug) for one in Lesson.objects.exclude(published=None).select_related("module")
    }
    written = {module for module, _lesson in published}
    assert ("scoring-functions", "why-sqrt-dk") in published
    for row in ROWS:
        part = page.split(f'id="{row.slug}"')[1].split("</tr>")[0]
        for module, lesson in row.lessons:
            if (module, lesson) in published:
                assert f'href="/camp/{module}/{lesson}/"' in part
            elif module in written:
                assert f'href="/camp/{module}/"' in part
            else:
                assert f'href="/camp/{module}/' not in part, "nothing is there yet"
                assert f"{Module.objects.get(slug=module).title} (coming)" in part


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/camp/"])
def test_the_footer_leads_to_the_errata(client: Client, path: str) -> None:
    assert 'href="/errata/"' in client.get(path).content.decode().split("<footer")[1]


@pytest.mark.django_db
def test_the_page_takes_no_other_method(client: Client) -> None:
    assert client.post("/errata/").status_code == 405
