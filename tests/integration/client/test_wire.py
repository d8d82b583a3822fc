"""Both clients against a server that misbehaves on the wire: what is believed, what is sent again, and when it ends."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.helpers import meeting_answer
from tests.integration.client.conftest import HASTY, PATIENT, Clients, create, get, post
from tests.wire import Line, Wire, answers, reply, sends

from zoomlink.client.http import MAX_REPLY
from zoomlink.errors import (
    NotFoundError,
    OutcomeUnknownError,
    TransportError,
    UnexpectedResponseError,
    ZoomLinkError,
)

if TYPE_CHECKING:
    from tests.wire import Script

OK = reply(200, {"ok": True})
MADE = reply(201, meeting_answer())
HALF = MADE[:-40]


def reset_after_reading(line: Line) -> None:
    line.read()
    line.reset()


def reset_before_reading(line: Line) -> None:
    line.arrive()
    line.reset()


def close_without_answer(line: Line) -> None:
    line.read()


def status_line_only(line: Line) -> None:
    line.read()
    line.send(b"HTTP/1.1 201 Created\r\n")


def chunked(*chunks: bytes) -> bytes:
    head = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)


def zipped(body: bytes, kind: str = "gzip") -> bytes:
    content = gzip.compress(body, 9) if kind == "gzip" else zlib.compress(body, 9)
    return reply(201, content, "content-type: application/json", f"content-encoding: {kind}")


FAULTS: dict[str, Script] = {
    "reset-before-reading": reset_before_reading,
    "reset-after-reading": reset_after_reading,
    "close-without-answer": close_without_answer,
    "status-line-only": status_line_only,
    "half-a-body": sends(HALF),
    "half-a-json": sends(reply(201, b'{"id": 8123456')),
    "content-length-too-large": sends(reply(201, b'{"id": 1}', length=5000)),
    "content-length-too-small": sends(reply(201, meeting_answer(), length=20)),
    "two-content-lengths": sends(reply(201, {"id": 1}, "content-length: 3")),
    "content-length-no-number": sends(b"HTTP/1.1 201 X\r\ncontent-length: ten\r\n\r\n{}"),
    "chunked-and-cut": sends(chunked(b'{"id": 812', b"3456")),
    "chunked-nonsense": sends(chunked(b'{"id"') + b"zz\r\nnonsense"),
    "no-http": sends(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    "header-of-200-kb": sends(reply(201, meeting_answer(), "x-large: " + "x" * 200_000)),
    "no-end-of-headers": sends(b"HTTP/1.1 201 X\r\n" + b"x-a: 1\r\n" * 50_000),
    "more-than-8-mb": sends(reply(201, b"[" + b" " * (MAX_REPLY + 1) + b"]")),
    "endless-body": sends(b"HTTP/1.1 201 X\r\ncontent-length: 999999999999\r\n\r\n" + b" " * (MAX_REPLY + 70_000)),
    "gzip-bomb": sends(zipped(b'{"id": 1, "x": "' + b"0" * (4 * MAX_REPLY) + b'"}')),
    "deflate-bomb": sends(zipped(b'{"id": 1, "x": "' + b"0" * (4 * MAX_REPLY) + b'"}', "deflate")),
    "gzip-broken": sends(reply(201, b"\x1f\x8bnonsense", "content-encoding: gzip")),
    "gzip-cut": sends(reply(201, gzip.compress(b'{"id": 1}' + bytes(range(256)))[:30], "content-encoding: gzip")),
    "utf16": sends(reply(201, '{"id": 1}'.encode("utf-16"))),
    "html": sends(reply(200, b"<html>Sign in</html>", "content-type: text/html")),
    "500": sends(reply(500, {"code": 500, "message": "x"})),
    "502-html": sends(reply(502, b"<html>Bad gateway</html>", "content-type: text/html")),
    "101": sends(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_write_whose_answer_is_not_whole_is_open_and_was_sent_once(clients: Clients, fault: Script) -> None:
    with Wire((fault, answers(MADE))) as wire:
        with pytest.raises(OutcomeUnknownError) as caught:
            clients.run(wire.url, post, policy=PATIENT)
        assert len(wire.requests) == (0 if fault is reset_before_reading else 1)
        assert wire.connections == 1
    assert caught.value.sent is True
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_read_whose_answer_is_not_whole_fails_in_words(clients: Clients, fault: Script) -> None:
    with Wire((fault,)) as wire, pytest.raises(ZoomLinkError) as caught:
        clients.run(wire.url, get)
    assert not isinstance(caught.value, OutcomeUnknownError)
    assert f"127.0.0.1:{wire.port}" in str(caught.value) or "Zoom" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["reset-before-reading", "reset-after-reading", "close-without-answer", "half-a-body", "500", "502-html"]
)
def test_a_read_whose_answer_was_lost_is_tried_again(clients: Clients, name: str) -> None:
    with Wire((FAULTS[name], FAULTS[name], answers(OK))) as wire:
        assert clients.run(wire.url, get, policy=PATIENT) == {"ok": True}
        assert wire.connections == 3


@pytest.mark.parametrize(
    "data",
    [
        MADE,
        b"HTTP/1.1 100 Continue\r\n\r\n" + MADE,
        b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + MADE,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + MADE,
        chunked(MADE.partition(b"\r\n\r\n")[2][:100], MADE.partition(b"\r\n\r\n")[2][100:]) + b"0\r\n\r\n",
        zipped(MADE.partition(b"\r\n\r\n")[2]),
        zipped(MADE.partition(b"\r\n\r\n")[2], "deflate"),
        b"HTTP/1.1 201 X\r\ncontent-type: application/json\r\n\r\n" + MADE.partition(b"\r\n\r\n")[2],
        reply(201, b"\xef\xbb\xbf" + MADE.partition(b"\r\n\r\n")[2]),
    ],
    ids=["plain", "100", "103", "100-103", "chunked", "gzip", "deflate", "until-close", "bom"],
)
def test_an_answer_that_is_whole_is_believed(clients: Clients, data: bytes) -> None:
    with Wire((sends(data),)) as wire:
        meeting = clients.run(wire.url, create)
        assert meeting.id == 81234567890
        assert meeting.join_url == "https://us05web.zoom.us/j/81234567890?pwd=OAexample.1"
        assert meeting.warnings == ()
        assert wire.requests[0].line == "POST /v2/users/alice@example.com/meetings HTTP/1.1"


def drips_the_body(line: Line) -> None:
    line.read()
    head, _, body = MADE.partition(b"\r\n\r\n")
    line.send(head + b"\r\n\r\n")
    line.drip(body, 0.05)


def drips_the_headers(line: Line) -> None:
    line.read()
    line.drip(MADE, 0.05)


def drips_hints(line: Line) -> None:
    line.read()
    while True:
        line.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        line.drip(b"HTTP/1.1 100 X\r\n\r\n", 0.005)


def says_nothing(line: Line) -> None:
    line.read()
    line.wait()


@pytest.mark.parametrize("slow", [drips_the_body, drips_the_headers, drips_hints, says_nothing])
def test_an_answer_that_drips_ends_at_the_deadline(clients: Clients, slow: Script) -> None:
    with Wire((slow,)) as wire:
        begun = time.monotonic()
        with pytest.raises(OutcomeUnknownError, match=r"did not answer in time"):
            clients.run(wire.url, post, policy=HASTY)
        assert 0.4 < time.monotonic() - begun < 1.2
        assert len(wire.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("act", [get, post])
def test_a_redirect_is_never_followed(clients: Clients, status: int, act: Any) -> None:
    with Wire((answers(OK),)) as other:
        with Wire((answers(reply(status, None, f"location: {other.url}/v2/users/me")),)) as wire:
            with pytest.raises(OutcomeUnknownError if act is post else UnexpectedResponseError, match="redirect"):
                clients.run(wire.url, act, policy=PATIENT)
            assert len(wire.requests) == 1
        assert other.connections == 0


def test_many_calls_share_one_connection(clients: Clients) -> None:
    with Wire((answers(OK),)) as wire:
        clients.run(wire.url, *[get] * 20, post)
        assert len(wire.requests) == 21
        assert wire.connections == 1


def test_an_error_leaves_the_connection_usable(clients: Clients) -> None:
    missing = reply(404, {"code": 3001, "message": "Meeting does not exist: 1."})

    async def absorb(result: Any) -> None:
        with pytest.raises(NotFoundError):
            await result

    def fails(zoom: Any) -> Any:
        if clients.kind == "async":
            return absorb(get(zoom))
        with pytest.raises(NotFoundError):
            get(zoom)
        return None

    with Wire((answers(missing, missing, OK),)) as wire:
        assert clients.run(wire.url, fails, fails, get) == {"ok": True}
        assert wire.connections == 1


def test_a_connection_the_server_closed_is_not_used_again(clients: Clients) -> None:
    with Wire((sends(reply(200, {"ok": 1}, "connection: close")), answers(OK))) as wire:
        assert clients.run(wire.url, get, post) == {"ok": True}
        assert wire.connections == 2


def glued(line: Line) -> None:
    """An answer too many, sent along with the first: it would be read as the answer to the next question."""
    line.read()
    line.send(reply(200, {"n": 1}) + reply(201, {"n": "stale"}))
    line.read()
    line.send(reply(200, {"n": 2}))


def test_an_answer_that_was_there_before_the_question_is_not_believed(clients: Clients) -> None:
    with Wire((glued, answers(OK))) as wire:
        assert clients.run(wire.url, get, get, policy=PATIENT) == {"ok": True}
        assert wire.connections == 2
    with Wire((glued, answers(OK))) as wire:
        with pytest.raises(OutcomeUnknownError):
            clients.run(wire.url, get, post, policy=PATIENT)
        assert wire.connections == 1


def test_a_refused_port_sent_nothing(clients: Clients) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for act in (get, post, create):
        with pytest.raises(TransportError, match=rf"^127\.0\.0\.1:{port} cannot be reached: ") as caught:
            clients.run(f"http://127.0.0.1:{port}", act, policy=PATIENT)
        assert caught.value.sent is False
        assert caught.value.retryable is True
        assert type(caught.value) is TransportError


def test_a_full_queue_of_connections_ends_in_time(clients: Clients) -> None:
    """A server that accepts nothing: the connection is made by the system, and no answer ever comes."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as deaf:
        port = deaf.getsockname()[1]
        begun = time.monotonic()
        with pytest.raises(TransportError):
            clients.run(f"http://127.0.0.1:{port}", get, policy=HASTY)
        assert time.monotonic() - begun < 1.2


def test_every_request_says_who_sends_it_and_how_long_it_is(clients: Clients) -> None:
    with Wire((answers(OK),)) as wire:
        clients.run(
            wire.url,
            get,
            post,
            lambda zoom: zoom.request("POST", "/users/me/empty"),
            lambda zoom: zoom.request("PUT", "/users/me/empty"),
            lambda zoom: zoom.request("DELETE", "/users/me/empty"),
        )
        import zoomlink

        assert [seen.headers["user-agent"] for seen in wire.requests] == [f"zoomlink/{zoomlink.__version__}"] * 5
        assert [seen.headers.get("content-length") for seen in wire.requests] == [
            None, str(len(wire.requests[1].body)), "0", "0", None,
        ]  # fmt: skip
        assert {seen.headers["host"] for seen in wire.requests} == {f"127.0.0.1:{wire.port}"}
        assert {seen.headers["accept-encoding"] for seen in wire.requests} == {"identity"}
        assert {seen.headers["authorization"] for seen in wire.requests} == {"Bearer canary-token"}


def test_a_request_header_that_comes_twice_in_an_answer_is_kept_whole(clients: Clients) -> None:
    data = reply(404, {"code": 3001, "message": "x"}, "x-zm-trackingid: WEB_1", "X-Zm-TrackingId: WEB_2")
    with Wire((sends(data),)) as wire, pytest.raises(NotFoundError) as caught:
        clients.run(wire.url, get)
    assert caught.value.tracking_id == "WEB_1, WEB_2"
