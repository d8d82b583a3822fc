"""Encrypts the shared token under a key derived from the app's secret, so that a database alone opens nothing.

AES-GCM, bound to account and app: a token copied into another row does not open.
"""

from __future__ import annotations

import base64
import hmac
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoomlink.config import Credentials

__all__ = ["seal", "unseal"]

_NONCE = 12


def seal(text: str, credentials: Credentials) -> str:
    """Encrypt a text. The same text looks different each time."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    sealed = AESGCM(_key(credentials)).encrypt(nonce, text.encode(), _bound_to(credentials))
    return base64.b64encode(nonce + sealed).decode()


def unseal(sealed: str, credentials: Credentials) -> str | None:
    """Return the text; None when it was sealed under another secret, for another app, or was changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        whole = base64.b64decode(sealed, validate=True)
        return AESGCM(_key(credentials)).decrypt(whole[:_NONCE], whole[_NONCE:], _bound_to(credentials)).decode()
    except (InvalidTag, ValueError):
        return None


def _key(credentials: Credentials) -> bytes:
    return hmac.digest(credentials.client_secret.reveal().encode(), b"zoomlink token 1", "sha256")


def _bound_to(credentials: Credentials) -> bytes:
    return f"{credentials.account_id}\0{credentials.client_id}".encode()
