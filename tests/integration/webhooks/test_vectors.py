"""The vectors once more, over the wire's own forms: through the service, and through the WSGI and ASGI applications."""

from __future__ import annotations

import asyncio
import io
import json
import re
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.helpers import FakeClock
from tests.helpers import settings as account
from tests.webhook_vectors import NOW, VECTORS, Vector

from zoomlink import AsyncLinkDesk, AsyncWebhooks, LinkDesk, Secret, Webhooks
from zoomlink.integrations.webhook_apps import asgi_webhook_app, wsgi_webhook_app
from zoomlink.service.app import make_app
from zoomlink.store.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable


class Still(FakeClock):
    """A clock for tasks, which nobody waits by."""

    async def sleep(self, seconds: float, jitter: float) -> None:  # type: ignore[override]
        raise AssertionError("nobody waits here")


def can_travel(vector: Vector) -> bool:
    """Whether HTTP can carry its headers: Latin-1, no line ends, nothing before or after them that is taken away."""
    return all(
        re.fullmatch(r"[\x21-\x7e\x80-\xff]([\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?|", value)
        for _, value in vector.headers
    )


TRAVELLING = [vector for vector in VECTORS if can_travel(vector)]


def async_desk(vector: Vector) -> AsyncLinkDesk:
    given = account(webhook_secrets=tuple(map(Secret, vector.secrets)))
    return AsyncLinkDesk(given, store=MemoryStore(), clock=Still(NOW))


def posted(app: Any, vector: Vector) -> tuple[int, bytes]:
    async def post() -> tuple[int, bytes]:
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://links.example.com"
        ) as client:
            pairs = [(name.encode(), value.encode("latin-1")) for name, value in vector.headers]
            headers = [(b"content-type", b"application/json"), *pairs]
            answer = await client.post("/webhooks/zoom", content=vector.body, headers=headers)
            return answer.status_code, answer.content

    return asyncio.run(post())


def through_the_service(vector: Vector) -> tuple[int, bytes]:
    return posted(make_app([async_desk(vector)], sweep=False), vector)


def through_asgi(vector: Vector) -> tuple[int, bytes]:
    return posted(asgi_webhook_app(AsyncWebhooks(async_desk(vector))), vector)


def through_wsgi(vector: Vector) -> tuple[int, bytes]:
    given = account(webhook_secrets=tuple(map(Secret, vector.secrets)))
    app = wsgi_webhook_app(Webhooks(LinkDesk(given, store=MemoryStore(), clock=FakeClock(NOW))))
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(vector.body)),
        "wsgi.input": io.BytesIO(vector.body),
    }
    for name, value in vector.headers:  # a server joins those that come twice
        key = f"HTTP_{name.upper().replace('-', '_')}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    told: list[str] = []
    answer = b"".join(app(environ, lambda status, headers: told.append(status)))
    return int(told[0][:3]), answer


@pytest.mark.parametrize("way", [through_the_service, through_asgi, through_wsgi])
def test_a_vector_is_answered_the_same_everywhere(way: Callable[[Vector], tuple[int, bytes]]) -> None:
    assert (len(TRAVELLING) > 100, sum(vector.status < 300 for vector in TRAVELLING) >= 20) == (True, True)
    found = {vector.what: way(vector) for vector in TRAVELLING}
    assert {what: status for what, (status, _) in found.items()} == {one.what: one.status for one in TRAVELLING}
    answers = {vector.what: vector.answer for vector in TRAVELLING if vector.answer is not None}
    assert {what: json.loads(found[what][1]) for what in answers} == answers
