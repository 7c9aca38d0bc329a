"""The matrix editor on the server: its textarea with its options, and the words that its scripts say by name."""

import json
import re
from pathlib import Path

from django.template.loader import render_to_string
from django.utils import translation

from camp.matrix_text import MESSAGES
from camp.templatetags.matrix_editor import WORDS, matrix_words

BUILT = {f"TO_{one}" for one in ("COLUMNS", "ROWS", "ONE_COLUMN", "ONE_ROW")} | {
    f"{axis}_DIFFER{more}" for axis in ("COLUMNS", "ROWS") for more in ("", "_FROM_ONE")
}


def test_every_name_in_the_scripts_has_its_words_and_every_word_is_used(project: Path) -> None:
    code = "".join(path.read_text() for path in (project / "static" / "js").glob("matrix_*.js"))
    said = set(re.findall(r'(?:say|Unreadable)\((?:[^()"]*\? )?"([A-Z_]+)"', code))
    assert said <= {*MESSAGES, *WORDS}
    unused = {name for name in {*MESSAGES, *WORDS} - BUILT if f'"{name}"' not in code}
    assert unused == {"NOT_A_FLAG"}  # a mask is typed as text


def test_the_words_are_json_with_the_places_of_their_values() -> None:
    words = json.loads(matrix_words())
    assert words["REPLACE_WHAT"] == "Read %(shape)s. Replace %(name)s?"
    assert set(words) == {*MESSAGES, *WORDS}


def test_the_editor_is_a_textarea_that_needs_no_script() -> None:
    options = {
        "name": "answer", "text": "1 <2", "title": "your answer", "shape": "2x3", "fixed": True, "row_labels": "cat|sat",
        "describedby": "answer-help", "invalid": True,
    }  # fmt: skip
    shown = render_to_string("_matrix_editor.html", options)
    assert shown.strip().startswith("<textarea")
    assert ">\n1 &lt;2</textarea>" in shown
    for attribute in (
        'id="answer"', 'name="answer"', 'data-title="your answer"', 'data-shape="2x3"', "data-fixed-shape",
        'data-row-labels="cat|sat"', 'aria-describedby="answer-help"', 'aria-invalid="true"',
    ):  # fmt: skip
        assert attribute in shown
    assert "data-fixed-shape" not in render_to_string("_matrix_editor.html", {"name": "query", "letter": "Q"})


def test_the_head_brings_style_script_and_words_and_nothing_inline() -> None:
    head = render_to_string("_matrix_editor_head.html")
    assert "css/matrix_editor.css" in head
    assert re.search(r'<script src="[^"]*js/matrix_editor[^"]*\.js" type="module"></script>', head)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", head)
    with translation.override("zh-hans"):
        assert "不是数字" in render_to_string("_matrix_editor_head.html")
