"""The secret key beside a backup: which one it was made under, and whether it travels along."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from django.conf import settings

from camp.backup.archive import BackupFailed


def mark() -> str:
    """Tells one key from another. The key is random and long, so that nobody finds it from this."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"camp backup", hashlib.sha256).hex()[:32]


def key_file() -> Path:
    return Path(settings.CAMP_DATA_DIR) / "secret_key"


def is_given() -> bool:
    """By CAMP_SECRET_KEY, so that no file of ours says which it is."""
    return bool(os.environ.get("CAMP_SECRET_KEY"))


class PlacedKey:
    """The archive's key in CAMP_DATA_DIR, and back out again should the rest fail."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._path = key_file()
        self._before = self._path.read_bytes() if self._path.exists() else None
        # On the disk as well: a power cut before the commit leaves the old people with the new key.
        self._kept = self._path.with_name("secret_key.before-restore")

    def place(self) -> None:
        if self._before is not None:
            self._write(self._kept, self._before)
        self._write(self._path, self._key.encode())

    def put_back(self) -> None:
        if self._before is None:
            self._path.unlink(missing_ok=True)
        else:
            self._write(self._path, self._before)
        self.forget_the_one_before()

    def forget_the_one_before(self) -> None:
        self._kept.unlink(missing_ok=True)

    def _write(self, path: Path, content: bytes) -> None:
        half = path.with_name(f".secret_key.{secrets.token_hex(4)}")
        try:
            number = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise BackupFailed(f"{path} cannot be written: {error.strerror}.") from error
