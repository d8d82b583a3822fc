"""A gate between processes: whoever writes to a file stands in it alone. POSIX only; a gate dies with its process."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Gate", "GateTimeoutError"]


class GateTimeoutError(Exception):
    """Somebody stood in the gate for too long."""


class Gate:
    """A lock on a file beside the one that is guarded. Threads of one process need a lock of their own besides."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def held(self, patience: float) -> Iterator[None]:
        """Stand in the gate while the block runs. Raises GateTimeoutError after `patience` seconds."""
        self._enter(patience)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _enter(self, patience: float) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            return
        # Asked again and again, since a wait inside the system's own call would have no end.
        end, pause = time.monotonic() + patience, 0.0002
        while True:
            time.sleep(pause)
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise GateTimeoutError from None
                pause = min(pause * 1.5, 0.005)
            else:
                return
