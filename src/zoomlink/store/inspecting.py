"""Looks at a ledger from outside: is it there, which schema, how many links. Nothing is made or changed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zoomlink.errors import LedgerError, tidy
from zoomlink.store.migrations import NEWEST, check

if TYPE_CHECKING:
    from zoomlink.secret import Secret

__all__ = ["Inspection", "inspect"]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found. `schema` 0: there is no ledger yet, and one is made when it is first used."""

    schema: int
    links: int

    @property
    def newest(self) -> bool:
        """True when nothing has to be migrated."""
        return self.schema == NEWEST


def inspect(url: Secret[str]) -> Inspection:
    """Look at the ledger at ``sqlite:///path`` or ``postgresql://…``.

    Raises LedgerError when it cannot be used, ConfigurationError when the driver is not installed.
    """
    address = url.reveal()
    found = _sqlite(Path(address.removeprefix("sqlite:///"))) if address.startswith("sqlite:///") else _postgres(url)
    check(found.schema)
    return found


def _sqlite(path: Path) -> Inspection:
    if not path.exists() or path.stat().st_size == 0:
        return Inspection(0, 0)
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
    except sqlite3.Error as error:
        raise LedgerError(f"{path} cannot be opened: {tidy(str(error), 100)}.") from error
    try:
        tables = "SELECT count(*) FROM sqlite_master WHERE name = 'zoomlink_schema'"
        if not connection.execute(tables).fetchone()[0]:
            return Inspection(0, 0)
        schema = connection.execute("SELECT max(version) FROM zoomlink_schema").fetchone()[0] or 0
        links = connection.execute("SELECT count(*) FROM zoomlink_links").fetchone()[0] if schema else 0
    except sqlite3.Error as error:
        raise LedgerError(
            f"The file {path} is damaged, or is no ledger: {tidy(str(error), 100)}.",
            hint="Bring back a copy, or move it away and rebuild the ledger from Zoom: zoomlink ledger rebuild.",
        ) from error
    finally:
        connection.close()
    return Inspection(schema, links)


def _postgres(url: Secret[str]) -> Inspection:
    from zoomlink.store.postgres import look_into

    return Inspection(*look_into(url))
