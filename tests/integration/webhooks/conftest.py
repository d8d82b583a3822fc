"""A site that receives the sandbox's webhooks over real HTTP, and a person who changes meetings in Zoom."""

from __future__ import annotations

import inspect
import json
import threading
import urllib.request
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from anyio.from_thread import start_blocking_portal
from tests.postgres import postgres, postgres_url

from zoomlink import AsyncLinkDesk, AsyncWebhooks, LinkDesk, RetryPolicy, Settings, Webhooks, ZoomClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anyio.from_thread import BlockingPortal

    from zoomlink.webhooks import Event, Reply

__all__ = ["postgres", "postgres_url"]

ONCE = RetryPolicy(attempts=1)
SECRET = "sandbox-webhook-secret"
ONE, TWO = "host1@sandbox.example", "host2@sandbox.example"


class Waiting:
    """Something async whose methods wait for their results, all in one event loop."""

    def __init__(self, it: Any, portal: BlockingPortal) -> None:
        self.it = it
        self._portal = portal

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.it, name)
        if not inspect.iscoroutinefunction(found):
            return found
        return lambda *arguments, **named: self._portal.call(partial(found, *arguments, **named))


class Site:
    """A desk, its webhooks behind a real address, and the sandbox's side of it."""

    def __init__(self, desk: Any, webhooks: Any, sandbox: Any) -> None:
        self.desk, self.webhooks, self.sandbox = desk, webhooks, sandbox
        self.replies: list[Reply] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                reply = site.webhooks.receive(body, self.headers)
                site.replies.append(reply)
                self.send_response(reply.status)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks/zoom"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Ask the sandbox's control plane."""
        data = json.dumps(body).encode() if method != "GET" else None
        request = urllib.request.Request(f"{self.sandbox.url}/_sandbox/{path}", data=data, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")

    def subscribe(self, **more: Any) -> Any:
        """Have the sandbox send everything here."""
        made = self.control("POST", "webhooks", url=self.url, secret=SECRET, timestamps="machine", **more)
        return next(one for one in self.told()["subscriptions"] if one["subscription"] == made["subscription"])

    def told(self) -> Any:
        """What was sent, once nothing is left to send."""
        return self.control("GET", "webhooks?settled=true")

    def work(self) -> list[Event]:
        """Wait for what was sent, and work it off."""
        self.told()
        done: list[Event] = []
        while found := self.webhooks.work():
            done += found
        return done


@pytest.fixture
def environ(zoom_sandbox: Any, tmp_path: Path) -> dict[str, str]:
    return {
        **zoom_sandbox.env,
        "ZOOMLINK_DATABASE": f"sqlite:///{tmp_path / 'ledger.db'}",
        "ZOOMLINK_PLAN": "none",
        "ZOOMLINK_HOSTS": f"{ONE},{TWO}",
        "ZOOM_WEBHOOK_SECRET": SECRET,
    }


@pytest.fixture
def new_site(environ: dict[str, str], zoom_sandbox: Any) -> Iterator[Callable[..., Site]]:
    """Make sites for threads, or with `tasks` for tasks; more settings as keywords."""
    ends: list[Callable[[], Any]] = []
    with start_blocking_portal() as portal:

        def new(*, tasks: bool = False, **more: str) -> Site:
            settings = Settings.from_env({**environ, **more})
            if tasks:
                desk = Waiting(AsyncLinkDesk(settings, policy=ONCE), portal)
                made = Site(desk, Waiting(AsyncWebhooks(desk.it), portal), zoom_sandbox)
                ends.extend([made.close, desk.aclose])
            else:
                plain = LinkDesk(settings, policy=ONCE)
                made = Site(plain, Webhooks(plain), zoom_sandbox)
                ends.extend([made.close, plain.close])
            return made

        yield new
        for end in ends:
            end()


@pytest.fixture(params=["threads", "tasks"])
def site(request: pytest.FixtureRequest, new_site: Callable[..., Site]) -> Site:
    """A site that has subscribed to everything."""
    made = new_site(tasks=request.param == "tasks")
    made.subscribe()
    return made


@pytest.fixture
def zoom(environ: dict[str, str]) -> Iterator[ZoomClient]:
    """A person who works in Zoom itself."""
    with ZoomClient(Settings.from_env(environ)) as client:
        yield client
