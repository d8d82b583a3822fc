"""The plan in force: all rules, and what they do to a request on its way. Which faults there are is kinds' to say."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any

from zoomsandbox.core.exceptions import ZoomError
from zoomsandbox.core.http import json_response
from zoomsandbox.faults.exceptions import PlanError
from zoomsandbox.faults.rules import Rule, read_rules
from zoomsandbox.faults.strike import Proceed, Strike

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.core.pipeline import Layer
    from zoomsandbox.world import World


class Faults:
    """The rules, in the order in which they were set. No rules: nothing is done to any request."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.rules: list[Rule] = []
        self._last = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.set(list(world.options.faults))

    def set(self, plan: Any) -> None:
        """Put `plan` in place of all rules; raises PlanError and then changes nothing."""
        self._begin(plan, [])

    def add(self, plan: Any) -> list[Rule]:
        """Append the rules of `plan`, and return them; raises PlanError and then changes nothing."""
        return self._begin(plan, self.rules)

    def _begin(self, plan: Any, kept: list[Rule]) -> list[Rule]:
        made: list[Rule] = []
        given = read_rules(plan)
        for at, one in enumerate(given):
            try:
                made.append(Rule(one, self._last + at + 1))
            except PlanError as error:
                raise PlanError(f"Rule {at + 1}: {error}" if len(given) > 1 else str(error)) from None
        self._last += len(made)
        self.rules = [*kept, *made]
        for rule in made:
            if rule.arguments.get("now"):
                rule.hits += 1
                self._at_once(rule)
        return made

    def _at_once(self, rule: Rule) -> None:
        wire, seconds = self._world.wire, rule.arguments["seconds"]
        with contextlib.suppress(RuntimeError):  # no server runs yet, so there is nothing to close
            if rule.kind.name == "refuse-connection" and wire.refuse is not None:
                wire.refuse(seconds)
            elif rule.kind.name == "close-on-accept":
                wire.slam(seconds)

    def clear(self) -> None:
        """No rules. What is late already still comes."""
        self.rules = []

    def reset(self) -> None:
        """The rules of the start again; nothing late comes any more."""
        for task in self._tasks:
            task.get_loop().call_soon_threadsafe(task.cancel)
        self._last = 0
        self.set(list(self._world.options.faults))

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Let `work` go on by itself."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            traceback.print_exception(error)

    async def strike(self, exchange: Exchange, proceed: Proceed) -> Response:
        """Send `exchange` through all rules that strike it, the first outermost."""
        striking: list[Rule] = []
        ended = False
        for rule in self.rules:
            if (rule.kind.name in _WINDOWS and rule.arguments["now"]) or not rule.means(exchange):
                continue
            rule.seen += 1
            if not ended and rule.strikes():
                striking.append(rule)
                ended = rule.kind.ends
        if not striking:
            return await proceed()
        exchange.faults = tuple(rule.kind.name for rule in striking)
        proceed = partial(_answered, proceed)
        for rule in reversed(striking):
            proceed = partial(rule.kind.carry, Strike(self._world, exchange, rule.arguments, rule.random), proceed)
        return await proceed()


async def _answered(proceed: Proceed) -> Response:
    # A refusal by an inner layer becomes an answer here, so that a fault after the commit strikes it like any other
    try:
        return await proceed()
    except ZoomError as error:
        return json_response(error.status, error.body())


_WINDOWS = {"refuse-connection", "close-on-accept"}


def faults(world: World) -> Layer:
    """The layer of faults: after the latency, before anything is checked."""
    plan = world.faults

    async def layer(exchange: Exchange, proceed: Proceed) -> Response:
        if plan.rules and exchange.route.imitates_zoom:
            return await plan.strike(exchange, proceed)
        return await proceed()

    return layer
