"""The last requests and what was answered, without secrets. For tests and for a person who watches."""

from __future__ import annotations

import re
from collections import deque
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from zoomsandbox.core.clock import zulu
from zoomsandbox.core.ledger import Cause

if TYPE_CHECKING:
    from zoomsandbox.core.clock import Clock
    from zoomsandbox.core.http import Exchange, Response

KEPT = 1000
_BODY_SHOWN = 4096
_IN_FORM = re.compile(r"((?:^|[&?])(?:access_token|token|zak|pwd|password|client_secret)=)[^&\s]*")
# A secret's value may be cut where the kept part of a body ends, so the closing quotation mark may be missing
_IN_JSON = re.compile(
    r'("(?:password|passcode|client_secret|secret_token|access_token|token|zak)"\s*:\s*)"(?:[^"\\]|\\.)*"?'
)
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})


def masked(text: str) -> str:
    """`text`, a form or JSON, with ``***`` in place of secrets."""
    return _IN_JSON.sub(r'\1"***"', _IN_FORM.sub(r"\1***", text))


class Record:
    """One request and its answer's status. `status` 0: never answered; `faults`: which faults struck it.

    `ms` is how long it took, in milliseconds of the sandbox's clock: 0 while that stands still.
    """

    __slots__ = (
        "_body",
        "_headers",
        "_query",
        "at",
        "attempt",
        "committed",
        "faults",
        "method",
        "ms",
        "name",
        "number",
        "path",
        "status",
        "tracking_id",
    )

    def __init__(self, exchange: Exchange, status: int, now: float) -> None:
        self.number = exchange.cause.request
        self.at = exchange.received_at
        self.ms = max(round((now - exchange.received_at) * 1000, 3), 0.0)
        self.method = exchange.method
        self.path = exchange.path
        self.name = exchange.route.name
        self.status = status
        self.attempt = exchange.cause.attempt
        self.tracking_id = exchange.tracking_id
        self.committed = len(exchange.cause.commits)
        self.faults = exchange.faults
        self._query = exchange.query_string
        self._headers = exchange.headers
        self._body = exchange.body[:_BODY_SHOWN]

    @property
    def query(self) -> str:
        """The query string, without secrets."""
        return masked(self._query.decode("latin-1"))

    @property
    def body(self) -> str:
        """The first part of the body, without secrets."""
        return masked(self._body.decode("utf-8", "replace"))

    @property
    def headers(self) -> dict[str, str]:
        """The headers, without secrets: of an authorisation only its scheme is left."""
        return {
            name: f"{value.partition(' ')[0]} ***" if name in _SECRET_HEADERS else value
            for name, value in self._headers.items()
        }

    def as_dict(self) -> dict[str, Any]:
        """As the control plane shows it."""
        return {
            "number": self.number,
            "time": zulu(self.at),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "operation": self.name,
            "headers": self.headers,
            "body": self.body,
            "status": self.status,
            "ms": self.ms,
            "attempt": self.attempt,
            "committed": self.committed,
            "faults": list(self.faults),
            "tracking_id": self.tracking_id,
        }


class Recorder:
    """Numbers the requests to Zoom's endpoints, counts how often the same write has come, keeps the last records."""

    # Of what a state file keeps: the counts survive a restart, the records do not
    NOT_KEPT = frozenset({"records"})

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.records: deque[Record] = deque(maxlen=KEPT)
        self.total = 0
        self._number = 0
        self._writes: dict[bytes, int] = {}

    def arrived(self, exchange: Exchange) -> Cause:
        """The cause of all that `exchange` will commit. The same method, path and body again is the next attempt."""
        self.total += 1
        self._number += 1
        attempt = 1
        if exchange.method != "GET":
            key = _key(exchange)
            attempt = self._writes[key] = self._writes.get(key, 0) + 1
        return Cause(self._number, attempt)

    def again(self, exchange: Exchange) -> None:
        """Count a request that is done again from a state file, under the number and attempt in its cause."""
        self.total += max(exchange.cause.request - self._number, 0)
        self._number = max(exchange.cause.request, self._number)
        self._writes[_key(exchange)] = exchange.cause.attempt

    def answered(self, exchange: Exchange, response: Response | None) -> None:
        """Keep the record of an exchange."""
        self.records.append(Record(exchange, response.status if response else 0, self._clock.now()))

    def forget(self) -> None:
        """Keep no record and let `total` begin anew; numbers and attempts, which the ledger names, go on."""
        self.records.clear()
        self.total = 0

    def reset(self) -> None:
        """As at the start."""
        self.forget()
        self._number = 0
        self._writes.clear()


def _key(exchange: Exchange) -> bytes:
    # Not Python's hash: it differs from process to process, and a state file outlives one
    what = f"{exchange.method} {exchange.path}?".encode("utf-8", "replace") + exchange.query_string
    return blake2b(what + b"\n" + exchange.body, digest_size=8).digest()
