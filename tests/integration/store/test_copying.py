"""A ledger copied into another database, row by row; and a person who was erased and left no trace in any file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.integration.store.ground import ACCOUNT, NOW, link

from zoomlink.errors import InvalidInputError
from zoomlink.secret import Secret
from zoomlink.spans import Span
from zoomlink.store.copying import copy_ledger
from zoomlink.store.ops import History, KeepLicence, List, LookAtPool, Plan, TakeDay, Wipe
from zoomlink.store.postgres import PostgresStore
from zoomlink.store.sqlite import SQLiteStore

if TYPE_CHECKING:
    from pathlib import Path


def test_a_ledger_moves_from_sqlite_to_postgresql_whole(tmp_path: Path, postgres_url: str) -> None:
    old, new = SQLiteStore(tmp_path / "ledger.db"), PostgresStore(Secret(postgres_url))
    for number in range(25):
        row = link(number, key=f"b{number}", topic=f"Aula de violão {number} ギター %_'")
        old.carry_out(Plan(row, spans=(Span(NOW + number, NOW + number + 60),)))
    old.carry_out(TakeDay(ACCOUNT, "alice@example.com", NOW, 100))
    old.carry_out(KeepLicence(ACCOUNT, "alice@example.com", True, NOW))
    told: list[tuple[int, int]] = []
    assert copy_ledger(old, new, lambda done, total: told.append((done, total))) == 25
    assert told == [(25, 25)]
    every = List(ACCOUNT, limit=1000)
    rows = old.carry_out(every)
    assert new.carry_out(every) == rows
    look = LookAtPool(ACCOUNT, ("alice@example.com", rows[0].host), (Span(NOW, NOW + 1000),), NOW)
    assert new.carry_out(look) == old.carry_out(look)
    assert [new.carry_out(History(row.id)) for row in rows] == [old.carry_out(History(row.id)) for row in rows]
    with pytest.raises(InvalidInputError, match="not empty"):
        copy_ledger(old, new)
    old.close()
    new.close()


def test_a_ledger_is_not_copied_into_itself(tmp_path: Path) -> None:
    store, same = SQLiteStore(tmp_path / "ledger.db"), SQLiteStore(tmp_path / "x" / ".." / "ledger.db")
    with pytest.raises(InvalidInputError, match="the same ledger"):
        copy_ledger(store, same)
    store.close()
    same.close()


def test_what_was_erased_is_in_none_of_the_files(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "ledger.db")
    row = link(1, key="b1", topic="Lesson with canary-person")
    store.carry_out(Plan(row))
    assert b"canary-person" in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    store.carry_out(Wipe(row.id, NOW, row.key, row.host))
    assert b"canary-person" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    store.close()
