"""The webhook's view: what is genuine is stored, told and applied; everything else is refused and changes nothing."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from asgiref.sync import async_to_sync
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import AsyncClient, Client

from zoomlink import Secret
from zoomlink.integrations.django import (
    MeetingLink,
    create_link,
    get_desk,
    link_changed,
    settle,
    webhook_received,
)
from zoomlink.webhooks.signature import sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START = datetime(2031, 12, 1, 18, 24, tzinfo=UTC)
SECRET = "sandbox-webhook-secret"
ADDRESS = "/webhooks/zoom"


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_WEBHOOK_SECRET", SECRET)


@pytest.fixture
def events() -> Iterator[list[Any]]:
    """What came with the signal."""
    heard: list[Any] = []

    def hear(event: Any, **_: Any) -> None:
        heard.append(event)

    webhook_received.connect(hear)
    yield heard
    webhook_received.disconnect(hear)


def told(django: Any, event: str = "meeting.deleted", meeting: int = 81234567890, **more: Any) -> bytes:
    return json.dumps(
        {
            "event": event,
            "event_ts": int(time.time() * 1000),
            "payload": {
                "account_id": django.env["ZOOM_ACCOUNT_ID"],
                "object": {"id": meeting, "uuid": "aB3d5fGh7JkLmN9pQrStUw==", **more},
            },
        }
    ).encode()


def send(body: bytes, headers: dict[str, str] | None = None, *, secret: str = SECRET, age: int = 0) -> Any:
    """Send a body as Zoom does, to a site that insists on tokens against forged requests."""
    stamp = str(int(time.time()) - age)
    signed = {"x-zm-request-timestamp": stamp, "x-zm-signature": sign(body, stamp, Secret(secret))} | (headers or {})
    client = Client(enforce_csrf_checks=True)
    return client.post(ADDRESS, data=body, content_type="application/json", headers=signed)


def test_a_genuine_event_is_told_once_however_often_it_comes(django: Any, events: list[Any]) -> None:
    body = told(django)
    assert [send(body).status_code for _ in range(3)] == [204, 204, 204]
    assert [(event.name, event.meeting_id) for event in events] == [("meeting.deleted", 81234567890)]


def test_zooms_check_of_the_address_is_answered(django: Any, events: list[Any]) -> None:
    body = b'{"event": "endpoint.url_validation", "event_ts": 1, "payload": {"plainToken": "q9ibPhGeRZ6ayx5WTrXjRw"}}'
    answer = send(body)
    assert (answer.status_code, answer.json()["plainToken"]) == (200, "q9ibPhGeRZ6ayx5WTrXjRw")
    assert (len(answer.json()["encryptedToken"]), events) == (64, [])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"x-zm-signature": ""}, 401),
        ({"x-zm-request-timestamp": ""}, 401),
        ({"x-zm-signature": "v0="}, 401),
        ({"x-zm-signature": "v0=é"}, 401),
        ({"x-zm-signature": "v1=" + "a" * 64}, 401),
        ({"x-zm-signature": "v0=" + "a" * 10_000}, 401),
        ({"x-zm-request-timestamp": "nan"}, 401),
        ({"x-zm-request-timestamp": "1_700_000_000"}, 401),
        ({"x-zm-request-timestamp": "9" * 309}, 401),
        ({"x-zm-request-timestamp": "-1"}, 401),
    ],
)
def test_what_is_not_signed_as_zoom_signs_is_refused(
    django: Any, events: list[Any], change: dict[str, str], status: int
) -> None:
    assert (send(told(django), change).status_code, events) == (status, [])


@pytest.mark.parametrize("age", [-400, 400, 86_400])
def test_what_is_old_or_from_the_future_is_refused(django: Any, events: list[Any], age: int) -> None:
    assert (send(told(django), age=age).status_code, events) == (401, [])


def test_another_secret_and_a_body_that_was_touched_are_refused(django: Any, events: list[Any]) -> None:
    body = told(django)
    assert send(body, secret="another").status_code == 401
    stamp = str(int(time.time()))
    signed = {"x-zm-request-timestamp": stamp, "x-zm-signature": sign(body, stamp, Secret(SECRET))}
    client = Client()
    written_anew = json.dumps(json.loads(body), indent=1).encode()
    for other in (body + b" ", body.replace(b"deleted", b"updated"), b"", written_anew):
        answer = client.post(ADDRESS, data=other, content_type="application/json", headers=signed)
        assert answer.status_code == 401
    assert events == []


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"\xff\xfe", b"{", b'{"event": 3}', b"[" * 200_000])
def test_a_genuine_body_that_is_no_event_is_refused(django: Any, events: list[Any], body: bytes) -> None:
    assert (send(body).status_code, events) == (400, [])


def test_a_body_of_megabytes_is_refused(django: Any, events: list[Any]) -> None:
    assert [send(b"x" * size).status_code for size in (1_100_000, 10_000_000)] == [413, 413]
    assert events == []


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options", "patch"])
def test_only_post_is_answered(django: Any, method: str) -> None:
    assert getattr(Client(), method)(ADDRESS).status_code == 405


def test_without_a_secret_nothing_is_taken(django: Any, events: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZOOM_WEBHOOK_SECRET")
    assert (send(told(django)).status_code, events) == (503, [])


def test_without_settings_zoom_is_asked_to_come_again(django: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZOOM_CLIENT_SECRET")
    assert send(told(django)).status_code == 503


def test_an_old_and_a_new_secret_are_both_good_while_one_replaces_the_other(
    django: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOOM_WEBHOOK_SECRET", f"new-one,{SECRET}")
    assert [send(told(django, meeting=1)).status_code, send(told(django), secret="new-one").status_code] == [204, 204]


def test_an_event_of_another_account_is_stored_for_it_and_told_nobody(django: Any, events: list[Any]) -> None:
    body = told(django).replace(django.env["ZOOM_ACCOUNT_ID"].encode(), b"another-account")
    assert (send(body).status_code, events) == (204, [])


def test_a_receiver_that_fails_keeps_nothing_from_being_taken(django: Any) -> None:
    def fail(**_: Any) -> None:
        raise ZeroDivisionError

    webhook_received.connect(fail)
    try:
        assert send(told(django)).status_code == 204
    finally:
        webhook_received.disconnect(fail)


# From a change in Zoom to the row -------------------------------------------------------------------------------------


def test_a_meeting_that_was_moved_in_zoom_moves_its_row(django: Any) -> None:
    link = create_link("Piano", start=START)
    assert link.meeting_id is not None
    heard: list[tuple[str, Any]] = []

    def hear(link: MeetingLink, before: str, **_: Any) -> None:
        heard.append((before, link.meeting_start))

    link_changed.connect(hear)
    try:
        get_desk().zoom.meetings.update(link.meeting_id, start=START + timedelta(days=1))
        assert send(told(django, "meeting.updated", link.meeting_id)).status_code == 204
    finally:
        link_changed.disconnect(hear)
    link.refresh_from_db()
    assert (link.meeting_start, link.is_pending) == (START + timedelta(days=1), False)
    assert heard == [("ready", START + timedelta(days=1))]


def test_a_meeting_that_was_deleted_in_zoom_is_no_link_any_more(django: Any) -> None:
    link = create_link("Piano", start=START)
    assert link.meeting_id is not None
    get_desk().zoom.meetings.delete(link.meeting_id)
    assert send(told(django, "meeting.deleted", link.meeting_id)).status_code == 204
    link.refresh_from_db()
    assert (link.state, link.join_url, link.is_cancelled) == ("deleted", "", True)


def test_an_asynchronous_site_takes_events_too(django: Any, events: list[Any]) -> None:
    link = create_link("Piano", start=START)
    assert link.meeting_id is not None
    get_desk().zoom.meetings.delete(link.meeting_id)
    body, stamp = told(django, "meeting.deleted", link.meeting_id), str(int(time.time()))
    signed = {"x-zm-request-timestamp": stamp, "x-zm-signature": sign(body, stamp, Secret(SECRET))}
    post = async_to_sync(AsyncClient().post)
    assert post(ADDRESS, data=body, content_type="application/json", headers=signed).status_code == 204
    link.refresh_from_db()
    assert (link.state, len(events)) == ("deleted", 1)


def test_where_settle_hands_over_it_applies_events_too(django: Any, settings: Callable[..., None]) -> None:
    link = create_link("Piano", start=START)
    assert link.meeting_id is not None
    settings(HAND_OVER="settle")
    get_desk().zoom.meetings.delete(link.meeting_id)
    send(told(django, "meeting.deleted", link.meeting_id))
    link.refresh_from_db()
    assert link.state == "ready"
    assert [row.state for row in settle()] == ["deleted"]


class Quiet(WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


class Closing(WSGIServer):
    """Leaves no connection of Django's behind."""

    def process_request(self, request: Any, client_address: Any) -> None:
        super().process_request(request, client_address)
        connections.close_all()


def test_the_sandbox_tells_a_real_server(django: Any, events: list[Any]) -> None:
    link = create_link("Piano", start=START)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=Closing, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}{ADDRESS}"
        control(django, "webhooks", url=url, secret=SECRET, timestamps="machine")
        get_desk().zoom.meetings.delete(link.meeting_id or 0)
        with urllib.request.urlopen(f"{django.url}/_sandbox/webhooks?settled=true") as answer:
            assert answer.status == 200
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    link.refresh_from_db()
    assert (link.state, [event.name for event in events]) == ("deleted", ["meeting.deleted"])


def control(django: Any, path: str, **body: Any) -> None:
    request = urllib.request.Request(f"{django.url}/_sandbox/{path}", data=json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        assert answer.status < 300
