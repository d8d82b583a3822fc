"""The service on PostgreSQL: what it keeps besides links works there as it does on SQLite."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.service.ground import Services, at, lesson, problem
from tests.integration.service.test_access import used
from tests.integration.service.test_callbacks import to, told, until
from tests.postgres import postgres, postgres_url
from tests.wire import Wire, answers, reply

from zoomlink.service.state import now_ms
from zoomlink.store.keys import KeepVisit, RevokeKey, UseVisit

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["postgres", "postgres_url"]


@pytest.fixture
def services(environ: dict[str, str], postgres_url: str) -> Iterator[Services]:
    with Services({**environ, "ZOOMLINK_DATABASE": postgres_url}) as made:
        yield made


def test_keys_limits_and_links_are_kept(services: Services, zoom_sandbox: Any) -> None:
    service = services.new(at_once=200)
    key = service.make_key(per_day=5)
    calls = [
        {
            "method": "POST",
            "path": "/v1/links",
            "json": at(number),
            "headers": {"Idempotency-Key": f"b-{number}"},
            "key": key,
        }
        for number in range(10)
        for _ in range(5)
    ]
    counts: dict[int, int] = {}
    for one in service.together(calls):
        counts[one.status_code] = counts.get(one.status_code, 0) + 1
    assert counts == {201: 25, 429: 25}
    assert used(service) == 5
    assert len(zoom_sandbox.ledger) == 5
    assert len(service.call("GET", "/v1/links", key=key).json()["items"]) == 5
    assert service.call("GET", "/v1/links?host=%00", key=key).status_code == 422
    assert problem(service.create(lesson(topic="a\0b")))["field"] == "topic"
    service.do(RevokeKey(key[4:14], now_ms()))
    assert service.call("GET", "/v1/links", key=key).status_code == 401
    assert service.call("GET", "/readyz", key=None).json()["ready"] is True


def test_a_callback_is_told_once_and_an_address_opens_once(services: Services) -> None:
    with Wire((answers(reply(200)),) * 2) as wire:
        service = services.new(outside=to(wire))
        asked = lesson(callback="https://example.com/told")
        assert service.create(asked).status_code == 201
        until(lambda: told(service))
        assert service.create(asked).headers["idempotent-replayed"] == "true"
        assert service.create(lesson(callback="https://example.com/other")).status_code == 422
        assert len(wire.requests) == 1
    now = time.time_ns() // 1_000_000
    service.do(KeepVisit("hash", now, now + 1000))
    assert [service.do(UseVisit("hash", now)) for _ in range(2)] == [True, False]
