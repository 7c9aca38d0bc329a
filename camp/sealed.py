"""Encryption of what must lie somewhere and be of no use to whoever copies it, with keys out of CAMP_SECRET_KEY."""

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings


def box(purpose: str) -> Fernet:
    """A box of its own for each purpose: what one sealed, another does not open."""
    key = hashlib.sha256(f"camp {purpose} {settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
