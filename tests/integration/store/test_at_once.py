"""What an event loop asks of a file: answered in its own thread where nobody need be waited for, else not at all."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

from tests.integration.store.ground import ACCOUNT, link

from zoomlink.store import sqlite as module
from zoomlink.store.ops import Find, Get, Plan, Wipe

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from zoomlink.store.sqlite import SQLiteStore


def test_what_is_carried_out_at_once_is_there(sqlite_store: SQLiteStore) -> None:
    row = link(1)
    planned = sqlite_store.at_once(Plan(row))
    assert planned is not None
    assert planned[0].created
    assert sqlite_store.at_once(Get(row.id)) == (row,)
    assert sqlite_store.at_once(Find(ACCOUNT, "", "none")) == (None,)
    assert sqlite_store.carry_out(Get(row.id)) == row


def test_another_program_s_lock_is_not_waited_for(sqlite_store: SQLiteStore, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert sqlite_store.at_once(Plan(link(1))) is None
    assert sqlite_store.at_once(Get(link(1).id)) == (None,)
    other.execute("ROLLBACK")
    other.close()
    assert sqlite_store.at_once(Plan(link(1))) is not None


def test_another_thread_at_the_file_is_not_waited_for(sqlite_store: SQLiteStore) -> None:
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with sqlite_store.connection():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=stay)
    thread.start()
    inside.wait(10)
    assert sqlite_store.at_once(Get(link(1).id)) is None
    leave.set()
    thread.join()
    assert sqlite_store.at_once(Get(link(1).id)) == (None,)


def test_on_a_slow_disk_nothing_is_written_so(sqlite_store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUICK", 0.0)
    sqlite_store.carry_out(Plan(link(1)))
    assert sqlite_store.at_once(Plan(link(2))) is None
    assert sqlite_store.at_once(Get(link(1).id)) == (link(1),)


def test_what_must_leave_no_trace_takes_its_time(sqlite_store: SQLiteStore) -> None:
    sqlite_store.carry_out(Plan(link(1)))
    assert sqlite_store.at_once(Wipe(link(1).id, 0, "k", "h")) is None
