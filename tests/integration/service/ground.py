"""The service in this process: its app in an event loop of its own, called as an ASGI app or through real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import httpx2
import uvicorn
from anyio.from_thread import start_blocking_portal

from zoomlink import AsyncLinkDesk, Settings
from zoomlink.service.apikeys import RANDOM_BYTES, SCOPES, hash_of, make_key
from zoomlink.service.app import make_app
from zoomlink.service.protocol import HEADER_SECONDS, BoundedProtocol
from zoomlink.service.serving import configured
from zoomlink.service.state import now_ms
from zoomlink.store.keys import AddKey, ApiKeyRow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping
    from types import TracebackType

    from anyio.from_thread import BlockingPortal
    from starlette.types import ASGIApp

LESSON: dict[str, Any] = {"topic": "Guitar lesson", "start": "2031-12-01T18:24", "timezone": "America/Sao_Paulo"}
"""A request that is good; by default for an hour."""
ALL = " ".join(SCOPES)


def lesson(**changes: Any) -> dict[str, Any]:
    """The same with changes."""
    return {**LESSON, **changes}


def at(number: int) -> dict[str, Any]:
    """A lesson that overlaps none of another number."""
    return lesson(start=f"2031-{number // 400 % 12 + 1:02}-{number // 20 % 20 + 1:02}T{number % 20:02}:00", duration=30)


@asynccontextmanager
async def running(app: Any) -> AsyncIterator[None]:
    """Start an app's background, and stop it."""
    coming: asyncio.Queue[Any] = asyncio.Queue()
    told: asyncio.Queue[Any] = asyncio.Queue()
    task: asyncio.Task[None] = asyncio.create_task(app({"type": "lifespan", "state": {}}, coming.get, told.put))
    for word in ("startup", "shutdown"):
        await coming.put({"type": f"lifespan.{word}"})
        said = await told.get()
        assert said["type"] == f"lifespan.{word}.complete", said
        if word == "startup":
            try:
                yield
            except BaseException:
                await coming.put({"type": "lifespan.shutdown"})
                await task
                raise
    await task


@dataclass
class Service:
    """An app that runs, and keys for it. Every call waits for its answer."""

    portal: BlockingPortal
    desks: list[AsyncLinkDesk]
    app: ASGIApp
    api: Any
    """The FastAPI app inside."""
    clients: dict[str, httpx2.AsyncClient] = field(default_factory=dict)
    ends: list[Callable[[], None]] = field(default_factory=list)
    key: str = ""
    """A key with all scopes."""

    def make_key(self, scopes: str = ALL, *, owner: str = "website", desk: int = 0, **more: Any) -> str:
        """A key that is good, unless `more` says otherwise."""
        made = make_key(os.urandom(RANDOM_BYTES))
        row = ApiKeyRow(made.id, self.desks[desk].rules.account, owner, owner, hash_of(made), scopes, 0, 0, now_ms())
        self.portal.call(self.desks[desk].do, AddKey(row._replace(**more)))
        return made.text.reveal()

    def do(self, op: Any, desk: int = 0) -> Any:
        """An operation of the ledger."""
        return self.portal.call(self.desks[desk].do, op)

    def call(self, method: str, path: str, *, key: str | None = "", **more: Any) -> httpx2.Response:
        """One request; `key` None sends none, empty the one with all scopes."""
        return self.portal.call(partial(self._send, method, path, key=key, **more))

    def create(self, asked: Any = None, name: str = "booking-1", **more: Any) -> httpx2.Response:
        """Create a link."""
        headers = {"Idempotency-Key": name, **more.pop("headers", {})}
        return self.call("POST", "/v1/links", json=LESSON if asked is None else asked, headers=headers, **more)

    def together(self, calls: Iterable[Mapping[str, Any]]) -> list[httpx2.Response]:
        """Many requests at the same time, in the order in which they were given."""

        async def all_of_them() -> list[httpx2.Response]:
            return await asyncio.gather(*(self._send(**one) for one in calls))

        return self.portal.call(all_of_them)

    def serve(self, header_seconds: float = HEADER_SECONDS) -> tuple[str, int]:
        """Answer at a real address too, as ``zoomlink serve`` does; returns it."""

        class Protocol(BoundedProtocol):
            pass

        Protocol.header_seconds = header_seconds
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        config = configured(self.app, Protocol)
        config.lifespan = "off"  # it runs already
        server = uvicorn.Server(config)
        done = self.portal.start_task_soon(server.serve, [listener])

        def stop() -> None:
            server.should_exit = server.force_exit = True
            done.result()
            listener.close()

        self.ends.append(stop)
        found: tuple[str, int] = listener.getsockname()
        return found

    async def _send(self, method: str, path: str, *, key: str | None = "", **more: Any) -> httpx2.Response:
        headers = httpx2.Headers(more.pop("headers", None))
        if key is not None and "authorization" not in headers:
            headers["Authorization"] = f"Bearer {key or self.key}"
        if (client := self.clients.get("asgi")) is None:
            transport = httpx2.ASGITransport(self.app, raise_app_exceptions=False)
            client = self.clients["asgi"] = httpx2.AsyncClient(transport=transport, base_url="http://service.example")
        return await client.request(method, path, headers=headers, timeout=60, **more)


class Services:
    """Makes services, and ends them."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ
        self._stack = ExitStack()

    def new(self, *accounts: Mapping[str, str], **more: Any) -> Service:
        """A service over one desk, or one for each of `accounts` (more environment); `more` is for the app."""
        portal = self._stack.enter_context(start_blocking_portal())
        desks = [
            self._stack.enter_context(
                portal.wrap_async_context_manager(AsyncLinkDesk(Settings.from_env({**self._environ, **one})))
            )
            for one in accounts or ({},)
        ]
        app = make_app(desks, **more)
        self._stack.enter_context(portal.wrap_async_context_manager(running(app)))
        found = Service(portal, desks, app, app._app)
        found.key = found.make_key()
        self._stack.callback(portal.call, partial(_close, found.clients))
        self._stack.callback(lambda: [end() for end in found.ends])
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


async def _close(clients: dict[str, httpx2.AsyncClient]) -> None:
    for client in clients.values():
        await client.aclose()


def problem(answer: httpx2.Response) -> dict[str, Any]:
    """The problem that an answer tells of; what each must have is checked."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found: dict[str, Any] = json.loads(answer.content)
    assert found["status"] == answer.status_code
    assert found["type"].startswith("/problems/")
    assert found["title"]
    assert found["detail"]
    return found


def in_threads(work: Callable[[int], Any], count: int) -> list[Any]:
    """What `work` makes of 0, 1, 2 … in as many threads."""
    found: list[Any] = [None] * count

    def one(number: int) -> None:
        found[number] = work(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
