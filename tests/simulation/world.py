"""One simulated world: callers, sweepers and a model of Zoom in fake time, drawn from one seed. No judgement.

The flows are the product's own. Every step of an actor is an event; an actor may die at any of them, before or after
it took effect, and what it had begun goes on without it.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tests.simulation.upstream import API, EPOCH, OWNER, Upstream, Weather

from zoomlink.errors import APIError, AuthenticationError, LedgerError, ServerError, TransportError, ZoomLinkError
from zoomlink.links import flows
from zoomlink.links.advance import sweep
from zoomlink.links.rules import Call, Rules
from zoomlink.links.steps import Tx
from zoomlink.model import HostSpec, LinkState
from zoomlink.secret import Secret
from zoomlink.store.memory import MemoryStore
from zoomlink.store.ops import List
from zoomlink.zoom.flow import AccessToken, Moment, NeedToken, Now, Send, Sleep

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomlink.links.steps import LinkFlow
    from zoomlink.store.ops import Op
    from zoomlink.store.rows import LinkRow

__all__ = ["CALM", "POOL", "ROUGH", "Plan", "World"]

CALM = Weather()
"""Zoom is at most a minute late, and its lists at most five seconds."""
ROUGH = Weather(later=600.0, lag=30.0, stall=0.003, skew=240.0)
"""Zoom is up to ten minutes late, its lists half a minute, its clock goes wrong by minutes; processes stand still."""
WAITS = (10.0, 10.0, 10.0, 2.0, 0.0)
"""Seconds for which callers wait."""
HOSTS = (("me", OWNER, OWNER.title()), ("host1@example.com",))
"""Two hosts, and how callers write them."""
POOL = (HostSpec("host0@example.com"), HostSpec("host1@example.com"), HostSpec("host2@example.com", 2))
LONGEST = 4 * 86_400.0
MOST_STEPS = 400
"""Of one actor without a pause: more means that it spins."""

Result: TypeAlias = Any


class Plan(NamedTuple):
    """What kind of world it is."""

    links: int = 40
    mode: str = "fast"
    marker: bool = True
    weather: Weather = CALM
    changes: bool = True
    """False: nobody changes a link."""
    pool: bool = False
    """True: any host will do that is free; there are fewer places than links."""
    alike: bool = False
    """True: all links have the same topic and time, so that only markers tell them apart."""


@dataclass(slots=True)
class Actor:
    """A process that carries out one flow."""

    name: str
    flow: LinkFlow[Any]
    over: Callable[[Result], None]
    alive: bool = True
    steps: int = 0
    """Since it last paused."""


@dataclass(slots=True)
class Wanted:
    """One link as its callers see it."""

    number: int
    key: str
    topic: str
    start: str
    host: str | None
    timezone: str | None
    duration: int
    again: int = 6
    """How often a caller comes back."""
    handed: set[tuple[int | None, str | None, str | None]] = field(default_factory=set)
    told_refused: int = 0
    raised_after: str | None = None
    """What a create raised after the link had been handed out."""
    cancel_accepted: bool = False
    told_topic: str | None = None
    by_person: bool = False


DEAD = object()


class World:
    """Runs until nothing is left to do."""

    def __init__(self, seed: int, plan: Plan, *, trace: Callable[[str], None] | None = None) -> None:
        self.seed, self.plan = seed, plan
        self.rng = Random(seed)  # noqa: S311 - it has to be repeatable
        self.now = 0.0
        self.store = MemoryStore()
        self.zoom = Upstream(self.rng, plan.weather, self.say)
        self.rules = Rules(
            account="an-account",
            client="a-client",
            key=Secret(b"simulation"),
            mode=plan.mode,
            marker=plan.marker,
            plan=self.rng.choice(["pro", "pro", "business", "free", "none"]),
            hosts=POOL if plan.pool else (HostSpec("me"),),
        )
        self.wanted = [self._wanted(number) for number in range(plan.links)]
        self.counts: Counter[str] = Counter()
        self.endless: list[str] = []
        self._trace = trace
        self._hash = hashlib.blake2b(digest_size=16)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._sequence = 0
        self._pending = 0
        """Events that are not a sweeper's."""
        self._draws = 0

    @property
    def digest(self) -> str:
        """Of all that happened: the same for the same seed."""
        return self._hash.hexdigest()

    def run(self) -> None:
        """Run to the end."""
        for link in self.wanted:
            self._open(link)
        for number in (1, 2):
            self.at(self.rng.uniform(1, 30), partial(self._sweep, number), background=True)
        while self._events:
            moment, _, action = heapq.heappop(self._events)
            self.now = max(self.now, moment)
            if self.now > LONGEST:
                self.endless.append("the world does not come to rest within four days")
                break
            action()

    # -- time ----------------------------------------------------------------------------------------------------------

    def at(self, moment: float, action: Callable[[], None], *, background: bool = False) -> None:
        """Do something later."""
        self._sequence += 1
        if not background:
            self._pending += 1
            action = self._counted(action)
        heapq.heappush(self._events, (moment, self._sequence, action))

    def _counted(self, action: Callable[[], None]) -> Callable[[], None]:
        def do() -> None:
            self._pending -= 1
            action()

        return do

    def say(self, words: str) -> None:
        """Write into the trace."""
        line = f"{self.now:.4f} {words}"
        self._hash.update(line.encode())
        if self._trace is not None:
            self._trace(line)

    # -- actors --------------------------------------------------------------------------------------------------------

    def start(self, name: str, flow: LinkFlow[Any], over: Callable[[Result], None]) -> None:
        """Let a process begin; `over` hears of its result, of its error, or DEAD."""
        self._go(Actor(name, flow, over), flow.send, None)

    def _go(self, actor: Actor, method: Callable[[Any], Any], value: Any) -> None:
        if not actor.alive:
            return
        try:
            step = method(value)
            while type(step) is Now:
                step = actor.flow.send(self.moment())
        except StopIteration as done:
            self._end(actor, done.value)
        except ZoomLinkError as error:
            self._end(actor, error)
        else:
            actor.steps = 0 if isinstance(step, Send | Sleep) else actor.steps + 1
            if actor.steps > MOST_STEPS:
                self.endless.append(f"{actor.name} spins: {step}")
                self._die(actor)
                return
            self._step(actor, step)

    def moment(self) -> Moment:
        """The present."""
        return Moment(EPOCH + timedelta(seconds=self.now), self.now)

    def _end(self, actor: Actor, result: Result) -> None:
        actor.alive = False
        said = type(result).__name__ if isinstance(result, Exception) else ""
        self.say(f"{actor.name} ends {said}")
        actor.over(result)

    def _die(self, actor: Actor) -> None:
        actor.alive = False
        actor.flow.close()
        self.counts["crashes"] += 1
        self.say(f"{actor.name} dies")
        actor.over(DEAD)

    def _step(self, actor: Actor, step: Any) -> None:
        rng, weather = self.rng, self.plan.weather
        fate = rng.random()
        before, after = fate < weather.crash / 2, weather.crash / 2 <= fate < weather.crash
        if before:
            self.say(f"{actor.name} before {_name(step)}")
            self._die(actor)
            return
        if weather.stall and rng.random() < weather.stall:
            self.counts["stalls"] += 1
            pause = rng.uniform(1, 120)
            self.say(f"{actor.name} stands still for {pause:.0f} s before {_name(step)}")
            self.at(self.now + pause, lambda: self._do(actor, step, after))
            return
        self._do(actor, step, after)

    def _do(self, actor: Actor, step: Any, crash: bool) -> None:
        rng = self.rng
        if isinstance(step, Tx):
            self._transact(actor, step.op, crash)
        elif isinstance(step, Send):
            self._send(actor, step, crash)
        elif crash:
            self.say(f"{actor.name} at {_name(step)}")
            self._die(actor)
        elif isinstance(step, Sleep):
            pause = step.seconds + (rng.uniform(0, step.jitter) if step.jitter else 0.0)
            self.at(self.now + pause, lambda: self._go(actor, actor.flow.send, None))
        else:
            self._give_token(actor, step)

    def _transact(self, actor: Actor, op: Op[Any], crash: bool) -> None:
        rng = self.rng
        name = type(op).__name__
        answer: Any = None
        failing = rng.random() if self.plan.weather.crash else 1.0
        if failing < 0.002:
            self.say(f"{actor.name} {name} fails")
            answer = LedgerError("The disk is full.")
        else:
            answer = self.store.carry_out(op)
            if failing < 0.004:
                answer = LedgerError("The answer of the commit was lost.")
            elif failing < 0.014 and op.writes:  # the answer of a commit was lost, and the store tried again
                self.counts["commits repeated"] += 1
                answer = self.store.carry_out(op)
            self.say(f"{actor.name} {name} {getattr(op, 'event', '')} {getattr(answer, 'done', '')}")
        self.counts["transactions"] += 1
        if crash:
            self._die(actor)
            return
        method = actor.flow.throw if isinstance(answer, Exception) else actor.flow.send
        self.at(self.now + rng.uniform(0.0005, 0.02), lambda: self._go(actor, method, answer))

    def _send(self, actor: Actor, step: Send, crash: bool) -> None:
        exchange = self.zoom.exchange(step.request, step.timeout, self.now)
        self.say(f"{actor.name} sends {exchange.what}")
        begun = self.now
        if exchange.effect_after is not None:
            moment = begun + exchange.effect_after
            self.at(moment, lambda: exchange.effect(moment))
        if crash:
            self._die(actor)
            return

        def hear() -> None:
            answer = exchange.answer(self.now)
            said = answer.status if not isinstance(answer, Exception) else "nothing"
            self.say(f"{actor.name} hears {said}")
            self._go(actor, actor.flow.throw if isinstance(answer, Exception) else actor.flow.send, answer)

        self.at(begun + exchange.answer_after, hear)

    def _give_token(self, actor: Actor, step: NeedToken) -> None:
        rng = self.rng
        failing = rng.random()
        wall = EPOCH + timedelta(seconds=self.now)
        if failing < 0.98:
            token = AccessToken(Secret("token"), API, wall + timedelta(hours=1), wall + timedelta(minutes=50))
            fresh = step.rejected is not None or rng.random() < 0.02
            pause = rng.uniform(0.1, 2.0) if fresh else 0.0001
            self.at(self.now + pause, lambda: self._go(actor, actor.flow.send, token))
            return
        error: ZoomLinkError
        if failing < 0.99:
            error = TransportError("Zoom cannot be reached.", sent=False)
        elif failing < 0.997:
            error = ServerError("Zoom's token service failed.", status_code=503)
        else:
            error = AuthenticationError("Zoom does not know this client.", status_code=401)
        self.at(self.now + 1.0, lambda: self._go(actor, actor.flow.throw, error))

    # -- what people do ------------------------------------------------------------------------------------------------

    def _wanted(self, number: int) -> Wanted:
        rng = self.rng
        topic = "The same lesson" if self.plan.alike else f"Lesson {number}"
        start, duration = "2031-12-01T18:24:00Z", 60
        if not self.plan.alike and rng.random() < 0.05:
            soon = EPOCH + timedelta(minutes=rng.randint(5, 90))
            start, duration = soon.strftime("%Y-%m-%dT%H:%M:%SZ"), 30
        host = None if self.plan.pool else rng.choice(HOSTS[number % 2])
        if self.plan.pool:
            start, duration = f"2031-12-01T{rng.randrange(10):02}:00:00Z", 60
        return Wanted(number, f"booking-{number}", topic, start, host, None, duration)

    def _open(self, link: Wanted) -> None:
        rng = self.rng
        begin = rng.uniform(0, 60)
        self.at(begin, lambda: self._create(link))
        if rng.random() < 0.15:  # two at once
            self.at(begin + rng.uniform(0, 0.3), lambda: self._create(link))
        if rng.random() < 0.15:
            span = rng.choice([0.5, 5.0, 60.0, 600.0])
            self.at(begin + rng.uniform(0, span), lambda: self._cancel(link, 4))
        if self.plan.changes and rng.random() < 0.15:
            span = rng.choice([0.5, 5.0, 60.0, 600.0])
            self.at(begin + rng.uniform(0, span), lambda: self._update(link))
        if rng.random() < 0.02:
            self.at(begin + rng.uniform(0, 600), lambda: self._person_deletes(link))

    def _create(self, link: Wanted) -> None:
        flow = flows.create(
            self.rules,
            self._call(),
            allow_overlap=not self.plan.pool,
            key=link.key,
            randomness=self.rng.getrandbits(80),
            wait=self.rng.choice(WAITS),
            topic=link.topic,
            start=link.start,
            duration=link.duration,
            host=link.host,
            agenda=f"Booking {link.number}",
        )
        known = bool(link.handed)
        self.start(f"caller {link.number}", flow, lambda result: self._created(link, known, result))

    def _created(self, link: Wanted, known: bool, result: Result) -> None:
        rng = self.rng
        back = 0.7
        if isinstance(result, ZoomLinkError):
            self.counts[f"create raises {type(result).__name__}"] += 1
        if isinstance(result, APIError) and not isinstance(result, AuthenticationError | ServerError):
            link.told_refused += 1
            back = 0.5
        elif isinstance(result, ZoomLinkError) and known and result.slug not in {"ledger", "credentials"}:
            link.raised_after = repr(result)
        elif not isinstance(result, Exception) and result is not DEAD:
            row: LinkRow = result
            if row.state == LinkState.READY:
                link.handed.add((row.meeting_id, row.join_url, row.passcode))
                back = 0.1
        if link.again and rng.random() < back:
            link.again -= 1
            self.at(self.now + rng.choice([0.01, 1, 30, 300]) * rng.uniform(0.5, 1.5), lambda: self._create(link))

    def _cancel(self, link: Wanted, again: int) -> None:
        def cancel() -> LinkFlow[LinkRow | None]:
            found = yield from flows.find(self.rules, link.key)
            if found is None:
                return None
            return (
                yield from flows.cancel(self.rules, self._call(), found.id, wait=self.rng.choice(WAITS), notify=False)
            )

        def over(result: Result) -> None:
            if isinstance(result, Exception):
                # It was accepted, but where the ledger failed or the link turned out to be refused.
                if not isinstance(result, LedgerError):
                    link.cancel_accepted = self._wishes(link)
            elif result is not DEAD:
                if result is None:
                    return
                link.cancel_accepted = result.state != LinkState.REFUSED
                return
            if again and self.rng.random() < 0.7:
                self.at(self.now + self.rng.uniform(1, 60), lambda: self._cancel(link, again - 1))

        self.start(f"canceller {link.number}", cancel(), over)

    def _wishes(self, link: Wanted) -> bool:
        row = self.row(link)
        return row is not None and (row.wish is not None or row.state == LinkState.CANCELLED)

    def _update(self, link: Wanted) -> None:
        topic = f"{link.topic}, changed"

        def update() -> LinkFlow[LinkRow | None]:
            found = yield from flows.find(self.rules, link.key)
            if found is None:
                return None
            return (
                yield from flows.update(self.rules, self._call(), found.id, wait=self.rng.choice(WAITS), topic=topic)
            )

        def over(result: Result) -> None:
            if result is None or result is DEAD or isinstance(result, Exception):
                return
            if result.state in {LinkState.READY, LinkState.PLANNED, LinkState.PARKED} and '"cancel"' not in (
                result.wish or ""
            ):
                link.told_topic = topic

        self.start(f"updater {link.number}", update(), over)

    def _person_deletes(self, link: Wanted) -> None:
        row = self.row(link)
        if row is not None and row.meeting_id is not None:
            link.by_person = True
            self.zoom.by_person(row.meeting_id, self.now)

    def _sweep(self, number: int) -> None:
        def over(result: Result) -> None:
            self.at(self._next_sweep(result), lambda: self._sweep(number), background=True)

        dues = self._dues()
        if not dues and not self._pending:
            return  # nothing will ever happen again
        limit = self.rng.choice([3, 50])
        self.start(f"sweeper {number}", sweep(replace(self.rules, batch=True), self._call(), limit=limit), over)

    def _next_sweep(self, result: Result) -> float:
        soon = self.now + self.rng.uniform(1, 20)
        if isinstance(result, list) and result:
            return self.now + 0.01
        if self._pending:
            return soon
        dues = self._dues()
        return max(soon, (min(dues) - self._epoch) / 1000 + self.rng.uniform(0, 10)) if dues else soon

    def _dues(self) -> list[int]:
        return [row.due_at for row in self.rows() if row.due_at is not None]

    @property
    def _epoch(self) -> int:
        return int(EPOCH.timestamp() * 1000)

    def rows(self) -> list[LinkRow]:
        """The ledger's links."""
        return self.store.carry_out(List("an-account", limit=100_000))

    def row(self, link: Wanted) -> LinkRow | None:
        """A link as the ledger has it."""
        found = self.store.carry_out(List("an-account", key=link.key))
        return found[0] if found else None

    def _call(self) -> Call:
        self._draws += 1
        return Call(f"draw-{self._draws}")


def _name(step: Any) -> str:
    return type(step.op).__name__ if isinstance(step, Tx) else type(step).__name__
