"""Zoom's events at the service: stored before they are acknowledged, applied later, refused when not signed by Zoom."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from zoomlink import Settings, ZoomClient

if TYPE_CHECKING:
    from tests.integration.service.ground import Service, Services

SECRET = "webhook-canary"


@pytest.fixture
def service(services: Services) -> Service:
    return services.new({"ZOOM_WEBHOOK_SECRET": f"older,{SECRET}"}, sweep=False)


def signed(body: bytes, secret: str = SECRET, moment: int | None = None) -> dict[str, str]:
    seconds = str(int(time.time()) if moment is None else moment)
    mac = hmac.new(secret.encode(), f"v0:{seconds}:".encode() + body, hashlib.sha256).hexdigest()
    return {"x-zm-signature": f"v0={mac}", "x-zm-request-timestamp": seconds, "content-type": "application/json"}


def event(name: str, account: str, **object_: Any) -> bytes:
    told = {"event": name, "event_ts": int(time.time() * 1000), "payload": {"account_id": account, "object": object_}}
    return json.dumps(told).encode()


def post(service: Service, body: bytes, headers: Any) -> Any:
    return service.call("POST", "/webhooks/zoom", key=None, content=body, headers=headers)


def numbers(service: Service) -> str:
    return str(service.call("GET", "/metrics").text)


def test_a_genuine_event_is_acknowledged_and_applied(service: Service, zoom_sandbox: Any) -> None:
    link = service.create().json()
    with ZoomClient(Settings.from_env(zoom_sandbox.env)) as zoom:  # a person does, in Zoom
        zoom.meetings.delete(link["meeting_id"])
    body = event("meeting.deleted", service.desks[0].rules.account, id=str(link["meeting_id"]), uuid="u", host_id="h")
    answer = post(service, body, signed(body))
    assert (answer.status_code, answer.content) == (204, b"")
    assert post(service, body, signed(body)).status_code == 204  # again: known, and no harm
    [hook] = service.api.state.zoomlink.webhooks.values()
    service.portal.call(hook.work)
    assert service.call("GET", f"/v1/links/{link['id']}").json()["state"] == "deleted"
    assert 'zoomlink_webhook_events_total{event="meeting.deleted"} 1.0' in numbers(service)


def test_zoom_s_check_of_the_address_is_answered(service: Service) -> None:
    body = json.dumps(
        {"event": "endpoint.url_validation", "event_ts": 1, "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}}
    ).encode()
    answer = post(service, body, signed(body))
    mac = hmac.new(SECRET.encode(), b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hexdigest()
    assert (answer.status_code, answer.json()) == (
        200,
        {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": mac},
    )


@pytest.mark.parametrize("case", ["none", "wrong", "old", "twice"])
def test_what_zoom_did_not_sign_is_refused_as_a_problem(service: Service, case: str) -> None:
    body = event("meeting.deleted", "sandbox-account", id="1")
    good = signed(body)
    headers: Any = {
        "none": {"content-type": "application/json"},
        "wrong": signed(body, "another"),
        "old": signed(body, moment=int(time.time()) - 301),
        "twice": [*good.items(), ("x-zm-signature", good["x-zm-signature"])],
    }[case]
    answer = post(service, body, headers)
    assert answer.status_code in {400, 401}
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    assert SECRET not in answer.text


def test_without_a_secret_nothing_is_taken_for_genuine(services: Services) -> None:
    body = event("meeting.deleted", "sandbox-account", id="1")
    answer = post(services.new(sweep=False), body, signed(body, ""))
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/configuration")
    assert "ZOOM_WEBHOOK_SECRET" in answer.text
