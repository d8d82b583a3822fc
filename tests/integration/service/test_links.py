"""The routes of links: what they answer, with which status and headers, and that a key has one link for ever."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.integration.service.ground import Service


def test_a_link_is_created(service: Service, zoom_sandbox: Any) -> None:
    answer = service.create()
    link = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/links/{link['id']}"
    assert re.fullmatch(r"lnk_[0-9a-z]{26}", link["id"])
    assert "idempotent-replayed" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert {name: link[name] for name in ("key", "state", "topic", "start_time", "timezone", "duration")} == {
        "key": "booking-1",
        "state": "ready",
        "topic": "Guitar lesson",
        "start_time": "2031-12-01T21:24:00Z",
        "timezone": "America/Sao_Paulo",
        "duration": 60,
    }
    assert link["join_url"].startswith(zoom_sandbox.url)
    assert list(link) == [
        *("id", "key", "state", "topic", "start_time", "timezone", "duration", "join_url", "passcode", "meeting_id"),
        *("host", "created_at", "updated_at", "next_try_at", "warnings", "problem"),
    ]
    assert len(zoom_sandbox.ledger) == 1
