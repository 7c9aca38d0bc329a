"""User names are public handles: each looks like one person's and no other's, however it is typed.

A name is kept as its owner typed it, in Unicode's form NFKC (ａｄａ is ada). No two have the same `name_key`, by which
they are found.
"""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST = 150
_MARKS = ".+-_"
_BLANKS = "\u115f\u1160\u3164\uffa0"  # letters by their class, yet nothing is seen of them
_ALIKE = {"LATIN", "GREEK", "CYRILLIC"}  # а is not a; of the others, no two are often mistaken for each other


def normal(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip()


def name_key(name: str) -> str:
    """The same for all ways to type a name."""
    return normal(normal(name).casefold())


def check_name(name: str) -> None:
    """A validator of what `normal` gives."""
    if "@" in name:
        raise ValidationError(_("expected a name without @; an e-mail address signs in beside the name"))
    for character in name:
        if not (character.isalnum() or character in _MARKS) or character in _BLANKS:
            raise ValidationError(
                _("expected letters, digits and . + - _ alone, got %(received)s"),
                params={"received": _shown(character)},
            )
    if not any(character.isalnum() for character in name):
        raise ValidationError(
            _("expected at least one letter or digit, got “%(received)s”"), params={"received": name}
        )
    scripts = {unicodedata.name(character, "").partition(" ")[0] for character in name} & _ALIKE
    if len(scripts) > 1:
        raise ValidationError(
            _("expected letters of one script, got %(received)s"),
            params={"received": " + ".join(sorted(script.title() for script in scripts))},
        )


def _shown(character: str) -> str:
    code = f"U+{ord(character):04X}"
    return f"“{character}” ({code})" if character.isprintable() and character not in _BLANKS else code
