"""When hosts are busy, as the ledger knows it: booked with the plan, freed and moved with the link."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.store.ground import ACCOUNT, NOW, link

from zoomlink.spans import Booking, Span
from zoomlink.store.carrying import day_over
from zoomlink.store.ops import (
    Add,
    Begin,
    Counts,
    Get,
    HostState,
    KeepForeign,
    KeepLicence,
    LookAtPool,
    Move,
    Moved,
    Plan,
    Planned,
    Room,
    TakeDay,
    Wipe,
)

if TYPE_CHECKING:
    from zoomlink.store.records import Store
    from zoomlink.store.rows import LinkRow

MINUTE = 60_000
DAY_SPAN = Span(NOW, NOW + 24 * 60 * MINUTE)
ONE = Room(1)


def span(start: int, minutes: int = 60) -> Span:
    """From so many minutes after now."""
    return Span(NOW + start * MINUTE, NOW + (start + minutes) * MINUTE)


def booking(row: LinkRow, when: Span, meeting: int = 0) -> Booking:
    return Booking(*when, row.id, meeting)


def plan(row: LinkRow, *spans: Span, room: Room | None = ONE) -> Plan:
    return Plan(row, spans=spans, room=room)


def state(store: Store, host: str = "me", *spans: Span) -> HostState:
    (found,) = store.carry_out(LookAtPool(ACCOUNT, (host,), spans or (DAY_SPAN,), NOW))
    return found


def move(row: LinkRow, **more: Any) -> Move:
    return Move(row.id, (row.state,), NOW, "moved", more.pop("changes", {}), **more)


def test_a_host_that_nothing_is_known_of_is_free(store: Store) -> None:
    assert store.carry_out(LookAtPool(ACCOUNT, ("me", "b"), (DAY_SPAN,), NOW)) == [
        HostState("me", (), 0, 0, None, 0, 0),
        HostState("b", (), 0, 0, None, 0, 0),
    ]


def test_a_plan_books_its_host_and_leaves_no_room_for_another(store: Store) -> None:
    first, second = link(1), link(2)
    assert store.carry_out(plan(first, span(0))) == Planned(first, created=True)
    assert store.carry_out(plan(second, span(30))) == Planned(second, created=False, full=True)
    assert store.carry_out(Get(second.id)) is None
    assert store.carry_out(Counts(ACCOUNT)) == {"planned": 1}
    assert state(store).bookings == (booking(first, span(0)),)
    assert store.carry_out(plan(second, span(60))) == Planned(second, created=True)  # back to back
    assert store.carry_out(plan(link(3, host="b"), span(30))).created
    assert store.carry_out(plan(link(4, account="other"), span(30))).created


def test_a_plan_that_may_overlap_is_booked_as_well(store: Store) -> None:
    first, second = link(1), link(2)
    store.carry_out(plan(first, span(0)))
    assert store.carry_out(plan(second, span(30), room=None)) == Planned(second, created=True)
    assert state(store).bookings == (booking(first, span(0)), booking(second, span(30)))


def test_a_host_of_two_has_room_for_two_at_once_and_not_for_three(store: Store) -> None:
    two = Room(2)
    answers = [
        store.carry_out(plan(link(1), span(0, 120), room=two)).full,
        store.carry_out(plan(link(2), span(0, 60), room=two)).full,
        store.carry_out(plan(link(3), span(60, 60), room=two)).full,
        store.carry_out(plan(link(4), span(30, 60), room=two)).full,
    ]
    assert answers == [False, False, False, True]


def test_a_buffer_is_kept_on_both_sides(store: Store) -> None:
    room = Room(1, buffer=10 * MINUTE)
    assert store.carry_out(plan(link(1), span(60), room=room)).created
    full = [store.carry_out(plan(link(9), span(at), room=room)).full for at in (-9, 129)]
    free = [store.carry_out(plan(link(n), span(at), room=room)).created for n, at in ((2, -10), (3, 130))]
    assert (full, free) == ([True, True], [True, True])


def test_every_span_of_a_series_needs_room(store: Store) -> None:
    series = [span(at) for at in (0, 1440, 2880)]
    assert store.carry_out(plan(link(1), span(2900))).created
    assert store.carry_out(plan(link(2), *series)).full
    assert store.carry_out(plan(link(2), *series[:2])).created
    assert state(store, "me", span(1450, 1)).bookings == (booking(link(2), series[1]),)


def test_a_long_meeting_that_began_a_day_ago_is_in_the_way_until_its_end(store: Store) -> None:
    assert store.carry_out(plan(link(1), span(0, 24 * 60))).created
    assert store.carry_out(plan(link(2), span(24 * 60 - 1))).full
    assert store.carry_out(plan(link(2), span(24 * 60))).created


def test_a_link_that_has_its_key_is_found_however_full_the_host_is(store: Store) -> None:
    first = link(1)
    store.carry_out(plan(first, span(0)))
    assert store.carry_out(plan(link(2, key="key-1"), span(0))) == Planned(first, created=False)


def test_of_many_threads_that_plan_the_same_key_all_get_its_link(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: store.carry_out(plan(link(n, key="the-key"), span(0))), range(8)))
    assert [answer.full for answer in answers] == [False] * 8
    assert sorted(answer.created for answer in answers) == [False] * 7 + [True]
    assert len({answer.row.id for answer in answers}) == 1


def test_of_many_threads_that_want_the_same_hour_one_has_it(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: store.carry_out(plan(link(n), span(n))), range(8)))
    assert sorted(answer.created for answer in answers) == [False] * 7 + [True]
    assert [answer.full for answer in answers] == [not answer.created for answer in answers]
    assert len(state(store).bookings) == 1


def test_a_refused_link_that_is_planned_again_books_again(store: Store) -> None:
    row = link(1)
    store.carry_out(plan(row, span(0)))
    store.carry_out(move(row, changes={"state": "refused"}, spans=()))
    assert state(store).bookings == ()
    assert store.carry_out(plan(link(2, key="key-1", host="b"), span(30))).created
    assert (state(store).bookings, state(store, "b").bookings) == ((), (booking(row, span(30)),))


def test_a_refused_link_whose_host_is_busy_now_stays_refused(store: Store) -> None:
    row = link(1)
    store.carry_out(plan(row, span(0)))
    store.carry_out(move(row, changes={"state": "refused"}, spans=()))
    store.carry_out(plan(link(3), span(0)))
    assert store.carry_out(plan(link(2, key="key-1"), span(0))).full
    found = store.carry_out(Get(row.id))
    assert found is not None
    assert found.state == "refused"


def test_a_move_can_free_its_host_and_book_other_spans(store: Store) -> None:
    row = link(1)
    store.carry_out(plan(row, span(0)))
    assert store.carry_out(move(row, spans=(span(90),), wanted=(span(90),), room=ONE)).done
    assert state(store).bookings == (booking(row, span(90)),)
    ready = move(row, changes={"state": "ready", "meeting_id": 70}, spans=(span(90),))
    assert store.carry_out(ready).done
    assert state(store).bookings == (booking(row, span(90), 70),)
    store.carry_out(Move(row.id, ("ready",), NOW, "cancelled", {"state": "cancelled"}, spans=()))
    assert state(store).bookings == ()


def test_a_move_for_which_there_is_no_room_changes_nothing(store: Store) -> None:
    row = link(1)
    store.carry_out(plan(row, span(0)))
    store.carry_out(plan(link(2), span(60)))
    op = move(row, changes={"topic": "Longer"}, spans=(span(0, 90),), wanted=(span(0, 90),), room=ONE)
    assert store.carry_out(op) == Moved(row, done=False, full=True)
    assert store.carry_out(Get(row.id)) == row
    assert state(store).bookings == (booking(row, span(0)), booking(link(2), span(60)))
    # Its own time is not in its way.
    assert store.carry_out(move(row, spans=(span(-10, 70),), wanted=(span(-10, 70),), room=ONE)).done


def test_an_alias_takes_the_bookings_along(store: Store) -> None:
    row = link(1)
    store.carry_out(plan(row, span(0)))
    store.carry_out(plan(link(2, host="ann@example.com"), span(60)))
    store.carry_out(move(row, alias=("me", "ann@example.com")))
    both = (booking(row, span(0)), booking(link(2), span(60)))
    assert state(store) == state(store, "ann@example.com")
    assert state(store) == HostState("ann@example.com", both, 0, 0, None, 0, 0)
    assert store.carry_out(plan(link(3), span(0))).full


def test_meetings_that_are_none_of_ours_are_in_the_way_until_they_are_seen_no_more(store: Store) -> None:
    foreign = (Booking(*span(0), "", 70), Booking(*span(120), "", 71))
    store.carry_out(KeepForeign(ACCOUNT, "me", foreign, NOW + 5))
    assert state(store) == HostState("me", foreign, 0, 0, None, 0, NOW + 5)
    assert store.carry_out(plan(link(1), span(30))).full
    store.carry_out(KeepForeign(ACCOUNT, "me", None, NOW + 6))
    assert state(store) == HostState("me", foreign, 0, 0, None, 0, NOW + 6)
    store.carry_out(KeepForeign(ACCOUNT, "me", foreign[1:], NOW + 7))
    assert state(store).bookings == foreign[1:]
    assert store.carry_out(plan(link(1), span(30))).created


def test_a_meeting_that_is_a_link_is_booked_once(store: Store) -> None:
    row = link(1, state="ready", meeting_id=70)
    seen = KeepForeign(ACCOUNT, "me", (Booking(*span(0), "", 70),), NOW)
    store.carry_out(seen)
    assert store.carry_out(Add(row, "taken-in", spans=(span(0),))).created
    assert state(store).bookings == (booking(row, span(0), 70),)
    store.carry_out(seen)
    assert state(store).bookings == (booking(row, span(0), 70),)


def listed(meeting: int, when: Span, marker: str = "", now: int = NOW + 9) -> KeepForeign:
    """What a list shows some time after everything else."""
    markers = ((meeting, marker),) if marker else ()
    return KeepForeign(ACCOUNT, "me", (Booking(*when, "", meeting),), now, markers)


@pytest.mark.parametrize(
    ("seen", "rest"),
    [
        (span(0), []),
        (span(15, 30), []),
        (span(0, 90), [span(60, 30)]),
        (span(-30, 120), [span(-30, 30), span(60, 30)]),
        (span(120), [span(120)]),
    ],
)
def test_of_a_meeting_of_a_link_only_what_is_not_booked_is_added(store: Store, seen: Span, rest: list[Span]) -> None:
    row = link(1, state="ready", meeting_id=70)
    store.carry_out(Add(row, "taken-in", spans=(span(0),)))
    store.carry_out(listed(70, seen))
    whole = Span(NOW - DAY_SPAN.end + NOW, DAY_SPAN.end)
    assert state(store, "me", whole).bookings == tuple(
        sorted([booking(row, span(0), 70), *(Booking(*one, "", 70) for one in rest)])
    )
    assert store.carry_out(move(row, spans=(span(120),), wanted=(span(120),), room=ONE)).done  # never in its own way


@pytest.mark.parametrize("event", ["brought-back", "changed", "cancelled", "deleted"])
def test_what_was_seen_of_a_link_is_forgotten_when_it_is_another(store: Store, event: str) -> None:
    row = link(1, state="ready", meeting_id=70)
    store.carry_out(Add(row, "taken-in", spans=(span(0),)))
    store.carry_out(listed(70, span(120)))
    store.carry_out(Move(row.id, ("ready",), NOW, event, {}, spans=()))
    assert state(store).bookings == ()


def test_a_list_that_is_older_than_the_link_says_nothing_about_it(store: Store) -> None:
    row = link(1, state="ready", meeting_id=70)
    store.carry_out(Add(row, "taken-in", spans=(span(0),)))
    store.carry_out(Move(row.id, ("ready",), NOW + 10, "changed", {}, spans=(span(120),)))
    store.carry_out(listed(70, span(0)))
    assert state(store).bookings == (booking(row, span(120), 70),)


@pytest.mark.parametrize(
    ("link_state", "due", "marker", "counted"),
    [
        ("planned", None, "zl-a", False),
        ("sending", None, "zl-a", False),
        ("unknown", NOW, "zl-a", False),
        ("ready", NOW + 300, "zl-a", False),  # the watch removes it
        ("ready", None, "zl-a", True),  # a person copied it
        ("unknown", NOW, "zl-b", True),
        ("unknown", NOW, "", True),
    ],
)
def test_a_meeting_with_a_links_marker_is_counted_once_while_it_may_be_the_links(
    store: Store, link_state: str, due: int | None, marker: str, counted: bool
) -> None:
    row = link(1, marker="zl-a")
    store.carry_out(plan(row, span(0)))
    store.carry_out(Move(row.id, ("planned",), NOW, "", {"state": link_state, "due_at": due}))
    store.carry_out(listed(71, span(0), marker))
    ours = [booking(row, span(0))]
    assert state(store).bookings == tuple(sorted(ours + [Booking(*span(0), "", 71)] * counted))
    store.carry_out(Move(row.id, (link_state,), NOW, "removed", {}, detail={"meeting": 71}))
    assert state(store).bookings == tuple(ours)


def test_a_host_that_is_asked_about_is_known_by_his_address(store: Store) -> None:
    row = link(1)
    store.carry_out(plan(row, span(0)))
    store.carry_out(KeepLicence(ACCOUNT, "me", True, NOW + 9, "ann@example.com"))
    known = HostState("ann@example.com", (booking(row, span(0)),), 0, 0, True, NOW + 9, 0)
    assert (state(store), state(store, "ann@example.com")) == (known, known)
    store.carry_out(KeepLicence(ACCOUNT, "me", False, NOW + 10, "ann@example.com"))
    assert state(store) == known._replace(licensed=False, licence_at=NOW + 10)


def test_a_link_takes_the_time_of_whom_it_is_scheduled_for(store: Store) -> None:
    row = link(1, body='{"schedule_for":"Ann@example.com"}')
    assert store.carry_out(plan(row, span(0))).created
    assert (state(store).bookings, state(store, "ann@example.com").bookings) == ((), (booking(row, span(0)),))
    assert store.carry_out(plan(link(2, host="ann@example.com"), span(0))).full


def test_a_change_costs_a_call_of_the_day_only_when_it_is_made(store: Store) -> None:
    store.carry_out(plan(link(1), span(0)))
    row = link(2)
    store.carry_out(plan(row, span(60)))
    wanted = {"spans": (span(60),), "wanted": (span(0),), "room": ONE, "day_limit": 1}
    assert store.carry_out(move(row, **wanted)).full
    assert store.carry_out(move(row, **wanted, version=7)).done is False
    assert state(store).used == 0
    assert store.carry_out(move(row, day_limit=1)).done
    late = store.carry_out(move(row, day_limit=1, changes={"topic": "another"}))
    assert (late.done, late.wait, state(store).used) == (False, day_over(NOW) - NOW, 1)
    assert late.row == store.carry_out(Get(row.id))


def test_a_meeting_that_is_adopted_is_booked_once(store: Store) -> None:
    row = link(1)
    store.carry_out(plan(row, span(0)))
    store.carry_out(KeepForeign(ACCOUNT, "me", (Booking(*span(0), "", 70),), NOW))
    changes = {"state": "ready", "meeting_id": 70}
    store.carry_out(Move(row.id, ("planned",), NOW, "adopted", changes, spans=(span(0),)))
    assert state(store).bookings == (booking(row, span(0), 70),)


@pytest.mark.parametrize("licensed", [True, False, None])
def test_a_licence_is_kept(store: Store, licensed: bool | None) -> None:
    store.carry_out(KeepLicence(ACCOUNT, "me", licensed, NOW + 9))
    assert state(store) == HostState("me", (), 0, 0, licensed, NOW + 9, 0)


def test_a_host_is_seen_with_the_calls_of_its_day(store: Store) -> None:
    row = link(1)
    store.carry_out(Plan(row, Begin(row.id, "c", NOW, 1000, day_limit=9)))
    store.carry_out(TakeDay(ACCOUNT, "me", NOW, 9))
    store.carry_out(Move(row.id, ("sending",), NOW, "parked", {"state": "parked"}, full_until=NOW + 77))
    assert state(store) == HostState("me", (), 2, NOW + 77, None, 0, 0)


def test_looking_at_a_host_writes_nothing(store: Store) -> None:
    assert LookAtPool.writes is False
    assert state(store) == state(store)


def test_a_host_that_is_wiped_is_free(store: Store) -> None:
    row = link(1, host="ann@example.com")
    store.carry_out(plan(row, span(0)))
    store.carry_out(KeepLicence(ACCOUNT, "ann@example.com", True, NOW))
    store.carry_out(Wipe(row.id, NOW, "gone-1", "gone"))
    assert state(store, "ann@example.com") == HostState("ann@example.com", (), 0, 0, None, 0, 0)
