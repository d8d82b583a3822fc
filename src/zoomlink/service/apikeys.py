"""API keys: how they are made, read and compared. Pure: randomness comes in, nothing is stored here.

A key is ``zlk_``, ten characters that name it, fifty-two that are the secret (260 random bits) and six by which a
mistyped key, or one found in a log, is known without asking anybody.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import zlib
from typing import NamedTuple

from zoomlink.errors import InvalidInputError, tidy
from zoomlink.secret import Secret

__all__ = [
    "RANDOM_BYTES",
    "SCOPES",
    "ApiKey",
    "check_scopes",
    "hash_of",
    "make_key",
    "matches",
    "read_key",
    "read_span",
]

SCOPES: dict[str, str] = {
    "links:read": "see links, hosts and when they are free",
    "links:write": "create, change and cancel links",
    "host": "get a meeting's start URL, the host's private entrance",
    "batches": "upload files of links, and run them",
    "admin": "read the metrics",
}
"""Every scope and what it allows."""

RANDOM_BYTES = 40
"""How many random bytes a key is made of."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_NAME, _SECRET, _CHECK = 10, 52, 6
_PREFIX = "zlk_"
_LENGTH = len(_PREFIX) + _NAME + _SECRET + _CHECK
_NOBODY = "0" * 64


class ApiKey(NamedTuple):
    """A key: its name, which may be shown, and the whole of it, which is shown once."""

    id: str
    text: Secret[str]


def make_key(randomness: bytes) -> ApiKey:
    """Make a key of at least :data:`RANDOM_BYTES` random bytes."""
    if len(randomness) < RANDOM_BYTES:
        raise ValueError(f"a key takes {RANDOM_BYTES} random bytes")
    number = int.from_bytes(randomness)
    body = ""
    for _ in range(_NAME + _SECRET):
        number, digit = divmod(number, 32)
        body += _ALPHABET[digit]
    return ApiKey(body[:_NAME], Secret(_PREFIX + body + _check(body)))


def read_key(text: str) -> ApiKey | None:
    """Read a key; None for what cannot be one, whatever it is."""
    if len(text) != _LENGTH or not text.startswith(_PREFIX):
        return None
    body, check = text[len(_PREFIX) : -_CHECK], text[-_CHECK:]
    if not set(body + check) <= set(_ALPHABET) or check != _check(body):
        return None
    return ApiKey(body[:_NAME], Secret(text))


def hash_of(key: ApiKey) -> str:
    """What is kept of a key. The key is random, so a plain hash is as good as a slow one."""
    return hashlib.sha256(key.text.reveal().encode()).hexdigest()


def matches(key: ApiKey, kept: str | None) -> bool:
    """True when `kept` is the hash of this key; a key that nobody knows takes as long to refuse as a wrong one."""
    same = hmac.compare_digest(hash_of(key), kept or _NOBODY)
    return same and kept is not None


def check_scopes(scopes: str) -> tuple[str, ...]:
    """Read scopes separated by commas or blanks, in the order of :data:`SCOPES`. Raises InvalidInputError."""
    wanted = [one for one in scopes.replace(",", " ").split() if one]
    odd = [one for one in wanted if one not in SCOPES]
    if odd or not wanted:
        what = f"There is no scope {tidy(odd[0], 40)!r}." if odd else "No scope is named."
        raise InvalidInputError(what, field="scopes", hint=f"They are {', '.join(SCOPES)}; separate them by commas.")
    return tuple(one for one in SCOPES if one in wanted)


def _check(body: str) -> str:
    number = zlib.crc32(body.encode()) & (1 << 5 * _CHECK) - 1
    found = ""
    for _ in range(_CHECK):
        number, digit = divmod(number, 32)
        found += _ALPHABET[digit]
    return found


_UNITS = {"h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000, "y": 365 * 86_400_000}


def read_span(text: str, field: str) -> int:
    """Read a span such as ``90d``, ``12h``, ``2w`` or ``1y``, in milliseconds. Raises InvalidInputError."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})([hdwy])", text.strip().lower())
    if found is None or (span := int(found[1]) * _UNITS[found[2]]) > 100 * _UNITS["y"]:
        raise InvalidInputError(
            f"{tidy(text, 40)!r} is no span of time.", field=field, hint="Write 90d, 12h, 2w or 1y."
        )
    return span
