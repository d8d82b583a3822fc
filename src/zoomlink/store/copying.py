"""Copies a whole ledger into another database, row by row. Between any two kinds; nothing is changed on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomlink.errors import InvalidInputError
from zoomlink.store.catalogue import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomlink.store.postgres import PostgresStore
    from zoomlink.store.sqlite import SQLiteStore

__all__ = ["copy_ledger"]

_AT_ONCE = 1000


def copy_ledger(
    source: SQLiteStore | PostgresStore,
    target: SQLiteStore | PostgresStore,
    moved: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005 - whoever wants to know gives one
) -> int:
    """Copy all rows of all tables in one transaction, and return how many links there were.

    It is copied as it is at one moment; what others write to the old one afterwards is not. `moved` is told of
    progress, as links done and links in all. Raises InvalidInputError when the target is not empty, or is the same:
    two ledgers cannot be made one.
    """
    if source.place == target.place:
        raise InvalidInputError("That is the same ledger.", field="to", hint="Name another database.")
    with source.connection() as old, target.connection() as new:
        if new.execute("SELECT 1 FROM zoomlink_links LIMIT 1").fetchone() is not None:
            raise InvalidInputError(
                "The ledger to copy to is not empty.", field="to", hint="Name a database without a ledger."
            )
        total = int(old.execute("SELECT count(*) FROM zoomlink_links").fetchone()[0])
        for table, columns in TABLES.items():
            names = ", ".join(columns)
            marks = ", ".join("?" * len(columns))
            new.execute(f"DELETE FROM {table}")  # noqa: S608 - limits and tokens of a desk that only looked
            add = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
            found = old.execute(f"SELECT {names} FROM {table}")  # noqa: S608
            done = 0
            while rows := found.fetchmany(_AT_ONCE):
                for row in rows:
                    new.execute(add, row)
                done += len(rows)
                if table == "zoomlink_links":
                    moved(done, total)
    return total
