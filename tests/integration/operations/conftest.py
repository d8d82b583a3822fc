"""Every operation runs twice against a real sandbox: with the sync client and with the async one."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from tests.helpers import NOW, FakeClock

from zoomlink.client.async_client import AsyncZoomClient
from zoomlink.client.sync_client import ZoomClient
from zoomlink.config import Settings
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "host1@sandbox.example"


class TaskClock(FakeClock):
    """The same clock for tasks."""

    async def sleep(self, seconds: float, jitter: float) -> None:  # type: ignore[override]  # the twin of a protocol
        self.slept.append((seconds, jitter))
        self.advance(seconds + jitter)


class Blocking:
    """Calls the operations of an async client as if it were the sync one: waits, and turns walks into lists."""

    def __init__(self, target: Any, portal: BlockingPortal) -> None:
        self._target = target
        self._portal = portal

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value):
            return Blocking(value, self._portal)

        def call(*arguments: Any, **named: Any) -> Any:
            result = value(*arguments, **named)
            if inspect.iscoroutine(result):
                return self._portal.call(_wait, result)
            return self._portal.call(_gather, result)

        return call


class Stage:
    """What tests do to the sandbox from outside: play host and guests, move the clock, look at what was asked."""

    def __init__(self, sandbox: ThreadedSandbox) -> None:
        self.sandbox = sandbox

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Ask the control plane."""
        data = json.dumps(body).encode() if method == "POST" else None
        with urlopen(Request(f"{self.sandbox.url}/_sandbox/{path}", data, method=method)) as answer:
            return json.load(answer)

    def play(self, meeting: int | None, verb: str, **body: Any) -> Any:
        """Start a meeting, join it, leave it, end it."""
        return self.control("POST", f"meetings/{meeting}/{verb}", **body)

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        self.control("POST", "clock", advance=seconds)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ThreadedSandbox]:
    """One sandbox for the tests of a file, its clock standing at the tests' own moment."""
    with ThreadedSandbox(Options(clock=NOW.timestamp(), seed=1, limits=False)) as running:
        yield running


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    """A loop in a thread for the async client."""
    with start_blocking_portal() as opened:
        yield opened


@pytest.fixture
def stage(sandbox: ThreadedSandbox) -> Stage:
    """The sandbox as it was at the start."""
    sandbox.reset()
    return Stage(sandbox)


@pytest.fixture(params=["sync", "async"])
def zoom(request: pytest.FixtureRequest, stage: Stage, portal: BlockingPortal) -> Iterator[Any]:
    """A client, of either colour."""
    settings = replace(Settings.from_env(stage.sandbox.env), timezone="Europe/Lisbon")
    if request.param == "sync":
        with ZoomClient(settings, clock=FakeClock()) as client:
            yield client
        return
    twin = portal.call(_make, settings)
    yield Blocking(twin, portal)
    portal.call(twin.aclose)


async def _make(settings: Settings) -> AsyncZoomClient:
    return AsyncZoomClient(settings, clock=TaskClock())


async def _wait(coroutine: Any) -> Any:
    return await coroutine


async def _gather(walk: Any) -> list[Any]:
    return [item async for item in walk]
