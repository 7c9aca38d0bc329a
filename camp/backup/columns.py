"""How the values of a column stand in an archive: as JSON, the same whichever database they come from or go to.

A value comes out of the database as `selected` asks for it, is `written` into a row of the archive and `read` from
there for an INSERT. `compared` is what the hash is taken of: PostgreSQL keeps no order of a JSON object's keys, and
SQLite writes moments with three digits or six.
"""

import base64
import json
import re
import uuid
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Field, ForeignKey

_EXACT = (
    2**53
)  # beyond, a number of JSON is as good as its nearest double; PostgreSQL writes 1e+16 out in digits


class Kind:
    """A value that JSON and both databases hold alike, such as a text."""

    is_compared_as_it_is = True

    def __init__(self, json_type: type) -> None:
        self._type = json_type

    def selected(self, column: str, *, postgresql: bool) -> str:
        return column

    def placeholder(self, *, postgresql: bool) -> str:
        return "%s"

    def written(self, value: Any) -> Any:
        return value

    def read(self, value: Any, *, postgresql: bool) -> Any:
        """Raises ValueError for what does not belong in such a column."""
        if type(value) is not self._type:
            raise ValueError(f"expected {self._type.__name__}, received {type(value).__name__}")
        return value

    def compared(self, value: Any) -> Any:
        return value


class Boolean(Kind):
    """SQLite's are 0 and 1."""

    def written(self, value: Any) -> Any:
        return bool(value)


class Whole(Kind):
    """Of 64 bits at most, as both databases have them."""

    def read(self, value: Any, *, postgresql: bool) -> Any:
        number = super().read(value, postgresql=postgresql)
        if not -(2**63) <= number < 2**63:
            raise ValueError("expected a whole number of 64 bits")
        return number


class Real(Kind):
    def read(self, value: Any, *, postgresql: bool) -> Any:
        number = super().read(value, postgresql=postgresql)
        if not abs(number) < float("inf"):
            raise ValueError(f"expected a finite number, received {number}")
        return number


class Moment(Kind):
    """A date with its time, in UTC. SQLite has text; asked for as text, Django's converters leave it alone."""

    is_compared_as_it_is = False
    _pattern = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?", re.ASCII)

    def selected(self, column: str, *, postgresql: bool) -> str:
        return column if postgresql else f"CAST({column} AS TEXT)"

    def written(self, value: Any) -> Any:
        return value if isinstance(value, str) else str(value.astimezone(UTC).replace(tzinfo=None))

    def read(self, value: Any, *, postgresql: bool) -> Any:
        text = super().read(value, postgresql=postgresql)
        if not self._pattern.fullmatch(text):
            raise ValueError(f"expected a moment like 2026-11-30 08:00:00.000000, received {text[:40]!r}")
        moment = _moment(text)
        return moment.replace(tzinfo=UTC) if postgresql else text

    def compared(self, value: Any) -> Any:
        return _moment(value).isoformat(" ", "microseconds")


def _moment(text: str) -> datetime:
    whole, _, fraction = text.partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction:0<6}")


class Day(Kind):
    _pattern = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

    def selected(self, column: str, *, postgresql: bool) -> str:
        return f"CAST({column} AS TEXT)"

    def read(self, value: Any, *, postgresql: bool) -> Any:
        text = super().read(value, postgresql=postgresql)
        if not self._pattern.fullmatch(text):
            raise ValueError(f"expected a day like 2026-11-30, received {text[:40]!r}")
        return date.fromisoformat(text) if postgresql else text


class Uuid(Kind):
    """32 hexadecimal digits, as SQLite has them."""

    _pattern = re.compile(r"[0-9a-f]{32}")

    def written(self, value: Any) -> Any:
        return value.hex if isinstance(value, uuid.UUID) else value

    def read(self, value: Any, *, postgresql: bool) -> Any:
        text = super().read(value, postgresql=postgresql)
        if not self._pattern.fullmatch(text):
            raise ValueError(f"expected a UUID in 32 hexadecimal digits, received {text[:40]!r}")
        return uuid.UUID(text) if postgresql else text


class Document(Kind):
    """JSON as its text: the database's NULL and JSON's null stay two things, and SQLite's text stays as it was."""

    is_compared_as_it_is = False

    def selected(self, column: str, *, postgresql: bool) -> str:
        return f"CAST({column} AS TEXT)"

    def placeholder(self, *, postgresql: bool) -> str:
        return "%s::jsonb" if postgresql else "%s"

    def read(self, value: Any, *, postgresql: bool) -> Any:
        text = super().read(value, postgresql=postgresql)
        _loaded(text)
        return text

    def compared(self, value: Any) -> Any:
        return json.dumps(_loaded(value), sort_keys=True)


def _loaded(text: str) -> Any:
    return json.loads(text, parse_int=_whole, parse_float=_real, parse_constant=_refuse)


def _whole(digits: str) -> int | float:
    number = int(digits)
    return number if abs(number) < _EXACT else float(number)


def _real(digits: str) -> float:
    return float(digits) or 0.0  # PostgreSQL knows no -0.0


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class Binary(Kind):
    def written(self, value: Any) -> Any:
        return base64.b64encode(value).decode("ascii")

    def read(self, value: Any, *, postgresql: bool) -> Any:
        return base64.b64decode(super().read(value, postgresql=postgresql), validate=True)


TEXT, DOCUMENT, BINARY = Kind(str), Document(str), Binary(str)
_WHOLE = Whole(int)
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("AutoField", "BigAutoField", "SmallAutoField"), _WHOLE),
    **dict.fromkeys(("IntegerField", "BigIntegerField", "SmallIntegerField"), _WHOLE),
    **dict.fromkeys(("PositiveIntegerField", "PositiveBigIntegerField", "PositiveSmallIntegerField"), _WHOLE),
    **dict.fromkeys(("CharField", "TextField", "SlugField", "FileField", "FilePathField"), TEXT),
    "BooleanField": Boolean(bool),
    "FloatField": Real(float),
    "DateTimeField": Moment(str),
    "DateField": Day(str),
    "UUIDField": Uuid(str),
    "JSONField": DOCUMENT,
    "BinaryField": BINARY,
}


def kind_of(field: "Field[Any, Any]") -> Kind:
    """A reference has the kind of what it refers to. Raises LookupError for a kind not listed here."""
    while isinstance(field, ForeignKey):
        field = field.target_field
    name = field.get_internal_type()
    if name not in _KINDS:
        raise LookupError(f"{field.model._meta.label}.{field.name} is a {name}: add it to {__name__}")
    return _KINDS[name]
