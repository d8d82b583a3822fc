"""A desk over the sandbox, for threads and for tasks, behind one face: every fact is told of both."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from anyio.from_thread import start_blocking_portal
from tests.postgres import postgres, postgres_url

from zoomlink import AsyncLinkDesk, LinkDesk, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anyio.from_thread import BlockingPortal


__all__ = ["postgres", "postgres_url"]


class TasksAsThreads:
    """An AsyncLinkDesk whose methods wait for their results, all in one event loop."""

    def __init__(self, desk: AsyncLinkDesk, portal: BlockingPortal) -> None:
        self.desk = desk
        self._portal = portal

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.desk, name)
        if not inspect.iscoroutinefunction(found):
            return found
        return lambda *arguments, **named: self._portal.call(partial(found, *arguments, **named))

    def token(self) -> Any:
        return self._portal.call(self.desk.zoom.token)

    def close(self) -> None:
        self._portal.call(self.desk.aclose)


class Threads:
    """A LinkDesk, and its token."""

    def __init__(self, desk: LinkDesk) -> None:
        self.desk = desk

    def __getattr__(self, name: str) -> Any:
        return getattr(self.desk, name)

    def token(self) -> Any:
        return self.desk.zoom.token()


@pytest.fixture
def environ(zoom_sandbox: Any, tmp_path: Path) -> dict[str, str]:
    """Settings that lead to this test's sandbox and to an empty ledger."""
    return {**zoom_sandbox.env, "ZOOMLINK_DATABASE": f"sqlite:///{tmp_path / 'ledger.db'}", "ZOOMLINK_PLAN": "none"}


@pytest.fixture(params=["threads", "tasks"])
def new_desk(request: pytest.FixtureRequest, environ: dict[str, str]) -> Iterator[Callable[..., Any]]:
    """Make desks on the same ledger; more settings as keywords."""
    made: list[Any] = []
    with start_blocking_portal() as portal:

        def new(**more: str) -> Any:
            settings = Settings.from_env({**environ, **more})
            if request.param == "threads":
                made.append(Threads(LinkDesk(settings)))
            else:
                made.append(TasksAsThreads(AsyncLinkDesk(settings), portal))
            return made[-1]

        yield new
        for desk in made:
            desk.close()


@pytest.fixture
def desk(new_desk: Callable[..., Any]) -> Any:
    """One desk."""
    return new_desk()
