"""Callbacks: told once, signed, tried again, never to a place inside; received by a real server of this machine."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.service.ground import Service, Services, at, lesson, problem
from tests.wire import Wire, answers, reply

from zoomlink.client.http.outside import Outside
from zoomlink.service.callbacks import Callbacks, callback_secret
from zoomlink.store.keys import CALLBACKS, CallbackRow
from zoomlink.store.ops import Op

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zoomlink.store.records import Records

URL = "https://example.com/told?by=zoomlink"


class Waiting(Op[list[CallbackRow]]):
    def apply(self, records: Records) -> list[CallbackRow]:
        return records.select(CALLBACKS)


class Hurry(Op[None]):
    """What waits is due now."""

    def apply(self, records: Records) -> None:
        records.change(CALLBACKS, {"due_at": 0}, [("due_at", "is not", None)])


def until(true: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def to(wire: Wire) -> Outside:
    """Whatever name is told leads to this server."""
    port = int(wire.url.rpartition(":")[2])
    return Outside(allowed=lambda _: True, look_up=lambda host, _: ["127.0.0.1"], port=port, scheme=b"http")


def told(service: Service) -> list[CallbackRow]:
    return [row for row in service.do(Waiting()) if row.due_at is None]


def test_a_link_that_is_ready_is_told_once_and_signed(services: Services) -> None:
    with Wire((answers(reply(204)),) * 3) as wire:
        service = services.new(outside=to(wire))
        made = service.create(lesson(callback=URL))
        assert made.status_code == 201
        until(lambda: told(service))
        for _ in range(5):
            assert service.create(lesson(callback=URL)).headers["idempotent-replayed"] == "true"
        service.do(Hurry())
        service.create({**at(3), "callback": URL}, "another")  # when it was told, the first one would have been
        until(lambda: len(told(service)) == 2)
        assert len(wire.requests) == 2
        seen = wire.requests[0]
        assert seen.line == "POST /told?by=zoomlink HTTP/1.1"
        assert seen.headers["host"] == "example.com"
        body = json.loads(seen.body)
        assert body["type"] == "link.ready"
        assert body["data"] == made.json()
        secret = callback_secret(service.api.state.zoomlink.secret("callbacks", "sandbox-account"), "website")
        signed = f"{seen.headers['webhook-id']}.{seen.headers['webhook-timestamp']}.".encode() + seen.body
        mac = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        assert seen.headers["webhook-signature"] == f"v1,{mac}"
        assert abs(int(seen.headers["webhook-timestamp"]) - time.time()) < 60
        assert re.fullmatch(r"msg_[0-9a-z]{26}_ready", seen.headers["webhook-id"])
        assert "authorization" not in seen.headers
        assert "start_url" not in seen.body.decode()


def test_one_that_fails_is_told_again_with_the_same_id(services: Services) -> None:
    replies = (reply(500), reply(302, b"", "location: http://127.0.0.1/"), reply(200))
    with Wire(tuple(answers(one) for one in replies)) as wire:
        service = services.new(outside=to(wire))
        service.create(lesson(callback=URL))
        for count in (1, 2, 3):
            until(lambda count=count: len(wire.requests) >= count)  # type: ignore[misc]
            if count < 3:
                until(lambda count=count: service.do(Waiting())[0].tries == count)  # type: ignore[misc]
                service.do(Hurry())
                service.api.state.zoomlink.wake()
        until(lambda: told(service))
        assert len({seen.headers["webhook-id"] for seen in wire.requests}) == 1
        assert len(wire.requests) == 3


def test_what_is_refused_and_what_is_taken_back_is_told_too(services: Services, zoom_sandbox: Any) -> None:
    with Wire((answers(reply(200)),) * 6) as wire:
        service = services.new(outside=to(wire))
        refused = service.create(lesson(callback=URL, host="nobody@example.com"), "refused")
        assert refused.status_code in {404, 422}
        zoom_sandbox.fail("429-host-daily", route="meetings.create", times=1)
        parked = service.create({**at(1), "callback": URL}, "parked")
        assert (parked.status_code, parked.json()["state"]) == (202, "parked")
        assert service.call("DELETE", parked.headers["location"]).status_code == 200
        service.do(Hurry())
        service.api.state.zoomlink.wake()
        until(lambda: any(json.loads(seen.body)["type"] == "link.cancelled" for seen in wire.requests))
        kinds = {json.loads(seen.body)["type"] for seen in wire.requests}
        assert kinds <= {"link.refused", "link.cancelled"}


def test_bad_input_leaves_no_callback_behind(services: Services) -> None:
    service = services.new(sweep=False)
    for wrong in (
        {"start": "2020-01-01T00:00Z"},
        {"callback": "https://127.0.0.1/"},
        {"callback": "http://example.com/"},
    ):
        answer = service.create(lesson(**{"callback": URL, **wrong}))
        assert (answer.status_code, problem(answer)["type"]) == (422, "/problems/invalid-input")
    assert service.create().status_code == 201
    busy = service.create(lesson(callback=URL), "busy")
    assert busy.status_code == 409
    assert service.do(Waiting()) == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "169.254.169.254", "10.0.0.1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_inside_is_never_told(services: Services, address: str) -> None:
    with Wire((answers(reply(200)),)) as wire:
        port = int(wire.url.rpartition(":")[2])
        outside = Outside(look_up=lambda host, _: [address], port=port, scheme=b"http")
        service = services.new(outside=outside)
        service.create(lesson(callback=URL))
        until(lambda: service.do(Waiting())[0].tries == 1)
        assert wire.connections == 0


def test_silent_receivers_hold_up_only_themselves(services: Services) -> None:
    coming: list[str] = []
    release, all_quick = asyncio.Event(), asyncio.Event()

    class Silent(Outside):
        async def tell(self, host: str, target: str, headers: Mapping[str, str], body: bytes) -> int:
            coming.append(host)
            if coming.count("quick.example.com") == 3:
                all_quick.set()
            if host == "slow.example.com":
                await release.wait()
            return 200

    service = services.new(sweep=False)
    names = ["slow.example.com"] * 6 + ["quick.example.com"] * 3
    for number, host in enumerate(names):
        service.create({**at(number), "callback": f"https://{host}/hook"}, f"told-{number}")
    callbacks = Callbacks(service.desks[0], b"a key", Silent())

    async def scene() -> None:
        work = asyncio.create_task(callbacks.work())
        async with asyncio.timeout(30):
            await all_quick.wait()
        assert coming.count("slow.example.com") == 4
        release.set()
        await work

    service.portal.call(scene)
    assert sorted(coming) == sorted(names)
