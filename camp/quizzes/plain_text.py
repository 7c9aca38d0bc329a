"""Short texts as they are compared: what people type differently and mean alike becomes the same.

>>> normal(" 「Ｓｏｆｔｍａｘ 函数」。 "), normal("Dot–product"), normal("(d_k)")
('softmax函数', 'dot-product', 'd_k')
"""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
# Some put a space between Chinese and Latin letters, some do not.
_BESIDE_HAN = re.compile(f"(?<=[{_HAN}]) | (?=[{_HAN}])")
_SHAPES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u2212": "-"})


def normal(text: str) -> str:
    """NFKC (so full-width is half-width), case folded, spaces collapsed, dashes alike, no punctuation around it."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = "".join("-" if unicodedata.category(one) == "Pd" else one for one in text.translate(_SHAPES)
                   if unicodedata.category(one) != "Cf")  # fmt: skip
    text = _BESIDE_HAN.sub("", _SPACES.sub(" ", text).strip())
    return _bare(text) or text


def _bare(text: str) -> str:
    """Without the punctuation and spaces around it."""
    first, last = 0, len(text)
    while first < last and _is_around(text[first]):
        first += 1
    while last > first and _is_around(text[last - 1]):
        last -= 1
    return text[first:last]


def _is_around(one: str) -> bool:
    # A minus is a sign, not punctuation: −inf and inf are two answers.
    return one.isspace() or (unicodedata.category(one).startswith("P") and one != "-")
