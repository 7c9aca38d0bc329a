"""The browser's reader of matrices against the server's: the same forms, the same numbers, the same refusals."""

import random
import struct
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from camp.matrix_text import MESSAGES, Unreadable, read_matrix, read_numbers, write_matrix
from tests.camp.test_pasted_matrices import FORMS

READ = """async texts => {
  const { readMatrix } = await import("/static/js/matrix_text.js");
  return texts.map(text => {
    try { return readMatrix(text); }
    catch ({ name, values, row, column }) { return { refused: name, values, row, column }; }
  });
}"""
WRITE = """async matrices => {
  const { writeCells, writeNumber } = await import("/static/js/matrix_text.js");
  return matrices.map(rows => writeCells(rows.map(row => row.map(writeNumber))));
}"""
SLIPS = "0123456789.,;:-+/%eE \t\n[](){}\"'|&\\xn。，；、【】…½²×^=_中－０"


def answers(page: Page, texts: list[str]) -> list[dict[str, Any]]:
    """What the browser reads, in the shape of the table."""
    found = []
    for answer in page.evaluate(READ, texts):
        if "refused" in answer:
            message = MESSAGES[answer["refused"]] % answer["values"]
            found.append({"refused": message, "row": answer["row"], "column": answer["column"]})
        else:
            labels = {"row_labels": answer["rowLabels"], "column_labels": answer["columnLabels"]}
            # A float that is whole comes as an int, whose other digits JavaScript does not say.
            rows = [[float(number) for number in row] for row in answer["rows"]]
            found.append({"rows": rows, **{name: said for name, said in labels.items() if said}})
    return found


def of_the_server(text: str) -> dict[str, Any]:
    try:
        reading = read_matrix(text)
    except Unreadable as refused:
        return {"refused": str(refused), "row": refused.row, "column": refused.column}
    labels = {"row_labels": [*reading.row_labels], "column_labels": [*reading.column_labels]}
    return {"rows": reading.rows, **{name: said for name, said in labels.items() if said}}


def test_each_form_is_read_or_refused_as_the_table_says(open_page: Callable[..., Page]) -> None:
    found = answers(open_page("/lab/"), [form["text"] for form in FORMS])
    expected = [{name: form[name] for name in form if name not in ("name", "text")} for form in FORMS]
    for form, answer, wanted in zip(FORMS, found, expected, strict=True):
        assert answer == wanted, form["name"]


def test_forms_with_slips_get_the_servers_answer(open_page: Callable[..., Page]) -> None:
    draw = random.Random(4)
    texts = []
    for _ in range(3000):
        text = list(draw.choice(FORMS)["text"])
        for _ in range(draw.randint(1, 4)):
            place = draw.randrange(len(text) + 1)
            text[place : place + draw.randint(0, 1)] = draw.choice([draw.choice(SLIPS), ""])
        texts.append("".join(text))
    for text, answer in zip(texts, answers(open_page("/lab/"), texts), strict=True):
        assert answer == of_the_server(text), text


def test_what_either_writes_both_read_back(open_page: Callable[..., Page]) -> None:
    draw = random.Random(7)

    def number() -> float:
        bits = struct.unpack("<d", draw.randbytes(8))[0]
        return bits if abs(bits) < 1e300 else draw.choice([0.1, -2.0, 1 / 3, 1e6, 5e-324, -0.0])

    matrices = []
    for _ in range(400):
        rows, columns = draw.randint(1, 8), draw.randint(1, 8)
        matrices.append([[number() for _ in range(columns)] for _ in range(rows)])
    page = open_page("/lab/")
    of_the_browser = page.evaluate(WRITE, matrices)
    assert [read_numbers(text) for text in of_the_browser] == matrices
    assert [answer["rows"] for answer in answers(page, [write_matrix(rows) for rows in matrices])] == matrices
    assert [answer["rows"] for answer in answers(page, of_the_browser)] == matrices
