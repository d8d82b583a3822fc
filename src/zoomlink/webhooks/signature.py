"""Tells Zoom's requests from all others, and answers the check of an address. Pure: no I/O, a clock only by default.

Facts: https://developers.zoom.us/docs/api/webhooks/. What is signed are the bytes as they came; JSON that was read and
written again is another text.
"""

from __future__ import annotations

import hmac
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zoomlink.errors import WebhookError
from zoomlink.secret import Secret
from zoomlink.webhooks.events import MAX_BODY, VALIDATION, read_event
from zoomlink.zoom.reading import mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zoomlink.webhooks.events import Event

__all__ = ["SIGNATURE", "TIMESTAMP", "TOLERANCE", "authenticate", "sign", "validation_answer", "verify"]

TIMESTAMP, SIGNATURE = "x-zm-request-timestamp", "x-zm-signature"
TOLERANCE = 300
"""Seconds that a request may be old, or ahead of our clock."""
_SECONDS = re.compile(r"[0-9]{1,12}")
_HEX = re.compile(r"v0=[0-9a-f]{64}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,256}")


def verify(
    body: bytes, headers: Mapping[str, str], secrets: Iterable[str | Secret[str]], *, now: datetime | None = None
) -> Event:
    """Return the event of a request, which is Zoom's and was not touched on its way.

    `body` are the bytes as they came, before anything read them. `headers`: with names in any case. `secrets`: the
    app's Secret Token, and while it is being replaced the old one too. `now`: an aware datetime, by default this
    machine's clock. Raises WebhookError, whose `status` is the answer to give.
    """
    moment = now or datetime.now(UTC)
    authenticate(body, headers, secrets, now=moment)
    return read_event(body, received=moment)


def authenticate(
    body: bytes, headers: Mapping[str, str], secrets: Iterable[str | Secret[str]], *, now: datetime
) -> Secret[str]:
    """Return the secret with which a request was signed. Raises WebhookError for one that is not Zoom's."""
    known = _secrets(secrets)
    if not known:
        raise WebhookError(
            "No webhook secret is set, so that nothing can be told from a forgery.",
            status=503,
            hint="Set ZOOM_WEBHOOK_SECRET to the Secret Token on the Feature page of your Zoom app.",
        )
    if len(body) > MAX_BODY:
        raise WebhookError(f"The body has more than {MAX_BODY} bytes.", status=413)
    stamp, signature = _header(headers, TIMESTAMP), _header(headers, SIGNATURE)
    if stamp is None or not _SECONDS.fullmatch(stamp):
        raise WebhookError(f"The header {TIMESTAMP} is missing, or holds no number of seconds.")
    if signature is None or not _HEX.fullmatch(signature):
        raise WebhookError(f"The header {SIGNATURE} is missing, or holds no signature.")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE:
        raise WebhookError(
            f"The request was signed more than {TOLERANCE} seconds before or after this machine's present.",
            hint="Where Zoom's own requests are refused so, set the clock of this machine.",
        )
    given = signature.encode("ascii")
    # All are tried, so that the time it takes says nothing about which one fits.
    fitting = [secret for secret in known if hmac.compare_digest(sign(body, stamp, secret).encode("ascii"), given)]
    if not fitting:
        raise WebhookError(
            "The signature does not fit the body.",
            hint="Compare ZOOM_WEBHOOK_SECRET with the Secret Token of your Zoom app, and hand over the body's bytes "
            "as they came.",
        )
    return fitting[0]


def sign(body: bytes, stamp: str, secret: Secret[str]) -> str:
    """The signature of a body sent at `stamp` (seconds since 1970, as text)."""
    return "v0=" + hmac.digest(_bytes(secret), b"v0:" + stamp.encode() + b":" + body, "sha256").hex()


def validation_answer(event: Event, secret: Secret[str]) -> bytes:
    """What to answer to the check of an address, as JSON. Raises WebhookError (400) for a token that is none.

    The answer is a signature under the very key that signs events: for a text that could be one, there is none.
    """
    token = mapping(event.payload.get("payload")).get("plainToken")
    if event.name != VALIDATION or not isinstance(token, str) or not _TOKEN.fullmatch(token) or token[:3] == "v0:":
        raise WebhookError("The check of this address holds no token that may be signed.", status=400)
    encrypted = hmac.digest(_bytes(secret), token.encode("ascii"), "sha256").hex()
    return json.dumps({"plainToken": token, "encryptedToken": encrypted}, separators=(",", ":")).encode()


def _secrets(given: Iterable[str | Secret[str]]) -> list[Secret[str]]:
    # One that is not in a list is meant as the only one; taken letter by letter, each letter would be a secret.
    several = [given] if isinstance(given, str | Secret) else given
    found = [one if isinstance(one, Secret) else Secret(one) for one in several]
    return [one for one in found if one.reveal().strip()]


def _header(headers: Mapping[str, str], name: str) -> str | None:
    """The value of a header that stands there once; None when it is missing or doubled."""
    found = [value for key, value in headers.items() if isinstance(key, str) and key.lower() == name]
    return found[0] if len(found) == 1 and isinstance(found[0], str) else None


def _bytes(secret: Secret[str]) -> bytes:
    return secret.reveal().encode("utf-8", "surrogatepass")
