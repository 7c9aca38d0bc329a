"""Marking text for translation without depending on a web framework."""


def gettext_noop(message: str) -> str:
    """Return `message` unchanged; the name is what message extraction looks for.

    The core speaks English only. An application that translates passes the same string to its
    own `gettext` when it shows it.

    >>> gettext_noop("Cosine")
    'Cosine'
    """
    return message
