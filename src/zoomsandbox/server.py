"""The sandbox as a real HTTP server: in the foreground, or in a thread for tests. No Zoom rule lives here."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import socket
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from zoomsandbox.app import Sandbox
from zoomsandbox.core.clock import parse_instant
from zoomsandbox.options import Options
from zoomsandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from types import TracebackType

LOOPBACK = "127.0.0.1"

T = TypeVar("T")


class NotLoopbackError(ValueError):
    """The sandbox was asked to listen where other machines can reach it, without being told twice."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} can be reached from other machines, and this is not Zoom: anyone there could act on it. "
            "Listen on 127.0.0.1, or say it twice."
        )


class _Protocol(H11Protocol):
    """Hands the bare connection to the application, for faults that HTTP libraries refuse to commit."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn itself
        super().connection_made(transport)
        self.app_state = {"transport": transport}
        application: Any = self.config.app
        if application.world.wire.slams:
            transport.abort()


class _Server(uvicorn.Server):
    """uvicorn's server that tells when it is ready and treats a signal as a plain request to stop."""

    def __init__(self, config: uvicorn.Config, world: World, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._world = world
        self._ready = ready
        self._deaf: asyncio.TimerHandle | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._bound: list[socket.socket] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._world.timers.attach(asyncio.get_running_loop())
        self._world.wire.refuse, self._world.wire.listen = self._refuse, self._hear
        self._world.courier.attach(asyncio.get_running_loop())
        self._ready()

    def _refuse(self, seconds: float) -> None:
        """Listen no more, and again after so many seconds. The port stays ours: it is bound, only nobody listens."""
        if self._deaf is not None:
            self._deaf.cancel()
        else:
            places = [listener.getsockname() for server in self.servers for listener in server.sockets]
            for server in self.servers:
                server.close()
            for connection in list(self.server_state.connections):
                connection.shutdown()
            self._bound = [_bound(place) for place in places]
        self._deaf = asyncio.get_running_loop().call_later(seconds, self._hear)

    def _hear(self) -> None:
        if self._deaf is None:
            return
        self._deaf.cancel()
        self._deaf = None
        for listener in self._bound:
            listener.listen(self.config.backlog)  # at once; who connects waits until the loop has it too
        self._hearing = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        protocol = functools.partial(
            _Protocol, config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        self.servers = [
            await loop.create_server(protocol, sock=listener, backlog=self.config.backlog) for listener in self._bound
        ]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._world.timers.detach()
        self._world.wire.refuse = self._world.wire.listen = None
        self._world.wire.release()
        await self._world.courier.stop()
        if self._deaf is not None:
            self._deaf.cancel()
            for listener in self._bound:
                listener.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # uvicorn raises the signal again afterwards, which would end the process with that signal's code instead of 0
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def bind(host: str, port: int, *, anywhere: bool = False) -> socket.socket:
    """A listening address; port 0 takes a free one.

    Raises
    ------
    NotLoopbackError
        for an address other machines can reach, unless `anywhere`.
    OSError
        when the address is taken or not ours.
    """
    if not anywhere and not _is_loopback(host):
        raise NotLoopbackError(host)
    listener = _bound((host, port))
    try:
        listener.listen(2048)
    except BaseException:
        listener.close()
        raise
    return listener


def _bound(place: tuple[Any, ...]) -> socket.socket:
    """A socket at an address, not listening yet: who connects there is refused."""
    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    # The protocol is named, because asyncio sends small packets at once (TCP_NODELAY) only where it is
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(place)
    except BaseException:
        made.close()
        raise
    return made


def url_of(listener: socket.socket) -> str:
    """The base URL of a bound address."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(sandbox: Sandbox, listener: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM, or (in a thread) for ever. `ready` is called once requests are answered."""
    try:
        asyncio.run(_server_for(sandbox, ready).serve(sockets=[listener]))
    finally:
        sandbox.close()


def environment(options: Options, url: str) -> dict[str, str]:
    """The five variables a client needs."""
    return {
        "ZOOM_ACCOUNT_ID": options.account_id,
        "ZOOM_CLIENT_ID": options.client_id,
        "ZOOM_CLIENT_SECRET": options.client_secret,
        "ZOOM_OAUTH_URL": url,
        "ZOOM_API_URL": url,
    }


class ThreadedSandbox:
    """A sandbox in a thread of this process, on 127.0.0.1 and a free port, for tests.

    >>> with ThreadedSandbox() as sandbox:
    ...     sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    ...     run_what_is_tested(sandbox.url, sandbox.env)
    ...     assert len(sandbox.ledger) == 1

    `url` and `env` say where it is; `world` is its state, which only its own thread should change: the methods here
    see to that.
    """

    def __init__(self, options: Options | None = None, *, port: int = 0) -> None:
        self.options = options or Options()
        self.world = World(self.options)
        self.sandbox = Sandbox(self.world)
        self._port = port
        self._listener: socket.socket | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> Self:
        """Listen and answer; returns once it does."""
        if self._thread is not None:
            raise RuntimeError("this sandbox is running already")
        if self.options.state is not None and self.world.journal is None:  # stopped before, and let go of its file
            self.world = World(self.options)
            self.sandbox = Sandbox(self.world)
        self._listener = bind(LOOPBACK, self._port)
        self.url = url_of(self._listener)
        ready = threading.Event()
        self._server = _server_for(self.sandbox, ready.set)
        self._thread = threading.Thread(target=self._run, name="zoomsandbox", daemon=True)
        self._thread.start()
        while not ready.wait(0.05):
            if not self._thread.is_alive():
                raise RuntimeError("the sandbox did not start; its thread has ended")
        return self

    def stop(self) -> None:
        """Stop answering and wait until all is closed. Stopping twice is allowed."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
            self._server = self._thread = self._loop = None
        self.sandbox.close()

    @property
    def env(self) -> dict[str, str]:
        """The five variables a client needs."""
        return environment(self.options, self.url)

    @property
    def ledger(self) -> list[dict[str, Any]]:
        """Every commit so far, oldest first, as the control plane shows them: what really happened."""
        return self._do(lambda: [entry.as_dict() for entry in self.world.ledger.entries])

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The last thousand requests to Zoom's endpoints, oldest first, as the control plane shows them."""
        return self._do(lambda: [record.as_dict() for record in self.world.recorder.records])

    @property
    def faults(self) -> list[dict[str, Any]]:
        """The rules in force, with how often each was asked (`seen`) and struck (`hits`)."""
        return self._do(lambda: [rule.as_dict() for rule in self.world.faults.rules])

    def fail(
        self,
        kind: str,
        *,
        route: str | list[str] | None = None,
        nth: int | list[int] | None = None,
        times: int | None = None,
        **arguments: Any,
    ) -> None:
        """Let something go wrong: add one rule to the faults.

        Parameters
        ----------
        kind:
            such as ``reset-after-commit``; `zoomsandbox.faults.kinds.KINDS` has them all.
        route:
            ``meetings.create``, ``token``, ``POST /users/*/meetings``; unless given, what the kind is about.
        nth, times:
            only the nth such request from now on (or several); at most so often.
        arguments:
            `every`, `probability`, `seed`, and what the kind takes, such as ``at=10``.

        Raises
        ------
        PlanError
            (a ValueError) which says what is wrong with it.
        """
        chosen = {"route": route, "nth": nth, "times": times}
        rule = {"kind": kind, **{name: value for name, value in chosen.items() if value is not None}, **arguments}
        self._do(lambda: self.world.faults.add(rule))

    def mend(self) -> None:
        """Let nothing go wrong any more: take all faults away."""
        self._do(self.world.faults.clear)

    def advance(self, seconds: float) -> None:
        """Push the clock; what falls due on the way has happened when this returns."""
        self._wait(self._move(lambda now: now + seconds))

    def set_clock(self, instant: str | float | datetime, *, freeze: bool | None = None) -> None:
        """Set the clock: to an ISO 8601 text (UTC unless it says otherwise), an aware datetime, or a timestamp.

        `freeze` True: it stands still from there; False: it runs on; None: as before.
        """
        if isinstance(instant, str):
            wanted = parse_instant(instant)
        elif isinstance(instant, datetime):
            if instant.tzinfo is None:
                raise ValueError("a datetime without a zone is no instant: add tzinfo")
            wanted = instant.timestamp()
        else:
            wanted = float(instant)
        self._wait(self._move(lambda _: wanted, freeze))

    def reset(self) -> None:
        """As at the start: no meetings, no tokens, the first users, no faults but those of the options."""
        self._do(self.world.reset)

    async def _move(self, target: Callable[[float], float], freeze: bool | None = None) -> None:
        if freeze is True:  # first, so that it stands at that very instant
            self.world.clock.freeze()
        await self.world.timers.move(target(self.world.clock.now()))
        if freeze is False:
            self.world.clock.run()

    def _do(self, work: Callable[[], T]) -> T:
        """Do something in the sandbox's own thread, so that no request is being answered meanwhile."""

        async def once() -> T:
            return work()

        return self._wait(once())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        loop = self._loop
        if loop is None or self._thread is None:  # not running: nobody else is there
            return asyncio.run(work)
        return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=60)

    def _run(self) -> None:
        assert self._server is not None  # noqa: S101 - for the type checker
        assert self._listener is not None  # noqa: S101 - for the type checker
        asyncio.run(self._serve(self._server, self._listener))

    async def _serve(self, server: _Server, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        await server.serve(sockets=[listener])

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _server_for(application: Sandbox, ready: Callable[[], None]) -> _Server:
    app: Any = application  # uvicorn's types want its own TypedDicts
    return _Server(
        uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
        ),
        application.world,
        ready,
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
