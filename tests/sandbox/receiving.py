"""A receiver of webhooks for the tests: a real HTTP server that keeps what it gets and answers as it is told."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from email.message import Message
    from types import TracebackType

SECRET = "sandbox-webhook-secret"


class Received:
    """One request as it came in."""

    def __init__(self, path: str, headers: Message, body: bytes) -> None:
        self.path = path
        self.headers = headers
        self.body = body
        self.json: Any = json.loads(body)

    @property
    def event(self) -> str:
        return str(self.json["event"])

    @property
    def object(self) -> Any:
        return self.json["payload"]["object"]

    @property
    def stamp(self) -> str:
        return str(self.headers["x-zm-request-timestamp"])

    def signed_with(self, secret: str) -> bool:
        """Whether the signature is that of Zoom's own sample, over the raw bytes."""
        message = b"v0:" + self.stamp.encode() + b":" + self.body
        expected = "v0=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        return self.headers["x-zm-signature"] == expected


class Receiver:
    """`answers` are the statuses of the next events, 200 when there are none left; `secret` answers validations.

    While `open` is cleared, events get no answer at all; `arrived` is set with the first event. `raw`: send
    this instead of an HTTP answer.
    """

    def __init__(self, secret: str = SECRET) -> None:
        self.secret = secret
        self.answers: deque[int] = deque()
        self.open = threading.Event()
        self.open.set()
        self.arrived = threading.Event()
        self.raw: bytes | None = None
        self.validations: list[Received] = []
        self.events: list[Received] = []
        self.answered = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.block_on_close = True
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/zoom?x=1"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.take(self, Received(self.path, self.headers, body))

            def log_message(self, *arguments: Any) -> None:
                pass

        return Handler

    def take(self, handler: BaseHTTPRequestHandler, got: Received) -> None:
        """Keep a request and answer it."""
        if got.event == "endpoint.url_validation":
            self.validations.append(got)
            plain = got.json["payload"]["plainToken"]
            encrypted = hmac.new(self.secret.encode(), plain.encode(), hashlib.sha256).hexdigest()
            self._answer(handler, 200, json.dumps({"plainToken": plain, "encryptedToken": encrypted}).encode())
            return
        self.events.append(got)
        self.arrived.set()
        self.open.wait(10)
        if self.raw is not None:
            handler.wfile.write(self.raw)
            return
        self._answer(handler, self.answers.popleft() if self.answers else 200)
        self.answered += 1

    def _answer(self, handler: BaseHTTPRequestHandler, status: int, body: bytes = b"") -> None:
        try:
            handler.send_response(status)
            if 300 <= status < 400:
                handler.send_header("Location", "/elsewhere")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except ConnectionError:
            pass  # the sandbox waits only so long

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
