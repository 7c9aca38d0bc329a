"""What the matrix editor says, for the template `_matrix_editor_head.html`: the scripts hold no texts."""

import json
from collections.abc import Mapping

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from camp.matrix_text import MESSAGES

register = template.Library()

WORDS: Mapping[str, str] = {
    "THIS_MATRIX": gettext_noop("the matrix"),
    "CELL": gettext_noop("%(name)s, row %(row)s, column %(column)s"),
    "AT_CELL": gettext_noop("Row %(row)s, column %(column)s: %(message)s"),
    "AT_ROW": gettext_noop("Row %(row)s: %(message)s"),
    "AND_MORE": gettext_noop("and %(count)s more"),
    "NOTHING_CHANGED": gettext_noop("%(message)s Nothing was changed."),
    # Pasting
    "REPLACE_WHAT": gettext_noop("Read %(shape)s. Replace %(name)s?"),
    "FILL_WHERE": gettext_noop("Read %(shape)s. Fill it into %(name)s from row %(row)s, column %(column)s?"),
    "REPLACE": gettext_noop("Replace %(name)s"),
    "FILL": gettext_noop("Fill in from row %(row)s, column %(column)s"),
    "CANCEL": gettext_noop("Cancel"),
    "ROW_OR_COLUMN": gettext_noop(
        "One token with %(count)s features (1 × %(count)s), or %(count)s tokens (%(count)s × 1)?"
    ),
    "LABELS": gettext_noop("Taken as labels, not as numbers: %(labels)s."),
    "TOO_LARGE": gettext_noop("Read %(shape)s; at most %(most)s is possible."),
    "OTHER_SHAPE": gettext_noop("Read %(shape)s; %(expected)s is asked for."),
    # Resizing
    "MORE_ROWS": gettext_noop("Add a row to %(name)s"),
    "FEWER_ROWS": gettext_noop("Remove the last row of %(name)s"),
    "MORE_COLUMNS": gettext_noop("Add a column to %(name)s"),
    "FEWER_COLUMNS": gettext_noop("Remove the last column of %(name)s"),
    # What must match, and how it can be made to
    "COLUMNS_DIFFER": gettext_noop(
        "%(one)s has %(ones)s columns, %(other)s has %(others)s; they must match."
    ),
    "COLUMNS_DIFFER_FROM_ONE": gettext_noop(
        "%(one)s has 1 column, %(other)s has %(others)s; they must match."
    ),
    "ROWS_DIFFER": gettext_noop("%(one)s has %(ones)s rows, %(other)s has %(others)s; they must match."),
    "ROWS_DIFFER_FROM_ONE": gettext_noop("%(one)s has 1 row, %(other)s has %(others)s; they must match."),
    "TO_COLUMNS": gettext_noop("Give %(name)s %(count)s columns"),
    "TO_ONE_COLUMN": gettext_noop("Give %(name)s 1 column"),
    "TO_ROWS": gettext_noop("Give %(name)s %(count)s rows"),
    "TO_ONE_ROW": gettext_noop("Give %(name)s 1 row"),
    # As text
    "AS_TEXT": gettext_noop("Edit as text"),
    "AS_TABLE": gettext_noop("Edit as a table"),
    "WHY_TEXT": gettext_noop("Larger than %(most)s, so it is edited as text."),
}


@register.simple_tag
def matrix_words() -> str:
    """Every text of the editor and of its reader in the reader's language, by name, as JSON."""
    return json.dumps({name: _(text) for name, text in {**MESSAGES, **WORDS}.items()}, ensure_ascii=False)
