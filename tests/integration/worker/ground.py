"""What the tests of the worker share: links that are recorded and not sent, and waiting for what comes of them."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any

from zoomlink.links.request import make_row, plan_request
from zoomlink.links.sending import millis
from zoomlink.links.steps import LinkFlow, Tx
from zoomlink.links.transitions import spans_of
from zoomlink.store.ops import Plan
from zoomlink.zoom.flow import Moment, Now

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomlink.links.async_desk import AsyncLinkDesk
    from zoomlink.links.rules import Rules
    from zoomlink.store.ops import Planned

START = "2031-12-01T18:24:00Z"


def planning(rules: Rules, number: int, **given: Any) -> LinkFlow[Planned]:
    """Record a link, as a batch does, and leave it to whoever sweeps."""
    moment: Moment = yield Now()
    asked = {"topic": f"Lesson {number}", "start": START, "host": "host1@sandbox.example", **given}
    request = plan_request(rules=rules, now=moment.wall, **asked)
    key = f"row-{number}"
    row = make_row(
        request, rules, key=key, marker=rules.marker_of(key), now=millis(moment), randomness=secrets.randbits(80)
    )
    planned: Planned = yield Tx(Plan(row, None, rebuilt=False, spans=spans_of(row)))
    return planned


async def comes_true(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until it holds. Raises AssertionError when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.01)


async def comes_true_of(desk: AsyncLinkDesk, counts: dict[str, int], seconds: float = 20.0) -> None:
    """Wait until the desk has so many links of each state."""
    end = time.monotonic() + seconds
    while (found := await desk.counts()) != counts:
        assert time.monotonic() < end, found
        await asyncio.sleep(0.02)
