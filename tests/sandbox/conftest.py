"""Fixtures for the sandbox's own tests: one running server, brought back to the start before each test, and a client.

Everything goes over real HTTP.
"""

from __future__ import annotations

import base64
import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from zoomsandbox.core.clock import parse_instant
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = "2031-06-02T10:00:00Z"


class Answer:
    """An HTTP answer, read to the end."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Api:
    """A plain client on one kept-alive connection, with a token that it asks for when it first needs one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        self._token = ""

    def send(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request exactly as given."""
        self._connection.request(method, path, body, headers or {})
        return Answer(self._connection.getresponse())

    def ask_token(
        self,
        body: str | None = "grant_type=account_credentials&account_id=sandbox-account",
        *,
        path: str = "/oauth/token",
        client: str = "sandbox-client:sandbox-secret",
        **headers: str,
    ) -> Answer:
        """A call to the token endpoint."""
        basic = base64.b64encode(client.encode()).decode()
        kept = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, body, kept | headers)

    @property
    def token(self) -> str:
        if not self._token:
            self._token = str(self.ask_token().json["access_token"])
        return self._token

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """A call below /v2 with a bearer token; `body` is sent as JSON."""
        kept = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            kept["Content-Type"] = "application/json"
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return self.send(method, f"/v2{path}", raw, kept | headers)

    def create(self, user: str = "me", **fields: Any) -> Any:
        """Create a meeting and return what was answered."""
        answer = self.call("POST", f"/users/{user}/meetings", fields)
        assert answer.status == 201, answer.body
        return answer.json

    def get(self, meeting_id: int, query: str = "") -> Any:
        """A meeting as it is now."""
        answer = self.call("GET", f"/meetings/{meeting_id}{query}")
        assert answer.status == 200, answer.body
        return answer.json

    def listed(self, query: str = "", user: str = "me") -> Any:
        """A page of a user's meetings."""
        answer = self.call("GET", f"/users/{user}/meetings{query}")
        assert answer.status == 200, answer.body
        return answer.json

    def clock(self, **wish: Any) -> Any:
        """Move the sandbox's clock."""
        answer = self.send("POST", "/_sandbox/clock", json.dumps(wish))
        assert answer.status == 200, answer.body
        return answer.json

    def later(self, **wish: Any) -> None:
        """Move the sandbox's clock and take a new token there, the old one having perhaps expired."""
        self.clock(**wish)
        self._token = ""

    def ledger(self) -> Any:
        """Every commit so far."""
        return self.send("GET", "/_sandbox/ledger").json["commits"]

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="session")
def running() -> Iterator[ThreadedSandbox]:
    """One server for all tests; its clock stands still at NOW, and no rate limit holds."""
    with ThreadedSandbox(Options(clock=parse_instant(NOW), limits=False)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: ThreadedSandbox) -> ThreadedSandbox:
    """The running sandbox, as at the start."""
    running.reset()
    return running


@pytest.fixture
def api(sandbox: ThreadedSandbox) -> Iterator[Api]:
    """A client of the running sandbox."""
    client = Api(sandbox.url)
    yield client
    client.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Api]]:
    """A client of a sandbox of one's own, with the options given; stopped after the test."""
    stops: list[Callable[[], None]] = []

    def begin(**options: Any) -> Api:
        options.setdefault("clock", parse_instant(NOW))
        options.setdefault("limits", False)
        own = ThreadedSandbox(Options(**options)).start()
        client = Api(own.url)
        stops.extend((own.stop, client.close))
        return client

    yield begin
    for stop in reversed(stops):
        stop()
