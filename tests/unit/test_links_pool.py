"""The host pool against a judge that tries every instant and every host by brute force."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import combinations, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from zoomlink.links.planning import Wanted, hosts_at_least, plan_batch
from zoomlink.links.pool import Calendar, Choice, Host, Refusal, choose, fits, next_free
from zoomlink.spans import Booking, Span, depth
from zoomlink.zoom.recurrence import Recurrence

MINUTE = 60_000
HOUR = 60 * MINUTE

spans = st.builds(
    lambda start, length: Span(start, start + length), st.integers(0, 40), st.integers(1, 12)
)  # small numbers: many of them meet
pools = st.lists(st.integers(1, 3), min_size=1, max_size=3).map(
    lambda capacities: [Host(f"host{number}", capacity) for number, capacity in enumerate(capacities)]
)
bookings = st.lists(st.tuples(st.integers(0, 2), spans), max_size=12).map(
    lambda found: [(f"host{number}", Booking(*span, link=f"l{at}")) for at, (number, span) in enumerate(found)]
)


def running_at(moment: int, taken: list[Span], buffer: int) -> int:
    """How many run at an instant, each lasting the buffer longer."""
    return sum(start <= moment < end + buffer for start, end in taken)


def can_take(host: Host, taken: list[Span], wanted: list[Span], buffer: int) -> bool:
    """The judge: at no instant of the new meeting are there more than the capacity."""
    return all(
        running_at(moment, taken, buffer) + 1 <= host.capacity
        for start, end in wanted
        for moment in range(start, end + buffer)
    )


def of(found: list[tuple[str, Booking]], host: Host) -> list[Span]:
    return [Span(booking.start, booking.end) for name, booking in found if name == host.name]


def test_two_short_meetings_inside_a_long_one_count_as_one() -> None:
    taken = [("a", Booking(0, 20)), ("a", Booking(20, 40))]
    assert depth([Span(0, 20), Span(20, 40), Span(0, 60)]) == 2
    assert fits(Calendar(taken), Host("a", 2), [Span(0, 60)])
    assert not fits(Calendar(taken), Host("a", 1), [Span(0, 60)])


@pytest.mark.parametrize(
    ("buffer", "start", "free"), [(0, 60, True), (0, 59, False), (10, 69, False), (10, 70, True), (10, -70, True)]
)
def test_back_to_back_is_free_and_a_buffer_is_not(buffer: int, start: int, free: bool) -> None:
    taken = Calendar([("a", Booking(0, 60))])
    assert fits(taken, Host("a"), [Span(start, start + 60)], buffer) is free


@given(pools, bookings, st.lists(spans, min_size=1, max_size=3), st.integers(0, 3))
@hypothesis_settings(max_examples=600)
def test_a_host_is_chosen_if_and_only_if_one_is_free(
    pool: list[Host], booked: list[tuple[str, Booking]], wanted: list[Span], buffer: int
) -> None:
    free = [host.name for host in pool if can_take(host, of(booked, host), wanted, buffer)]
    found = choose(pool, Calendar(booked), wanted, buffer=buffer)
    match found:
        case Choice(host):
            assert host.name == free[0]
        case Refusal():
            assert free == []
            assert [one.host for one in found.busy] == pool


@given(pools, bookings, spans, st.integers(0, 3))
@hypothesis_settings(max_examples=300)
def test_the_next_free_time_is_the_first_there_is(
    pool: list[Host], booked: list[tuple[str, Booking]], wanted: Span, buffer: int
) -> None:
    length = wanted.end - wanted.start
    for host in pool:
        taken = of(booked, host)
        first = next(
            moment
            for moment in range(wanted.start, 200)
            if can_take(host, taken, [Span(moment, moment + length)], buffer)
        )
        assert next_free(Calendar(booked), host, wanted, buffer) == first
    found = choose(pool, Calendar(booked), [wanted], buffer=buffer)
    if isinstance(found, Refusal):
        assert found.next_free == min(next_free(Calendar(booked), host, wanted, buffer) or 0 for host in pool)


@given(pools, st.lists(st.tuples(spans, st.booleans()), max_size=25), st.integers(0, 2))
def test_no_host_ever_runs_more_than_it_can_whatever_comes_and_goes(
    pool: list[Host], asked: list[tuple[Span, bool]], buffer: int
) -> None:
    calendar = Calendar()
    kept: dict[str, tuple[str, Span]] = {}
    for number, (span, cancels) in enumerate(asked):
        if cancels and kept:
            link, (name, _) = kept.popitem()
            calendar.remove(name, link)
        found = choose(pool, calendar, [span], buffer=buffer)
        if isinstance(found, Choice):
            calendar.add(found.host.name, Booking(*span, link=f"l{number}"))
            kept[f"l{number}"] = (found.host.name, span)
        for host in pool:
            taken = [span for name, span in kept.values() if name == host.name]
            assert all(running_at(moment, taken, buffer) <= host.capacity for moment in range(60))


def test_a_series_over_a_change_of_the_clocks_needs_every_one_of_its_dates() -> None:
    start = datetime(2031, 10, 21, 18, tzinfo=ZoneInfo("Europe/Lisbon"))
    dates = Recurrence.weekly("tue", count=3).occurrences(start)
    series = [Span(at, at + HOUR) for at in (int(one.timestamp() * 1000) for one in dates)]
    assert [datetime.fromtimestamp(one.start / 1000, UTC).hour for one in series] == [17, 18, 18]
    # An hour later in UTC than the first date: only who expands the series by its own clock sees the clash.
    clash = int(datetime(2031, 10, 28, 18, 30, tzinfo=UTC).timestamp() * 1000)
    busy = Calendar([("a", Booking(clash, clash + HOUR, "other"))])
    found = choose([Host("a")], busy, series)
    assert isinstance(found, Refusal)
    assert (found.busy[0].bookings, found.next_free) == ((Booking(clash, clash + HOUR, "other"),), None)


def test_longer_than_forty_minutes_a_basic_host_comes_last() -> None:
    pool = [Host("basic", licensed=False), Host("unknown"), Host("licensed", licensed=True)]
    chosen = [choose(pool, Calendar(), [Span(0, minutes * MINUTE)])[0].name for minutes in (40, 41)]  # type: ignore[union-attr]
    assert chosen == ["basic", "unknown"]
    busy = Calendar([("unknown", Booking(0, HOUR)), ("licensed", Booking(0, HOUR))])
    assert choose(pool, busy, [Span(0, HOUR)]) == Choice(pool[0])


def test_the_day_s_calls_are_spread_and_ties_keep_the_order() -> None:
    pool = [Host("a", writes_left=0), Host("b", writes_left=7), Host("c", writes_left=9), Host("d", writes_left=9)]
    assert choose(pool, Calendar(), [Span(0, 1)]) == Choice(pool[2])


def test_overlap_is_taken_where_it_is_allowed() -> None:
    busy = Calendar([("a", Booking(0, 60))])
    assert choose([Host("a")], busy, [Span(0, 60)], allow_overlap=True) == Choice(Host("a"))


def test_a_refusal_says_who_is_busy_with_what_and_until_when() -> None:
    booked = [("a", Booking(0, 60, "l1")), ("a", Booking(60, 90, "l2")), ("b", Booking(30, 80, meeting=7))]
    found = choose([Host("a"), Host("b")], Calendar(booked), [Span(40, 70)])
    assert isinstance(found, Refusal)
    assert [(one.host.name, one.bookings, one.free_at) for one in found.busy] == [
        ("a", (Booking(0, 60, "l1"), Booking(60, 90, "l2")), 90),
        ("b", (Booking(30, 80, meeting=7),), 80),
    ]
    assert found.next_free == 80


# Batches --------------------------------------------------------------------------------------------------------------

batches = st.lists(spans.map(lambda span: Wanted((span,))), min_size=1, max_size=40)


@given(batches, st.integers(1, 40))
@hypothesis_settings(max_examples=300)
def test_on_empty_hosts_a_batch_needs_as_many_as_meetings_run_at_once(batch: list[Wanted], hosts: int) -> None:
    pool = [Host(f"host{number}") for number in range(hosts)]
    plan = plan_batch(batch, pool, Calendar())
    most = depth([one.spans[0] for one in batch])
    if most <= hosts:
        assert (plan.hosts, plan.at_least, plan.ratio) == (most, most, 1.0)
        assert all(place.host is not None for place in plan.placed)
    check(batch, plan.placed, pool, [])


@given(batches, st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_mixed_capacities_are_filled_from_the_largest(batch: list[Wanted], capacities: list[int]) -> None:
    pool = [Host(f"host{number}", capacity) for number, capacity in enumerate(capacities)]
    plan = plan_batch(batch, pool, Calendar())
    check(batch, plan.placed, pool, [])
    if depth([one.spans[0] for one in batch]) <= sum(capacities):
        assert (plan.hosts, plan.ratio) == (hosts_at_least(batch, pool), 1.0)


def check(batch: list[Wanted], placed: object, pool: list[Host], booked: list[tuple[str, Booking]]) -> None:
    """No host runs more than it can at any instant."""
    for host in pool:
        taken = of(booked, host)
        for one, place in zip(batch, placed, strict=True):  # type: ignore[call-overload]
            if place.host == host.name:
                taken += one.spans
        before = of(booked, host)
        for moment in range(80):
            assert running_at(moment, taken, 0) <= max(host.capacity, running_at(moment, before, 0))


series = st.lists(spans, min_size=1, max_size=2).map(
    lambda found: Wanted(tuple(sorted({Span(start + 60 * at, end + 60 * at) for at, (start, end) in enumerate(found)})))
)


@given(
    st.lists(series, min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(1, 2), st.booleans()), min_size=1, max_size=3),
    bookings,
)
@hypothesis_settings(max_examples=250)
def test_with_bookings_and_series_a_plan_needs_at_most_one_host_more_than_the_best(
    batch: list[Wanted], kinds: list[tuple[int, bool]], booked: list[tuple[str, Booking]]
) -> None:
    pool = [Host(f"host{number}", capacity, licensed) for number, (capacity, licensed) in enumerate(kinds)]
    plan = plan_batch(batch, pool, Calendar(booked))
    check(batch, plan.placed, pool, booked)
    best = fewest_hosts(batch, pool, booked)
    if best is not None and all(place.host for place in plan.placed):
        assert plan.hosts <= best + 1


def fewest_hosts(batch: list[Wanted], pool: list[Host], booked: list[tuple[str, Booking]]) -> int | None:
    """Brute force: every way to place every meeting, with the fewest hosts first."""
    for count in range(1, len(pool) + 1):
        for chosen in combinations(pool, count):
            for places in product(chosen, repeat=len(batch)):
                if possible(batch, places, booked):
                    return count
    return None


def possible(batch: list[Wanted], places: tuple[Host, ...], booked: list[tuple[str, Booking]]) -> bool:
    calendar = Calendar(booked)
    for one, host in zip(batch, places, strict=True):
        if not fits(calendar, host, one.spans):
            return False
        for span in one.spans:
            calendar.add(host.name, Booking(*span))
    return True


def test_the_budget_of_the_days_is_shown_before_anything_is_sent() -> None:
    batch = [Wanted((Span(at * HOUR, (at + 1) * HOUR),)) for at in range(240)]
    pool = [Host(f"host{number}", writes_left=100) for number in range(5)]
    plan = plan_batch(batch, pool, Calendar())
    assert (plan.hosts, plan.days, plan.alternatives) == (1, 3, ((3, 1),))
    assert plan.summary(date(2031, 11, 23)) == "240 rows: 3 hosts and today, or 1 host and until 25 November."
    assert [sum(place.day == day for place in plan.placed) for day in range(3)] == [100, 100, 40]
    sooner = plan_batch(batch, pool, Calendar(), most_hosts=3, spread=True)
    assert (sooner.hosts, sooner.days) == (3, 1)


def test_what_is_used_of_today_counts() -> None:
    batch = [Wanted((Span(at * HOUR, (at + 1) * HOUR),)) for at in range(50)]
    plan = plan_batch(batch, [Host("a", writes_left=20)], Calendar())
    assert [sum(place.day == day for place in plan.placed) for day in range(2)] == [20, 30]


def test_a_meeting_that_must_have_its_host_gets_it_and_the_others_make_room() -> None:
    batch = [Wanted((Span(0, 60),)), Wanted((Span(0, 60),), host="a"), Wanted((Span(30, 90),), host="a")]
    plan = plan_batch(batch, [Host("a"), Host("b")], Calendar())
    assert [place.host for place in plan.placed] == ["b", "a", None]


def test_a_plan_takes_licensed_hosts_for_long_meetings() -> None:
    long, short = Wanted((Span(0, HOUR),)), Wanted((Span(0, 30 * MINUTE),))
    plan = plan_batch([long, short], [Host("basic", licensed=False), Host("licensed", licensed=True)], Calendar())
    assert [place.host for place in plan.placed] == ["licensed", "basic"]


def test_a_day_has_a_place_for_everybody_only_where_there_are_enough_hosts() -> None:
    batch = [Wanted((Span(0, HOUR),)) for _ in range(3)]
    plan = plan_batch(batch, [Host("a"), Host("b")], Calendar())
    assert ([place.host for place in plan.placed], plan.hosts) == (["a", "b", None], 2)
