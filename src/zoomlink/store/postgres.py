"""The ledger in PostgreSQL: a few connections per process, and an operation repeated where a connection was lost.

Statements stand in ``sql``.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from zoomlink.errors import ConfigurationError, LedgerError, tidy
from zoomlink.store import migrations
from zoomlink.store.carrying import carry_out
from zoomlink.store.sql import SQLRecords

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict
except ImportError as error:
    raise ConfigurationError(
        f"PostgreSQL needs a package that is not installed: {error.name}.", hint="pip install 'zoomlink[postgres]'"
    ) from None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from zoomlink.secret import Secret
    from zoomlink.store.ops import Op
    from zoomlink.store.sql import Cursor

T = TypeVar("T")

__all__ = ["PostgresStore", "look_into", "shown"]

PATIENCE = 30.0
"""Seconds for which an operation is repeated while the database is away."""
FIRST = 1.0
"""Seconds for which one that was never there is waited for."""
_COMING = "the database system is "  # "starting up", "shutting down", "in recovery mode", …: it has no code here
IDLE = 4
"""Connections that are kept while nobody uses them."""
MOST = 24
"""Connections that one process opens at most: a server has a hundred for all."""
CONNECT = 5
HELD = 10.0
"""Seconds after which a process that stands still in the middle of an operation loses it, so that its locks end."""
_MIGRATING = 7_093_115_942  # any number of our own: the key of the lock that is held while the schema changes
COMPARE_EVERY = 60.0
"""Seconds."""


class _Connection:
    """A connection and PostgreSQL's own words."""

    lock = " FOR UPDATE"
    skip = " FOR UPDATE SKIP LOCKED"
    like = "ILIKE"
    alone = "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))"

    def __init__(self, url: Secret[str], patience: float = PATIENCE, held: float = HELD) -> None:
        _check(url)
        self.raw: psycopg.Connection[Any] = psycopg.connect(
            url.reveal(), autocommit=True, connect_timeout=CONNECT, application_name="zoomlink"
        )
        # What a database may have been told otherwise: operations rely on seeing what others have just committed.
        self.raw.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        try:
            self.execute(_ON_CONNECT, (f"{held * 1000:.0f}ms", f"{patience * 1000:.0f}ms"))
        except BaseException:
            self.raw.close()
            raise

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Cursor:
        return self.raw.execute(_in_their_words(statement), values)


_FOR_THIS_ONE = "SELECT set_config('lock_timeout', ?, true)"
_ON_CONNECT = "SELECT set_config('idle_in_transaction_session_timeout', ?, false), set_config('lock_timeout', ?, false)"
_translated: dict[str, bytes] = {}


def _in_their_words(statement: str) -> bytes:
    found = _translated.get(statement)
    if found is None:
        found = _translated[statement] = statement.replace("%", "%%").replace("?", "%s").encode()
    return found


class PostgresStore:
    """Carries out operations in PostgreSQL. `url` is ``postgresql://…``, as libpq reads it.

    Its clock is everybody's: `ahead` says by how much it differs from this machine's, so that machines whose clocks
    differ can share leases and rates. Raises LedgerError where the database cannot be used.
    """

    def __init__(self, url: Secret[str], *, patience: float = PATIENCE, held: float = HELD, most: int = MOST) -> None:
        self._url = url
        self._patience, self._held, self._most = patience, held, most
        self._lock = threading.Lock()
        self._idle: list[_Connection] = []
        self._turns = threading.BoundedSemaphore(self._most)
        self._ahead = timedelta(0)
        self._compared_at = float("-inf")
        self._patiently(self._open, first=True)
        _stores.add(self)

    def carry_out(self, op: Op[T]) -> T:
        """Carry out an operation in a transaction of its own.

        Where the connection is lost, it is repeated on a new one: it may have been carried out, and once more does no
        harm. Where another one was faster, it is repeated too, and sees then what that one did.
        """
        return self._patiently(lambda: self._once(op), patience=op.patience)

    def _patiently(self, work: Callable[[], T], *, first: bool = False, patience: float | None = None) -> T:
        began = time.monotonic()
        most = self._patience if patience is None else min(patience, self._patience)
        wait = 0.05
        while True:
            try:
                return work()
            except (*_LOST, *_OUTRUN) as error:
                # One that was never there is more likely not the one that was meant, unless it says that it comes.
                first = first and _COMING not in str(error)
                if time.monotonic() - began + wait > min(most, FIRST if first else most):
                    raise LedgerError(*_told(error)) from error
                if not isinstance(error, _OUTRUN):
                    self.close()  # the idle ones share its fate
                time.sleep(wait)
                wait = min(wait * 2, 1.0)
            except psycopg.Error as error:
                raise LedgerError(*_told(error)) from error

    def _open(self) -> None:
        connection = self._connect()
        try:
            self._prepare(connection)
            self._compare_clocks(connection)
        except BaseException:
            self._drop(connection)
            raise
        self._give_back(connection)

    def _once(self, op: Op[T]) -> T:
        with self._turn(self._patience if op.patience is None else op.patience):
            connection = self._take()
            try:
                self._compare_clocks(connection)
                with connection.raw.transaction():
                    if op.patience is not None:
                        connection.execute(_FOR_THIS_ONE, (f"{op.patience * 1000:.0f}ms",))
                    found = carry_out(op, SQLRecords(connection))
            except BaseException:
                self._drop(connection)
                raise
            self._give_back(connection)
            return found

    @contextmanager
    def _turn(self, patience: float) -> Iterator[None]:
        """One of the connections that this process may have open."""
        turns = self._turns
        if not turns.acquire(timeout=patience):
            raise LedgerError(
                f"All {self._most} connections to PostgreSQL are in use.",
                "Try again: something keeps the database busy.",
            )
        try:
            yield
        finally:
            turns.release()

    @property
    def place(self) -> str:
        """What names the database. It may hold a password: not to be shown."""
        return self._url.reveal()

    @property
    def ahead(self) -> timedelta:
        """How far the database's clock is ahead of this machine's."""
        return self._ahead

    @contextmanager
    def connection(self) -> Iterator[_Connection]:
        """Give a connection with a transaction open, for whoever copies a whole ledger."""
        with self._telling():
            connection = self._take()
            try:
                with connection.raw.transaction():
                    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                    yield connection
            except BaseException:
                self._drop(connection)
                raise
            self._give_back(connection)

    def close(self) -> None:
        """Close the idle connections. The store stays usable and would open new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            self._drop(connection)

    def leave(self) -> None:
        """Let go of connections that belong to the process we were forked from."""
        _abandoned.extend(self._idle)
        self._idle = []
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(self._most)

    def _take(self) -> _Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, connection: _Connection) -> None:
        with self._lock:
            if len(self._idle) < IDLE:
                self._idle.append(connection)
                return
        self._drop(connection)

    def _drop(self, connection: _Connection) -> None:
        try:
            connection.raw.close()
        except psycopg.Error:
            return

    def _connect(self) -> _Connection:
        return _Connection(self._url, self._patience, self._held)

    def _prepare(self, connection: _Connection) -> None:
        try:
            found = int(connection.execute("SELECT max(version) FROM zoomlink_schema").fetchone()[0] or 0)
        except psycopg.errors.UndefinedTable:
            found = 0
        if found != migrations.NEWEST:
            migrations.migrate(connection, _alone(connection), found)

    def _compare_clocks(self, connection: _Connection) -> None:
        if time.monotonic() - self._compared_at < COMPARE_EVERY:
            return
        before = time.time()
        found = connection.execute("SELECT extract(epoch FROM clock_timestamp())::double precision").fetchone()
        after = time.time()
        off = float(found[0]) - (before + after) / 2
        # What the question itself takes is no difference of clocks.
        self._ahead = timedelta(seconds=off) if abs(off) > max(after - before, 0.05) else timedelta(0)
        self._compared_at = time.monotonic()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise LedgerError(*_told(error)) from error


def look_into(url: Secret[str]) -> tuple[int, int]:
    """Return the schema and the number of links of a database, changing nothing. Raises LedgerError."""
    try:
        connection = _Connection(url)
        try:
            there = connection.execute("SELECT to_regclass('zoomlink_schema') IS NOT NULL").fetchone()[0]
            found = connection.execute("SELECT max(version) FROM zoomlink_schema").fetchone()[0] if there else 0
            links = connection.execute("SELECT count(*) FROM zoomlink_links").fetchone()[0] if found else 0
        finally:
            connection.raw.close()
    except psycopg.Error as error:
        raise LedgerError(*_told(error)) from error
    return int(found or 0), int(links)


def shown(url: Secret[str]) -> str:
    """Where a database is, fit to be shown: host, port and name, for anything else may be a password."""
    said = conninfo_to_dict(url.reveal())
    host = str(said.get("host") or said.get("hostaddr") or "")
    port = f":{said['port']}" if said.get("port") else ""
    return f"postgresql://{host if ':' not in host else f'[{host}]'}{port}/{said.get('dbname') or ''}"


_LOST = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.IdleInTransactionSessionTimeout)
_OUTRUN = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
)
"""Another operation was in the way; the connection is sound."""


def _check(url: Secret[str]) -> None:
    """Raise ConfigurationError for an address that the driver would read otherwise than it was meant: it would take a
    part of the password for a host or a port then, and say it.
    """
    before, at, after = url.reveal().partition("://")[2].partition("?")[0].partition("@")
    clear = "@" not in after and not (at and "/" in before)
    try:
        conninfo_to_dict(url.reveal())
    except psycopg.Error:
        clear = False
    if not clear:
        raise ConfigurationError(
            "ZOOMLINK_DATABASE cannot be read as an address of PostgreSQL.",
            hint="Write postgresql://user:password@host/name, and in the password %40 for @, %2F for /, %25 for %.",
        )


def _told(error: psycopg.Error) -> tuple[str, str]:
    # The message of a failed connection names host, port and user, never the password.
    said = tidy(str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__, 200).rstrip(".")
    return (
        f"The ledger in PostgreSQL cannot be used: {said}.",
        "Look at ZOOMLINK_DATABASE and at the database; then repeat it with the same key.",
    )


@contextmanager
def _alone(connection: _Connection) -> Iterator[None]:
    with connection.raw.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(?)", (_MIGRATING,))
        yield


_stores: weakref.WeakSet[PostgresStore] = weakref.WeakSet()
_abandoned: list[_Connection] = []


def _leave_all() -> None:
    for store in list(_stores):
        store.leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_all)
