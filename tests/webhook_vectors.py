"""The vectors of webhooks: requests as they come in, and what has to be answered. One file for library and services.

Their signatures were made by another program than the one that is tested.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

__all__ = ["ACCOUNT", "NOW", "VECTORS", "Vector"]

_FILE = json.loads((Path(__file__).parent / "vectors" / "webhooks.json").read_text(encoding="utf-8"))
NOW = datetime.fromisoformat(_FILE["now"])
"""When they come in."""
ACCOUNT = str(_FILE["account"])


@dataclass(frozen=True)
class Vector:
    """One request. `status` 204: an event that is kept; 200: a check of the address, with its `answer`."""

    what: str
    status: int
    secrets: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes
    answer: dict[str, str] | None

    @property
    def mapping(self) -> Any:
        """The headers as a mapping that may hold a name twice, as frameworks have them."""
        return Headers(self.headers)


class Headers(dict[str, str]):
    """Pairs, of which a plain mapping would lose those that stand there twice."""

    def __init__(self, pairs: tuple[tuple[str, str], ...]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def items(self) -> Any:
        return list(self._pairs)


def _vector(row: dict[str, Any]) -> Vector:
    body = base64.b64decode(row["body_base64"]) if "body_base64" in row else row["body"].encode()
    return Vector(
        row["what"],
        row["status"],
        tuple(row.get("secrets", _FILE["secrets"])),
        tuple((name, value) for name, value in row["headers"]),
        body * row.get("repeat", 1),
        row.get("answer"),
    )


VECTORS = [_vector(row) for row in _FILE["vectors"]]
