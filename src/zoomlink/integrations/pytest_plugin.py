"""The pytest plugin: a local Zoom as the fixture `zoom_sandbox`. Every pytest run loads it: nothing heavy here.

::

    def test_a_booking_gets_its_link(zoom_sandbox, client):
        client.post("/bookings", json={"start": "2031-12-01T18:24", "timezone": "America/Sao_Paulo"})
        assert len(zoom_sandbox.ledger) == 1

The sandbox is a real HTTP server on a free port of this machine, started once for all tests that ask for it and brought
back to its start before each. The environment (``ZOOM_ACCOUNT_ID`` and so on) leads to it while the test runs, and to
an empty ledger; what a framework's settings say about that is put aside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["zoom_sandbox"]


@pytest.fixture(scope="session")
def _zoom_sandbox_server() -> Iterator[Any]:
    from zoomlink.sandbox import threaded

    with threaded() as server:
        yield server


@pytest.fixture
def zoom_sandbox(_zoom_sandbox_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A local Zoom, empty, with the environment leading to it.

    ``.url`` is its address, ``.env`` the five variables a client needs, ``.ledger`` every change that took effect,
    ``.fail(...)`` makes requests fail, ``.advance(seconds)`` moves its clock, ``.reset()`` empties it.
    """
    _zoom_sandbox_server.reset()
    for name, value in _zoom_sandbox_server.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ZOOMLINK_DATABASE", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("ZOOMLINK_HOSTS", "me")  # the hosts of the real account mean nothing here
    for name in ("ZOOMLINK_SANDBOX", "ZOOMLINK_ACCOUNT"):  # this is the one
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("zoomlink.integrations.environment_only", True)
    return _zoom_sandbox_server
