"""One async client in several event loops, and what the local variables of a traceback show."""

from __future__ import annotations

import asyncio
import base64
import gc
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.helpers import meeting_answer
from tests.integration.client.conftest import ONCE, Clients, create, get
from tests.wire import Line, Wire, answers, reply, sends

from zoomlink.client.async_client import AsyncZoomClient
from zoomlink.client.sync_client import ZoomClient
from zoomlink.config import Credentials, Settings
from zoomlink.errors import ZoomLinkError
from zoomlink.secret import Secret

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from tests.wire import Script

GRANT = {"access_token": "canary-token", "expires_in": 3600}
OK = reply(200, {"ok": True})
MADE = meeting_answer(start_url="https://us05web.zoom.us/s/81234567890?zak=canary-zak")
CANARIES = ("canary-secret", "canary-token", "canary-zak", base64.b64encode(b"a-client:canary-secret").decode())


def account(url: str) -> Settings:
    return Settings(Credentials("an-account", "a-client", Secret("canary-secret")), url, url)


def serving(api: bytes, *, hangs_up: bool = False) -> Script:
    """Token at its address, `api` at all others."""

    def play(line: Line) -> None:
        while True:
            asked = line.read().line
            line.send(reply(200, GRANT) if "/oauth/token" in asked else api)
            if hangs_up and "/oauth/token" not in asked:
                return

    return play


# Event loops ----------------------------------------------------------------------------------------------------------


def test_one_client_serves_two_event_loops_in_turn() -> None:
    with Wire((serving(OK),)) as wire, asyncio.Runner() as first, asyncio.Runner() as second:
        zoom = AsyncZoomClient(account(wire.url), policy=ONCE)
        for runner in (first, second, first, second):
            assert runner.run(get(zoom)) == {"ok": True}
        assert len([seen for seen in wire.requests if "/oauth/token" in seen.line]) == 1
        assert wire.connections == 2
        for runner in (first, second):
            runner.run(zoom.aclose())


# A loop that was closed with a connection open leaves it to the garbage collector, which says so.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_one_client_serves_every_asyncio_run() -> None:
    with Wire((serving(OK),)) as wire:
        zoom = AsyncZoomClient(account(wire.url), policy=ONCE)
        for _ in range(3):
            assert asyncio.run(get(zoom)) == {"ok": True}
        assert len([seen for seen in wire.requests if "/oauth/token" in seen.line]) == 1
        asyncio.run(zoom.aclose())
        del zoom
        gc.collect()


# Interrupts -----------------------------------------------------------------------------------------------------------


# A connection that was given up amid a call is closed by the garbage collector, which says so.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupted_call_leaves_no_connection_that_counts_as_busy() -> None:
    with Wire((serving(OK),)) as wire, ZoomClient(account(wire.url), policy=ONCE) as zoom:
        assert get(zoom) == {"ok": True}
        for steps in range(0, 900, 7):
            left = steps

            def interrupt(frame: FrameType, event: str, _: Any) -> Any:
                nonlocal left
                if "httpcore2" not in frame.f_code.co_filename:
                    return interrupt
                left -= 1
                if left < 0:
                    raise KeyboardInterrupt
                return interrupt

            before = sys.gettrace()
            sys.settrace(interrupt)
            try:
                get(zoom)
            except KeyboardInterrupt:
                pass
            finally:
                sys.settrace(before)
        # The pool holds a hundred: with a few lost at each interrupt, there would be none left.
        assert get(zoom) == {"ok": True}
        pools = list(zoom._sender._pools.values())  # type: ignore[attr-defined]  # what no user can see
        assert [str(line) for pool in pools for line in pool.connections if "ACTIVE" in str(line)] == []
        del pools
        gc.collect()


# Local variables ------------------------------------------------------------------------------------------------------


def reset(line: Line) -> None:
    line.read()
    line.reset()


def shown(error: BaseException | None) -> list[str]:
    """All local variables of all frames but the tests' own, as a tool that reports errors would send them."""
    found: list[str] = []
    while error is not None:
        frame: TracebackType | None = error.__traceback__
        while frame is not None:
            if "/tests/" not in frame.tb_frame.f_code.co_filename:
                found += [f"{name} = {value!r}" for name, value in frame.tb_frame.f_locals.items()]
            frame = frame.tb_next
        error = error.__cause__ or error.__context__
    return found


@pytest.mark.parametrize(
    "script",
    [
        reset,
        sends(b""),
        sends(reply(200, GRANT)[:-10]),
        sends(b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + b"x" * 9_000_000),
        answers(reply(400, {"reason": "Invalid client", "error": "invalid_client"})),
        answers(reply(200, {**GRANT, "api_url": "https://evil.example"})),
        serving(reply(201, MADE)[:-10], hangs_up=True),
        serving(reply(201, {**MADE, "topic": "Other"})),
        serving(reply(401, {"code": 124, "message": "Invalid access token."})),
    ],
    ids=["reset", "closed", "token-cut", "too-large", "refused", "foreign", "cut", "other-topic", "401"],
)
def test_no_secret_stands_in_the_local_variables_of_a_traceback(clients: Clients, script: Script) -> None:
    with Wire((script,)) as wire:
        where = account(wire.url)
        if script.__qualname__.startswith("answers"):
            where = Settings(where.credentials, wire.url)
        caught: Any = None
        try:
            clients.run(wire.url, create, own_token=True, account=where)
        except ZoomLinkError as error:
            caught = error
        variables = shown(caught)
        assert len(variables) > 10
        assert [line[:80] for line in variables if any(canary in line for canary in CANARIES)] == []
