"""The server itself: threads, addresses, odd requests, and the seams where faults and limits plug in."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import threading
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from zoomsandbox.core.exceptions import ZoomError
from zoomsandbox.core.http import Exchange, Response, json_response
from zoomsandbox.options import Options
from zoomsandbox.server import NotLoopbackError, ThreadedSandbox, bind, url_of
from zoomsandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.conftest import Api

    from zoomsandbox.core.pipeline import Layer, Proceed
    from zoomsandbox.meetings.models import Meeting


def test_threaded_sandbox_names_what_a_client_needs() -> None:
    with ThreadedSandbox() as sandbox:
        assert sandbox.env == {
            "ZOOM_ACCOUNT_ID": "sandbox-account",
            "ZOOM_CLIENT_ID": "sandbox-client",
            "ZOOM_CLIENT_SECRET": "sandbox-secret",
            "ZOOM_OAUTH_URL": sandbox.url,
            "ZOOM_API_URL": sandbox.url,
        }
        assert urlsplit(sandbox.url).hostname == "127.0.0.1"


def test_threaded_sandbox_stops_and_leaves_nothing_behind() -> None:
    before = threading.active_count()
    sandbox = ThreadedSandbox().start()
    idle = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=5)
    idle.request("GET", "/")
    idle.getresponse().read()
    sandbox.stop()
    sandbox.stop()
    idle.close()
    assert threading.active_count() == before
    with pytest.raises(OSError, match=r"refused|reset"):
        urllib.request.urlopen(sandbox.url, timeout=5)


def test_threaded_sandbox_can_start_again() -> None:
    sandbox = ThreadedSandbox()
    for _ in range(2):
        with sandbox, urllib.request.urlopen(sandbox.url, timeout=5) as answer:
            assert answer.status == 200


def test_threaded_sandbox_does_not_start_twice() -> None:
    with ThreadedSandbox() as sandbox, pytest.raises(RuntimeError, match="running already"):
        sandbox.start()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
def test_address_that_others_can_reach_is_refused(host: str) -> None:
    with pytest.raises(NotLoopbackError, match="this is not Zoom"):
        bind(host, 0)


def test_address_that_others_can_reach_is_taken_when_told_twice() -> None:
    with bind("0.0.0.0", 0, anywhere=True) as listener:
        assert url_of(listener).startswith("http://0.0.0.0:")


def test_taken_port_is_an_error() -> None:
    with bind("127.0.0.1", 0) as listener, pytest.raises(OSError, match="in use"):
        bind("127.0.0.1", listener.getsockname()[1])


def test_links_follow_the_host_the_client_used(api: Api) -> None:
    port = urlsplit(api.url).port
    made = api.call("POST", "/users/me/meetings", {}, Host=f"localhost:{port}").json
    assert made["join_url"].startswith(f"http://localhost:{port}/j/")


@pytest.mark.parametrize("host", ["evil<b>", "a b", "", 'x"y'])
def test_host_that_is_no_host_is_not_repeated(api: Api, host: str) -> None:
    assert api.call("POST", "/users/me/meetings", {}, Host=host).json["join_url"].startswith(f"{api.url}/j/")


def test_client_that_hangs_up_in_its_body_disturbs_nobody(api: Api) -> None:
    address = ("127.0.0.1", urlsplit(api.url).port or 0)
    with socket.create_connection(address, timeout=5) as raw:
        raw.sendall(b"POST /v2/users/me/meetings HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    assert api.call("GET", "/users/me").status == 200
    assert api.ledger() == []


def test_body_in_pieces_is_put_together(api: Api) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"topic": '
        yield b'"Demo"}'

    headers = {"Authorization": f"Bearer {api.token}"}
    with contextlib.closing(http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=5)) as connection:
        connection.request(
            "POST", "/v2/users/me/meetings", pieces(), headers | {"Transfer-Encoding": "chunked"}, encode_chunked=True
        )
        answer = connection.getresponse()
        assert (answer.status, b'"topic":"Demo"' in answer.read()) == (201, True)


def test_latency_comes_before_answers_of_zoom_only(start: Callable[..., Api]) -> None:
    api = start(latency=600_000)
    assert api.send("GET", "/_sandbox/clock").status == 200
    with contextlib.closing(http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=0.2)) as connection:
        connection.request("GET", "/v2/users/me")
        with pytest.raises(TimeoutError):
            connection.getresponse()


# -- seams -------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def layered(layer: Layer) -> Iterator[tuple[ThreadedSandbox, Callable[..., Any]]]:
    """A sandbox with one more layer outside the check of the token."""
    with ThreadedSandbox() as sandbox:
        token, _ = sandbox.world.oauth.issue(
            sandbox.world.oauth.apps["sandbox-client"], "account_credentials", "sandbox-account"
        )
        sandbox.sandbox.pipeline.layers.insert(1, layer)

        def create() -> int:
            with contextlib.closing(http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=5)) as connection:
                headers = {"Authorization": f"Bearer {token}"}
                connection.request("POST", "/v2/users/me/meetings", '{"agenda": "zl-1"}', headers)
                return connection.getresponse().status

        yield sandbox, create


def test_layer_can_answer_before_the_commit() -> None:
    async def layer(exchange: Exchange, proceed: Proceed) -> Response:
        return json_response(503, {})

    with layered(layer) as (sandbox, create):
        assert create() == 503
        assert sandbox.world.ledger.entries == []
        assert sandbox.world.recorder.records[-1].status == 503


def test_layer_can_answer_after_the_commit() -> None:
    async def layer(exchange: Exchange, proceed: Proceed) -> Response:
        answer = await proceed()
        assert [one.agenda for one in exchange.cause.commits] == ["zl-1"]
        return json_response(502, {}) if exchange.cause.attempt == 1 else answer

    with layered(layer) as (sandbox, create):
        assert (create(), create()) == (502, 201)
        assert [one.attempt for one in sandbox.world.ledger.entries] == [1, 2]


def test_layer_can_cut_the_connection_after_the_commit() -> None:
    async def cut(transport: asyncio.Transport, response: Response) -> None:
        transport.abort()

    async def layer(exchange: Exchange, proceed: Proceed) -> Response:
        answer = await proceed()
        answer.delivery = cut
        return answer

    with layered(layer) as (sandbox, create):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            create()
        assert len(sandbox.world.ledger.entries) == 1


def test_layer_can_commit_late() -> None:
    committed = threading.Event()
    late: list[asyncio.Task[None]] = []

    async def layer(exchange: Exchange, proceed: Proceed) -> Response:
        async def later() -> None:
            await proceed()
            committed.set()

        late.append(asyncio.create_task(later()))
        return json_response(504, {})

    with layered(layer) as (sandbox, create):
        assert create() == 504
        assert committed.wait(5)
        assert [one.agenda for one in sandbox.world.ledger.entries] == ["zl-1"]


def test_layer_can_refuse_in_zooms_words() -> None:
    async def layer(exchange: Exchange, proceed: Proceed) -> Response:
        raise ZoomError(429, 429, "Enough.")

    with layered(layer) as (_, create):
        assert create() == 429


def test_defect_of_the_sandbox_is_an_answer_and_a_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    async def layer(exchange: Exchange, proceed: Proceed) -> Response:
        raise KeyError("oops")

    with layered(layer) as (_, create):
        assert create() == 500
    assert "KeyError: 'oops'" in capfd.readouterr().err


def test_listeners_hear_of_every_commit(api: Api, sandbox: ThreadedSandbox) -> None:
    heard: list[tuple[str, int, Any]] = []

    def listener(entry: Any, subject: Meeting, before: Any) -> None:
        heard.append((entry.action, subject.id, before))

    sandbox.world.ledger.listeners.append(listener)
    try:
        made = api.create(topic="Old", settings={"focus_mode": True})
        change = {"topic": "New", "settings": {"focus_mode": False}}
        api.call("PATCH", f"/meetings/{made['id']}", change)
        api.call("DELETE", f"/meetings/{made['id']}")
    finally:
        sandbox.world.ledger.listeners.remove(listener)
    assert heard == [
        ("create", made["id"], None),
        ("update", made["id"], {"topic": "Old", "settings": {"focus_mode": True}}),
        ("delete", made["id"], None),
    ]


def test_world_refuses_two_users_with_one_address() -> None:
    with pytest.raises(ValueError, match="two users"):
        World(Options(users=("a@sandbox.example", "A@sandbox.example")))


@pytest.mark.parametrize("spec", ["nobody", "a@b.example:boss", "@", "a b@c.example"])
def test_world_refuses_what_is_no_user(spec: str) -> None:
    with pytest.raises(ValueError, match=r"not an e-mail address|not a kind of user"):
        World(Options(users=(spec,)))


def test_a_thousand_meetings_make_no_list_longer() -> None:
    world = World(Options(clock=1_938_160_800.0, seed=1))
    from zoomsandbox.core.ledger import Cause
    from zoomsandbox.meetings import listing

    for at in range(1000):
        world.meetings.create("me", {"start_time": 1_940_000_000.0 + 3600 * at}, Cause())
    page = listing.page(world.meetings, world.users.owner, "scheduled", 30, 1, None, None, None)
    assert (len(page.meetings), page.total) == (30, 1000)
    starts = [meeting.start for meeting in page.meetings]
    assert starts == sorted(starts, key=lambda start: start or 0)
