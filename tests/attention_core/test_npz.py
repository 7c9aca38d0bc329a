"""NPZ files: what NumPy writes is read exactly; what a stranger forges is refused before it costs anything."""

import io
import resource
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given
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
    assert [place for place, _detail in problems_of(bytes(whole))] == [""]


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
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", "promises"),
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
