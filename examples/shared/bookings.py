"""Bookings in an SQLite file: who comes. When, and where to, the ledger knows."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path

FILE = Path(os.environ.get("BOOKINGS", "bookings.db"))


@dataclass(frozen=True)
class Booking:
    """Somebody's lesson. `token` names its page, and its link."""

    token: str
    name: str
    email: str
    start: str


def _open() -> sqlite3.Connection:
    database = sqlite3.connect(FILE)
    database.execute("CREATE TABLE IF NOT EXISTS bookings (token TEXT PRIMARY KEY, name TEXT, email TEXT, start TEXT)")
    return database


def keep(booking: Booking) -> None:
    """Write a booking down; one that is there already stays as it is."""
    with closing(_open()) as database, database:
        database.execute("INSERT INTO bookings VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", astuple(booking))


def find(token: str) -> Booking | None:
    """The booking of a page."""
    with closing(_open()) as database:
        row = database.execute("SELECT token, name, email, start FROM bookings WHERE token = ?", (token,)).fetchone()
    return Booking(*row) if row else None


def move(token: str, start: str) -> None:
    """Write down another time."""
    with closing(_open()) as database, database:
        database.execute("UPDATE bookings SET start = ? WHERE token = ?", (start, token))


def forget(token: str) -> None:
    """Take a booking back that came to nothing."""
    with closing(_open()) as database, database:
        database.execute("DELETE FROM bookings WHERE token = ?", (token,))
