"""Every id, passcode and token the sandbox makes, from one seeded source. Holds no meetings and knows no rules.

With the same seed the same calls give the same values, in the shapes Zoom's have (zoom-api: Identifiers).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import secrets
from typing import Any

# Without letters that look like digits
_LOWER = "abcdefghijkmnopqrstuvwxyz"
_UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS = "0123456789"
_MIXED = _LOWER + _UPPER + _DIGITS
_SPECIAL = "@-_*"
_JWT_HEAD = {
    "HS256": base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"="),
    "HS512": base64.urlsafe_b64encode(b'{"alg":"HS512","typ":"JWT","kid":"sandbox"}').rstrip(b"="),
}
_ENCODER = json.JSONEncoder(separators=(",", ":"))


class Ids:
    """A source of ids. `seed` None: different in every run."""

    def __init__(self, seed: int | None = None) -> None:
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Begin the same row of values again (without a seed: a new one)."""
        self.begin(secrets.randbits(64) if self._seed is None else self._seed)

    def begin(self, origin: int, generation: int = 1) -> None:
        """Begin the row of values that belongs to `origin`; tracking ids differ from generation to generation."""
        self.origin = origin
        trail = f"trail {origin}" if generation == 1 else f"trail {origin} {generation}"
        # S311 asks for a cryptographic source; a sandbox's ids must be repeatable and guard nothing
        self._random = random.Random(origin)  # noqa: S311
        self._zoom_trail = random.Random(trail)  # noqa: S311
        self._own_trail = random.Random(f"own {trail}")  # noqa: S311
        self._key = self._random.randbytes(32)

    def turn(self, number: int) -> None:
        """Go on from a place that depends on origin and `number` alone, so that what follows can be repeated."""
        self._random = random.Random(f"turn {self.origin} {number}")  # noqa: S311

    def uuid(self) -> str:
        """A meeting instance's uuid: base64 of 16 bytes, ending in ``==``."""
        return base64.b64encode(self._random.randbytes(16)).decode()

    def short_id(self) -> str:
        """A user's or account's id: 22 characters base64url."""
        return base64.urlsafe_b64encode(self._random.randbytes(16)).decode()[:22]

    def meeting_id(self) -> int:
        """Eleven digits, beginning with 8."""
        return 80_000_000_000 + self._random.randrange(10_000_000_000)

    def personal_id(self) -> int:
        """A personal meeting id: ten digits."""
        return 2_000_000_000 + self._random.randrange(7_000_000_000)

    def digits(self, count: int) -> str:
        """`count` decimal digits."""
        return f"{self._random.randrange(10**count):0{count}}"

    def passcode(self, rule: dict[str, Any]) -> str:
        """A passcode that meets a host's `meeting_password_requirement`: six characters unless the rule asks for more.

        A numeric-only rule gives digits; otherwise letters and digits, with a special character if asked for.
        """
        length = min(max(6, int(rule.get("length") or 0)), 10)
        pick = self._random.choices
        if rule.get("only_allow_numeric"):
            return "".join(pick(_DIGITS, k=length))
        # One of each kind at the front, the rest mixed, then shuffled: so every policy is met without trying again
        letters = pick(_LOWER) + pick(_UPPER) + pick(_DIGITS)
        if rule.get("have_special_character"):
            letters += pick(_SPECIAL)
        letters += pick(_MIXED, k=length - len(letters))
        self._random.shuffle(letters)
        return "".join(letters)

    def encrypted_passcode(self, meeting_id: int, passcode: str) -> str:
        """The `pwd` of a join URL: 30 characters and ``.1``; the same for the same meeting and passcode."""
        digest = hashlib.blake2b(f"{meeting_id}:{passcode}".encode(), key=self._key, digest_size=24).digest()
        return base64.b64encode(digest, b"ab").decode()[:30] + ".1"

    def derived_hex(self, *parts: object) -> str:
        """32 hex digits that belong to `parts`: stable, so nothing need be stored."""
        text = "\0".join(map(str, parts)).encode("utf-8", "replace")
        return hashlib.blake2b(text, key=self._key, digest_size=16).hexdigest()

    def tracking(self, *, zoom: bool) -> str:
        """The value of ``x-zm-trackingid``. The sandbox's own pages draw from another row: watching changes nothing."""
        trail = self._zoom_trail if zoom else self._own_trail
        return f"v=2.0;clid=us05;rid=WEB_{trail.getrandbits(128):032x}"

    def jwt(self, algorithm: str, claims: dict[str, Any]) -> str:
        """A signed token in JWT shape: `algorithm` is ``HS256`` (a zak) or ``HS512`` (an access token)."""
        body = _JWT_HEAD[algorithm] + b"." + _b64(_ENCODER.encode(claims).encode())
        signature = hmac.digest(self._key, body, "sha256" if algorithm == "HS256" else "sha512")
        return (body + b"." + _b64(signature)).decode()

    def nonce(self) -> str:
        """32 random hex digits."""
        return f"{self._random.getrandbits(128):032x}"

    def seal(self, text: str) -> str:
        """`text` as an opaque token that only this sandbox can have made; see `unseal`."""
        raw = text.encode()
        return _b64(hmac.digest(self._key, raw, "sha256")[:12] + raw).decode()

    def unseal(self, token: str) -> str | None:
        """What `seal` was given, or None when the token is not ours."""
        try:
            blob = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            mark, raw = blob[:12], blob[12:]
            return raw.decode() if hmac.compare_digest(mark, hmac.digest(self._key, raw, "sha256")[:12]) else None
        except ValueError:
            return None


def _b64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
