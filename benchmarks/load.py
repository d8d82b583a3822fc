"""A load that costs the machine little: prebuilt requests over raw sockets, one at a time per connection.

In a request ``@number@@`` and ``@when@@@@@@@@@@@@@@@`` are filled in anew each time: a number of nine digits, and an
hour of its own. With a `rate`, requests are sent so often whether or not earlier ones were answered.

Run as a process of its own (``python -m benchmarks.load``), so that the server's core is the server's alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta

START = datetime(2031, 1, 1, tzinfo=UTC)
NUMBER, WHEN = b"@number@@", b"@when@@@@@@@@@@@@@@@"


class _Connection(asyncio.Protocol):
    """Sends the request again as soon as its answer is complete."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        self._load.answered(self._buffer[9:12], time.perf_counter() - self._sent)
        self._buffer = b""
        self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        self._load.lost()

    def _next(self) -> None:
        if self._load.take():
            self._sent = time.perf_counter()
            self._transport.write(self._load.next_request())
        elif not self._load.rest(self):
            self._transport.close()

    def again(self) -> None:
        """Send the next request."""
        self._next()

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()


class Load:
    """`total` requests over `connections`, and what became of them."""

    def __init__(self, request: bytes, total: int, connections: int, *, first: int = 0, paced: bool = False) -> None:
        self._request = request
        self._varies = NUMBER in request
        self._number = first
        self._left = 0 if paced else total
        self._open = connections
        self._paced = paced
        self.idle: list[_Connection] = []
        self.last = 0.0
        self.statuses: dict[str, int] = {}
        self.times: list[float] = []
        self.done = asyncio.Event()

    def next_request(self) -> bytes:
        """The bytes to send."""
        if not self._varies:
            return self._request
        self._number += 1
        when = START + timedelta(hours=self._number)
        named = self._request.replace(NUMBER, b"%09d" % self._number)
        return named.replace(WHEN, when.strftime("%Y-%m-%dT%H:%M:%SZ").encode())

    def allow(self) -> None:
        """One more may be sent."""
        self._left += 1

    def rest(self, connection: _Connection) -> bool:
        """Keep a connection for later; False when there is no later."""
        if self._paced:
            self.idle.append(connection)
        return self._paced

    def end(self) -> None:
        """No more is sent."""
        self._paced = False
        for connection in self.idle:
            connection.close()

    def take(self) -> bool:
        """True while there is a request left to send."""
        if self._left == 0:
            return False
        self._left -= 1
        return True

    def answered(self, status: bytes, seconds: float) -> None:
        """Count an answer."""
        self.statuses[status.decode()] = self.statuses.get(status.decode(), 0) + 1
        self.times.append(seconds)
        self.last = time.perf_counter()

    def lost(self) -> None:
        """Count a closed connection."""
        self._open -= 1
        if self._open == 0:
            self.done.set()


async def run(
    host: str,
    port: int,
    request: bytes,
    total: int,
    connections: int,
    rate: float = 0,
    first: int = 0,
) -> dict[str, object]:
    """Send `total` requests and return rate, statuses and latencies in milliseconds."""
    load = Load(request, total, connections, first=first, paced=bool(rate))
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(load), host, port)
    missed = 0
    if rate:
        missed = await _paced(load, total, rate)
        await asyncio.sleep(1)
        load.end()
    await load.done.wait()
    took = load.last - started
    times = sorted(load.times)
    return {
        "rate": len(times) / took,
        "statuses": load.statuses,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[int(len(times) * 0.99)] * 1000,
        "missed": missed,
        "took": took,
    }


async def _paced(load: Load, total: int, rate: float) -> int:
    """Send so many a second, over whichever connection is free; returns how many found none."""
    began = time.perf_counter()
    sent = missed = 0
    while sent < total:
        due = min(int((time.perf_counter() - began) * rate), total)
        for _ in range(due - sent):
            if load.idle:
                load.allow()
                load.idle.pop().again()
            else:
                missed += 1
        sent = due
        await asyncio.sleep(0.002)
    return missed


def build(method: str, path: str, host: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """One HTTP request, as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    result = asyncio.run(
        run(
            asked["host"],
            asked["port"],
            asked["request"].encode("latin-1"),
            asked["total"],
            asked["connections"],
            asked.get("rate", 0),
            asked.get("first", 0),
        )
    )
    json.dump(result, sys.stdout)
