"""The last requests and what was answered, without secrets. For tests and for a person who watches."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any

from zoomsandbox.core.clock import zulu
from zoomsandbox.core.ledger import Cause

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response

KEPT = 1000
_BODY_SHOWN = 4096
_SECRET = re.compile(r"((?:access_token|token|zak|pwd|client_secret)=)[^&]*")


class Record:
    """One request and its answer's status. `status` 0: never answered."""

    __slots__ = (
        "at",
        "attempt",
        "body",
        "committed",
        "method",
        "name",
        "number",
        "path",
        "query",
        "status",
        "tracking_id",
    )

    def __init__(self, exchange: Exchange, status: int) -> None:
        self.number = exchange.cause.request
        self.at = exchange.received_at
        self.method = exchange.method
        self.path = exchange.path
        self.query = _SECRET.sub(r"\1***", exchange.query_string.decode("latin-1")) if exchange.query_string else ""
        self.name = exchange.route.name
        # The bodies of token requests are secrets themselves
        self.body = b"" if self.name.startswith("oauth.") else exchange.body[:_BODY_SHOWN]
        self.status = status
        self.attempt = exchange.cause.attempt
        self.tracking_id = exchange.tracking_id
        self.committed = len(exchange.cause.commits)

    def as_dict(self) -> dict[str, Any]:
        """As the control plane shows it."""
        return {
            "number": self.number,
            "time": zulu(self.at),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "operation": self.name,
            "body": self.body.decode("utf-8", "replace"),
            "status": self.status,
            "attempt": self.attempt,
            "committed": self.committed,
            "tracking_id": self.tracking_id,
        }


class Recorder:
    """Numbers the requests to Zoom's endpoints, counts how often the same write has come, keeps the last records."""

    def __init__(self) -> None:
        self.records: deque[Record] = deque(maxlen=KEPT)
        self.total = 0
        self._writes: dict[int, int] = {}

    def arrived(self, exchange: Exchange) -> Cause:
        """The cause of all that `exchange` will commit. The same method, path and body again is the next attempt."""
        self.total += 1
        attempt = 1
        if exchange.method != "GET":
            key = hash((exchange.method, exchange.path, exchange.query_string, exchange.body))
            attempt = self._writes[key] = self._writes.get(key, 0) + 1
        return Cause(self.total, attempt)

    def answered(self, exchange: Exchange, response: Response | None) -> None:
        """Keep the record of an exchange."""
        self.records.append(Record(exchange, response.status if response else 0))

    def reset(self) -> None:
        """Forget all requests and begin to count anew."""
        self.records.clear()
        self.total = 0
        self._writes.clear()
