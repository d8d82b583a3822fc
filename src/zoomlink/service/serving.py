"""Runs the service: opens what it needs, listens, says where, and stops in good order."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING

import uvicorn

from zoomlink import AsyncLinkDesk
from zoomlink.accounts import account_names
from zoomlink.config import read_environment, wants_sandbox
from zoomlink.errors import ConfigurationError
from zoomlink.service.app import make_app
from zoomlink.service.protocol import BoundedProtocol
from zoomlink.service.sessions import new_visit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from types import FrameType

    from starlette.types import ASGIApp

__all__ = ["configured", "serve"]

GRACE = 20
"""Seconds that a stop waits for requests that are being answered."""
KEEP_ALIVE = 60
BACKLOG = 2048


def serve(
    bind: str, port: int, *, account: str | None = None, https: bool = False, told: Callable[[str, str], None]
) -> None:
    """Serve until a signal ends it. `told` is given the address, and the one that opens the page once.

    Raises ConfigurationError, LedgerError.
    """
    listener = _listen(bind, port)
    try:
        asyncio.run(_serve(listener, bind, account=account, https=https, told=told))
    finally:
        listener.close()


async def _serve(
    listener: socket.socket, bind: str, *, account: str | None, https: bool, told: Callable[[str, str], None]
) -> None:
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(desk) for desk in _desks(account)]
        sandbox = wants_sandbox(read_environment())
        app = make_app(desks, local=_is_local(bind), https=https, sandbox=sandbox)
        server = _Server(configured(app), lambda: _say(listener, bind, desks[0], told), app.stop)
        await server.serve([listener])


def configured(app: ASGIApp, http: type[BoundedProtocol] = BoundedProtocol) -> uvicorn.Config:
    """How uvicorn serves the app."""
    return uvicorn.Config(
        app,
        http=http,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        backlog=BACKLOG,
    )


class _Server(uvicorn.Server):
    """Says where it is once it answers there."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], Awaitable[None]], leaving: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._leaving = leaving

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Asked to end."""
        self._leaving()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in good order when asked to; that is no failure, so nothing is raised afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets=sockets)
        if self.started:
            await self._ready()


async def _say(listener: socket.socket, bind: str, desk: AsyncLinkDesk, told: Callable[[str, str], None]) -> None:
    base = f"http://{_shown(bind)}:{listener.getsockname()[1]}"
    code, op = new_visit()
    await desk.do(op)
    told(base, f"{base}/enter?code={code}")


def _desks(account: str | None) -> list[AsyncLinkDesk]:
    """A desk for the account that is named, or for each there is."""
    environ = read_environment()
    names = account_names(environ) if not wants_sandbox(environ) else []
    chosen = account or environ.get("ZOOMLINK_ACCOUNT", "").strip() or None
    if chosen is None and len(names) > 1 and not environ.get("ZOOM_ACCOUNT_ID", "").strip():
        return [AsyncLinkDesk.from_env(name) for name in names]
    return [AsyncLinkDesk.from_env(chosen)]


def _listen(bind: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in bind else socket.AF_INET
        # The protocol is named, since only then an answer in two parts is not held back for 40 ms (TCP_NODELAY).
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((bind, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(
            f"Nothing can listen at {bind}, port {port}: {why}.", hint="Name another with --port or --bind."
        ) from None
    return listener


def _is_local(bind: str) -> bool:
    try:
        return ipaddress.ip_address(bind).is_loopback
    except ValueError:
        return bind == "localhost"


def _shown(bind: str) -> str:
    if bind in {"0.0.0.0", "::"}:  # noqa: S104 - what it says, not what it opens
        return "127.0.0.1"
    return f"[{bind}]" if ":" in bind else bind
