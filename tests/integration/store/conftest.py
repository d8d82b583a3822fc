"""The three stores, each empty; `store` runs a test on all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.postgres import postgres, postgres_url

from zoomlink.secret import Secret
from zoomlink.store.memory import MemoryStore
from zoomlink.store.postgres import PostgresStore
from zoomlink.store.sqlite import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[PostgresStore]:
    """An empty ledger in PostgreSQL."""
    opened = PostgresStore(Secret(postgres_url))
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, path: Path) -> str:
    """The address of an empty ledger that processes can share."""
    if request.param == "sqlite":
        return f"sqlite:///{path}"
    return str(request.getfixturevalue("postgres_url"))
