"""How many connections to PostgreSQL one process opens: so many and no more, and who has to wait too long is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pytest

from zoomlink.errors import LedgerError
from zoomlink.secret import Secret
from zoomlink.store.ops import Op
from zoomlink.store.postgres import PostgresStore

if TYPE_CHECKING:
    from zoomlink.store.records import Records


@dataclass
class Door:
    """Counts who is inside, and keeps them there until it is opened."""

    opened: threading.Event
    full: threading.Event
    room: int
    inside: int = 0
    most: int = 0

    def enter(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.inside == self.room:
            self.full.set()
        self.opened.wait(30)
        self.inside -= 1


@dataclass(frozen=True, kw_only=True)
class Stay(Op[None]):
    """Stays in its transaction."""

    door: Door
    patience: float | None = None  # type: ignore[misc] # of this one
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> None:
        self.door.enter()


def test_a_process_opens_no_more_connections_than_it_may(postgres_url: str) -> None:
    store = PostgresStore(Secret(postgres_url), most=3)
    door = Door(threading.Event(), threading.Event(), 3)
    threads = [threading.Thread(target=store.carry_out, args=(Stay(door=door),)) for _ in range(12)]
    for thread in threads:
        thread.start()
    assert door.full.wait(30)
    with pytest.raises(LedgerError, match=r"^All 3 connections to PostgreSQL are in use\."):
        store.carry_out(Stay(door=door, patience=0.05))
    door.opened.set()
    for thread in threads:
        thread.join()
    assert door.most == 3
    store.close()
