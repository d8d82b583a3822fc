"""Things to come on the sandbox's clock: in order, each at its instant, however far the clock leaps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from zoomsandbox.core.clock import Clock
from zoomsandbox.core.timers import Timers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomsandbox.server import ThreadedSandbox


@pytest.fixture
def clock() -> Clock:
    return Clock(1000.0)


@pytest.fixture
def timers(clock: Clock) -> Timers:
    return Timers(clock)


@pytest.fixture
def seen() -> list[tuple[str, float]]:
    return []


@pytest.fixture
def note(clock: Clock, seen: list[tuple[str, float]]) -> Callable[[str], Callable[[], None]]:
    return lambda name: lambda: seen.append((name, clock.now()))


Seen = list[tuple[str, float]]


def test_leap_shows_everything_at_its_own_instant(
    clock: Clock, timers: Timers, note: Callable[[str], Callable[[], None]], seen: Seen
) -> None:
    timers.after(20, note("late"))
    timers.after(10, note("early"))
    timers.at(1010, note("early too"))
    timers.after(101, note("never"))
    asyncio.run(timers.move(1100))
    assert seen == [("early", 1010), ("early too", 1010), ("late", 1020)]
    assert (clock.now(), len(timers)) == (1100, 1)


def test_what_a_thing_brings_about_happens_in_the_same_leap(
    clock: Clock, timers: Timers, note: Callable[[str], Callable[[], None]], seen: Seen
) -> None:
    async def again() -> None:
        note("first")()
        timers.after(20, note("second"))

    timers.after(5, again)
    asyncio.run(timers.move(1100))
    assert seen == [("first", 1005), ("second", 1025)]


def test_clock_moved_by_a_thing_goes_on_to_the_new_place(
    clock: Clock, timers: Timers, note: Callable[[str], Callable[[], None]], seen: Seen
) -> None:
    timers.after(5, lambda: timers.move(3000))
    timers.after(1500, note("on the way"))
    asyncio.run(timers.move(1100))
    assert seen == [("on the way", 2500)]
    assert clock.now() == 3000


def test_cancelled_thing_does_not_happen(timers: Timers, note: Callable[[str], Callable[[], None]], seen: Seen) -> None:
    timers.after(5, note("x")).cancel()
    assert len(timers) == 0
    asyncio.run(timers.move(1100))
    assert seen == []


def test_thing_that_fails_is_told_and_the_others_happen(
    timers: Timers, note: Callable[[str], Callable[[], None]], seen: Seen, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise RuntimeError("broken thing")

    timers.after(1, fail)
    timers.after(2, note("after it"))
    asyncio.run(timers.move(1100))
    assert seen == [("after it", 1002)]
    assert "broken thing" in capfd.readouterr().err


def test_clock_set_back_undoes_nothing_and_does_nothing(
    clock: Clock, timers: Timers, note: Callable[[str], Callable[[], None]], seen: Seen
) -> None:
    timers.after(10, note("x"))
    asyncio.run(timers.move(500))
    assert (clock.now(), seen, timers.due) == (500, [], False)
    asyncio.run(timers.move(1010))
    assert seen == [("x", 1010)]


def test_due_things_are_done_when_somebody_asks(
    clock: Clock, timers: Timers, note: Callable[[str], Callable[[], None]], seen: Seen
) -> None:
    timers.after(10, note("x"))
    clock.advance(30)
    assert timers.due
    asyncio.run(timers.run_due())
    assert (seen, clock.now()) == ([("x", 1030)], 1030)


def test_running_clock_wakes_them_by_itself() -> None:
    clock = Clock()
    timers = Timers(clock)

    async def wait() -> bool:
        happened = asyncio.Event()
        timers.attach(asyncio.get_running_loop())
        timers.after(0.02, happened.set)
        return await asyncio.wait_for(happened.wait(), 5)

    assert asyncio.run(wait()) is True


def test_moving_a_running_clock_wakes_them_too(sandbox: ThreadedSandbox) -> None:
    happened: list[float] = []
    sandbox.world.clock.run()
    sandbox.world.timers.after(3600, lambda: happened.append(sandbox.world.clock.now()))
    sandbox.advance(3600)
    assert len(happened) == 1


def test_clock_moved_behind_the_servers_back_is_noticed_by_the_next_request(sandbox: ThreadedSandbox) -> None:
    happened: list[float] = []
    sandbox.world.timers.after(10, lambda: happened.append(sandbox.world.clock.now()))
    sandbox.world.clock.advance(20)
    while not happened:
        assert sandbox.requests == []  # asks the sandbox's own thread, which so gets on
    assert happened == [sandbox.world.clock.now()]


def test_detached_timers_wake_nobody(clock: Clock, timers: Timers, seen: Seen) -> None:
    async def wait() -> None:
        timers.attach(asyncio.get_running_loop())
        timers.detach()
        timers.after(1, lambda: seen.append(("x", 0)))
        clock.advance(5)
        await asyncio.sleep(0)

    asyncio.run(wait())
    assert seen == []
