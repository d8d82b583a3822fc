"""Carries deliveries on the server's event loop, beside the answering of requests. Knows no rule: it asks models.py.

Each subscription is served by itself and in order, so a slow receiver delays nobody but itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING

from zoomsandbox.webhooks.exceptions import DeliveryError
from zoomsandbox.webhooks.sending import post

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from zoomsandbox.webhooks.entities import Delivery, Subscription
    from zoomsandbox.world import World

DEADLINE = 3.0


class Courier:
    """`deadline`: within how many seconds of real time a receiver must answer."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rounds: dict[Subscription, asyncio.Task[None]] = {}
        self.deadline = DEADLINE
        world.webhooks.wake = self.wake

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on carry in `loop`, and begin with what waits."""
        self._loop = loop
        for subscription in self._world.webhooks.all():
            self.wake(subscription)

    async def stop(self) -> None:
        """Carry no more. What was under way is given up, as a receiver sees when Zoom goes away."""
        self._loop = None
        rounds = list(self._rounds.values())
        for task in rounds:
            task.cancel()
        await asyncio.gather(*rounds, return_exceptions=True)
        self._rounds.clear()

    def wake(self, subscription: Subscription) -> None:
        """There is something to send; may be called from any thread."""
        if self._loop is not None and (subscription.queue or subscription.check_due):
            # A loop that has just been closed carries no more
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._set_out, subscription)

    async def settled(self) -> None:
        """Wait until nothing is to be sent now."""
        while self._loop is not None:
            for one in self._world.webhooks.all():
                if one.queue or one.check_due:
                    self._set_out(one)
            if not self._rounds:
                return
            await asyncio.wait(self._rounds.values())

    def settled_if_frozen(self) -> Awaitable[None] | None:
        """With a clock that stands still, attempts are made before it goes on; a running one waits for nobody."""
        return self.settled() if self._world.clock.frozen and self._loop is not None else None

    def _set_out(self, subscription: Subscription) -> None:
        if self._loop is not None and subscription not in self._rounds:
            self._rounds[subscription] = self._loop.create_task(self._round(subscription))

    async def _round(self, subscription: Subscription) -> None:
        try:
            while subscription.queue or subscription.check_due:
                if subscription.check_due:
                    await self._validate(subscription)
                elif subscription.state == "invalid":
                    subscription.queue.popleft().state = "dropped"
                else:
                    await self._deliver(subscription.queue.popleft())
        finally:
            del self._rounds[subscription]

    async def _validate(self, subscription: Subscription) -> None:
        webhooks = self._world.webhooks
        token, body = webhooks.challenge(subscription)
        headers = webhooks.headers(subscription, None, body)
        status, answer, problem = 0, b"", ""
        try:
            status, answer = await post(subscription.url, headers, body, self.deadline)
        except DeliveryError as error:
            problem = str(error)
        webhooks.validated(subscription, token, status, answer, problem)
        if subscription.state == "invalid" and subscription.problem:
            sys.stderr.write(
                f"zoomsandbox: {subscription.url} gets no events, its validation failed: {subscription.problem}. "
                f"Mend it, then POST /_sandbox/webhooks/{subscription.number}/validate.\n"
            )

    async def _deliver(self, delivery: Delivery) -> None:
        webhooks, subscription = self._world.webhooks, delivery.subscription
        at = self._world.clock.now()
        headers = webhooks.headers(subscription, delivery, delivery.body)
        status, problem = 0, ""
        try:
            status, _ = await post(subscription.url, headers, delivery.body, self.deadline)
        except DeliveryError as error:
            problem = str(error)
        webhooks.attempted(delivery, at, status, problem)
