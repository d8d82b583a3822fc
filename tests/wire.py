"""A server on loopback that plays a script per connection, byte by byte where wanted, and remembers all it saw."""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeAlias

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


class Gone(Exception):  # noqa: N818 - the client left: no error of the server's
    """The client closed the connection."""


class Line:
    """One connection, from the server's side."""

    def __init__(self, wire: Wire, sock: socket.socket) -> None:
        self.wire = wire
        self._sock = sock
        self._buffer = b""

    def read(self) -> Seen:
        """Read one request whole. Raises Gone when the client closed instead."""
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        seen = Seen(first, headers, body)
        self.wire.requests.append(seen)
        return seen

    def send(self, data: bytes) -> None:
        try:
            self._sock.sendall(data)
        except OSError as error:
            raise Gone from error

    def drip(self, data: bytes, every: float) -> None:
        """Send byte by byte, until the client leaves or the server is closed."""
        for index in range(len(data)):
            self.send(data[index : index + 1])
            if self.wire.closing.wait(every):
                raise Gone

    def wait(self) -> None:
        """Say nothing more until the client leaves or the server is closed."""
        while not self.wire.closing.is_set():
            self._more()

    def arrive(self) -> None:
        """Wait until the client has sent something, and leave it unread."""
        select.select([self._sock], [], [], 10)

    def reset(self) -> None:
        """End the connection with a reset instead of a goodbye."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS from here on."""
        try:
            self._sock = context.wrap_socket(self._sock, server_side=True)
        except OSError as error:
            raise Gone from error

    def close(self) -> None:
        self._sock.close()

    def _more(self) -> None:
        try:
            data = self._sock.recv(65536)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self._buffer += data


Script: TypeAlias = "Callable[[Line], None]"


@dataclass
class Wire:
    """Plays `scripts`, one per connection in order; further connections play the last one again."""

    scripts: tuple[Script, ...]
    tls: ssl.SSLContext | None = None
    requests: list[Seen] = field(default_factory=list)
    connections: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def close(self) -> None:
        """End everything and wait for it."""
        self.closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(10)
        self._listener.close()
        for sock in list(self._open):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in self._threads:
            thread.join(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            script = self.scripts[min(self.connections, len(self.scripts) - 1)]
            self.connections += 1
            self._open.add(sock)
            thread = threading.Thread(target=self._play, args=(script, sock), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, script: Script, sock: socket.socket) -> None:
        line = Line(self, sock)
        try:
            if self.tls is not None:
                line.start_tls(self.tls)
            script(line)
        except Gone:
            pass
        finally:
            self._open.discard(sock)
            line.close()
            sock.close()


def reply(status: int, body: Any = None, *headers: str, length: int | None = None) -> bytes:
    """An HTTP answer as bytes; `body` as JSON unless it is bytes."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} X",
        f"content-length: {len(content) if length is None else length}",
        *(headers or ("content-type: application/json",)),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def answers(*replies: bytes) -> Script:
    """Read a request and send the next reply, for each; the last one again and again."""

    def play(line: Line) -> None:
        count = 0
        while True:
            line.read()
            line.send(replies[min(count, len(replies) - 1)])
            count += 1

    return play


def sends(data: bytes) -> Script:
    """Read a request, send these bytes and close."""

    def play(line: Line) -> None:
        line.read()
        line.send(data)

    return play
