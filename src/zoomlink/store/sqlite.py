"""The ledger in an SQLite file: one connection per process, one operation at a time. Statements stand in ``sql``.

The write-ahead log makes a commit one write and one sync. SQLite up to 3.51.2 can lose its way in that log, and pages
with it, when one connection resets it at the moment another one copies it back (https://sqlite.org/wal.html,
"WAL-reset bug"; many systems still have such a library). Here nobody ever does: every process that writes, copies back
or closes stands alone in a gate. Whoever waits at the gate also has its turn sooner than by SQLite's own waiting.
"""

from __future__ import annotations

import atexit
import errno
import os
import sqlite3
import threading
import time
import weakref
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from zoomlink.errors import LedgerError, tidy
from zoomlink.store import migrations
from zoomlink.store.carrying import carry_out
from zoomlink.store.gate import Gate, GateTimeoutError
from zoomlink.store.sql import SQLRecords

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zoomlink.store.ops import Op
    from zoomlink.store.sql import Cursor

T = TypeVar("T")

__all__ = ["SQLiteStore"]

LOCKED_FOR = 30.0
"""Seconds an operation waits for other processes."""
QUICK = 0.003
"""Seconds: a disk that takes no longer for a commit, on the average, is a quick one."""
_STEADY = 8
"""How many commits that average is of, about."""


class _Connection:
    """A connection and SQLite's own words."""

    lock = ""
    skip = ""
    like = "LIKE"
    alone = ""

    def __init__(self, path: str, patience: float) -> None:
        self.raw = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
        self._patience = patience

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Cursor:
        return self.raw.execute(statement, values)

    @contextmanager
    def patient(self, seconds: float) -> Iterator[None]:
        """Within, wait so long for other programs, and not longer."""
        if seconds == self._patience:
            yield
            return
        self.raw.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        try:
            yield
        finally:
            self.raw.execute(f"PRAGMA busy_timeout = {int(self._patience * 1000)}")


class SQLiteStore:
    """Carries out operations in an SQLite file, which is made, for its owner only, when it is not there.

    Every commit is on the disk when it returns. Raises LedgerError where the file cannot be used.
    """

    def __init__(self, path: Path | str, *, patience: float = LOCKED_FOR) -> None:
        self.path = Path(path).absolute()  # it is opened again, and the process may have gone elsewhere
        self._patience = patience
        self._lock = threading.Lock()
        self._resting = False
        self._took = 0.0
        self._opened: tuple[_Connection, Gate] | None = None
        with self._telling():
            self._opened = self._open()
        _stores.add(self)

    @property
    def place(self) -> str:
        """What names the file, whatever way leads to it."""
        return str(self.path.resolve())

    @property
    def ahead(self) -> timedelta:
        """Nothing: all users are on this machine."""
        return timedelta(0)

    def carry_out(self, op: Op[T]) -> T:
        """Carry out an operation in a transaction of its own."""
        patience = self._patience if op.patience is None else min(op.patience, self._patience)
        with self._lock, self._telling():
            connection, gate = self._opened = self._opened or self._open()
            if not op.writes:
                return carry_out(op, SQLRecords(connection))
            with gate.held(patience), connection.patient(patience):
                return self._write(op, connection)

    def at_once(self, op: Op[T]) -> tuple[T] | None:
        """Carry out an operation if nobody has to be waited for, and return its answer; None: it was not carried out.

        For an event loop, which to change threads would cost more: a commit of a disk that has been quick takes less
        than a millisecond. On a slow disk nothing is written so.
        """
        if op.purges or (op.writes and self._took > QUICK) or not self._lock.acquire(blocking=False):
            return None
        try:
            if self._opened is None:
                return None
            connection, gate = self._opened
            with self._telling():
                if not op.writes:
                    return (carry_out(op, SQLRecords(connection)),)
                try:
                    with gate.held(0), connection.patient(0):
                        return (self._write(op, connection),)
                except GateTimeoutError:
                    return None
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                        return None
                    raise
        finally:
            self._lock.release()

    def _write(self, op: Op[T], connection: _Connection) -> T:
        began = time.perf_counter()
        with _transaction(connection):
            found = carry_out(op, SQLRecords(connection))
        self._took += (time.perf_counter() - began - self._took) / _STEADY
        if op.purges:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return found

    @contextmanager
    def connection(self) -> Iterator[_Connection]:
        """Give the connection with a transaction open, for whoever copies a whole ledger."""
        with self._lock, self._telling():
            connection, gate = self._opened = self._opened or self._open()
            with gate.held(self._patience), _transaction(connection):
                yield connection

    def close(self) -> None:
        """Close the file. The store stays usable and would open it again."""
        with self._lock:
            self._put_away()

    def _put_away(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            _close(*opened, self._patience)

    def __del__(self) -> None:
        opened: tuple[_Connection, Gate] | None = getattr(self, "_opened", None)
        if opened is not None:
            self._opened = None
            _close(*opened, 0)  # not waited for: whoever stands in the gate may be this very thread

    def rest(self) -> None:
        """Close the file until :meth:`wake`, once the operation that is going on has come to its end."""
        self._resting = self._lock.acquire(timeout=self._patience)
        if self._resting:
            self._put_away()

    def wake(self) -> None:
        """Let operations go on."""
        if self._resting:
            self._resting = False
            self._lock.release()

    def leave(self) -> None:
        """Let go of a connection that belongs to the process we were forked from; closing it would break its locks."""
        if self._opened is not None:
            connection, gate = self._opened
            _abandoned.append(connection)
            gate.close()
        self._opened, self._resting = None, False
        self._lock = threading.Lock()

    def _open(self) -> tuple[_Connection, Gate]:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Made by us and not by SQLite, so that it is ours alone from its first byte; its log takes the same rights.
        # One that is there is not touched: closing a file ends all locks this process has on it, and SQLite relies on
        # those of the other connections (https://sqlite.org/howtocorrupt.html, 2.2).
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            if self.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None
        gate = Gate(self.path.with_name(self.path.name + "-gate"))
        try:
            with gate.held(self._patience):
                connection = _Connection(str(self.path), self._patience)
                try:
                    _prepare(connection)
                except BaseException:
                    connection.raw.close()
                    raise
        except BaseException:
            gate.close()
            raise
        return connection, gate

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LedgerError(*_told(self.path, error, self._patience)) from error
        except GateTimeoutError as error:
            raise LedgerError(*_busy(self.path, self._patience)) from error
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise LedgerError(f"The ledger {self.path} cannot be opened: {why}.", hint=_ELSEWHERE) from error


_ELSEWHERE = "Make the folder writable, or set ZOOMLINK_DATABASE to another place."


def _told(path: Path, error: sqlite3.Error, patience: float) -> tuple[str, str]:
    code = getattr(error, "sqlite_errorcode", None)
    kind = code & 0xFF if isinstance(code, int) else None
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:  # the one place where SQLite does not look why it cannot write
        kind = sqlite3.SQLITE_FULL
    match kind:
        case sqlite3.SQLITE_FULL:
            return f"The disk is full: nothing was written to {path}.", "Make room, then repeat it with the same key."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return _busy(path, patience)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return f"The ledger {path} cannot be written.", _ELSEWHERE
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return (
                f"The file {path} is damaged, or is no ledger.",
                "Bring back a copy, or move it away and rebuild the ledger from Zoom: zoomlink ledger rebuild.",
            )
        case sqlite3.SQLITE_IOERR:
            return f"The disk failed with {path}: nothing was written.", "Look at the system's log of the disk."
    return f"The ledger {path} cannot be used: {tidy(str(error), 200)}.", _ELSEWHERE


def _busy(path: Path, patience: float) -> tuple[str, str]:
    return (
        f"Another program has kept {path} locked for {patience:g} seconds.",
        "Let it end, then repeat it with the same key.",
    )


def _prepare(connection: _Connection) -> None:
    # The common case costs one look: a table that says the newest schema.
    try:
        found = int(connection.execute("SELECT max(version) FROM zoomlink_schema").fetchone()[0] or 0)
    except sqlite3.OperationalError:
        found = 0
    migrations.check(found)  # before anything is changed
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = wal")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # who is forgotten is overwritten
    if found != migrations.NEWEST:
        migrations.migrate(connection, _transaction(connection), found)


def _close(connection: _Connection, gate: Gate, patience: float) -> None:
    try:
        with gate.held(patience):
            connection.raw.close()
    except GateTimeoutError:
        _postponed.append((connection, gate))  # never outside of the gate; until then nobody uses it
    else:
        gate.close()


@contextmanager
def _transaction(connection: _Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # After a failed commit SQLite may have rolled back by itself.
        if connection.raw.in_transaction:
            connection.execute("ROLLBACK")
        raise


_stores: weakref.WeakSet[SQLiteStore] = weakref.WeakSet()
_postponed: list[tuple[_Connection, Gate]] = []
_abandoned: list[_Connection] = []


@atexit.register
def _close_all() -> None:
    # The library would close them too, but outside of the gate.
    for store in list(_stores):
        store.close()
    _close_postponed()


def _close_postponed() -> None:
    postponed = _postponed[:]
    _postponed.clear()
    for connection, gate in postponed:
        _close(connection, gate, 0)


# A child has no locks on files, but takes those for its own that its parent has: SQLite remembers them per process. So
# nothing is open while a process forks. (Starting another program is no fork in this sense.)


def _before_fork() -> None:
    for store in list(_stores):
        store.rest()
    _close_postponed()


def _after_in_parent() -> None:
    for store in list(_stores):
        store.wake()


def _after_in_child() -> None:
    for store in list(_stores):
        store.leave()
    for connection, gate in _postponed:
        _abandoned.append(connection)
        gate.close()
    _postponed.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
