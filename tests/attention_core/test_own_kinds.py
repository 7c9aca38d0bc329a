"""What learners bring: texts, labelled texts, pictures; read one way, refused with what was expected and what came."""

import base64
import csv
import io
import struct
import unicodedata
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from attention_core.own_kinds import Image, LabelledTexts, Text
from attention_core.params import Problems


def read(kind, raw):
    """The value and the English problems with their places."""
    problems = Problems()
    value = kind.parse(raw, ("it",), problems)
    return value, [(problem.pointer, problem.translated(str)) for problem in problems.found]


def file_of(pixels, kind="PNG", **options):
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_text_has_one_spelling():
    assert read(Text(20), "  cafe\u0301\r\nnoir  ")[0] == "café\nnoir"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (3, "expected a text, got 3"),
        ("", "expected a text of 1 to 5 characters, got 0"),
        ("   ", "expected a text of 1 to 5 characters, got 0"),
        ("abcdef", "expected a text of 1 to 5 characters, got 6"),
        ("x" * 10**6, "expected a text of 1 to 5 characters, got 1000000"),
        ("a\0b", "expected a text of printable characters, got U+0000 at place 2"),
        ("ab\ud800", "expected a text of printable characters, got U+D800 at place 3"),
    ],
)
def test_a_text_that_is_none_is_refused(raw, said):
    assert read(Text(5), raw)[1] == [(("it",), said)]


@given(st.text(max_size=40))
def test_a_text_read_again_is_the_same(raw):
    value, problems = read(Text(60), raw)
    if not problems:
        assert read(Text(60), value) == (value, [])
        assert unicodedata.is_normalized("NFC", value)


@pytest.mark.parametrize(
    "text",
    [
        'a,x\n"b, c",y\nd,x\ne,y\n',
        '\ufefftext,label\r\na,x\r\n"b, c",y\r\nd,x\r\ne,y',
        "a\tx\nb, c\ty\nd\tx\ne\ty",
        "a;x\nb, c;y\n\nd;x\ne;y\n",
        '"a",x\n"b, c",y\n"d",x\ne,y\n',
    ],
)
def test_csv_in_any_of_its_forms_is_read_as_rows(text):
    assert read(LabelledTexts(9, 30), text) == ((("a", "x"), ("b, c", "y"), ("d", "x"), ("e", "y")), [])


@pytest.mark.parametrize("text", ["Good; bad; ugly", "soup, staff; all fine", '"quoted", they said'])
def test_a_text_may_hold_what_separates(text):
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows([(text, label) for label in "xyxy"])
    found, problems = read(LabelledTexts(9, 30), lines.getvalue())
    assert problems == []
    assert [row[0] for row in found] == [text] * 4


def test_signs_newer_than_this_python_are_texts_and_those_that_are_none_are_not():
    assert read(Text(9), "so \U0001fae8 \U0001fadf")[1] == []
    assert read(Text(9), "a\ufffe")[1] != []


def test_a_picture_with_a_broken_note_of_its_camera_is_no_error_of_ours():
    content = file_of(np.zeros((20, 20, 3), np.uint8))
    chunk = b"eXIfII*\0"
    broken = content[:33] + struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[33:]
    value, problems = read(Image(20), broken)
    assert problems == []
    assert value.shape == (20, 20, 3)


def test_sixteen_bits_of_grey_keep_their_greys():
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)[None].repeat(64, axis=0)
    buffer = io.BytesIO()
    Pillow.fromarray(ramp).save(buffer, "PNG")
    value, _problems = read(Image(64), buffer.getvalue())
    assert 120 < value.mean() < 135


def test_a_file_of_very_many_pieces_is_refused_before_it_is_decoded():
    scans = file_of(np.zeros((64, 64), np.uint8), "JPEG", progressive=True)
    last = scans.rindex(b"\xff\xda")
    many = scans[:-2] + scans[last:-2] * 100 + scans[-2:]
    assert "at most 40 pieces" in read(Image(64), many)[1][0][1]
    assert read(Image(64), scans)[1] == []
    plain = file_of(np.zeros((20, 20, 3), np.uint8))
    empty = struct.pack(">I", 0) + b"prVt" + struct.pack(">I", zlib.crc32(b"prVt"))
    assert "at most 20000 pieces" in read(Image(64), plain[:33] + empty * 30_000 + plain[33:])[1][0][1]
    assert read(Image(64), plain[:33] + empty * 100 + plain[33:])[1] == []


def test_each_row_that_is_wrong_is_told_at_its_place():
    rows = [["a", "x"], ["b"], ["", "y"], ["c" * 31, "x"], "d", ["e", 3]]
    assert [pointer for pointer, _said in read(LabelledTexts(9, 30), rows)[1]] == [
        ("it", 1), ("it", 2, 0), ("it", 3, 0), ("it", 4), ("it", 5, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["a", "x"]] * 3, "expected 4 to 9 rows of text and label, got 3"),
        ([["a", "x"]] * 10, "expected 4 to 9 rows of text and label, got 10"),
        ([["a", "x"]] * 4, "expected 2 to 3 different labels, got 1"),
        ([["a", str(number)] for number in range(4)], "expected 2 to 3 different labels, got 4"),
        ('"not closed', "this cannot be read as CSV"),
        ("a,b,c\n" * 4, "expected a text and a label, got 3 cells"),
        (7, "expected a text and a label, got 7"),
    ],
)
def test_too_few_too_many_and_labels_that_cannot_be_learned_are_refused(rows, said):
    assert read(LabelledTexts(9, 30, max_labels=3), rows)[1][0][1].startswith(said)


def test_a_million_rows_are_not_read_to_their_end():
    most = LabelledTexts(9, 30).max_characters
    for text in ("a,x\n" * 10**6, '"' + "x" * 10**6):
        said = f"expected a text of 1 to {most} characters, got {len(text)}"
        assert read(LabelledTexts(9, 30), text)[1] == [(("it",), said)]


def test_a_picture_becomes_its_pixels_shrunk_and_upright_on_white():
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, :40] = 255
    value, problems = read(Image(20), base64.b64encode(file_of(pixels)).decode())
    assert problems == []
    assert value.shape == (10, 20, 3)
    assert (value[:, :8] > 250).all()
    assert (value[:, 12:] < 5).all()
    exif = Pillow.Exif()
    exif[0x0112] = 6  # to be turned a quarter
    assert read(Image(20), file_of(pixels, "JPEG", exif=exif))[0].shape == (20, 10, 3)
    clear = np.zeros((16, 16, 4), np.uint8)
    assert (read(Image(20), file_of(clear))[0] == 255).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "CMYK", "1", "LA"])
def test_every_usual_mode_of_a_picture_is_read(kind, mode):
    buffer = io.BytesIO()
    picture = Pillow.new("RGB", (32, 24), "teal").convert(mode)
    try:
        picture.save(buffer, kind)
    except OSError:
        pytest.skip(f"{kind} has no mode {mode}")
    value, problems = read(Image(64), buffer.getvalue())
    assert problems == []
    assert (value.shape, value.dtype) == ((24, 32, 3), np.uint8)


def test_the_canonical_picture_is_read_as_the_same_pixels():
    pixels = np.random.default_rng(3).integers(0, 256, (30, 50, 3)).astype(np.uint8)
    value, _problems = read(Image(40), file_of(pixels))
    again, _problems = read(Image(40), Image(40).canonical(value))
    assert np.array_equal(value, again)
    assert np.array_equal(read(Image(40), f"data:image/png;base64,{Image(40).canonical(value)}")[0], value)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (5, "expected a PNG, JPEG or WebP picture in base64, got 5"),
        ("%%%", "expected a PNG, JPEG or WebP picture in base64"),
        ("", "expected a PNG, JPEG or WebP picture in base64"),
        (base64.b64encode(b"<svg/>").decode(), "this is not a PNG, JPEG or WebP picture"),
        (b"x" * (10 * 2**20 + 1), "expected a picture of at most 10485760 bytes, got 10485761"),
    ],
)
def test_what_is_no_picture_is_refused(raw, said):
    assert read(Image(20), raw)[1][0][1].startswith(said)
