"""Brings a database to the present schema: numbered SQL files, all that are missing in one transaction."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from zoomlink.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from zoomlink.store.sql import Dialect

__all__ = ["NEWEST", "migrate", "steps"]


def steps() -> list[tuple[int, str]]:
    """All steps in order, as (number, SQL)."""
    folder = files("zoomlink.store") / "schema"
    found = [(int(file.name[:4]), file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".sql")]
    return sorted(found)


NEWEST = 5
"""The schema this version of zoomlink speaks. Said here, so that opening a ledger reads no files."""


def migrate(
    dialect: Dialect,
    transaction: AbstractContextManager[object],
    present: int,
    known: Sequence[tuple[int, str]] | None = None,
) -> None:
    """Carry out the steps that are missing, and note each: all of them, or none.

    `transaction` keeps all others out. `present` is the schema that was found, 0 for an empty database; `known` are
    all steps, :func:`steps` when not given. Raises LedgerError for a newer one.
    """
    known = steps() if known is None else known
    newest = known[-1][0]
    check(present, newest)
    with transaction:
        present = version(dialect)  # another process may have been faster
        check(present, newest)
        for number, text in known:
            if number <= present:
                continue
            for statement in _statements(text):
                dialect.execute(statement)
            dialect.execute("DELETE FROM zoomlink_schema")
            dialect.execute("INSERT INTO zoomlink_schema (version) VALUES (?)", (number,))


def version(dialect: Dialect) -> int:
    """The schema of a database, 0 for an empty one; makes the table that says it."""
    dialect.execute("CREATE TABLE IF NOT EXISTS zoomlink_schema (version BIGINT NOT NULL)")
    found = dialect.execute("SELECT max(version) FROM zoomlink_schema").fetchone()
    return int(found[0] or 0)


def check(found: int, newest: int = NEWEST) -> None:
    """Raise LedgerError for a schema that this version does not know."""
    if found > newest:
        raise LedgerError(
            f"The ledger has schema {found}, and this version of zoomlink knows only up to {newest}.",
            hint="A newer zoomlink has been here: install that version, or name another ZOOMLINK_DATABASE.",
        )


def _statements(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    return [statement.strip() for statement in "\n".join(lines).split(";") if statement.strip()]
