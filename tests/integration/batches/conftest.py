"""Batches over a desk that leads to this test's sandbox, with an empty ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zoomlink import LinkDesk, Settings
from zoomlink.batches.engine import BatchDesk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTS = "host1@sandbox.example,host2@sandbox.example"


@pytest.fixture
def environ(zoom_sandbox: Any, tmp_path: Path) -> dict[str, str]:
    """Settings that lead to this test's sandbox and to an empty ledger."""
    database = {"ZOOMLINK_DATABASE": f"sqlite:///{tmp_path / 'ledger.db'}", "ZOOMLINK_PLAN": "none"}
    return {**zoom_sandbox.env, **database, "ZOOMLINK_HOSTS": HOSTS, "ZOOMLINK_TIMEZONE": "America/Sao_Paulo"}


@pytest.fixture
def desk(environ: dict[str, str]) -> Iterator[LinkDesk]:
    """One desk."""
    with LinkDesk(Settings.from_env(environ)) as made:
        yield made


@pytest.fixture
def batches(desk: LinkDesk) -> BatchDesk:
    """Its batches."""
    return BatchDesk(desk)
