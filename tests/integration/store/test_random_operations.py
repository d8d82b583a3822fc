"""The same operations, drawn at random, on all three stores at once: every answer is the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.store.ground import DAY, NOW, TORTURE, link

from zoomlink.spans import Booking, Span
from zoomlink.store import ops
from zoomlink.store.memory import MemoryStore

if TYPE_CHECKING:
    from zoomlink.store.postgres import PostgresStore
    from zoomlink.store.sqlite import SQLiteStore

_numbers = count(1)


@dataclass
class Scene:
    """One run: an account of its own, so that runs can share a ledger; the links so far, and the time."""

    account: str = field(default_factory=lambda: f"account-{next(_numbers)}")
    links: list[str] = field(default_factory=list)
    now: int = NOW

    def pick(self, number: int) -> str:
        return self.links[number % len(self.links)] if self.links else "lnk_none"


Step: TypeAlias = Callable[[Scene], ops.Op[Any]]

small = st.integers(0, 4)
moments = st.integers(0, 300)
names = st.sampled_from(["me", "ann@example.com", "bob@example.com"])
keys = st.sampled_from([f"key-{n}" for n in range(5)] + ["zl-1", "zl-2"])
states = st.sampled_from(["planned", "sending", "ready", "refused", "unknown", "parked", "cancelled", "deleted"])
some_states = st.lists(states, min_size=1, max_size=8, unique=True).map(tuple)
labels = st.sampled_from(["medium", "light"])
rates = st.builds(ops.Pacing, labels, st.sampled_from([1.9, 7, 19, 57]), horizon=st.sampled_from([None, 0, 100, 500]))
pacings = st.none() | rates
claims = st.sampled_from(["a", "b", "c"])
limits = st.none() | st.integers(1, 4)
hours = st.builds(lambda start, length: Span(NOW + start, NOW + start + length), small, st.integers(1, 4))
some_hours = st.lists(hours, max_size=3).map(tuple)
rooms = st.none() | st.builds(ops.Room, st.integers(1, 2), st.integers(0, 2))


@st.composite
def plans(draw: st.DrawFn) -> Step:
    key, host, owner, rebuilt = draw(keys), draw(names), draw(st.sampled_from(["", "shop"])), draw(st.booleans())
    start, due, text = draw(moments), draw(st.none() | moments), draw(st.sampled_from(["Lesson", "MÜLLER \u2028 50%"]))
    begun = draw(st.none() | st.tuples(claims, pacings, limits))
    fingerprint, marker = draw(st.sampled_from(["", "print"])), draw(st.sampled_from(["zl-1", "zl-2"]))
    busy, room = draw(some_hours), draw(rooms)

    def step(scene: Scene) -> ops.Op[Any]:
        row = link(
            next(_numbers),
            account=scene.account,
            key=key,
            host=host,
            owner=owner,
            start_at=NOW + start,
            due_at=None if due is None else scene.now + due,
            topic=text,
            fingerprint=fingerprint,
            marker=marker,
            created_at=scene.now,
            updated_at=scene.now,
        )
        scene.links.append(row.id)
        begin = None if begun is None else ops.Begin(row.id, begun[0], scene.now, 100, begun[1], begun[2])
        return ops.Plan(row, begin, rebuilt, busy, room)

    return step


@st.composite
def additions(draw: st.DrawFn) -> Step:
    key, meeting, shared, busy = draw(keys), draw(small), draw(st.sampled_from([0, 1])), draw(some_hours)

    def step(scene: Scene) -> ops.Op[Any]:
        more = {"meeting_id": meeting, "shared_id": shared, "key": key, "state": "ready", "account": scene.account}
        row = link(next(_numbers), **more)
        scene.links.append(row.id)
        return ops.Add(row, "taken-in", busy)

    return step


@st.composite
def moves(draw: st.DrawFn) -> Step:
    number, allowed, state, event = (
        draw(small),
        draw(some_states),
        draw(states),
        draw(st.sampled_from(["", "said", "adopted"])),
    )
    changes: dict[str, Any] = {"state": state}
    if draw(st.booleans()):
        changes |= {"meeting_id": draw(st.none() | small), "shared_id": draw(st.sampled_from([0, 0, 0, 1]))}
    if draw(st.booleans()):
        changes |= {
            "due_at": draw(st.none() | st.integers(NOW, NOW + 900)),
            "wish": draw(st.sampled_from([None, "{}"])),
        }
    attempt, version = draw(st.none() | st.integers(0, 2)), draw(st.none() | st.integers(1, 4))
    alias = draw(st.none() | st.tuples(names, names))
    busy, wanted, room = draw(st.none() | some_hours), draw(some_hours), draw(rooms)
    full, block, uncount = draw(st.none() | moments), draw(st.none() | st.tuples(labels, moments)), draw(st.booleans())

    def step(scene: Scene) -> ops.Op[Any]:
        return ops.Move(
            scene.pick(number),
            allowed,
            scene.now,
            event,
            changes,
            attempt=attempt,
            version=version,
            detail={"why": "a\u2028b"},
            alias=alias,
            full_until=None if full is None else scene.now + full,
            block=None if block is None else (block[0], scene.now + block[1] * 500),
            uncount=uncount,
            spans=busy,
            wanted=wanted,
            room=room,
        )

    return step


def passing(span: int, then: Step) -> Step:
    def step(scene: Scene) -> ops.Op[Any]:
        scene.now += span
        return then(scene)

    return step


def _wiped(number: int, *, host: bool) -> Step:
    def step(scene: Scene) -> ops.Op[Any]:
        wanted = scene.pick(number)
        return ops.Wipe(wanted, scene.now, f"gone-{wanted}", "gone" if host else "ann@example.com")

    return step


def _begun(number: int, claim: str, pacing: ops.Pacing | None, limit: int | None) -> Step:
    return lambda scene: ops.Begin(scene.pick(number), claim, scene.now, 100, pacing, limit)


def _listed(number: int, **wanted: Any) -> Step:
    def step(scene: Scene) -> ops.Op[Any]:
        after = (NOW + number * 50, scene.pick(number)) if number else None
        return ops.List(scene.account, after=after, **wanted)

    return step


def _claimed(claim: str, seen: int, *, rejected: bool) -> Step:
    return lambda scene: ops.ClaimToken(scene.account, "app", claim, seen, scene.now, 100, rejected=rejected)


def _kept(claim: str, text: str) -> Step:
    return lambda scene: ops.KeepToken(scene.account, "app", claim, text, scene.now + 5, scene.now + 9, scene.now)


def _failed(claim: str, text: str | None) -> Step:
    return lambda scene: ops.FailToken(scene.account, "app", claim, scene.now, text)


def _learned(label: str, rate: float | None, until: int, blocked: int) -> Step:
    return lambda scene: ops.Learn(
        scene.account, label, scene.now, rate, until=scene.now + until, blocked_until=scene.now + blocked * 500
    )


def _due(hold: int, limit: int, *, watches: bool) -> Step:
    return lambda scene: ops.Due(scene.account, scene.now, hold, limit, watches=watches)


def _paced(pacing: ops.Pacing) -> Step:
    return lambda scene: ops.TakeRate(scene.account, pacing, scene.now)


def _counted(name: str, limit: int) -> Step:
    return lambda scene: ops.TakeDay(scene.account, name, scene.now, limit)


def _seen(name: str, meetings: list[tuple[int, Span]] | None) -> Step:
    bookings = None if meetings is None else tuple(Booking(*when, "", number) for number, when in meetings)
    return lambda scene: ops.KeepForeign(scene.account, name, bookings, scene.now)


def _licensed(name: str, licensed: bool | None) -> Step:
    return lambda scene: ops.KeepLicence(scene.account, name, licensed, scene.now)


def _looked(when: tuple[Span, ...]) -> Step:
    return lambda scene: ops.LookAtPool(scene.account, ("me", "bob@example.com"), when, scene.now)


def _found(key: str, owner: str, other: str) -> Step:
    return lambda scene: ops.Find(scene.account, owner, key, other)


def _by_meeting(meeting: int) -> Step:
    return lambda scene: ops.FindMeeting(scene.account, meeting)


def _mentioning(text: str) -> Step:
    return lambda scene: ops.Mentions(scene.account, text)


changing = st.one_of(
    plans(),
    plans(),
    additions(),
    moves(),
    moves(),
    st.builds(_begun, small, claims, pacings, limits),
    st.builds(_wiped, small, host=st.booleans()),
    st.builds(_due, moments, st.integers(1, 3), watches=st.booleans()),
    st.builds(_paced, rates),
    st.builds(_counted, names, st.integers(1, 4)),
    st.builds(_learned, labels, st.sampled_from([None, 0, 0.9, 5]), moments, moments),
    st.builds(_claimed, claims, st.integers(0, 2), rejected=st.booleans()),
    st.builds(_kept, claims, st.sampled_from(["x", "y"])),
    st.builds(_failed, claims, st.none() | st.just("why")),
    st.builds(_seen, names, st.none() | st.lists(st.tuples(small, hours), max_size=3)),
    st.builds(_licensed, names, st.sampled_from([None, True, False])),
    st.builds(_looked, some_hours),
    st.builds(_found, keys, st.sampled_from(["", "shop"]), st.sampled_from(["", "zl-1"])),
    st.builds(_by_meeting, small),
    st.builds(_mentioning, st.sampled_from(["müller", "ANN@", "50%", "why", "lesson", "_"])),
    st.builds(
        _listed,
        small,
        owner=st.none() | st.sampled_from(["", "shop"]),
        states=st.none() | some_states,
        host=st.none() | names,
        from_at=st.none() | moments.map(lambda span: NOW + span),
        limit=st.integers(1, 5),
    ),
)
spans = st.sampled_from([0, 0, 0, 1, 20, 60, 150, -30, 59_000, DAY])
scripts = st.lists(st.builds(passing, spans, changing), min_size=1, max_size=40)


def closing(scene: Scene) -> list[ops.Op[Any]]:
    """All that can be seen in the end."""
    seen: list[ops.Op[Any]] = [ops.List(scene.account, limit=1000), ops.Counts(scene.account)]
    seen += [ops.History(each) for each in scene.links]
    seen += [ops.HostOf(scene.account, name) for name in ("me", "ann@example.com", "bob@example.com")]
    seen += [
        ops.TakeDay(scene.account, name, scene.now, used) for name in ("me", "bob@example.com") for used in (1, 2, 3)
    ]
    whole = Span(NOW - DAY, NOW + DAY)
    seen += [ops.LookAtPool(scene.account, ("me", "ann@example.com", "bob@example.com"), (whole,), scene.now)]
    return [*seen, ops.ReadToken(scene.account, "app"), ops.Due(scene.account, scene.now + 10 * DAY, 1, limit=1000)]


def play(script: list[Step], ours: MemoryStore, theirs: SQLiteStore | PostgresStore) -> None:
    scene = Scene()
    for step in script:
        op = step(scene)
        assert ours.carry_out(op) == theirs.carry_out(op), op
    for op in closing(scene):
        assert ours.carry_out(op) == theirs.carry_out(op), op


checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@given(script=scripts)
@settings(max_examples=5000 if TORTURE else 250, suppress_health_check=checks)
def test_memory_and_sqlite_give_the_same_answers(sqlite_store: SQLiteStore, script: list[Step]) -> None:
    play(script, MemoryStore(), sqlite_store)


@given(script=scripts)
@settings(max_examples=1500 if TORTURE else 60, suppress_health_check=checks)
def test_memory_and_postgresql_give_the_same_answers(postgres_store: PostgresStore, script: list[Step]) -> None:
    play(script, MemoryStore(), postgres_store)
