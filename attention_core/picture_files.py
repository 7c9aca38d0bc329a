"""Strangers' picture files read as small pixels: PNG, JPEG and WebP, and nothing that costs more than it shows.

What a file promises is looked at before it is decoded: pixels by the header, and how many pieces it is cut into, for a
few kilobytes can ask for minutes of work (a progressive JPEG of a thousand scans, a PNG of a million chunks).
"""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np

from attention_core.labels import gettext_noop as _
from attention_core.problems import Pointer, Problems

Array = np.ndarray[Any, Any]

NO_PICTURE = _("this is not a PNG, JPEG or WebP picture that can be read")
TOO_MANY_PIXELS = _("expected a picture of at most %(maximum)s pixels, got %(width)s × %(height)s")
EVEN_MORE_PIXELS = _("expected a picture of at most %(maximum)s pixels, got many more")
TOO_MANY_PIECES = _("expected a picture file of at most %(maximum)s pieces (scans or chunks), got more")
TOO_SMALL = _("expected a picture of at least %(minimum)s × %(minimum)s pixels, got %(width)s × %(height)s")

MAX_SCANS = 40  # of a JPEG; a usual progressive one has ten
MAX_CHUNKS = 20_000  # of a PNG; the largest photographs have a few thousand
_ORIENTATION = 0x0112
_SCAN = b"\xff\xda"  # never within a scan's own data, where each 0xff is followed by 0x00 or a restart
_PNG = b"\x89PNG\r\n\x1a\n"


def read_picture(
    content: bytes, *, side: tuple[int, int], max_pixels: int, pointer: Pointer, problems: Problems
) -> Array | None:
    """The pixels, uint8 (height, width, 3), upright, on white, shrunk to at most `side[1]` a side.

    Args:
        side: the least and the most pixels a side, before and after shrinking, and after it.
        max_pixels: of the picture as it comes.
        problems: gets why there is none.
    """
    from PIL import Image as Pillow

    least, most = side
    pieces = _too_many_pieces(content)
    if pieces:
        problems.add(pointer, TOO_MANY_PIECES, maximum=pieces)
        return None
    try:
        with Pillow.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as picture:
            width, height = picture.size
            if width * height > max_pixels:
                problems.add(pointer, TOO_MANY_PIXELS, maximum=max_pixels, width=width, height=height)
                return None
            if min(width, height) < least:
                problems.add(pointer, TOO_SMALL, minimum=least, width=width, height=height)
                return None
            small = _small(picture, most)
    except Pillow.DecompressionBombError:  # by the header too
        problems.add(pointer, EVEN_MORE_PIXELS, maximum=max_pixels)
        return None
    except Exception:
        # Pillow lets through whatever its readers of a broken file raise: struct.error, KeyError, SyntaxError, …
        problems.add(pointer, NO_PICTURE)
        return None
    if min(small.size) < least:
        problems.add(pointer, TOO_SMALL, minimum=least, width=small.width, height=small.height)
        return None
    pixels = np.asarray(small)
    pixels.setflags(write=False)
    return pixels


def _too_many_pieces(content: bytes) -> int:
    """The limit that the file is over; 0 when it is over none."""
    if content.startswith(_PNG):
        return MAX_CHUNKS if _chunks(content) > MAX_CHUNKS else 0
    return MAX_SCANS if content.startswith(b"\xff\xd8") and content.count(_SCAN) > MAX_SCANS else 0


def _chunks(content: bytes) -> int:
    """How many chunks a PNG file has, counted no further than it matters."""
    place, count = len(_PNG), 0
    while place + 8 <= len(content) and count <= MAX_CHUNKS:
        place += 12 + struct.unpack_from(">I", content, place)[0]
        count += 1
    return count


def _small(picture: Any, most: int) -> Any:
    """The picture shrunk, turned upright and laid on white."""
    from PIL import Image as Pillow

    turn = _turn(picture)
    picture.draft("RGB", (most, most))  # a JPEG is decoded small at once
    if picture.mode.startswith("I"):  # 16 bits of grey
        picture = Pillow.fromarray(
            (np.asarray(picture).astype(np.int64) // 256).clip(0, 255).astype(np.uint8)
        )
    small = picture if picture.mode in ("L", "RGB", "RGBA") else picture.convert("RGBA")
    small.thumbnail((most, most), Pillow.Resampling.LANCZOS)
    upright = (small if turn is None else small.transpose(turn)).convert("RGBA")
    on_white = Pillow.new("RGBA", upright.size, "white")
    on_white.alpha_composite(upright)
    return on_white.convert("RGB")


def _turn(picture: Any) -> Any:
    """How the camera was held, if the file tells; a broken note of it is no reason to refuse the picture."""
    from PIL import Image as Pillow

    turns = Pillow.Transpose
    by_orientation = {
        2: turns.FLIP_LEFT_RIGHT, 3: turns.ROTATE_180, 4: turns.FLIP_TOP_BOTTOM, 5: turns.TRANSPOSE,
        6: turns.ROTATE_270, 7: turns.TRANSVERSE, 8: turns.ROTATE_90,
    }  # fmt: skip
    try:
        return by_orientation.get(picture.getexif().get(_ORIENTATION))
    except Exception:
        return None
