"""The media folder: its files into an archive, and from there into a folder that takes the old one's place."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from camp.backup.archive import ArchiveReader, ArchiveWriter, BackupFailed, FileEntry, is_safe


def folder() -> Path:
    """Where it really is, should it be a link."""
    return Path(settings.MEDIA_ROOT).resolve()


def has_files() -> bool:
    return next(_files(folder()), None) is not None


def _files(root: Path) -> Iterator[Path]:
    """Regular files; a link could lead to anything on this machine."""
    for place, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if path.is_file() and not path.is_symlink():
                yield path


def save(archive: ArchiveWriter) -> list[FileEntry]:
    """All files. One that is deleted while this goes on is left out: its row is then on its way out too."""
    root = folder()
    entries = []
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        if not is_safe(name) or not name.isprintable():
            raise BackupFailed(f"{name!r} in the media folder has a name that not every system can keep.")
        try:
            source = path.open("rb")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise BackupFailed(f"{path} cannot be read: {error.strerror}.") from error
        size, sha256 = 0, hashlib.sha256()
        with source, archive.member(f"media/{name}") as member:
            while piece := source.read(2**20):
                member.write(piece)
                sha256.update(piece)
                size += len(piece)
        entries.append(FileEntry(name, size, sha256.hexdigest()))
    return entries


class StagedFolder:
    """The archive's files, unpacked beside the media folder and compared with the manifest."""

    def __init__(self, archive: ArchiveReader) -> None:
        self._archive = archive
        self._place = folder()
        mark = secrets.token_hex(4)
        self._new = self._place.with_name(f".{self._place.name}.{mark}.new")
        self._old = self._place.with_name(f".{self._place.name}.{mark}.old")

    def __enter__(self) -> "StagedFolder":
        try:
            self._unpack()
        except (OSError, ValueError) as error:  # ValueError: a name that this file system cannot have
            self.remove()
            raise BackupFailed(f"The media files cannot be written: {error}.") from error
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *fault: object) -> None:
        self.remove()

    def _unpack(self) -> None:
        self._new.mkdir(parents=True)
        for entry in self._archive.manifest.files:
            target = self._new / entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            size, sha256 = 0, hashlib.sha256()
            with target.open("xb") as file:
                for piece in self._archive.pieces(entry):
                    file.write(piece)
                    sha256.update(piece)
                    size += len(piece)
                file.flush()
                os.fsync(file.fileno())
            if (size, sha256.hexdigest()) != (entry.bytes, entry.sha256):
                raise BackupFailed(
                    f"{self._archive.path} is damaged: its file {entry.path} is not what was saved."
                )

    def place(self) -> None:
        """The old folder out of the way, the new one into its place."""
        try:
            if self._place.exists():
                shutil.copymode(self._place, self._new)
                self._place.rename(self._old)
            elif not self._archive.manifest.files:
                return
            self._new.rename(self._place)
        except OSError as error:
            self.put_back()
            raise BackupFailed(f"The media folder cannot be replaced: {error}.") from error

    def put_back(self) -> None:
        if self._old.exists():
            if self._place.exists():
                self._place.rename(self._new)
            self._old.rename(self._place)
        elif not self._new.exists() and self._place.exists():
            self._place.rename(self._new)

    def remove(self) -> None:
        """What is no longer wanted: the new folder where it was not placed, the old one where it was."""
        shutil.rmtree(self._new, ignore_errors=True)
        if self._place.exists():  # else it could not be put back, and is all there is
            shutil.rmtree(self._old, ignore_errors=True)
