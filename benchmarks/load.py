"""A load that costs the machine little: prebuilt requests over raw sockets, one at a time per connection.

Run as a process of its own (``python -m benchmarks.load``), so that the server's core is the server's alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time


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
            self._transport.write(self._load.request)
        else:
            self._transport.close()


class Load:
    """`total` requests over `connections`, and what became of them."""

    def __init__(self, request: bytes, total: int, connections: int) -> None:
        self.request = request
        self._left = total
        self._open = connections
        self.statuses: dict[str, int] = {}
        self.times: list[float] = []
        self.done = asyncio.Event()

    def take(self) -> bool:
        """True while there is a request left to send."""
        self._left -= 1
        return self._left >= 0

    def answered(self, status: bytes, seconds: float) -> None:
        """Count an answer."""
        self.statuses[status.decode()] = self.statuses.get(status.decode(), 0) + 1
        self.times.append(seconds)

    def lost(self) -> None:
        """Count a closed connection."""
        self._open -= 1
        if self._open == 0:
            self.done.set()


async def run(host: str, port: int, request: bytes, total: int, connections: int) -> dict[str, object]:
    """Send `total` requests and return rate, statuses and latencies in milliseconds."""
    load = Load(request, total, connections)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(load), host, port)
    await load.done.wait()
    took = time.perf_counter() - started
    times = sorted(load.times)
    return {
        "rate": len(times) / took,
        "statuses": load.statuses,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[int(len(times) * 0.99)] * 1000,
    }


def build(method: str, path: str, host: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """One HTTP request, as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    result = asyncio.run(
        run(asked["host"], asked["port"], asked["request"].encode("latin-1"), asked["total"], asked["connections"])
    )
    json.dump(result, sys.stdout)
