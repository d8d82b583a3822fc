"""From an address to a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomlink.errors import ConfigurationError

if TYPE_CHECKING:
    from zoomlink.secret import Secret
    from zoomlink.store.memory import MemoryStore
    from zoomlink.store.postgres import PostgresStore
    from zoomlink.store.sqlite import SQLiteStore

__all__ = ["MEMORY", "open_database", "open_store"]

MEMORY = "memory:"
"""The address of a ledger that is gone with its process."""


def open_store(url: Secret[str]) -> SQLiteStore | PostgresStore | MemoryStore:
    """Open the ledger at ``sqlite:///path``, ``postgresql://…`` or ``memory:``, making it when it is not there.

    Raises ConfigurationError for another kind of address or a missing driver, LedgerError when it cannot be used.
    """
    if url.reveal() == MEMORY:
        from zoomlink.store.memory import MemoryStore

        return MemoryStore()
    return open_database(url)


def open_database(url: Secret[str]) -> SQLiteStore | PostgresStore:
    """The same for ledgers that last."""
    address = url.reveal()
    if address.startswith("sqlite:///"):
        from zoomlink.store.sqlite import SQLiteStore

        return SQLiteStore(address.removeprefix("sqlite:///"))
    if address.startswith(("postgresql://", "postgres://")):
        from zoomlink.store.postgres import PostgresStore  # 100 ms, for those who have it

        return PostgresStore(url)
    raise ConfigurationError(
        "ZOOMLINK_DATABASE is neither SQLite nor PostgreSQL.",
        hint="Write sqlite:////folder/ledger.db or postgresql://user@host/name.",
    )
