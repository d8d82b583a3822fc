"""Tells callers that their links are ready, or have come to an end, where they asked for it.

Messages are signed as Standard Webhooks has it: ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import ipaddress
import json
import logging
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zoomlink.client.http.outside import Outside, is_public
from zoomlink.errors import InvalidInputError
from zoomlink.links.view import link_of
from zoomlink.model import Link, LinkState
from zoomlink.service.state import now_ms
from zoomlink.store.keys import DueCallbacks, EndCallback, PutOffCallback

if TYPE_CHECKING:
    from zoomlink import AsyncLinkDesk
    from zoomlink.store.keys import CallbackRow

__all__ = ["Callbacks", "callback_secret", "check_url", "signed"]

_log = logging.getLogger("zoomlink.callbacks")
_AT_ONCE, _EACH = 16, 4
"""Receivers that are told at the same time, and messages to each of them."""
_HOLD = 180_000
"""Milliseconds for which a callback is one process's."""
_LOOK, _LOOK_MOST = 1_000, 60_000
_PAUSES = (10_000, 60_000, 300_000, 1_800_000, 7_200_000, 21_600_000)
"""Milliseconds between tries; after the last one it is given up."""
_GIVEN_UP = 7 * 86_400_000
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_OURS = re.compile(r"(?:^|\.)(?:localhost|localdomain|local|internal|lan|home|corp|home\.arpa|onion|test|invalid)$")
"""Names of hosts, and those that lead nowhere outside."""
_OVER = {
    LinkState.READY: "link.ready",
    LinkState.REFUSED: "link.refused",
    LinkState.CANCELLED: "link.cancelled",
    LinkState.DELETED: "link.deleted",
}


def check_url(url: str) -> tuple[str, str]:
    """Return host and path of an address that may be told. Raises InvalidInputError."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
        host.encode("idna")
    except (ValueError, UnicodeError):
        raise _refused("it cannot be read") from None
    if (
        parts.scheme != "https"
        or ("[" in parts.netloc) is not (":" in host)
        or "@" in parts.netloc
        or not re.fullmatch(r"[\x21-\x7e]+", url)
        or "\\" in url
    ):
        raise _refused("it is no plain https address")
    if port not in {None, 443}:
        raise _refused("it has a port other than 443")
    try:
        public = is_public(str(ipaddress.ip_address(host)))
    except ValueError:
        # What ends in a number is an address in some old form, and what has no dot is a machine of our own network.
        public = _NAME.fullmatch(host) is not None and _OURS.search(host) is None
    if not public:
        raise _refused("it does not lead to the public Internet")
    return host, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _refused(why: str) -> InvalidInputError:
    return InvalidInputError(
        f"The callback cannot be used: {why}.", field="callback", hint="Give an https address that all can reach."
    )


def callback_secret(secret: bytes, owner: str) -> bytes:
    """The key under which an owner's callbacks are signed."""
    return hmac.digest(secret, f"owner {owner}".encode(), "sha256")


def signed(body: bytes, *, key: bytes, id: str, seconds: int) -> dict[str, str]:
    """The headers of a message."""
    told = f"{id}.{seconds}.".encode() + body
    return {
        "Content-Type": "application/json",
        "User-Agent": "zoomlink",
        "webhook-id": id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(hmac.digest(key, told, 'sha256')).decode()}",
    }


class Callbacks:
    """The callbacks of one account. `secret` is the service's for this purpose."""

    def __init__(self, desk: AsyncLinkDesk, secret: bytes, outside: Outside | None = None) -> None:
        self._desk = desk
        self._secret = secret
        self._outside = outside or Outside()

    async def work(self) -> int:
        """Tell what is due to be told; returns how many callbacks were looked at."""
        now = now_ms()
        found = await self._desk.do(DueCallbacks(self._desk.rules.account, now, _HOLD))
        # Several at once, and few for each receiver: who is silent holds up only himself.
        all_of_them = asyncio.Semaphore(_AT_ONCE)
        each: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_EACH))

        async def one(row: CallbackRow, link: Link | None) -> None:
            async with each[urlsplit(row.url).netloc], all_of_them:
                await self._one(row, link)

        async with asyncio.TaskGroup() as tasks:
            for row, link in found:
                tasks.create_task(one(row, None if link is None else link_of(link)))
        return len(found)

    async def _one(self, row: CallbackRow, link: Link | None) -> None:
        now = now_ms()
        event = None if link is None else _OVER.get(link.state)
        if link is None or event is None:
            # It was asked for, and the link is not there yet, or not ready; or its request was refused.
            age = now - row.created_at
            if age > _GIVEN_UP:
                await self._end(row)
            else:
                await self._desk.do(PutOffCallback(row, now + min(max(age // 4, _LOOK), _LOOK_MOST)))
            return
        try:
            host, target = check_url(row.url)
            status = await self._outside.tell(host, target, *self._message(row, link, event, now))
            failure = "" if 200 <= status < 300 else f"answered {status}"
        except (OSError, InvalidInputError) as error:
            failure = str(error)
        if not failure:
            await self._end(row)
        elif row.tries >= len(_PAUSES):
            _log.warning("callback given up link=%s: %s", link.id, failure)
            await self._end(row)
        else:
            _log.info("callback failed link=%s try=%d: %s", link.id, row.tries + 1, failure)
            await self._desk.do(PutOffCallback(row, now + _PAUSES[row.tries], failed=True))

    def _message(self, row: CallbackRow, link: Link, event: str, now: int) -> tuple[dict[str, str], bytes]:
        told: dict[str, Any] = {"type": event, "timestamp": link.to_dict()["updated_at"], "data": link.to_dict()}
        body = json.dumps(told, ensure_ascii=False).encode()
        key = callback_secret(self._secret, row.owner)
        return signed(body, key=key, id=f"msg_{link.id[4:]}_{link.state}", seconds=now // 1000), body

    async def _end(self, row: CallbackRow) -> None:
        await self._desk.do(EndCallback(row.account, row.owner, row.key))
