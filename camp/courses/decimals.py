"""No number of the course stands in a text by hand: each is computed, or declared with its reason.

>>> undeclared("At T = 0.5 the gap is .25; see section 3, and https://example.org/1706.03762")
['0.5', '.25']
"""

import re

# Each begins at a boundary only, so that a long word is read once and not from every letter on.
_ADDRESS = re.compile(r"(?<!\w)\w{1,20}://\S*")
_DECIMAL = re.compile(r"(?<![\w.０-９．])[0-9０-９]*[.．][0-9０-９]+", re.ASCII)


def undeclared(text: str) -> list[str]:
    """The decimals in a text, or a formula, whose computed and declared numbers have been taken out."""
    return _DECIMAL.findall(_ADDRESS.sub("", text))
