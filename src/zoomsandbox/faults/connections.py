"""Faults in which no answer comes, or comes long before or after the commit. Which bytes leave is wire's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from zoomsandbox.faults import wire
from zoomsandbox.faults.errors import error_answer
from zoomsandbox.faults.strike import Carry, Proceed, Strike, unanswered

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomsandbox.core.http import Delivery, Response

EARLY_ANSWERS = ("500", "502", "503", "504", "close", "reset", "hang")
_LONGEST_HANG = 600.0


def before(delivery: Callable[[Strike], Delivery]) -> Carry:
    """No answer, and nothing is done."""

    async def carry(strike: Strike, proceed: Proceed) -> Response:  # noqa: ARG001 - every kind has this shape
        return unanswered(delivery(strike))

    return carry


def after(delivery: Callable[[Strike], Delivery]) -> Carry:
    """All is done, and no answer comes."""

    async def carry(strike: Strike, proceed: Proceed) -> Response:
        await proceed()
        return unanswered(delivery(strike))

    return carry


def delivered(delivery: Callable[[Strike], Delivery]) -> Carry:
    """All is done, and the answer leaves in another way than HTTP asks."""

    async def carry(strike: Strike, proceed: Proceed) -> Response:
        response = await proceed()
        if response.delivery is None:
            response.delivery = delivery(strike)
        return response

    return carry


async def late_commit(strike: Strike, proceed: Proceed) -> Response:
    """The answer goes out at once; what was asked is done when `delay` has passed."""
    world, delay = strike.world, strike["delay"]
    if strike["clock"] == "real":
        world.faults.background(_later(delay, proceed))
    else:
        world.timers.after(delay, proceed)
    answer = strike["answer"]
    if answer.isdigit():
        return error_answer(int(answer), "json")
    if answer == "hang":
        return unanswered(wire.silent("close", _LONGEST_HANG))
    return unanswered(wire.silent(answer))


async def commit_twice(strike: Strike, proceed: Proceed) -> Response:  # noqa: ARG001 - every kind has this shape
    """As when something between client and Zoom repeats a request: done twice, answered once."""
    response = await proceed()
    await proceed()
    return response


async def refuse_connection(strike: Strike, proceed: Proceed) -> Response:  # noqa: ARG001 - every kind has this shape
    """This request is broken off undone; then nobody listens for a while."""
    if strike.world.wire.refuse is not None:
        strike.world.wire.refuse(strike["seconds"])
    return unanswered(wire.silent("reset"))


async def close_on_accept(strike: Strike, proceed: Proceed) -> Response:  # noqa: ARG001 - every kind has this shape
    """This request is broken off undone; then every new connection is closed for a while."""
    strike.world.wire.slam(strike["seconds"])
    return unanswered(wire.silent("close"))


async def wait(strike: Strike, proceed: Proceed) -> Response:
    """Later by `ms`, or by chance between `ms` and `most_ms`."""
    least, most = strike["ms"], strike["most_ms"]
    delay = least if most <= least else strike.random.uniform(least, most)
    await asyncio.sleep(delay / 1000)
    return await proceed()


async def wait_seconds(strike: Strike, proceed: Proceed) -> Response:
    """Later by `seconds`."""
    await asyncio.sleep(strike["seconds"])
    return await proceed()


async def _later(seconds: float, proceed: Proceed) -> None:
    await asyncio.sleep(seconds)
    await proceed()
