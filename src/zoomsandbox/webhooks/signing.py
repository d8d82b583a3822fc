"""Zoom's two uses of a webhook's secret token: the signature of a request, and the answer to a validation. Pure.

Source: https://developers.zoom.us/docs/api/webhooks/
"""

from __future__ import annotations

import hmac


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of ``x-zm-signature``: over ``v0:``, the timestamp header, ``:`` and the body's bytes."""
    message = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.digest(secret.encode(), message, "sha256").hex()


def encrypted_token(secret: str, plain_token: str) -> str:
    """What a validation's `encryptedToken` must be."""
    return hmac.digest(secret.encode(), plain_token.encode(), "sha256").hex()
