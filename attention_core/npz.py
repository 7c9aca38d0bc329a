"""NPZ files: written for results, and read from strangers.

An NPZ file is a ZIP archive of `.npy` members (NumPy, `numpy.lib.format`). Nothing of a stranger's file is unpacked
before its table of contents was judged, and no array is made before its header was: a bomb, a pickle or a header
that promises terabytes costs no memory.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.lib import format as npy

from attention_core.labels import gettext_noop as _
from attention_core.problems import InvalidParams, Problems, shorten, show_number

Array = np.ndarray[Any, Any]

MAX_MEMBERS = 32
MAX_UNPACKED_BYTES = 64 * 2**20
_MAX_CONTENTS_BYTES = 64 * 2**10  # of the table of contents; NumPy writes some 60 a member
_MAX_HEADER_BYTES = 10_000
_ENCRYPTED = 0x1
_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HEADERS: dict[tuple[int, int], Callable[..., tuple[tuple[int, ...], bool, np.dtype[Any]]]] = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
}

EXPECTED_NPZ = _("expected an NPZ file as numpy.savez writes it; this is none, or it is damaged")
TOO_MANY_MEMBERS = _("expected at most %(limit)s arrays, got %(received)s")
LONG_CONTENTS = _("expected a table of contents of at most %(limit)s bytes, got %(received)s")
TOO_LARGE = _("expected at most %(limit)s bytes once unpacked, got %(received)s")
UNKNOWN_MEMBER = _("unknown array; expected some of %(options)s")
TWICE = _("expected each array once, got it twice")
LOCKED = _("expected an array stored plainly or deflated, got it encrypted or packed otherwise")
EXPECTED_NPY = _(
    "expected an array as numpy.save writes it, format 1.0 or 2.0; this is none, or it is damaged"
)
NO_OBJECTS = _("expected numbers, or true and false; got objects (a pickle), which are never loaded")
EXPECTED_TYPE = _(
    "expected whole or real numbers of at most 8 bytes, or true and false; got type %(received)s"
)
EXPECTED_SHAPE = _("expected a shape of whole numbers that are 0 or more, got %(received)s")
WRONG_LENGTH = _("the header promises %(expected)s bytes, and %(received)s follow")


def write_npz(arrays: Mapping[str, Array]) -> bytes:
    """Return the arrays as an NPZ file, uncompressed: weights hardly shrink, and time matters more."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def read_npz(data: bytes, names: tuple[str, ...]) -> dict[str, Array]:
    """Return the arrays of a stranger's NPZ file, whose members may be called `names`.

    Shapes and dtypes stay as they came: bool, whole or real numbers, either byte order, C or Fortran.

    Raises:
        InvalidParams: with pointers into the file, ("query",), or () for the file itself.
    """
    problems = Problems()
    try:
        found = _read_archive(data, names, problems)
    except InvalidParams:
        raise
    except Exception:
        # A forged archive makes zipfile, zlib and struct raise a dozen kinds of exceptions, which nothing documents.
        problems.add((), EXPECTED_NPZ)
    _raise_if_any(problems)
    return found


def _read_archive(data: bytes, names: tuple[str, ...], problems: Problems) -> dict[str, Array]:
    _judge_length_of_contents(data, problems)
    _raise_if_any(problems)
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        _judge_contents(members, names, problems)
        _raise_if_any(problems)
        for member in members:
            array = _read_member(archive, member, problems)
            if array is not None:
                found[_name(member)] = array
    return found


def _raise_if_any(problems: Problems) -> None:
    if len(problems):
        raise InvalidParams(problems.found, problems.more)


def _name(member: zipfile.ZipInfo) -> str:
    return member.filename.removesuffix(".npy")


def _judge_length_of_contents(data: bytes, problems: Problems) -> None:
    """Refuse a table of contents too long to be read: zipfile makes an object of each entry, a kilobyte each.

    How long it is stands in the archive's last record, which zipfile looks up here as it will when it opens the file.
    """
    end: Any = zipfile._EndRecData(io.BytesIO(data))  # type: ignore[attr-defined]
    if end is None:
        return  # no archive, as zipfile will say
    entries, length = end[zipfile._ECD_ENTRIES_TOTAL], end[zipfile._ECD_SIZE]  # type: ignore[attr-defined]
    if entries > MAX_MEMBERS:
        problems.add((), TOO_MANY_MEMBERS, limit=MAX_MEMBERS, received=entries)
    elif length > _MAX_CONTENTS_BYTES:
        problems.add((), LONG_CONTENTS, limit=_MAX_CONTENTS_BYTES, received=length)


def _judge_contents(members: list[zipfile.ZipInfo], names: tuple[str, ...], problems: Problems) -> None:
    if len(members) > MAX_MEMBERS:
        problems.add((), TOO_MANY_MEMBERS, limit=MAX_MEMBERS, received=len(members))
        return
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES:
        problems.add((), TOO_LARGE, limit=MAX_UNPACKED_BYTES, received=unpacked)
    seen = set()
    for member in members:
        name = _name(member)
        place = (shorten(name),)
        if name not in names or not member.filename.endswith(".npy"):
            problems.add(place, UNKNOWN_MEMBER, options=", ".join(names))
        elif name in seen:
            problems.add(place, TWICE)
        elif member.flag_bits & _ENCRYPTED or member.compress_type not in _PLAIN_METHODS:
            problems.add(place, LOCKED)
        seen.add(name)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, problems: Problems) -> Array | None:
    """Read one array; its header is judged against the declared size before the rest is unpacked."""
    place = (_name(member),)
    with archive.open(member) as stream:
        try:
            header = _HEADERS[npy.read_magic(stream)]
            shape, fortran, dtype = header(stream, max_header_size=_MAX_HEADER_BYTES)
        except Exception:  # Python's parser and NumPy's meet a forged header with whatever comes
            problems.add(place, EXPECTED_NPY)
            return None
        if dtype.hasobject:
            problems.add(place, NO_OBJECTS)
            return None
        if dtype.kind not in "biuf" or dtype.itemsize > 8:
            problems.add(place, EXPECTED_TYPE, received=shorten(str(dtype)))
            return None
        if any(isinstance(length, bool) or length < 0 for length in shape):
            problems.add(place, EXPECTED_SHAPE, received=_shown(shape))
            return None
        promised, follows = math.prod(shape) * dtype.itemsize, member.file_size - stream.tell()
        if promised != follows:
            problems.add(place, WRONG_LENGTH, expected=show_number(promised), received=follows)
            return None
        cells = stream.read(promised)
    if len(cells) != promised:
        problems.add(place, WRONG_LENGTH, expected=promised, received=len(cells))
        return None
    try:
        return np.frombuffer(cells, dtype).reshape(shape, order="F" if fortran else "C")
    except (ValueError, OverflowError):  # without cells, but with more axes or longer ones than NumPy has
        problems.add(place, EXPECTED_NPY)
        return None


def _shown(shape: tuple[int, ...]) -> str:
    lengths = ", ".join(str(one) if isinstance(one, bool) else show_number(one) for one in shape)
    return shorten(f"({lengths})")
