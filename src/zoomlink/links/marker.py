"""The marker: a short tag in a meeting's agenda by which a lost meeting is found again. Pure; nothing is sent.

It is an HMAC of account, owner and key under a key derived from the app's secret: the same request has the same marker
for ever, nobody else can make it, and a meeting that carries one of ours can be told from one that carries another
installation's.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from zoomlink.errors import InvalidInputError
from zoomlink.zoom.checks import MAX_AGENDA

if TYPE_CHECKING:
    from zoomlink.config import Credentials

__all__ = ["LENGTH", "add_marker", "is_ours", "make_marker", "marker_in", "marker_key"]

LENGTH = 21
"""``zl-``, 16 characters (80 bits) and 2 that prove it is ours."""
_FORM = re.compile(r"zl-[a-z2-7]{18}(?![a-z2-7])")


def marker_key(credentials: Credentials) -> bytes:
    """Derive the key under which markers are made. It opens nothing else."""
    return _mac(credentials.client_secret.reveal().encode(), b"zoomlink marker 1")


def make_marker(key: bytes, account: str, owner: str, name: str) -> str:
    """Return the marker of the request that `owner` calls `name`."""
    tag = _base32(_mac(key, f"{account}\0{owner}\0{name}".encode())[:10])
    return f"zl-{tag}{_proof(key, tag)}"


def is_ours(key: bytes, marker: str) -> bool:
    """True when `marker` was made under this key (a foreign one passes once in a thousand)."""
    return bool(_FORM.fullmatch(marker)) and marker[19:] == _proof(key, marker[3:19])


def marker_in(agenda: str | None) -> str | None:
    """Return the last thing in an agenda that has the form of a marker."""
    found = _FORM.findall(agenda or "")
    return found[-1] if found else None


def add_marker(agenda: str | None, marker: str) -> str:
    """Put the marker at the end of an agenda, on a line of its own.

    Raises InvalidInputError where Zoom's limit leaves no room for it.
    """
    text = (agenda or "").rstrip()
    if not marker:
        return text
    if len(text) > MAX_AGENDA - LENGTH - 1:
        raise InvalidInputError(
            f"The agenda has {len(text)} characters; {MAX_AGENDA - LENGTH - 1} leave room for the line by which "
            "zoomlink finds the meeting again.",
            field="agenda",
            hint="Shorten it, or set ZOOMLINK_MARKER=off and do without that line.",
        )
    return f"{text}\n{marker}" if text else marker


def _proof(key: bytes, tag: str) -> str:
    return _base32(_mac(key, b"proof " + tag.encode())[:5])[:2]


def _base32(digest: bytes) -> str:
    return base64.b32encode(digest).decode().lower()


def _mac(key: bytes, text: bytes) -> bytes:
    import hmac  # loads the cryptography of OpenSSL

    return hmac.digest(key, text, "sha256")
