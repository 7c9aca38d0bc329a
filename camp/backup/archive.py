"""The file: a zip with one member of JSON lines a table, the media files, and a manifest that says what must be in it.

tables/<table>.jsonl   a row a line, its values in the order of the manifest's columns
media/<path>           as in CAMP_DATA_DIR/media
secret_key             only where it was asked for
manifest.json          format, versions, migrations; rows and SHA-256 of every table, size and SHA-256 of every file
"""

import contextlib
import io
import json
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

FORMAT = 1
MANIFEST, SECRET_KEY = "manifest.json", "secret_key"
_MANIFEST_BYTES = 64 * 2**20
_SECRET_KEY_BYTES = 10_000
# A row has at most a gigabyte in PostgreSQL; what is longer than this was not written by a camp.
_LINE_BYTES = 512 * 2**20
# Of deflate. Most of a camp is results, floating-point numbers that no level makes small; level 6 is twice as slow
# for the texts.
_LEVEL = 3


class BackupFailed(Exception):
    """What stopped a backup or a restore, in words for whoever runs it."""


@dataclass
class TableEntry:
    name: str
    columns: list[str]
    rows: int
    sha256: str

    @property
    def member(self) -> str:
        return f"tables/{self.name}.jsonl"


@dataclass
class FileEntry:
    path: str
    bytes: int
    sha256: str

    @property
    def member(self) -> str:
        return f"media/{self.path}"


@dataclass
class Manifest:
    """`key_mark` tells one secret key from another and does not tell the key."""

    made_at: str
    core_version: str
    database: str
    key_mark: str
    has_secret_key: bool
    migrations: list[tuple[str, str]]
    tables: list[TableEntry] = field(default_factory=list)
    files: list[FileEntry] = field(default_factory=list)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def members(self) -> list[str]:
        key = [SECRET_KEY] if self.has_secret_key else []
        tables = [table.member for table in self.tables]
        return [MANIFEST, *key, *tables, *(file.member for file in self.files)]


class ArchiveWriter:
    """`with ArchiveWriter(path) as archive:` — the file has its name once it is whole and on the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._half = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")

    def __enter__(self) -> "ArchiveWriter":
        if os.path.lexists(self.path):
            raise BackupFailed(f"{self.path} is there already; a backup writes over nothing.")
        with _told(self.path, "written"):
            # Password hashes and sealed seeds are in it: for its owner's eyes from the first byte.
            number = os.open(self._half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(number, "wb")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        try:
            with _told(self.path, "written"):
                if error is None:
                    self._finish()
                elif isinstance(error, OSError):
                    raise error
        finally:
            # What is left to write into a file that goes away may fail once more; the first fault has been told.
            with contextlib.suppress(OSError, ValueError):
                self._zip.close()
            with contextlib.suppress(OSError):
                self._file.close()
            self._half.unlink(missing_ok=True)

    def _finish(self) -> None:
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        try:
            os.link(self._half, self.path)  # unlike a rename, it never takes the place of another file
        except FileExistsError as error:
            raise BackupFailed(
                f"{self.path} has come about meanwhile; a backup writes over nothing."
            ) from error
        except OSError:  # a file system without links
            self._half.rename(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def member(self, name: str) -> IO[bytes]:
        """To write one member into, before the next."""
        return self._zip.open(name, "w", force_zip64=True)

    def write(self, name: str, content: str) -> None:
        with self.member(name) as member:
            member.write(content.encode())

    def write_manifest(self, manifest: Manifest) -> None:
        self.write(MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")


class ArchiveReader:
    """`with ArchiveReader(path) as archive:` — nothing in the file is believed: it may have been made by anybody."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> "ArchiveReader":
        with _told(self.path, "read"):
            self._file = self.path.open("rb")
        try:
            with self._whole():
                self._zip = zipfile.ZipFile(self._file)
                self.manifest = self._read_manifest()
            self._require_members()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(self, *fault: object) -> None:
        self._file.close()

    def rows(self, entry: TableEntry) -> Iterator[tuple[int, Any]]:
        """The rows of a table, each with its line's length."""
        with self._whole(), self._zip.open(entry.member) as member:
            # The zip's own readline looks for line ends a few kilobytes at a time.
            lines = io.BufferedReader(member, 2**16)  # type: ignore[type-var]
            while line := lines.readline(_LINE_BYTES + 1):
                if len(line) > _LINE_BYTES:
                    raise BackupFailed(f"{self.path}: a row of {entry.name} is too long.")
                yield len(line), _json(line, f"{self.path}: a row of {entry.name}")

    def pieces(self, entry: FileEntry) -> Iterator[bytes]:
        """The bytes of a media file, no more than the manifest says."""
        left = entry.bytes + 1
        with self._whole(), self._zip.open(entry.member) as member:
            while left and (piece := member.read(min(2**20, left))):
                left -= len(piece)
                yield piece

    def secret_key(self) -> str:
        with self._whole(), self._zip.open(SECRET_KEY) as member:
            return member.read(_SECRET_KEY_BYTES).decode()

    def _read_manifest(self) -> Manifest:
        try:
            with self._zip.open(MANIFEST) as member:
                content = member.read(_MANIFEST_BYTES)
        except KeyError as error:
            raise BackupFailed(f"{self.path} is not a camp's backup: it has no {MANIFEST}.") from error
        return _manifest(_json(content, f"{self.path}: {MANIFEST}"), self.path)

    def _require_members(self) -> None:
        found = sorted(self._zip.namelist())
        expected = sorted(self.manifest.members)
        if found != expected:
            odd = sorted(set(found) ^ set(expected)) or ["one name twice"]
            raise BackupFailed(f"{self.path} does not hold what its manifest lists: {', '.join(odd[:5])}.")

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """What a damaged file makes zipfile raise, in words."""
        try:
            yield
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise BackupFailed(f"{self.path} is damaged, or no backup at all: {error}.") from error
        except (OSError, UnicodeDecodeError) as error:
            raise BackupFailed(f"{self.path} cannot be read: {error}.") from error


@contextlib.contextmanager
def _told(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupFailed(f"{path} cannot be {what}: {error.strerror or error}.") from error


def _json(text: bytes, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BackupFailed(f"{where} is not JSON.") from error


def _manifest(found: Any, path: Path) -> Manifest:
    version = found.get("format") if isinstance(found, dict) else None
    if type(version) is int and version > FORMAT:
        raise BackupFailed(
            f"{path} comes from a newer camp: its format is {version}, this camp reads {FORMAT}."
        )
    try:
        manifest = Manifest(
            **{
                **found,
                "migrations": [(_text(app), _text(name)) for app, name in found["migrations"]],
                "tables": [TableEntry(**entry) for entry in found["tables"]],
                "files": [FileEntry(**entry) for entry in found["files"]],
            }
        )
        _check_types(manifest)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BackupFailed(f"{path} is not a camp's backup: its manifest cannot be read.") from error
    for entry in manifest.files:
        if not is_safe(entry.path):
            raise BackupFailed(f"{path} has a file that would lie outside the media folder: {entry.path!r}.")
    return manifest


def _check_types(manifest: Manifest) -> None:
    if manifest.format != FORMAT or type(manifest.has_secret_key) is not bool:
        raise ValueError
    texts = [manifest.made_at, manifest.core_version, manifest.database, manifest.key_mark]
    for table in manifest.tables:
        texts += [table.name, table.sha256, *table.columns]
    for file in manifest.files:
        texts += [file.path, file.sha256]
    counts = [table.rows for table in manifest.tables] + [file.bytes for file in manifest.files]
    if not all(type(count) is int and count >= 0 for count in counts):
        raise ValueError
    for text in texts:
        _text(text)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, received {type(value).__name__}")
    return value


def is_safe(path: str) -> bool:
    """Whether the name stays below the folder that it is joined to, on every system."""
    parts = PurePosixPath(path).parts
    return (
        bool(parts)
        and "/".join(parts) == path
        and not path.startswith("/")
        and not any(part in ("..", ".") for part in parts)
        and not any(letter in path for letter in "\\:\0")
    )
