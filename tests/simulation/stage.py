"""One process at a time in fake time, which can be made to die at a chosen step. Nothing is left to chance."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from tests.simulation.upstream import API, EPOCH, Upstream, Weather

from zoomlink.errors import APIError
from zoomlink.links import flows, taking_in
from zoomlink.links.advance import sweep
from zoomlink.links.rules import Call, Rules
from zoomlink.links.steps import Tx
from zoomlink.secret import Secret
from zoomlink.store.memory import MemoryStore
from zoomlink.store.ops import List
from zoomlink.zoom.flow import AccessToken, Moment, Now, Send, Sleep

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomlink.links.steps import LinkFlow
    from zoomlink.store.rows import LinkRow

T = TypeVar("T")

__all__ = ["HOST", "KEY", "Died", "Stage"]

KEY, HOST = "booking-1", "host@example.com"
_CALM = Weather(faults=0, crash=0, late=5.0, later=5.0, lag=0.0, refusals=0)


class Died(Exception):  # noqa: N818 - it is no error
    """The process died at the chosen step."""


class Stage:
    """Carries out flows; `fails` is what goes wrong at Zoom, `die_at` the step at which the process dies, once,
    before it or (`after`) before it hears what came of it.
    """

    def __init__(
        self,
        mode: str,
        fails: dict[str, list[str | None]],
        *,
        die_at: int | None = None,
        after: bool = False,
    ) -> None:
        self.now = 0.0
        self.store = MemoryStore()
        self.zoom = Upstream(
            Random(1),  # noqa: S311
            _CALM,
            lambda words: None,
            script={name: list(kinds) for name, kinds in fails.items()},
        )
        self.rules = Rules("an-account", "a-client", Secret(b"stage"), mode=mode)
        self.steps = 0
        self.died: str | None = None
        """The step at which the process died."""
        self.interrupted = False
        self._die_at, self._after = die_at, after
        self._meanwhile_at: int | None = None
        self._meanwhile: Callable[[Stage], object] | None = None
        self._late: list[tuple[float, Callable[[float], None]]] = []
        self._draws = 0

    # -- what can be asked for -----------------------------------------------------------------------------------------

    def create(self, wait: float = 10.0, key: str = KEY) -> LinkRow | None:
        """Ask for the link; None when Zoom refused it."""
        flow = flows.create(
            self.rules,
            self.call(),
            allow_overlap=True,
            key=key,
            randomness=self._draws,
            wait=wait,
            topic="Piano lesson",
            start="2031-12-01T18:24:00Z",
            host=HOST,
            agenda="Booking 1",
        )
        try:
            return self.run(flow)
        except APIError:
            return None

    def cancel(self) -> LinkRow:
        """Take the link back."""
        return self.run(flows.cancel(self.rules, self.call(), self.row().id, wait=10.0, notify=False))

    def update(self, topic: str) -> LinkRow:
        """Change the link's topic."""
        return self.run(flows.update(self.rules, self.call(), self.row().id, wait=10.0, topic=topic))

    def rebuild(self) -> list[LinkRow]:
        """Make links of what Zoom has."""
        self._draws += 1
        return self.run(taking_in.rebuild(self.rules, [HOST], draw=self._draws << 8))

    def lose_ledger(self) -> None:
        """The disk is gone."""
        self.store = MemoryStore()

    def interrupt(self, step: int, meanwhile: Callable[[Stage], object]) -> None:
        """At that step the process stands still while another one does something else."""
        self._meanwhile_at, self._meanwhile = step, meanwhile

    def sweep(self) -> list[LinkRow]:
        """Go on with what is due."""
        return self.run(sweep(self.rules, self.call()))

    def settle(self) -> None:
        """Sweep, always when something is due, until nothing is."""
        for _ in range(1_000):
            due = [row.due_at for row in self.rows() if row.due_at is not None]
            if not due and not self._late:
                return
            following = min(due) / 1000 - EPOCH.timestamp() if due else min(self._late)[0]
            self.pass_time(max(following - self.now, 0.0) + 0.001)
            self.sweep()
        raise AssertionError("it does not come to rest")

    # -- how -----------------------------------------------------------------------------------------------------------

    def rows(self) -> list[LinkRow]:
        """The ledger's links."""
        return self.store.carry_out(List("an-account", limit=100))

    def row(self) -> LinkRow:
        """The one link."""
        (row,) = self.rows()
        return row

    def call(self) -> Call:
        """Another caller."""
        self._draws += 1
        return Call(f"draw-{self._draws}")

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and Zoom do what it still had to."""
        end = self.now + seconds
        for at, effect in sorted(self._late, key=lambda entry: entry[0]):
            if at <= end:
                self.now = max(self.now, at)
                effect(at)
        self._late = [entry for entry in self._late if entry[0] > end]
        self.now = end

    def run(self, flow: LinkFlow[T]) -> T:
        """Carry out a flow. Raises Died."""
        method: Callable[[Any], Any] = flow.send
        value: Any = None
        while True:
            try:
                step = method(value)
            except StopIteration as done:
                finished: T = done.value
                return finished
            if isinstance(step, Now):
                method, value = flow.send, Moment(EPOCH + timedelta(seconds=self.now), self.now)
                continue
            self.steps += 1
            dies = self.steps == self._die_at
            stops = self.steps == self._meanwhile_at
            if stops and not self._after:
                self._stand_still()
            if dies and not self._after:
                self._die(flow, step)
            value = self._carry_out(step, hear=not dies)
            if stops and self._after:
                self._stand_still()
            if dies:
                self._die(flow, step)
            method = flow.throw if isinstance(value, Exception) else flow.send

    def _stand_still(self) -> None:
        self._meanwhile_at, self.interrupted = None, True
        if self._meanwhile is not None:
            self._meanwhile(self)

    def _die(self, flow: LinkFlow[Any], step: Any) -> None:
        flow.close()
        self.died = type(step.op).__name__ if isinstance(step, Tx) else type(step).__name__
        raise Died

    def _carry_out(self, step: Any, *, hear: bool) -> Any:
        if isinstance(step, Tx):
            self.pass_time(0.002)
            return self.store.carry_out(step.op)
        if isinstance(step, Sleep):
            self.pass_time(step.seconds + step.jitter / 2)
            return None
        if not isinstance(step, Send):
            wall = EPOCH + timedelta(seconds=self.now)
            return AccessToken(Secret("token"), API, wall + timedelta(hours=1), wall + timedelta(minutes=50))
        exchange = self.zoom.exchange(step.request, step.timeout, self.now)
        if exchange.effect_after is not None:
            self._late.append((self.now + exchange.effect_after, exchange.effect))
        if not hear:
            return None
        self.pass_time(exchange.answer_after)
        return exchange.answer(self.now)
