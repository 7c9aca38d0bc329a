"""The run folder of one data folder: the lock, the pid files, the socket of the embedded Redis."""

import fcntl
import json
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from camp.supervisor.program import StartFailed

MARKER = "CAMP_SUPERVISED"
# A socket's path has 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET_PATH = 100


class RunDirectory:
    """`CAMP_DATA_DIR/run`, which belongs to whoever holds its lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = path / "redis.sock"
        self._lock: int | None = None

    def claim(self, url: str) -> None:
        """Take the lock, or raise `StartFailed` that names who holds it. `url` is what others will be told."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
            lock = os.open(self.path / "camp.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StartFailed(f"{self.path} cannot be used: {error.strerror}. Set CAMP_DATA_DIR.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _read_holder(lock)
            os.close(lock)
            raise StartFailed(
                f"A camp already runs on {self.path.parent}: process {holder.get('pid', 'unknown')}, "
                f"{holder.get('url', 'address unknown')}. Stop it first, or set CAMP_DATA_DIR to another folder."
            ) from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps({"pid": os.getpid(), "url": url}).encode(), 0)
        self._lock = lock
        self.write_pid("camp", os.getpid())

    def release(self) -> None:
        """Take away everything `claim` and the others made, except the lock file.

        The lock file stays: removing it would let two later starts lock two different files.
        """
        if self._lock is None:
            return
        self.remove_socket()
        self.remove_pid("camp")
        os.ftruncate(self._lock, 0)
        os.close(self._lock)
        self._lock = None

    def marker(self, name: str) -> dict[str, str]:
        """Environment variables by which a later start knows a process as one of ours."""
        return {MARKER: f"{name}:{self.path}"}

    def write_pid(self, name: str, pid: int) -> None:
        path = self._pid_file(name)
        half = path.with_suffix(".pid.new")
        half.write_text(f"{pid}\n")
        half.replace(path)  # a reader sees the old number or the new one, never half a number

    def read_pid(self, name: str) -> int | None:
        with suppress(OSError, ValueError):
            return int(self._pid_file(name).read_text())
        return None

    def remove_pid(self, name: str) -> None:
        self._pid_file(name).unlink(missing_ok=True)

    def names_with_pid(self) -> list[str]:
        return sorted(path.stem for path in self.path.glob("*.pid"))

    def place_socket(self) -> Path:
        """The path to bind. Where `redis.sock` would be too long it is a link into a short private folder."""
        self.remove_socket()
        if len(os.fsencode(self.socket)) <= LONGEST_SOCKET_PATH:
            return self.socket
        folder = Path(tempfile.mkdtemp(prefix="camp-"))
        if len(os.fsencode(folder)) > LONGEST_SOCKET_PATH - 20:
            folder.rmdir()
            folder = Path(tempfile.mkdtemp(prefix="camp-", dir="/tmp"))
        target = folder / "redis.sock"
        self.socket.symlink_to(target)
        return target

    def remove_socket(self) -> None:
        if self.socket.is_symlink():
            folder = self.socket.readlink().parent
            if _is_private_folder(folder):
                shutil.rmtree(folder, ignore_errors=True)
        with suppress(FileNotFoundError):
            self.socket.unlink()

    def _pid_file(self, name: str) -> Path:
        return self.path / f"{name}.pid"


def _read_holder(lock: int) -> dict[str, str]:
    try:
        holder = json.loads(os.pread(lock, 4096, 0))
    except ValueError:
        return {}  # it has taken the lock and not yet written who it is
    return holder if isinstance(holder, dict) else {}


def _is_private_folder(folder: Path) -> bool:
    """Whether we made it: a link that somebody else put there must not lead us to delete their folder."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o700
    return private and status.st_uid == os.getuid() and folder.name.startswith("camp-")
