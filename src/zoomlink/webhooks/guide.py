"""What to enter on Zoom's side so that events come, as data; and a test of an address by what Zoom would send to it.
Nothing is printed here.

Facts: https://developers.zoom.us/docs/api/webhooks/.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from zoomlink.client.ways import is_address
from zoomlink.errors import InvalidInputError, TransportError, tidy
from zoomlink.webhooks.events import SUBSCRIBED, VALIDATION
from zoomlink.webhooks.signature import SIGNATURE, TIMESTAMP, sign
from zoomlink.zoom.flow import Request

if TYPE_CHECKING:
    from zoomlink.client.http import Sender
    from zoomlink.secret import Secret

__all__ = ["EVENTS", "PATH", "Tried", "check_url", "shortcomings", "steps", "try_address"]

PATH = "/webhooks/zoom"
"""Where ``zoomlink serve`` takes events."""
ANSWER_WITHIN = 3.0
"""Seconds for which Zoom waits for an answer."""
EVENTS: dict[str, str] = dict(
    zip(
        SUBSCRIBED,
        (
            "Meeting has been created",
            "Meeting has been updated",
            "Meeting has been deleted",
            "Meeting has been permanently deleted",
            "Meeting has been recovered",
            "Start Meeting",
            "End Meeting",
        ),
        strict=True,
    )
)
"""The events to subscribe to, and what Zoom's page calls them."""


class Tried(NamedTuple):
    """One thing that was tried at an address."""

    what: str
    good: bool
    detail: str
    """What came, where it was not what it should be."""


def check_url(url: str) -> str:
    """Return an address that may be entered, complete with path. Raises InvalidInputError for what is none."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in {"https", "http"} or "@" in parts.netloc or not url.isascii():
        raise InvalidInputError(
            f"{tidy(url, 80)!r} is no address.", field="url", hint=f"Write https://links.example.com{PATH}."
        )
    return url.strip() if parts.path.strip("/") else url.strip().rstrip("/") + PATH


def shortcomings(url: str) -> list[str]:
    """Why Zoom will not send to an address; empty when it will."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    found = []
    if parts.scheme != "https":
        found.append("Zoom sends only to https addresses, with a certificate that browsers trust.")
    if is_address(host) or "." not in host.strip("."):
        found.append("Zoom needs a public name, and sends to no bare address and to no machine of your own network.")
    return found


def steps(url: str, *, secret: bool) -> list[str]:
    """What to do, in order; `secret`: whether ``ZOOM_WEBHOOK_SECRET`` is set."""
    names = "\n".join(f"  {label:<38} {name}" for name, label in EVENTS.items())
    known = "It is set here." if secret else "It is not set here: until it is, every event is refused."
    return [
        "Sign in at https://marketplace.zoom.us, open Manage, your app, and the page Feature.",
        f"Copy the Secret Token into ZOOM_WEBHOOK_SECRET and start what receives the events. {known}",
        (
            "Switch on Event Subscriptions, press Add Event Subscription, choose Webhook, and enter this Event "
            f"notification endpoint URL:\n  {url}"
        ),
        f"Press Add Events and tick, under Meeting:\n{names}",
        "Press Validate, which asks that address whether it has the Secret Token; then Save, and Continue.",
    ]


def try_address(url: str, secret: Secret[str], sender: Sender, *, now: int) -> list[Tried]:
    """Ask an address what Zoom would, and what a stranger would; nothing is changed. `now`: seconds since 1970."""
    token = "zoomlink-check"  # noqa: S105 - anybody may know it
    body = json.dumps({"event": VALIDATION, "payload": {"plainToken": token}, "event_ts": now * 1000}).encode()
    stamp = str(now)
    genuine = {"content-type": "application/json", TIMESTAMP: stamp, SIGNATURE: sign(body, stamp, secret)}
    wanted = hmac.digest(secret.reveal().encode(), token.encode(), "sha256").hex()
    tried = []
    for what, headers, status in (
        ("answers Zoom's check of the address", genuine, 200),
        ("refuses what is not signed", {"content-type": "application/json"}, 401),
        ("refuses a wrong signature", {**genuine, SIGNATURE: "v0=" + "0" * 64}, 401),
    ):
        try:
            answer = sender.send(Request("POST", url, headers, body), ANSWER_WITHIN)
        except TransportError as error:
            tried.append(Tried(what, good=False, detail=str(error)))
            continue
        detail = "" if answer.status == status else f"It answered HTTP {answer.status}, not {status}."
        if not detail and status == 200 and not _answers(answer.body, token, wanted):
            detail = "It answered another encryptedToken: compare the Secret Tokens."
        tried.append(Tried(what, good=not detail, detail=detail))
    return tried


def _answers(body: bytes, token: str, wanted: str) -> bool:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and (found.get("plainToken"), found.get("encryptedToken")) == (token, wanted)
