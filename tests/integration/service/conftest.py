"""Services over this test's sandbox and an empty ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.service.ground import Service, Services

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def environ(zoom_sandbox: Any, tmp_path: Path) -> dict[str, str]:
    """Settings that lead to this test's sandbox and to an empty ledger."""
    return {**zoom_sandbox.env, "ZOOMLINK_DATABASE": f"sqlite:///{tmp_path / 'ledger.db'}", "ZOOMLINK_PLAN": "none"}


@pytest.fixture
def services(environ: dict[str, str]) -> Iterator[Services]:
    """Make services with settings of one's own."""
    with Services(environ) as made:
        yield made


@pytest.fixture
def service(services: Services) -> Service:
    """One service, with one account."""
    return services.new()
