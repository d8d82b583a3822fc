"""Tables that need no statements of their own: rows read, written and looked up by their columns. No decisions.

What belongs to keys, inboxes and batches is kept so; links and limits have statements of their own, since they are
asked a thousand times a second.
"""

from __future__ import annotations

from operator import ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from zoomlink.store.sql import Cursor

R = TypeVar("R", bound=tuple[Any, ...])

__all__ = ["MemoryTables", "SQLTables", "Table", "Where"]

Where: TypeAlias = "Sequence[tuple[str, str, Any]]"
"""What must hold for a row, all of it: (column, ``=``, value). Also ``<>``, ``<``, ``<=``, ``>``, ``>=``, ``in`` with a
sequence, and ``is`` or ``is not`` with None."""


class Table(NamedTuple, Generic[R]):
    """A table: its name, the NamedTuple of its rows, and the columns that tell one row from all others."""

    name: str
    row: Callable[..., R]
    key: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in the order of the row."""
        return cast("tuple[str, ...]", self.row._fields)  # type: ignore[attr-defined] # a NamedTuple's


class SQLTables:
    """Rows of such tables over a connection that has a transaction open."""

    _execute: Callable[..., Cursor]
    _lock: str
    _skip: str

    def read(self, table: Table[R], *key: Any, lock: bool = False) -> R | None:
        """The row of this key."""
        where = _and(f"{name} = ?" for name in table.key)
        statement = f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {where}{self._lock if lock else ''}"  # noqa: S608 - our own names
        found = self._execute(statement, key).fetchone()
        return None if found is None else table.row(*found)

    def insert(self, table: Table[R], row: R) -> bool:
        """Add a row; False, and nothing is added, when its key is taken."""
        return self._execute(f"{_add(table)} ON CONFLICT DO NOTHING", row).rowcount == 1

    def write(self, table: Table[R], row: R) -> None:
        """Add a row, or put it in the place of the one that has its key."""
        changed = ", ".join(f"{name} = excluded.{name}" for name in table.columns if name not in table.key)
        self._execute(f"{_add(table)} ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {changed}", row)

    def change(self, table: Table[R], changes: Mapping[str, Any], where: Where) -> int:
        """Change some columns of all rows for which `where` holds; returns how many there were."""
        words, values = _condition(where)
        columns = ", ".join(f"{name} = ?" for name in changes)
        statement = f"UPDATE {table.name} SET {columns} WHERE {words}"  # noqa: S608
        return self._execute(statement, [*changes.values(), *values]).rowcount

    def remove(self, table: Table[R], where: Where) -> int:
        """Take away all rows for which `where` holds; returns how many there were."""
        words, values = _condition(where)
        return self._execute(f"DELETE FROM {table.name} WHERE {words}", values).rowcount  # noqa: S608

    def select(
        self,
        table: Table[R],
        where: Where = (),
        *,
        order: Sequence[str] = (),
        limit: int | None = None,
        lock: bool = False,
        skip: bool = False,
    ) -> list[R]:
        """The rows for which `where` holds, in the order of these columns (``-`` before a name: the highest first).

        `lock`: they stay as they are until the end of the transaction; `skip` too, and what another has locked is left
        out.
        """
        words, values = _condition(where)
        by = ", ".join(f"{name[1:]} DESC" if name.startswith("-") else name for name in order)
        statement = (
            f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {words}"  # noqa: S608
            f"{f' ORDER BY {by}' if by else ''}{'' if limit is None else ' LIMIT ?'}"
            f"{self._skip if skip else self._lock if lock else ''}"
        )
        found = self._execute(statement, values if limit is None else [*values, limit]).fetchall()
        return [table.row(*one) for one in found]

    def count(self, table: Table[R], where: Where = ()) -> int:
        """How many rows there are for which `where` holds."""
        words, values = _condition(where)
        return int(self._execute(f"SELECT count(*) FROM {table.name} WHERE {words}", values).fetchone()[0])  # noqa: S608


def _add(table: Table[R]) -> str:
    return f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({', '.join('?' * len(table.columns))})"  # noqa: S608


def _condition(where: Where) -> tuple[str, list[Any]]:
    words: list[str] = []
    values: list[Any] = []
    for column, relation, value in where:
        if relation == "in":
            words.append(f"{column} IN ({', '.join('?' * len(value)) or 'NULL'})")
            values += value
        elif relation in {"is", "is not"}:
            words.append(f"{column} {relation.upper()} NULL")
        else:
            words.append(f"{column} {relation} ?")
            values.append(value)
    return _and(words) or "1 = 1", values


def _and(words: Sequence[str] | Iterator[str]) -> str:
    return " AND ".join(words)


class MemoryTables:
    """The same rows in dictionaries."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[tuple[Any, ...], Any]] = {}

    def read(self, table: Table[R], *key: Any, lock: bool = False) -> R | None:  # noqa: ARG002 - one at a time anyway
        """The row of this key."""
        return self._rows(table).get(key)

    def insert(self, table: Table[R], row: R) -> bool:
        """Add a row; False when its key is taken."""
        return self._rows(table).setdefault(_key(table, row), row) is row

    def write(self, table: Table[R], row: R) -> None:
        """Add or replace a row."""
        self._rows(table)[_key(table, row)] = row

    def change(self, table: Table[R], changes: Mapping[str, Any], where: Where) -> int:
        """Change some columns of rows."""
        found = self.select(table, where)
        for row in found:
            self._rows(table)[_key(table, row)] = row._replace(**changes)  # type: ignore[attr-defined] # a NamedTuple's
        return len(found)

    def remove(self, table: Table[R], where: Where) -> int:
        """Take away rows."""
        found = self.select(table, where)
        for row in found:
            del self._rows(table)[_key(table, row)]
        return len(found)

    def select(
        self,
        table: Table[R],
        where: Where = (),
        *,
        order: Sequence[str] = (),
        limit: int | None = None,
        lock: bool = False,  # noqa: ARG002
        skip: bool = False,  # noqa: ARG002
    ) -> list[R]:
        """The rows for which `where` holds."""
        found = [row for row in self._rows(table).values() if all(_holds(row, *one) for one in where)]
        for name in reversed(order):
            found.sort(key=lambda row: getattr(row, name.removeprefix("-")), reverse=name.startswith("-"))
        return found[:limit]

    def count(self, table: Table[R], where: Where = ()) -> int:
        """How many there are."""
        return len(self.select(table, where))

    def _rows(self, table: Table[R]) -> dict[tuple[Any, ...], R]:
        return self._tables.setdefault(table.name, {})


_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "<>": ne}


def _holds(row: Any, column: str, relation: str, value: Any) -> bool:
    found = getattr(row, column)
    match relation:
        case "is":
            return found is None
        case "is not":
            return found is not None
        case "in":
            return found in value
        case "=":
            return bool(found == value) and found is not None
    return found is not None and _RELATIONS[relation](found, value)


def _key(table: Table[R], row: R) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in table.key)
