"""NPZ files: what NumPy writes is read exactly; what a stranger forges is refused before it costs anything."""

import io
import resource
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from attention_core.npz import MAX_UNPACKED_BYTES, read_npz, write_npz
from attention_core.params import InvalidParams

NAMES = ("query", "key", "value", "mask", "parameters.weight")
KINDS = ["<f8", ">f8", "<f4", ">f2", "<i4", ">i8", "u1", "?"]


def saved(**members):
    file = io.BytesIO()
    np.savez(file, **members)
    return file.getvalue()


def packed(*members, **options):
    """A ZIP of the given (name, bytes) pairs."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def npy(header: str, cells: bytes = b"") -> bytes:
    """A member of format 1.0 with this header, whatever it says."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + cells


def problems_of(data):
    with pytest.raises(InvalidParams) as caught:
        read_npz(data, NAMES)
    return [(problem.pointer_text, problem.detail) for problem in caught.value.problems]


@given(
    st.sampled_from(KINDS).flatmap(
        lambda kind: arrays.arrays(np.dtype(kind), arrays.array_shapes(max_dims=3, max_side=5))
    ),
    st.booleans(),
)
def test_any_array_of_numpy_comes_back_exactly_in_either_byte_order_and_layout(array, fortran):
    sent = np.asfortranarray(array) if fortran else array
    read = read_npz(saved(query=sent), NAMES)["query"]
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


def test_compressed_files_and_names_with_a_dot_are_read():
    file = io.BytesIO()
    np.savez_compressed(file, **{"parameters.weight": np.eye(3)})
    np.testing.assert_array_equal(read_npz(file.getvalue(), NAMES)["parameters.weight"], np.eye(3))


def test_what_we_write_numpy_reads():
    given = {"output": np.array([[0.1, -np.inf]]), "parameters.weight": np.eye(2)}
    with np.load(io.BytesIO(write_npz(given)), allow_pickle=False) as read:
        assert set(read) == set(given)
        for name, array in given.items():
            np.testing.assert_array_equal(read[name], array)


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"no archive", saved(query=np.eye(2))[:-30], saved(query=np.eye(9))[40:]]
)
def test_what_is_no_archive_or_a_damaged_one_is_refused(data):
    assert problems_of(data) == [
        ("", "expected an NPZ file as numpy.savez writes it; this is none, or it is damaged")
    ]


def test_a_damaged_member_is_refused():
    whole = bytearray(saved(query=np.eye(4)))
    whole[whole.index(b"}") + 40] ^= 0xFF  # the checksum no longer fits
    assert [place for place, _detail in problems_of(bytes(whole))] == ["/query"]


def test_pickles_are_named_and_never_loaded():
    file = io.BytesIO()
    np.savez(file, query=np.array([{"a": 1}], dtype=object))
    [(place, detail)] = problems_of(file.getvalue())
    assert place == "/query"
    assert "pickle" in detail


@pytest.mark.parametrize(
    "name", ["../query.npy", "/query.npy", "query", "query.npy/", "weights.npy", "a\\query.npy"]
)
def test_members_of_other_names_are_refused(name):
    [(_place, detail)] = problems_of(packed((name, npy("{}"))))
    assert detail == f"unknown array; expected some of {', '.join(NAMES)}"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_twice_is_refused():
    member = ("query.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", b"\0" * 8))
    assert problems_of(packed(member, member)) == [("/query", "expected each array once, got it twice")]


@pytest.mark.parametrize(
    ("header", "word"),
    [
        (
            "{'descr': '<f8', 'fortran_order': False, 'shape': (412316860416,), }",
            "promises 3298534883328 bytes",
        ),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", "0 or more, got (-1)"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -4), }", "0 or more, got (-1, -4)"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (True, 4), }", "0 or more, got (True, 4)"),
        (f"{{'descr': '<f8', 'fortran_order': False, 'shape': (0x{'f' * 7000},), }}", "promises about 1e"),
        (f"{{'descr': '<f8', 'fortran_order': False, 'shape': (0, 0x{'f' * 7000}), }}", "numpy.save"),
        (f"{{'descr': '<f8', 'fortran_order': False, 'shape': {(0,) * 99}, }}", "numpy.save"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", "promises 16 bytes, and 0 follow"),
        ("{'descr': '<c16', 'fortran_order': False, 'shape': (0,), }", "got type complex128"),
        ("{'descr': '<U4', 'fortran_order': False, 'shape': (0,), }", "got type"),
        ("{'descr': '|V8', 'fortran_order': False, 'shape': (0,), }", "got type"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "pickle"),
        ("__import__('os').system('false')", "numpy.save"),
        ("(" * 3000, "numpy.save"),
        ("{'descr': '<f8'}", "numpy.save"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (1.5,), }", "numpy.save"),
        ("[" * 9999, "numpy.save"),
        *(
            (f"{{'descr': {descr}, 'fortran_order': False, 'shape': (0,), }}", "numpy.save")
            for descr in ("()", "('f8',)", "(('f8',),)", "[('a', ())]", "((), ())", "[('a', '<f8', -1)]")
        ),
    ],
)
def test_headers_that_lie_are_refused_unread(header, word):
    [(place, detail)] = problems_of(packed(("query.npy", npy(header))))
    assert place == "/query"
    assert word in detail


def test_a_bomb_is_refused_by_its_table_of_contents_without_memory():
    bomb = packed(("query.npy", b"\0" * (MAX_UNPACKED_BYTES + 1)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    [(place, detail)] = problems_of(bomb)
    assert place == ""
    assert "once unpacked" in detail
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KiB


def test_a_bomb_that_understates_its_size_is_not_unpacked_either():
    cells = b"\0" * (2 * MAX_UNPACKED_BYTES)
    honest = packed(("query.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }") + cells))
    size = struct.pack("<I", zipfile.ZipFile(io.BytesIO(honest)).infolist()[0].file_size)
    lying = honest.replace(size, struct.pack("<I", 200))
    assert lying != honest
    assert problems_of(lying)


def test_too_many_members_are_refused():
    assert "at most 32 arrays, got 33" in problems_of(packed(*((f"{i}.npy", b"") for i in range(33))))[0][1]


def entry(name: str, extra: bytes = b"") -> bytes:
    """An empty member in a table of contents; with `extra`, that says where it stands."""
    lengths = (len(name), len(extra), 0, 0, 0)
    offset = 0xFFFFFFFF if extra else 0
    fields = struct.pack("<4B4H3L5H2L", 45, 3, 45, 0, *[0] * 7, *lengths, 0, offset)
    return b"PK\1\2" + fields + name.encode() + extra


def end_of_archive(entries: int, length: int, zip64: bool) -> bytes:
    """What stands after a table of contents of `length` bytes that begins the file."""
    if not zip64:
        return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, entries, entries, length, 0, 0)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, length, 0)
    place = struct.pack("<4sLQL", b"PK\6\7", 0, length, 1)
    return (
        record + place + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    )


@pytest.mark.parametrize("zip64", [True, False])
@pytest.mark.parametrize("claimed", [1, 350_000])
def test_a_table_of_contents_of_very_many_members_is_not_read(monkeypatch, claimed, zip64):
    """zipfile would make an object of each entry: 5 s and hundreds of megabytes. The record at the end may lie."""
    monkeypatch.setattr(zipfile, "ZipInfo", None)  # any entry read would end the test
    contents = entry("a") * 350_000
    claimed = claimed if zip64 else min(claimed, 0xFFFF)
    [(place, detail)] = problems_of(contents + end_of_archive(claimed, len(contents), zip64))
    assert place == ""
    expected = (
        f"table of contents of at most 65536 bytes, got {len(contents)}"
        if claimed == 1
        else "at most 32 arrays"
    )
    assert expected in detail


@pytest.mark.parametrize("offset", [2**62, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_member_said_to_stand_beyond_every_file_is_refused(offset):
    extra = struct.pack("<HHQ", 1, 8, offset)  # ZIP64: where the member's own header stands
    contents = entry("query.npy", extra)
    assert [place for place, _detail in problems_of(contents + end_of_archive(1, len(contents), False))] == [
        ""
    ]


def judged(data):
    """Whatever is sent, it is read or refused; any other exception is the test's failure."""
    try:
        read_npz(data, NAMES)
    except InvalidParams as error:
        str(error)  # every text can be made too


SOUND = [
    saved(query=np.eye(3), mask=np.ones((2, 2), bool)),
    packed(("key.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", b"\0" * 16))),
]


@settings(max_examples=500)
@given(st.sampled_from(SOUND), st.data())
def test_a_sound_file_with_any_bytes_changed_is_read_or_refused(sound, data):
    changed = bytearray(sound)
    for _change in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(changed) - 1))
        end = place + data.draw(st.integers(0, 8))
        changed[place:end] = data.draw(st.binary(max_size=8))
    judged(bytes(changed))


WORDS = st.sampled_from(["f8", "<f8", "|O", "V8", "(2,)f8", "f8,f8", "a", "", "M8[s]", "\0", "U3", "f8" * 50])
VALUES = st.recursive(
    st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.binary(max_size=3)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(WORDS, inner, max_size=2)
    ),
    max_leaves=8,
)
SHAPES = st.lists(st.integers(-5, 5) | st.integers(-(2**70), 2**70) | st.booleans(), max_size=4).map(tuple)


@settings(max_examples=500)
@given(VALUES, VALUES | st.booleans(), VALUES | SHAPES)
def test_any_header_is_read_or_refused(descr, order, shape):
    header = repr({"descr": descr, "fortran_order": order, "shape": shape})
    judged(packed(("query.npy", npy(header, b"\0" * 8))))
