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
except ImportError as error:
    raise ConfigurationError(
        f"PostgreSQL needs a package that is not installed: {error.name}.", hint="pip install 'zoomlink[postgres]'"
    ) from None

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zoomlink.secret import Secret
    from zoomlink.store.ops import Op
    from zoomlink.store.sql import Cursor

T = TypeVar("T")

__all__ = ["PostgresStore"]

PATIENCE = 30.0
"""Seconds for which an operation is repeated while the database is away."""
CONNECT = 5
_MIGRATING = 7_093_115_942  # any number of our own: the key of the lock that is held while the schema changes
COMPARE_EVERY = 60.0
"""Seconds."""


class _Connection:
    """A connection and PostgreSQL's own words."""

    lock = " FOR UPDATE"
    skip = " FOR UPDATE SKIP LOCKED"
    like = "ILIKE"

    def __init__(self, url: Secret[str]) -> None:
        self.raw: psycopg.Connection[Any] = psycopg.connect(
            url.reveal(), autocommit=True, connect_timeout=CONNECT, application_name="zoomlink"
        )

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Cursor:
        return self.raw.execute(_in_their_words(statement), values)


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

    def __init__(self, url: Secret[str], *, patience: float = PATIENCE) -> None:
        self._url = url
        self._patience = patience
        self._lock = threading.Lock()
        self._idle: list[_Connection] = []
        self._ahead = timedelta(0)
        self._compared_at = float("-inf")
        with self._telling():
            connection = self._connect()
            self._prepare(connection)
            self._compare_clocks(connection)
            self._give_back(connection)
        _stores.add(self)

    def carry_out(self, op: Op[T]) -> T:
        """Carry out an operation in a transaction of its own.

        Where the connection is lost, it is repeated on a new one: it may have been carried out, and once more does no
        harm.
        """
        began = time.monotonic()
        wait = 0.05
        while True:
            try:
                return self._once(op)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if time.monotonic() - began + wait > self._patience:
                    raise LedgerError(*_told(error)) from error
                # The idle ones share its fate.
                self.close()
                time.sleep(wait)
                wait = min(wait * 2, 1.0)
            except psycopg.Error as error:
                raise LedgerError(*_told(error)) from error

    def _once(self, op: Op[T]) -> T:
        connection = self._take()
        try:
            self._compare_clocks(connection)
            with connection.raw.transaction():
                found = carry_out(op, SQLRecords(connection))
        except BaseException:
            self._drop(connection)
            raise
        self._give_back(connection)
        return found

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

    def _take(self) -> _Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, connection: _Connection) -> None:
        with self._lock:
            self._idle.append(connection)

    def _drop(self, connection: _Connection) -> None:
        try:
            connection.raw.close()
        except psycopg.Error:
            return

    def _connect(self) -> _Connection:
        return _Connection(self._url)

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
