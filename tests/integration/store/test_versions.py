"""Two versions on one ledger: what runs goes on while a newer one adds to the schema; what starts anew must know it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.integration.store.ground import ACCOUNT, NOW, link

from zoomlink.errors import LedgerError
from zoomlink.secret import Secret
from zoomlink.store.migrations import NEWEST, steps
from zoomlink.store.opening import open_store
from zoomlink.store.ops import Begin, Due, Get, Move, Plan

if TYPE_CHECKING:
    from zoomlink.store.records import Store

ADDS = re.compile(
    r"CREATE TABLE [a-z_]+ \(.*\)"
    r"|CREATE (UNIQUE )?INDEX [a-z_]+ ON [a-z_]+ \(.*"
    r"|ALTER TABLE [a-z_]+ ADD COLUMN [a-z_]+ [A-Z]+( NOT NULL DEFAULT .+| DEFAULT .+)?",
    re.DOTALL,
)
"""All that a step may do. A unique index only on a table that the same step makes: rows may break it otherwise."""


@pytest.mark.parametrize(("number", "text"), steps()[1:])
def test_a_step_only_adds(number: int, text: str) -> None:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    statements = [one.strip() for one in "\n".join(lines).split(";") if one.strip()]
    assert [one for one in statements if not ADDS.fullmatch(one)] == []
    made = {one.split()[2] for one in statements if one.startswith("CREATE TABLE")}
    unique = [one for one in statements if one.startswith("CREATE UNIQUE")]
    assert [one for one in unique if one.split()[5] not in made] == []


def test_who_runs_goes_on_while_a_newer_version_adds_to_the_schema(address: str) -> None:
    older = open_store(Secret(address))
    older.carry_out(Plan(link(1)))
    _newer_version_was_here(address)
    try:
        _goes_on(older)
    finally:
        older.close()


def test_who_starts_anew_is_refused_and_told_what_to_do(address: str) -> None:
    open_store(Secret(address)).close()
    _newer_version_was_here(address)
    with pytest.raises(LedgerError) as caught:
        open_store(Secret(address))
    assert caught.value.message == (
        f"The ledger has schema {NEWEST + 1}, and this version of zoomlink knows only up to {NEWEST}."
    )
    assert caught.value.hint == (
        "A newer zoomlink has been here: install that version, or name another ZOOMLINK_DATABASE."
    )


def _goes_on(older: Store) -> None:
    assert older.carry_out(Plan(link(2))).created
    assert older.carry_out(Due(ACCOUNT, NOW, 100)) == [link(1), link(2)]
    assert older.carry_out(Begin(link(1).id, "claim", NOW, 1000)).granted
    moved = older.carry_out(Move(link(1).id, ("sending",), NOW, "ready", {"state": "ready", "meeting_id": 1}))
    assert moved.done
    row = older.carry_out(Get(link(1).id))
    assert row is not None
    assert (row.state, row.meeting_id) == ("ready", 1)


def _newer_version_was_here(address: str) -> None:
    statements = [
        "ALTER TABLE zoomlink_links ADD COLUMN of_the_future BIGINT NOT NULL DEFAULT 7",
        "CREATE TABLE zoomlink_of_the_future (id BIGINT PRIMARY KEY)",
        f"UPDATE zoomlink_schema SET version = {NEWEST + 1}",  # noqa: S608
    ]
    if address.startswith("sqlite:///"):
        import sqlite3

        raw = sqlite3.connect(address.removeprefix("sqlite:///"))
        with raw:
            for statement in statements:
                raw.execute(statement)
        raw.close()
        return
    import psycopg

    with psycopg.connect(address) as connection:
        for statement in statements:
            connection.execute(statement.encode())
