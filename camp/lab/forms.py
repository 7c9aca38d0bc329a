"""The form of a task, made from its params: the same labels, help and limits, and the same judge of what is right.

A form reads texts into the raw params that a client would send and lets `parse_params` check them, so a page
refuses exactly what the API refuses. What is wrong stands at the field it belongs to.
"""

import base64
import contextlib
import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from attention_core import catalogue
from attention_core.own_kinds import Image, LabelledTexts, Text
from attention_core.params import (
    BoolMatrix,
    BoolVector,
    Choice,
    Flag,
    Integer,
    InvalidParams,
    Matrix,
    Number,
    ParameterSet,
    ParamField,
    Params,
    Problem,
    Problems,
    TooMuchWork,
    param_fields,
    parse_params,
)
from attention_core.problems import shorten
from camp import matrix_text
from camp.matrix_text import Unreadable

NOT_WHOLE = gettext_noop('"%(received)s" is not a whole number. Write 2 or 16.')
NOT_JSON = gettext_noop("This is not JSON; the first fault is in line %(line)s.")
TOO_MANY_BRACKETS = gettext_noop("Expected at most %(most)s lists and objects.")
TWICE = gettext_noop('"%(key)s" stands here twice.')
_LABELS_SAID = 8
_AS_TYPED = ("received", "label")  # what a person wrote, which may look like the name of a field
MOST_FILE_BYTES = 10 * 2**20
_MOST_BRACKETS = 10_000
_WIDGETS: Mapping[type, str] = {
    Matrix: "matrix",
    BoolMatrix: "flags",
    BoolVector: "flags",
    Choice: "choice",
    Flag: "switch",
    Number: "number",
    Integer: "number",
    ParameterSet: "json",
    Text: "text",
    LabelledTexts: "texts",
    Image: "image",
}
_HOW_TO_WRITE = {
    Matrix: gettext_lazy(
        "One token a line, or 1 2; 3 4. Numbers by spaces, commas or tabs; paste a spreadsheet or a NumPy array."
    ),
    BoolMatrix: gettext_lazy(
        "1 for what may be seen, 0 for what is hidden; one row a query. Empty: everything may."
    ),
    LabelledTexts: gettext_lazy(
        "One text a line and its label behind a comma or a tab, as a CSV file has them. A text with a comma stands in quotes."
    ),
    Image: gettext_lazy("A PNG, JPEG or WebP file, pasted, dropped, chosen or taken with the camera."),
    BoolVector: gettext_lazy("1 for a real token, 0 for padding. Empty: all are real."),
    ParameterSet: gettext_lazy('JSON, for example {"weight": [[1, 0], [0, 1]]}. Empty: drawn from the seed.'),
}


class Fault(str):
    """What is wrong, and where it is known, in which row and column, counted from 1."""

    row: int | None
    column: int | None

    def __new__(cls, message: str, row: int | None = None, column: int | None = None) -> Self:
        fault = super().__new__(cls, message)
        fault.row, fault.column = row, column
        return fault


@dataclass
class FormField:
    """One field as a template draws it. `text` is what stands in it, `errors` what is wrong with that.

    `labels` are words around a matrix, which were not read as its numbers; `prefix` begins its id on a page whose own
    ids its name might be one of.
    """

    spec: ParamField
    text: str
    errors: list[Fault] = field(default_factory=list)
    labels: tuple[str, ...] = ()
    prefix: str = ""

    @property
    def place(self) -> str:
        """Its id on the page."""
        return f"{self.prefix}{self.name}"

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def label(self) -> str:
        return _(self.spec.label)

    @property
    def letter(self) -> str:
        """Q, K or V, the name of a matrix in formulas; of another, whose label says it, nothing."""
        return self.spec.name[0].upper() if self.spec.name in ("query", "key", "value") else ""

    @property
    def help(self) -> str:
        return _(self.spec.help)

    @property
    def how_to_write(self) -> str:
        return str(_HOW_TO_WRITE.get(type(self.spec.kind), ""))

    @property
    def widget(self) -> str:
        return _WIDGETS[type(self.spec.kind)]

    @property
    def is_on(self) -> bool:
        return self.text == "on"

    @property
    def choices(self) -> list[tuple[str, str]]:
        kind = self.spec.kind
        return [(name, _(kind.labels[name])) for name in kind.options] if isinstance(kind, Choice) else []

    @property
    def limits(self) -> str:
        kind = self.spec.kind
        if isinstance(kind, (Number, Integer)):
            ends = {
                "least": matrix_text.write_number(kind.minimum),
                "most": matrix_text.write_number(kind.maximum),
            }
            return _("%(least)s to %(most)s") % ends
        if isinstance(kind, Matrix):
            return _("at most %(rows)s × %(columns)s") % {"rows": kind.max_rows, "columns": kind.max_columns}
        if isinstance(kind, Text):
            return _("at most %(most)s characters") % {"most": kind.max_length}
        if isinstance(kind, LabelledTexts):
            return _("%(least)s to %(most)s rows") % {"least": kind.min_rows, "most": kind.max_rows}
        if isinstance(kind, Image):
            return _("shrunk to %(side)s pixels a side") % {"side": kind.max_side}
        return ""

    @property
    def note(self) -> str:
        """What a reader should know of how the text was read."""
        if not self.labels:
            return ""
        shown = [*self.labels[:_LABELS_SAID], *("…" for _more in self.labels[_LABELS_SAID:][:1])]
        return _("Taken as labels, not as numbers: %(labels)s.") % {"labels": ", ".join(shown)}

    @property
    def lines(self) -> int:
        """How tall a text area is: as its text, within reason."""
        if isinstance(self.spec.kind, Text):
            return self.spec.kind.lines
        return min(max(self.text.count("\n") + 1, 3), 8)


class TaskForm:
    """The form of one task's params. Either filled from known params (`of`) or from what was sent (`sent`)."""

    def __init__(self, params: type[Params], texts: Mapping[str, str], prefix: str = "") -> None:
        self.params = params
        self.fields = [
            FormField(spec, texts.get(spec.name, ""), prefix=prefix) for spec in param_fields(params)
        ]
        self.errors: list[str] = []  # of the form as a whole
        self.raw: dict[str, Any] = {}
        self.parsed: Params | None = None

    @classmethod
    def of(cls, params: type[Params], raw: Mapping[str, Any], prefix: str = "") -> Self:
        """Filled with raw params, defaults where there are none."""
        texts = {spec.name: _text_of(spec, raw.get(spec.name)) for spec in param_fields(params)}
        return cls(params, texts, prefix)

    @classmethod
    def sent(cls, params: type[Params], posted: Mapping[str, str], prefix: str = "") -> Self:
        return cls(params, {name: text.replace("\r\n", "\n") for name, text in posted.items()}, prefix)

    def add_files(self, files: Mapping[str, UploadedFile]) -> None:
        """Files that stand for the text of a field: they came without JavaScript, which reads them in the browser."""
        for one in self.fields:
            file = files.get(f"{one.name}-file")
            if file is None or one.widget not in ("image", "texts"):
                continue
            content = file.read(MOST_FILE_BYTES + 1)
            if len(content) > MOST_FILE_BYTES:
                one.errors.append(
                    Fault(_("Expected a file of at most %(most)s MB.") % {"most": MOST_FILE_BYTES >> 20})
                )
            elif one.widget == "image":
                one.text = base64.b64encode(content).decode("ascii")
            else:
                self._read_texts(one, content)

    def _read_texts(self, one: FormField, content: bytes) -> None:
        """In UTF-8, or as spreadsheets on a Chinese Windows write."""
        for encoding in ("utf-8-sig", "gb18030"):
            with contextlib.suppress(UnicodeDecodeError):
                one.text = content.decode(encoding)
                return
        one.errors.append(Fault(_("Expected a text file in UTF-8 or GB 18030.")))

    def _named(self, name: str) -> FormField:
        return next(one for one in self.fields if one.name == name)

    @property
    def main(self) -> list[FormField]:
        """The matrices."""
        return [one for one in self.fields if one.widget == "matrix"]

    @property
    def free_widths(self) -> list[str]:
        """The scoring functions for which Q and K may differ in columns."""
        return [name for name, unit in catalogue.functions().items() if not unit.same_width]

    @property
    def settings(self) -> list[FormField]:
        """What is changed often and is one control each."""
        return [self._named(name) for name in ("function", "temperature", "num_heads", "causal")]

    def parted(self, main: Sequence[str]) -> tuple[list[FormField], list[FormField], list[FormField]]:
        """The fields of a task that has no form of its own: its data, its settings, and what is rarely touched."""
        small = ("number", "choice", "switch")
        large = [self._named(name) for name in main if self._named(name).widget not in small]
        rest = [one for one in self.fields if one not in large]
        rare = [one for one in rest if one.name == "seed" or one.widget in ("matrix", "flags", "json")]
        return large, [one for one in rest if one not in rare], rare

    @property
    def more(self) -> list[FormField]:
        shown = {one.name for one in (*self.main, *self.settings)}
        return [one for one in self.fields if one.name not in shown]

    @property
    def more_is_open(self) -> bool:
        """Whether anything under "More settings" is unusual or wrong, so that it must be seen."""
        return any(one.errors or one.text not in ("", _text_of(one.spec, None)) for one in self.more)

    @property
    def wrong(self) -> list[FormField]:
        return [one for one in self.fields if one.errors]

    @property
    def size(self) -> int:
        return sum(len(one.text) for one in self.fields)

    def is_valid(self) -> bool:
        """Read and check everything; afterwards `raw` and `parsed` hold the params, or the fields their errors."""
        self.raw = {one.name: value for one in self.fields if (value := self._read(one)) is not None}
        unread = {one.name for one in self.wrong}
        try:
            self.parsed = parse_params(self.params, self.raw)
        except InvalidParams as error:
            for problem in error.problems:
                if not problem.pointer or problem.pointer[0] not in unread:
                    self._place(problem)
            if error.more:
                self.errors.append(_("and %(count)s more") % {"count": error.more})
        except TooMuchWork as error:
            self._place(error.problem)
        self._keep_pictures()
        return self.parsed is not None and not self.wrong and not self.errors

    def _keep_pictures(self) -> None:
        """As the small picture that was made of a file, which the form can send again."""
        for one in self.fields:
            if isinstance(one.spec.kind, Image) and one.text:
                pixels = getattr(self.parsed, one.name, None)
                if pixels is None and not one.errors:
                    pixels = one.spec.kind.parse(one.text, (), Problems())
                one.text = "" if pixels is None else str(one.spec.kind.canonical(pixels))
                if one.name in self.raw:
                    self.raw[one.name] = one.text

    def _read(self, one: FormField) -> Any:
        try:
            value = _value_of(one)
        except Unreadable as error:
            message = _(error.template) % error.values
            if "row" not in error.values:
                message = said_at(error.row, error.column, message)
            one.errors.append(Fault(message, error.row, error.column))
            return None
        if isinstance(value, matrix_text.Reading):
            one.labels = (*value.column_labels, *value.row_labels)
            return value.rows
        return value

    def _place(self, problem: Problem) -> None:
        """Put a problem at its field, with the row and column it points to."""
        name, *place = problem.pointer or ("",)
        one = next((candidate for candidate in self.fields if candidate.name == name), None)
        message = self._said(problem)
        if one is None:
            self.errors.append(message)
        elif one.widget == "json":
            one.errors.append(Fault(f"{place[0]}: {message}" if place else message))
        else:
            row, column = ([int(index) + 1 for index in place[:2]] + [None, None])[:2]
            one.errors.append(Fault(said_at(row, column, message), row, column))

    def _said(self, problem: Problem) -> str:
        """The message with the names that people see in place of those that programs send."""
        labels: dict[Any, str] = {}
        for one in self.fields:
            labels[one.name] = one.label
            labels |= dict(one.choices)
        shown = {
            name: labels.get(value, value) if isinstance(value, str) and name not in _AS_TYPED else value
            for name, value in problem.values.items()
        }
        return replace(problem, values=shown).translated(_)


def said_at(row: int | None, column: int | None, message: str) -> str:
    if row is None:
        return message
    if column is None:
        return _("Row %(row)s: %(message)s") % {"row": row, "message": message}
    return _("Row %(row)s, column %(column)s: %(message)s") % {
        "row": row,
        "column": column,
        "message": message,
    }


_INTEGER = re.compile(r"-?[0-9]{1,39}")


def _value_of(one: FormField) -> Any:
    """The raw value that the text means, or None for none. Raises Unreadable."""
    kind, text = one.spec.kind, one.text.strip()
    if isinstance(kind, Flag):
        return one.is_on
    if not text:
        # A text that was emptied is told to be empty, rather than replaced by one that nobody wrote.
        return "" if isinstance(kind, Text) and one.spec.default is not None else None
    if isinstance(kind, Matrix):
        return matrix_text.read_matrix(text)
    if isinstance(kind, BoolMatrix):
        return matrix_text.read_flags(text)
    if isinstance(kind, BoolVector):
        return [flag for row in matrix_text.read_flags(text) for flag in row]
    if isinstance(kind, Integer):
        plain = matrix_text.plain(text).strip()
        if _INTEGER.fullmatch(plain):
            return int(plain)
        raise Unreadable(NOT_WHOLE, {"received": shorten(plain)})
    if isinstance(kind, Number):
        return matrix_text.read_number(text)
    return _json(text) if isinstance(kind, ParameterSet) else text


def _json(text: str) -> Any:
    if text.count("[") + text.count("{") > _MOST_BRACKETS:  # Python would make an object of each
        raise Unreadable(TOO_MANY_BRACKETS, {"most": _MOST_BRACKETS})
    try:
        return json.loads(text, object_pairs_hook=_each_once)
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise Unreadable(NOT_JSON, {"line": getattr(error, "lineno", 1)}) from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unreadable(TWICE, {"key": shorten(key)})
        found[key] = value
    return found


def _text_of(spec: ParamField, raw: Any) -> str:
    """What a text field holds for a raw value; None means the default."""
    value = spec.default if raw is None and not spec.required else raw
    kind = spec.kind
    if value is None:
        return ""
    if isinstance(kind, Flag):
        return "on" if value else ""
    if isinstance(kind, (Matrix, BoolMatrix)):
        return matrix_text.write_matrix(np.asarray(value).tolist())
    if isinstance(kind, BoolVector):
        return matrix_text.write_matrix([np.asarray(value).tolist()])
    if isinstance(kind, (Number, Integer)):
        return matrix_text.write_number(value)
    if isinstance(kind, LabelledTexts) and not isinstance(value, str):
        return _as_csv(value)
    if isinstance(kind, Image) and not isinstance(value, str):
        return str(kind.canonical(value))
    return json.dumps(value, ensure_ascii=False) if isinstance(kind, ParameterSet) else str(value)


def _as_csv(rows: Iterable[Sequence[str]]) -> str:
    text, rows = io.StringIO(), list(rows)
    # All in quotes where a text has what might be taken for another separator.
    is_mixed = any(separator in cell for row in rows for cell in row for separator in "\t;")
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL if is_mixed else csv.QUOTE_MINIMAL).writerows(
        rows
    )
    return text.getvalue()
