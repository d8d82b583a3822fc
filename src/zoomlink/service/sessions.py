"""Who is at the page: signed cookies, one-time addresses, and proof that a form is the page's own. No I/O.

A cookie says until when it is good and whose it is (``-`` is whoever runs the server, else the name of an API key), and
is signed under a key that every process of the service makes out of the app's secret: nothing has to be stored.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from typing import TYPE_CHECKING, NamedTuple

from zoomlink.store.keys import KeepVisit

if TYPE_CHECKING:
    from zoomlink.config import Credentials

__all__ = [
    "COOKIE",
    "LIFE",
    "OPERATOR",
    "VISIT_LIFE",
    "Session",
    "form_token",
    "make_session",
    "new_visit",
    "read_session",
    "service_secret",
    "visit_hash",
]

COOKIE = "zoomlink_session"
LIFE = 12 * 3600
VISIT_LIFE = 3600
"""Seconds that a session lasts, and that a one-time address may wait."""
OPERATOR = "-"
_FORM = re.compile(r"([1-9][0-9]{0,11})\.(-|[0-9a-z]{10})\.([A-Za-z0-9_-]{43})")


class Session(NamedTuple):
    """Somebody at the page."""

    subject: str
    """:data:`OPERATOR`, or the name of an API key."""
    expires: int
    """Seconds since 1970."""
    text: str
    """The cookie."""


def service_secret(credentials: Credentials, purpose: str) -> bytes:
    """A key for one purpose, made of the app's secret: the same in every process, and gone when that is changed."""
    return hmac.digest(credentials.client_secret.reveal().encode(), f"zoomlink {purpose} 1".encode(), "sha256")


def make_session(subject: str, secret: bytes, now: float) -> Session:
    """Make a session that begins now."""
    expires = int(now) + LIFE
    return Session(subject, expires, f"{expires}.{subject}.{_mac(secret, f'session {expires} {subject}')}")


def read_session(text: str, secret: bytes, now: float) -> Session | None:
    """Read a cookie; None for one that is forged, changed or over."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    expires, subject = int(found[1]), found[2]
    good = hmac.compare_digest(found[3], _mac(secret, f"session {expires} {subject}"))
    return Session(subject, expires, text) if good and now < expires else None


def form_token(session: Session, secret: bytes) -> str:
    """What a form of the page carries, and one of another site cannot."""
    return _mac(secret, f"form {session.text}")


def new_visit() -> tuple[str, KeepVisit]:
    """Draw a code that opens the page once, within an hour; and the operation that remembers it."""
    code = secrets.token_urlsafe(24)
    now = time.time_ns() // 1_000_000
    return code, KeepVisit(visit_hash(code), now, now + VISIT_LIFE * 1000)


def visit_hash(code: str) -> str:
    """What is kept of a one-time address."""
    return hashlib.sha256(code.encode()).hexdigest()


def _mac(secret: bytes, text: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(secret, text.encode(), "sha256")).decode().rstrip("=")
