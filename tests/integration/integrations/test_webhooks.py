"""The webhook addresses of all integrations: what the sandbox sends over real HTTP, and what nobody should."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import uvicorn
from fastapi import FastAPI
from flask import Flask
from starlette.applications import Starlette
from starlette.testclient import TestClient

from zoomlink import AsyncLinkDesk, AsyncWebhooks, LinkDesk, Secret, Webhooks
from zoomlink.integrations.fastapi import desk_lifespan, webhook_router
from zoomlink.integrations.flask import ZoomLink, webhooks, zoom_event
from zoomlink.integrations.flask.desk import held_by
from zoomlink.integrations.starlette import webhook_route
from zoomlink.integrations.webhook_apps import asgi_webhook_app, wsgi_webhook_app
from zoomlink.webhooks.events import MAX_BODY
from zoomlink.webhooks.signature import sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zoomlink.webhooks import Event

SECRET = "sandbox-webhook-secret"
LESSON: dict[str, Any] = {"start": "2031-12-01 18:24", "timezone": "Europe/Lisbon"}
KINDS = ["flask", "fastapi", "starlette", "wsgi", "asgi"]


class Application:
    """An application with a webhook address: served for real, or asked directly."""

    def __init__(self, kind: str) -> None:
        self.app: Any = None
        self.is_asgi = kind in {"fastapi", "starlette", "asgi"}
        self.works_off = kind in {"flask", "fastapi", "starlette"}
        self.heard: list[Event] = []
        self.fails = False

    def hear(self, event: Event) -> None:
        if self.fails:
            raise ValueError("a mistake in the application")
        self.heard.append(event)

    @contextmanager
    def served(self) -> Iterator[str]:
        with (served_by_uvicorn if self.is_asgi else served_by_wsgiref)(self.app) as url:
            yield f"{url}/webhooks/zoom"


@pytest.fixture(params=KINDS)
def application(
    request: pytest.FixtureRequest, zoom_sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    monkeypatch.setenv("ZOOM_WEBHOOK_SECRET", SECRET)
    made = Application(request.param)

    async def on_event(event: Event, desk: AsyncLinkDesk) -> None:
        assert await desk.counts() is not None
        made.hear(event)

    def on_signal(sender: Flask, event: Event) -> None:
        made.hear(event)

    with ExitStack() as stack:
        match request.param:
            case "flask":
                made.app = Flask("lessons")
                ZoomLink(made.app)
                made.app.register_blueprint(webhooks)
                stack.callback(held_by(made.app).close)
                stack.enter_context(zoom_event.connected_to(on_signal, made.app))
            case "fastapi":
                made.app = FastAPI(lifespan=desk_lifespan())
                made.app.include_router(webhook_router(on_event=on_event))
            case "starlette":
                made.app = Starlette(routes=[webhook_route(on_event=on_event)], lifespan=desk_lifespan())
            case "wsgi":
                desk = stack.enter_context(LinkDesk.from_env())
                made.app = wsgi_webhook_app(Webhooks(desk), on_event=made.hear)
            case _:
                made.app = asgi_webhook_app(AsyncWebhooks(AsyncLinkDesk.from_env()), on_event=made.hear)
        yield made


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def served_by_wsgiref(app: Any) -> Iterator[str]:
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def served_by_uvicorn(app: Any) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="auto"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def url(application: Application) -> Iterator[str]:
    with application.served() as url:
        yield url


def event_body(**changes: Any) -> bytes:
    whole = {
        "event": "meeting.ended",
        "event_ts": 1_954_000_000_000,
        "payload": {"account_id": "sandbox-account", "object": {"id": "85491225359", "topic": "Aula de violão"}},
    }
    return json.dumps({**whole, **changes}, ensure_ascii=False).encode()


def signed(
    body: bytes, *, seconds: float = 0, secret: str = SECRET, stamp: str | None = "", signature: str | None = ""
) -> dict[str, str]:
    """Zoom's headers for a body; `stamp` and `signature` say something else than is right, or None: nothing."""
    right = str(int(time.time() + seconds))
    found = {
        "x-zm-request-timestamp": right if stamp == "" else stamp,
        "x-zm-signature": sign(body, right, Secret(secret)) if signature == "" else signature,
    }
    return {name: value for name, value in found.items() if value is not None}


def post(url: str, body: bytes, headers: dict[str, str], method: str = "POST") -> tuple[int, bytes]:
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def test_a_genuine_event_is_heard_once_however_often_it_comes(url: str, application: Application) -> None:
    body = event_body()
    assert [post(url, body, signed(body, seconds=ago))[0] for ago in (0, -10, 5)] == [204, 204, 204]
    assert [(event.name, event.meeting_id) for event in application.heard] == [("meeting.ended", 85491225359)]
    assert application.heard[0].payload["payload"]["object"]["topic"] == "Aula de violão"


def test_zooms_check_of_the_address_is_answered(url: str, application: Application) -> None:
    body = json.dumps({"event": "endpoint.url_validation", "payload": {"plainToken": "a-token"}}).encode()
    status, said = post(url, body, signed(body))
    assert status == 200
    assert json.loads(said)["plainToken"] == "a-token"
    assert application.heard == []


BODY = event_body()
SPACED = json.dumps(json.loads(BODY), indent=1).encode()
ZEROS = "v0=" + "0" * 64
HUGE = b" " * (MAX_BODY + 1)
CASES: list[tuple[str, bytes, Callable[[], dict[str, str]], int]] = [
    ("no headers", BODY, dict, 401),
    ("no signature", BODY, lambda: signed(BODY, signature=None), 401),
    ("no timestamp", BODY, lambda: signed(BODY, stamp=None), 401),
    ("another secret", BODY, lambda: signed(BODY, secret="another"), 401),
    ("zeros", BODY, lambda: signed(BODY, signature=ZEROS), 401),
    ("a blank", BODY, lambda: signed(BODY, signature=" "), 401),
    ("v0= only", BODY, lambda: signed(BODY, signature="v0="), 401),
    ("v1", BODY, lambda: signed(BODY, signature=ZEROS.replace("v0", "v1")), 401),
    ("not ASCII", BODY, lambda: signed(BODY, signature="v0=" + "é" * 64), 401),
    ("10 KB", BODY, lambda: signed(BODY, signature="v0=" + "0" * 10_000), 401),
    ("upper case", BODY, lambda: upper(signed(BODY)), 401),
    ("two signatures", BODY, lambda: signed(BODY, signature=f"{signed(BODY)['x-zm-signature']}, {ZEROS}"), 401),
    ("written again", SPACED, lambda: signed(BODY), 401),
    ("one byte", BODY[:-1] + b" ", lambda: signed(BODY), 401),
    ("too old", BODY, lambda: signed(BODY, seconds=-310), 401),
    ("too new", BODY, lambda: signed(BODY, seconds=310), 401),
    ("nan", BODY, lambda: signed(BODY, stamp="nan"), 401),
    ("underscores", BODY, lambda: signed(BODY, stamp="1_954_000_000"), 401),
    ("plus", BODY, lambda: signed(BODY, stamp="+1954000000"), 401),
    ("a fraction", BODY, lambda: signed(BODY, stamp="1954000000.5"), 401),
    ("309 digits", BODY, lambda: signed(BODY, stamp="9" * 309), 401),
    ("empty body", b"", lambda: signed(b""), 400),
    ("not UTF-8", b"\xff\xfe", lambda: signed(b"\xff\xfe"), 400),
    ("a list", b"[]", lambda: signed(b"[]"), 400),
    ("deep", b"[" * 50_000, lambda: signed(b"[" * 50_000), 400),
    ("too large", HUGE, lambda: signed(HUGE), 413),
]


def upper(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "x-zm-signature": "v0=" + headers["x-zm-signature"].removeprefix("v0=").upper()}


@pytest.mark.parametrize(("body", "headers", "status"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_not_zooms_is_refused_in_words_and_heard_by_nobody(
    url: str, application: Application, body: bytes, headers: Callable[[], dict[str, str]], status: int
) -> None:
    refused, said = post(url, body, headers())
    assert (refused, json.loads(said)["status"]) == (status, status)
    assert SECRET not in said.decode()
    assert application.heard == []


def test_another_accounts_event_is_stored_for_it_and_not_heard_here(url: str, application: Application) -> None:
    body = event_body(payload={"account_id": "another", "object": {"id": 7}})
    assert post(url, body, signed(body))[0] == 204
    assert application.heard == []


def test_an_unknown_event_is_heard_too(url: str, application: Application) -> None:
    body = event_body(event="meeting.something_new", payload={"account_id": "sandbox-account", "object": {}})
    assert post(url, body, signed(body))[0] == 204
    assert [(event.name, event.meeting_id) for event in application.heard] == [("meeting.something_new", None)]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_is_refused(url: str, method: str) -> None:
    assert post(url, b"", {}, method)[0] == 405


def test_what_the_application_does_may_fail_and_zoom_hears_that_all_is_well(
    url: str, application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    application.fails = True
    body = event_body()
    assert post(url, body, signed(body))[0] == 204
    assert [record.getMessage() for record in caplog.records if record.name == "zoomlink.webhooks"] == [
        "What the application does about meeting.ended failed"
    ]


def test_a_meeting_that_is_deleted_in_zoom_is_deleted_here(
    url: str, application: Application, zoom_sandbox: Any
) -> None:
    with LinkDesk.from_env() as desk:
        link = desk.create("Guitar lesson", **LESSON)
        control(zoom_sandbox, "webhooks", url=url, secret=SECRET, timestamps="machine")
        assert [one["state"] for one in control(zoom_sandbox, "webhooks?settled=true")["subscriptions"]] == ["valid"]
        desk.zoom.meetings.delete(link.meeting_id or 0)
        told = control(zoom_sandbox, "webhooks?settled=true")
        assert [(one["event"], one["state"]) for one in told["deliveries"]] == [("meeting.deleted", "delivered")]
        if not application.works_off:
            Webhooks(desk).work()
        until = time.monotonic() + 20
        while desk.get(link).state != "deleted":
            assert time.monotonic() < until
            time.sleep(0.02)
    assert [event.name for event in application.heard if event.name == "meeting.deleted"] == ["meeting.deleted"]


def control(sandbox: Any, path: str, **body: Any) -> Any:
    """Ask the sandbox's control plane."""
    request = urllib.request.Request(f"{sandbox.url}/_sandbox/{path}", data=json.dumps(body).encode() if body else None)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def test_without_a_secret_nothing_is_taken_in(zoom_sandbox: Any) -> None:
    app = FastAPI(lifespan=desk_lifespan())
    app.include_router(webhook_router())
    body = event_body()
    with TestClient(app) as client:
        refused = client.post("/webhooks/zoom", content=body, headers=signed(body))
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
        assert "/webhooks/zoom" not in client.get("/openapi.json").json()["paths"]
