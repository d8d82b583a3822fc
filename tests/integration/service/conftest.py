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


@pytest.fixture(scope="module")
def quiet(_zoom_sandbox_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service for all tests of a module: for what is refused before Zoom or a link is thought of."""
    folder = tmp_path_factory.mktemp("quiet")
    environ = {**_zoom_sandbox_server.env, "ZOOMLINK_DATABASE": f"sqlite:///{folder / 'ledger.db'}"}
    with Services({**environ, "ZOOMLINK_PLAN": "none"}) as made:
        yield made.new(sweep=False)
