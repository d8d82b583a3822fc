"""A file of JSON lines that only grows: locked, appended to, read back without its torn end. Knows no sandbox.

The first line says whose file it is. A line counts once its line break is written; what follows the last line break
was being written when the process died, and was never acknowledged.
"""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING, Any

from zoomsandbox.state.exceptions import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAGIC = "zoomsandbox state"
VERSION = 1
_ENCODER = json.JSONEncoder(separators=(",", ":"))


class StateFile:
    """An open, locked state file.

    Raises
    ------
    StateError
        when the file is another program's, another version's, damaged, or in use.
    OSError
        when it cannot be opened or made.
    """

    def __init__(self, path: Path, *, fsync: bool = False) -> None:
        self.path = path
        self._fsync = fsync
        self._handle = _opened(path)
        try:
            self.lines = self._read()
        except BaseException:
            self.close()
            raise

    def _read(self) -> list[Any]:
        data = _all(self._handle)
        whole, newline, torn = data.rpartition(b"\n")
        first = data.partition(b"\n")[0]
        if data and not _ours(first) and not (not newline and _begun(first)):
            raise StateError(
                f"{self.path} is not a state file of zoomsandbox, so it is left alone. Name another file, or move it."
            )
        lines: list[Any] = []
        for number, line in enumerate(whole.split(b"\n") if whole else [], 1):
            try:
                lines.append(json.loads(line))
            except ValueError:
                raise StateError(
                    f"{self.path} is damaged in line {number}. Restore it from a copy, or name another file."
                ) from None
        if lines and lines[0].get("version") != VERSION:
            raise StateError(
                f"{self.path} was written by another version of zoomsandbox. Use that one, or name another file."
            )
        if torn:
            os.ftruncate(self._handle, len(data) - len(torn))
        self._size = len(data) - len(torn)
        os.lseek(self._handle, self._size, os.SEEK_SET)
        return lines[1:]

    def append(self, line: object) -> None:
        """Write one line; it survives the process from now on, and with `fsync` the machine. Raises OSError."""
        data = _ENCODER.encode(line).encode() + b"\n"
        try:
            _write(self._handle, data)
            if self._fsync:
                os.fsync(self._handle)
        except OSError:
            # Half a line must not stand before the next one
            os.ftruncate(self._handle, self._size)
            os.lseek(self._handle, self._size, os.SEEK_SET)
            raise
        self._size += len(data)

    def replace(self, lines: Iterable[object]) -> None:
        """Put `lines` in place of all, at once: either the former ones are there or these. Raises OSError."""
        beside = self.path.with_name(f"{self.path.name}.new")
        handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            # Locked before it has the name, so that there is no moment in which another could take it
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            head = {MAGIC: "see zoomsandbox's README", "version": VERSION}
            data = b"".join(_ENCODER.encode(line).encode() + b"\n" for line in (head, *lines))
            _write(handle, data)
            os.fsync(handle)
            beside.replace(self.path)
        except BaseException:
            os.close(handle)
            beside.unlink(missing_ok=True)
            raise
        self.close()
        self._handle, self._size = handle, len(data)

    def close(self) -> None:
        """Let go of file and lock."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _opened(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise StateError(
                f"{path} is in use by another sandbox. Stop that one, or name another file for this one."
            ) from None
        try:
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except FileNotFoundError:
            pass
        os.close(handle)  # it was replaced between opening and locking: take the one that has the name now


def _all(handle: int) -> bytes:
    parts = []
    while part := os.read(handle, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _write(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _ours(line: bytes) -> bool:
    try:
        head = json.loads(line)
    except ValueError:
        return False
    return isinstance(head, dict) and MAGIC in head


def _begun(line: bytes) -> bool:
    return line.startswith(f'{{"{MAGIC}'.encode())
