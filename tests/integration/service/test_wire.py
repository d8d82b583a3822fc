"""The service on real sockets: what is no HTTP, what comes slowly, what comes all at once, and who hangs up."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest
from tests.integration.service.ground import LESSON, Service, Services, at
from tests.integration.service.test_access import HEADERS

GOOD = json.dumps(LESSON).encode()


class Line:
    """One connection to the service."""

    def __init__(self, place: tuple[str, int], first: bytes = b"") -> None:
        self.sock = socket.create_connection(place, timeout=30)
        if first:
            self.sock.sendall(first)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer, with its headers; status 0 when the connection ended without one."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self._more()
            if not piece:
                return 0, {}, data
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            body += self._more()
        return int(first.split(" ")[1]), headers, body

    def answer_within(self, seconds: float) -> tuple[int, dict[str, str], bytes]:
        """The same, within so many seconds. Raises TimeoutError."""
        self.sock.settimeout(seconds)
        try:
            return self.answer()
        finally:
            self.sock.settimeout(30)

    def ended(self) -> bool:
        """True once the other side has closed."""
        return self._more() == b""

    def _more(self) -> bytes:
        try:
            return self.sock.recv(65536)
        except ConnectionResetError:
            return b""

    def close(self) -> None:
        self.sock.close()


def request(*lines: str, body: bytes = b"", method: str = "POST", path: str = "/v1/links", key: str = "") -> bytes:
    auth = (f"Authorization: Bearer {key}",) if key else ()
    named = ("Host: service.example", "Idempotency-Key: wire", "Content-Type: application/json", *auth, *lines)
    return "\r\n".join([f"{method} {path} HTTP/1.1", *named]).encode("latin-1") + b"\r\n\r\n" + body


BROKEN = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40 + b"\r\n\r\n",
    "words": b"hello there\r\n\r\n",
    "no version": b"GET /v1/links\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a blank before the colon": b"GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n",
    "a folded line first": b"GET /healthz HTTP/1.1\r\n Host: a\r\n\r\n",
    "NUL in a value": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    "a bare CR": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
    "a header without a name": b"GET /healthz HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
    "two lengths": request("Content-Length: 3", "Content-Length: 4", body=b"{}\n\n"),
    "a negative length": request("Content-Length: -1"),
    "a length in words": request("Content-Length: ten"),
    "a length of many digits": request("Content-Length: " + "9" * 5000),
    "a length with a sign": request("Content-Length: +2", body=b"{}"),
    "an unknown coding": request("Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "a coding twice": request("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "ten thousand headers": request(*(f"X-{number}: y" for number in range(10_000))),
    "a header of a megabyte": request("X: " + "y" * 1_000_000),
    "an address of a megabyte": b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "bytes in the address": b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    "a blank in the address": b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_http_is_answered_with_a_problem_and_the_connection_closed(quiet: Service, name: str) -> None:
    line = Line(served(quiet), BROKEN[name])
    status, headers, body = line.answer()
    assert status == 400
    assert headers["content-type"] == "application/problem+json"
    assert headers.keys() >= HEADERS
    assert "connection" not in headers or headers["connection"] == "close"
    told = json.loads(body)
    assert (told["type"], told["status"]) == ("/problems/malformed", 400)
    assert line.ended()
    line.close()


_PLACES: dict[int, tuple[str, int]] = {}


def served(service: Service) -> tuple[str, int]:
    """Where a service answers that many tests share."""
    if not service.ends:
        _PLACES[id(service)] = service.serve()
    return _PLACES[id(service)]


@pytest.mark.parametrize(
    "body",
    [
        b"xyz\r\n{}\r\n0\r\n\r\n",
        b"-2\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}xx0\r\n\r\n",
        b"fffffffffffffffffffff\r\n{}",
    ],
)
def test_a_body_in_broken_pieces_is_refused_and_nothing_is_made(quiet: Service, body: bytes) -> None:
    line = Line(served(quiet), request("Transfer-Encoding: chunked", body=body, key=quiet.key))
    status, headers, _ = line.answer()
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert line.ended()
    line.close()
    assert quiet.call("GET", "/v1/links").json()["items"] == []


def test_a_request_smuggled_in_a_body_is_no_request(service: Service, zoom_sandbox: Any) -> None:
    place = service.serve()
    inner = request("Content-Length: 0", method="DELETE", path="/v1/links/lnk_" + "0" * 26)
    for smuggled in (
        request("Content-Length: 6", "Transfer-Encoding: chunked", body=b"0\r\n\r\nX" + inner, key=service.key),
        request("Transfer-Encoding: chunked", "Content-Length: 6", body=b"0\r\n\r\nX" + inner, key=service.key),
        request("Transfer-Encoding: xchunked", "Content-Length: 4", body=b"{}\r\n" + inner, key=service.key),
        request("Transfer-Encoding : chunked", "Content-Length: 4", body=b"{}\r\n" + inner, key=service.key),
        request("Transfer-Encoding:\x0bchunked", "Content-Length: 4", body=b"{}\r\n" + inner, key=service.key),
    ):
        line = Line(place, smuggled)
        statuses = []
        while (status := line.answer()[0]) != 0:
            statuses.append(status)
            if len(statuses) == 2 or status == 400:
                break
        # Whether it is refused outright or read by one rule: never two rules at once.
        assert statuses in ([400], [400, 400]), statuses
        line.close()
    assert zoom_sandbox.ledger == []


def test_requests_one_after_the_other_and_all_at_once_are_answered_in_order(service: Service) -> None:
    place = service.serve()
    one = request("Content-Length: 0", method="GET", path="/healthz")
    line = Line(place, one * 5)
    data = b""
    while data.count(b'{"alive": true}') < 5:
        data += line.sock.recv(65536)
    assert data.count(b"HTTP/1.1 200") == 5
    line.close()


def test_a_body_beyond_the_limit_is_refused_before_it_is_sent_and_while_it_comes(service: Service) -> None:
    place = service.serve()
    declared = Line(place, request("Content-Length: 10000000", key=service.key))
    status, headers, body = declared.answer()
    assert (status, headers["connection"], json.loads(body)["type"]) == (413, "close", "/problems/too-large")
    assert declared.ended()
    coming = Line(place, request("Transfer-Encoding: chunked", key=service.key))
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    try:
        for _ in range(40):
            coming.sock.sendall(piece)
    except OSError:
        pass  # it was cut off, as it should be
    assert coming.answer()[0] in {413, 0}
    for line in (declared, coming):
        line.close()
    assert service.call("GET", "/v1/links").json()["items"] == []


def test_headers_that_drip_are_cut_off_and_good_calls_go_on_meanwhile(services: Services) -> None:
    service = services.new()
    place = service.serve(header_seconds=2)
    service.create(at(0), "warm")
    drips = [Line(place, b"POST /v1/links HTTP/1.1\r\nHost: a\r\n") for _ in range(200)]
    began = time.monotonic()
    took = []
    while time.monotonic() - began < 3:
        for line in drips:
            try:
                line.sock.send(b"X-A: b\r\n")
            except OSError:
                continue
        start = time.monotonic()
        good = Line(place, request("Content-Length: 0", method="GET", path="/v1/links", key=service.key))
        assert good.answer()[0] == 200
        good.close()
        took.append(time.monotonic() - start)
    assert all(line.ended() for line in drips)
    for line in drips:
        line.close()
    assert len(took) >= 3
    idle = Line(place)
    assert idle.ended()  # who says nothing at all is cut off, too
    idle.close()


def test_a_body_that_drips_is_answered_408_and_the_connection_closed(services: Services) -> None:
    service = services.new(body_seconds=2)
    place = service.serve()
    began = time.monotonic()
    line = Line(place, request("Content-Length: 400", body=b"{", key=service.key))
    for _ in range(4):  # none at the end: a byte that meets a closed connection takes the answer with it
        line.sock.send(b" ")
        with pytest.raises(TimeoutError):
            line.answer_within(0.1)
    status, headers, body = line.answer()
    assert (status, headers["connection"], json.loads(body)["type"]) == (408, "close", "/problems/too-slow")
    assert json.loads(body)["detail"] == "The body was not there after 2 seconds."
    assert time.monotonic() - began >= 2
    assert line.ended()
    line.close()


def test_whoever_hangs_up_has_asked_all_the_same_and_the_link_is_made_once(service: Service, zoom_sandbox: Any) -> None:
    place = service.serve()
    zoom_sandbox.fail("latency", route="meetings.create", ms=500)
    whole = request(f"Content-Length: {len(GOOD)}", body=GOOD, key=service.key)
    for _ in range(3):
        line = Line(place, whole)
        time.sleep(0.1)  # it is being worked on by then, or will be
        line.close()
    asked = Line(place, whole)
    status, _, body = asked.answer()
    assert (status, json.loads(body)["state"]) == (201, "ready")
    asked.close()
    half = Line(place, request(f"Content-Length: {len(GOOD)}", body=GOOD[:20], key=service.key))
    half.close()
    assert len(zoom_sandbox.ledger) == 1


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_old_clients_and_those_that_ask_before_they_send_are_answered(service: Service, version: bytes) -> None:
    place = service.serve()
    old = request(f"Content-Length: {len(GOOD)}", body=GOOD, key=service.key).replace(b"HTTP/1.1", b"HTTP/" + version)
    line = Line(place, old)
    assert line.answer()[0] == 201
    line.close()
    asking = Line(place, request(f"Content-Length: {len(GOOD)}", "Expect: 100-continue", key=service.key))
    assert asking.answer()[0] == 100
    asking.sock.sendall(GOOD)
    assert asking.answer()[0] == 201
    asking.close()


def test_a_web_socket_is_no_request_of_ours(service: Service) -> None:
    place = service.serve()
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA==")
    line = Line(place, request(*upgrade, method="GET", path="/healthz"))
    assert line.answer()[0] in {200, 400}
    line.close()


def test_headers_without_a_body_take_nobody_s_place(services: Services) -> None:
    service = services.new(at_once=2)
    place = served(service)
    waiting = [Line(place, request("Content-Length: 100", key=service.key)) for _ in range(5)]
    line = Line(place, request(f"Content-Length: {len(GOOD)}", body=GOOD, key=service.key))
    assert line.answer()[0] == 201
    for one in (*waiting, line):
        one.close()


def test_what_is_too_much_is_refused_in_full_and_the_connection_stays(services: Services, zoom_sandbox: Any) -> None:
    service = services.new(at_once=1)
    place = served(service)
    zoom_sandbox.fail("latency", route="meetings.create", nth=1, ms=2000)
    slow = Line(place, request(f"Content-Length: {len(GOOD)}", body=GOOD, key=service.key))
    while not service.app.full:  # type: ignore[attr-defined] # the guard's
        time.sleep(0.01)
    other = Line(place)
    for words in ((f"Content-Length: {len(GOOD)}",), (f"Content-Length: {len(GOOD)}", "Connection: keep-alive")):
        other.sock.sendall(request(*words, body=GOOD, key=service.key))
        status, headers, told = other.answer()
        assert (status, headers["retry-after"], json.loads(told)["type"]) == (503, "1", "/problems/overloaded")
        assert set(HEADERS) <= set(headers)
        assert len(headers["x-request-id"]) == 16
    other.sock.sendall(request(method="GET", path="/healthz"))
    assert other.answer()[0] == 200  # what only reads goes on
    assert slow.answer()[0] == 201
    other.sock.sendall(request(f"Content-Length: {len(GOOD)}", body=GOOD, key=service.key))
    assert other.answer()[1]["idempotent-replayed"] == "true"
    assert len(zoom_sandbox.ledger) == 1
    for one in (slow, other):
        one.close()
