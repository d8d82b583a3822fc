"""Both clients behind one face, so that every fact is told of both."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from tests.helpers import settings, token

from zoomlink.client.async_client import AsyncZoomClient
from zoomlink.client.sync_client import ZoomClient
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomlink.config import Settings
    from zoomlink.zoom.flow import AccessToken

ONCE = RetryPolicy(attempts=1, timeout=5, deadline=10)
PATIENT = RetryPolicy(attempts=3, timeout=5, deadline=10, first_wait=0.01, longest_wait=0.02)
HASTY = RetryPolicy(attempts=1, timeout=0.5, deadline=0.5)


@dataclass
class Fixed:
    """A token that is simply there."""

    token: AccessToken

    def get(self, rejected: AccessToken | None = None) -> AccessToken:
        return self.token


@dataclass
class AsyncFixed:
    """The same for tasks."""

    token: AccessToken

    async def get(self, rejected: AccessToken | None = None) -> AccessToken:
        return self.token


@dataclass
class Clients:
    """Runs one kind of client."""

    kind: str

    def run(
        self,
        url: str,
        *acts: Callable[[Any], Any],
        policy: RetryPolicy = ONCE,
        own_token: bool = False,
        account: Settings | None = None,
    ) -> Any:
        """Open a client for the API at `url`, do `acts` one after the other, and return what the last one gave."""
        found = account or settings(oauth_url=url, api_url=url)
        ready = token("canary-token", api_url=url)
        if self.kind == "sync":
            with ZoomClient(found, policy=policy, tokens=None if own_token else Fixed(ready)) as zoom:
                return [act(zoom) for act in acts][-1]

        async def main() -> Any:
            tokens = None if own_token else AsyncFixed(ready)
            result = None
            async with AsyncZoomClient(found, policy=policy, tokens=tokens) as azoom:
                for act in acts:
                    result = act(azoom)
                    if inspect.isawaitable(result):
                        result = await result
            return result

        return anyio.run(main)


@pytest.fixture(params=["sync", "async"])
def clients(request: pytest.FixtureRequest) -> Clients:
    return Clients(request.param)


def get(zoom: Any) -> Any:
    """A read."""
    return zoom.request("GET", "/users/me")


def post(zoom: Any) -> Any:
    """A write that must not happen twice."""
    return zoom.request("POST", "/users/me/meetings", body={"topic": "canary-topic", "password": "canary-pw"})


def create(zoom: Any) -> Any:
    """The write that all is about."""
    return zoom.meetings.create(
        "alice@example.com", topic="Piano lesson", start="2031-12-01T18:24", timezone="America/Sao_Paulo", duration=60
    )
