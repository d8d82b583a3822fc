"""The three stores, each empty; `store` runs a test on all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.postgres import postgres, postgres_url

from zoomlink.secret import Secret
from zoomlink.store.catalogue import TABLES
from zoomlink.store.memory import MemoryStore
from zoomlink.store.postgres import PostgresStore
from zoomlink.store.sqlite import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres import Postgres

    from zoomlink.store.records import Store

__all__ = ["postgres", "postgres_url"]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty ledger of each kind."""
    opened = MemoryStore() if request.param == "memory" else request.getfixturevalue(f"{request.param}_store")
    yield opened
    opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger may be made."""
    return tmp_path / "zoomlink" / "ledger.db"


@pytest.fixture
def sqlite_store(path: Path) -> Iterator[SQLiteStore]:
    """An empty ledger in a file."""
    opened = SQLiteStore(path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def _emptied(postgres: Postgres) -> str:
    """One database for many tests: to make one takes longer than most of them."""
    return postgres.fresh()


@pytest.fixture
def postgres_store(_emptied: str) -> Iterator[PostgresStore]:
    """An empty ledger in PostgreSQL."""
    opened = PostgresStore(Secret(_emptied))
    with opened.connection() as connection:
        for table in TABLES:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, path: Path) -> str:
    """The address of an empty ledger that processes can share."""
    if request.param == "sqlite":
        return f"sqlite:///{path}"
    return str(request.getfixturevalue("postgres_url"))
