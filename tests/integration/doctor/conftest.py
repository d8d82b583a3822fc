"""A healthy patient: a sandbox, settings that lack nothing, and a folder of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from zoomlink.doctor import Finding, Status, checkup
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zoomsandbox.users.models import User
    from zoomsandbox.world import World

OWNER, HOST1, HOST2 = "owner@sandbox.example", "host1@sandbox.example", "host2@sandbox.example"


@dataclass
class Patient:
    """What the doctor looks at; a test plants its fault by changing it."""

    env: dict[str, str]
    folder: Path
    world: World

    def user(self, name: str) -> User:
        """A user of the sandbox."""
        return self.world.users.get(name)

    def grant(self, *scopes: str) -> None:
        """Replace the scopes of the app."""
        self.world.oauth.apps[self.env["ZOOM_CLIENT_ID"]].grant(scopes)

    def scopes(self) -> list[str]:
        """The scopes of the app."""
        return self.world.oauth.apps[self.env["ZOOM_CLIENT_ID"]].scope.split()

    def findings(self, **replacements: Any) -> list[Finding]:
        """Everything the doctor says."""
        return list(checkup(self.env, env_file=self.folder / ".env", **replacements))

    def faults(self, **replacements: Any) -> list[Finding]:
        """What the doctor says is not well, but checks that were not made for want of another."""
        return [
            finding
            for finding in self.findings(**replacements)
            if finding.status is not Status.OK and not finding.what.startswith("Not looked at")
        ]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ThreadedSandbox]:
    """One sandbox for all tests of a file."""
    with ThreadedSandbox(Options(seed=1)) as sandbox:
        yield sandbox


@pytest.fixture
def patient(sandbox: ThreadedSandbox, tmp_path: Path) -> Patient:
    """A patient in whom nothing is wrong."""
    sandbox.reset()
    env = {
        **sandbox.env,
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "ZOOM_WEBHOOK_SECRET": "hook-secret-canary",
        "ZOOMLINK_HOSTS": f"{HOST1},{HOST2}",
        "ZOOMLINK_TIMEZONE": "America/Sao_Paulo",
    }
    return Patient(env, tmp_path, sandbox.world)
