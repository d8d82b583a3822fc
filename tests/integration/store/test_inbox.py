"""The inbox, and what was seen of hosts: the same on every store."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from tests.integration.store.ground import ACCOUNT, DAY, NOW, link

from zoomlink.spans import Booking, Span
from zoomlink.store.inbox import (
    FinishEvents,
    ForgetEvents,
    InboxRow,
    PutOffEvents,
    ReceiveEvent,
    Remind,
    TakeEvents,
)
from zoomlink.store.ops import Add, HostOf, KeepForeign, LookAtPool
from zoomlink.store.seen import BookedSpans, Doubt, KeepRun, KnowHost

if TYPE_CHECKING:
    from zoomlink.store.records import Store

HOLD = 60_000
HOUR = 3_600_000
HOST = "alice@example.com"


def event(number: int, **changes: Any) -> InboxRow:
    row = InboxRow(ACCOUNT, f"event-{number}", "meeting.updated", NOW + number, 7, '{"a":1}', NOW, NOW)
    return row._replace(**changes)


def taken(store: Store, now: int = NOW, limit: int = 100, account: str = ACCOUNT) -> list[str]:
    return [row.id for row in store.carry_out(TakeEvents(account, now, HOLD, limit))]


def test_an_event_is_kept_once_and_by_account(store: Store) -> None:
    assert [store.carry_out(ReceiveEvent(event(1))) for _ in range(3)] == [True, False, False]
    assert store.carry_out(ReceiveEvent(event(1, account="another")))
    assert (taken(store), taken(store, account="another"), taken(store, account="none")) == (
        ["event-1"],
        ["event-1"],
        [],
    )


def test_events_are_handed_out_once_within_a_span_in_order_and_no_more_than_asked(store: Store) -> None:
    for number in (3, 1, 2):
        store.carry_out(ReceiveEvent(event(number)))
    assert taken(store, limit=2) == ["event-1", "event-2"]
    assert taken(store) == ["event-3"]
    assert taken(store, NOW + HOLD - 1) == []
    assert taken(store, NOW + HOLD) == ["event-1", "event-2", "event-3"]


def test_what_is_done_loses_its_payload_and_is_known_until_it_is_forgotten(store: Store) -> None:
    store.carry_out(ReceiveEvent(event(1)))
    (row,) = store.carry_out(TakeEvents(ACCOUNT, NOW, HOLD, 9))
    store.carry_out(FinishEvents(ACCOUNT, (row.id,), row.due_at, NOW + 7 * DAY))
    assert taken(store, NOW + 8 * DAY) == []
    assert not store.carry_out(ReceiveEvent(event(1)))
    assert store.carry_out(ForgetEvents(ACCOUNT, NOW + 7 * DAY - 1)) == 0
    assert store.carry_out(ForgetEvents(ACCOUNT, NOW + 7 * DAY)) == 1
    assert store.carry_out(ReceiveEvent(event(1)))


def test_what_was_handed_to_another_meanwhile_is_not_finished_by_the_first(store: Store) -> None:
    store.carry_out(ReceiveEvent(event(1)))
    (first,) = store.carry_out(TakeEvents(ACCOUNT, NOW, HOLD, 9))
    (second,) = store.carry_out(TakeEvents(ACCOUNT, NOW + HOLD, HOLD, 9))
    store.carry_out(FinishEvents(ACCOUNT, (first.id,), first.due_at, NOW + DAY))
    store.carry_out(PutOffEvents(ACCOUNT, (second.id,), second.due_at, NOW + 5 * HOLD, 1))
    assert taken(store, NOW + 5 * HOLD - 1) == []
    (again,) = store.carry_out(TakeEvents(ACCOUNT, NOW + 5 * HOLD, HOLD, 9))
    assert (again.tries, again.payload) == (1, '{"a":1}')


def test_a_meeting_is_looked_at_again_when_it_was_said(store: Store) -> None:
    store.carry_out(Remind(ACCOUNT, 7, NOW + HOUR, NOW))
    store.carry_out(Remind(ACCOUNT, 7, NOW + 2 * HOUR, NOW))
    store.carry_out(Remind(ACCOUNT, 8, NOW, NOW))
    store.carry_out(Remind(ACCOUNT, 8, None, NOW))
    assert taken(store, NOW + HOUR) == []
    (row,) = store.carry_out(TakeEvents(ACCOUNT, NOW + 2 * HOUR, HOLD, 9))
    assert (row.name, row.meeting) == ("", 7)


def test_more_events_than_a_database_takes_at_once_are_finished(store: Store) -> None:
    for number in range(1200):
        store.carry_out(ReceiveEvent(event(number)))
    rows = store.carry_out(TakeEvents(ACCOUNT, NOW, HOLD, 2000))
    store.carry_out(FinishEvents(ACCOUNT, tuple(row.id for row in rows), NOW + HOLD, NOW))
    assert store.carry_out(ForgetEvents(ACCOUNT, NOW)) == 1200


def test_of_many_who_receive_the_same_event_one_is_the_first(store: Store) -> None:
    found: list[bool] = []

    def receive() -> None:
        found.extend(store.carry_out(ReceiveEvent(event(number))) for number in range(40))

    threads = [threading.Thread(target=receive) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (found.count(True), found.count(False)) == (40, 280)


# -- hosts -------------------------------------------------------------------------------------------------------------


def looked_at(store: Store) -> int:
    return store.carry_out(LookAtPool(ACCOUNT, (HOST,), (), NOW))[0].looked_at


def busy(store: Store, start: int = NOW, end: int = NOW + DAY) -> list[tuple[int, int]]:
    state = store.carry_out(LookAtPool(ACCOUNT, (HOST,), (Span(start, end),), NOW))[0]
    return [(one.start - NOW, one.end - NOW) for one in state.bookings]


def test_a_list_that_began_before_something_changed_stays_old(store: Store) -> None:
    store.carry_out(KeepForeign(ACCOUNT, HOST, (), NOW))
    assert looked_at(store) == NOW
    store.carry_out(Doubt(ACCOUNT, (HOST, "nobody@example.com"), NOW + 10))
    assert looked_at(store) == -(NOW + 10)
    store.carry_out(KeepForeign(ACCOUNT, HOST, (), NOW + 9))
    assert looked_at(store) == -(NOW + 10)
    store.carry_out(KeepForeign(ACCOUNT, HOST, None, NOW + 5))  # it could not be had: nobody waits for the same again
    assert looked_at(store) == NOW + 5
    store.carry_out(Doubt(ACCOUNT, (HOST,), NOW + 10))
    store.carry_out(KeepForeign(ACCOUNT, HOST, (), NOW + 10))
    assert looked_at(store) == NOW + 10


def test_an_id_and_an_address_are_one_host(store: Store) -> None:
    store.carry_out(KnowHost(ACCOUNT, "Ab1Cd2", HOST))
    store.carry_out(KnowHost(ACCOUNT, "Ab1Cd2", HOST))
    assert store.carry_out(HostOf(ACCOUNT, "Ab1Cd2")) == HOST
    store.carry_out(Doubt(ACCOUNT, ("Ab1Cd2",), NOW))
    assert looked_at(store) == 0  # nobody has looked yet


def test_a_meeting_that_runs_on_is_busy_beyond_its_link_and_no_longer_than_it_runs(store: Store) -> None:
    spans = (Span(NOW, NOW + HOUR),)
    store.carry_out(Add(link(1, host=HOST, state="ready", meeting_id=7), "taken-in", spans))
    store.carry_out(KeepRun(ACCOUNT, HOST, 7, NOW + HOUR - 60_000, NOW + HOUR + 60_000))
    assert busy(store) == [(0, HOUR), (HOUR, HOUR + 60_000)]
    store.carry_out(KeepRun(ACCOUNT, HOST, 7, NOW + HOUR, NOW + HOUR + 120_000))
    assert busy(store) == [(0, HOUR), (HOUR, HOUR + 120_000)]
    assert store.carry_out(BookedSpans(ACCOUNT, HOST, link(1).id, Span(NOW, NOW + DAY))) == spans
    store.carry_out(KeepRun(ACCOUNT, HOST, 7, NOW + HOUR))
    assert busy(store) == [(0, HOUR)]


def test_a_list_frees_nobody_whose_meeting_runs_and_books_nobody_whose_meeting_is_over(store: Store) -> None:
    listed = (Booking(NOW, NOW + HOUR, "", 7),)
    store.carry_out(KeepForeign(ACCOUNT, HOST, listed, NOW))
    store.carry_out(KeepRun(ACCOUNT, HOST, 7, NOW + HOUR // 2, NOW + 2 * HOUR))
    assert busy(store) == [(0, HOUR), (HOUR, 2 * HOUR)]
    store.carry_out(KeepForeign(ACCOUNT, HOST, listed, NOW + 1))
    assert busy(store) == [(0, HOUR), (HOUR, 2 * HOUR)]
    store.carry_out(KeepRun(ACCOUNT, HOST, 7, NOW + HOUR // 2, None, NOW + HOUR // 3))
    store.carry_out(KeepForeign(ACCOUNT, HOST, listed, NOW + 2))
    assert busy(store) == [(0, HOUR // 3), (HOUR // 3, HOUR // 3)]  # an empty one says where it ended
    assert busy(store, NOW + HOUR // 3 + 1) == []
    store.carry_out(KeepRun(ACCOUNT, HOST, 7, NOW + HOUR // 2))  # nothing new is known of it
    store.carry_out(KeepForeign(ACCOUNT, HOST, listed, NOW + 3))
    assert busy(store, NOW + HOUR // 3 + 1) == []


def test_runs_of_days_long_past_are_forgotten(store: Store) -> None:
    store.carry_out(KeepRun(ACCOUNT, HOST, 7, NOW, NOW + HOUR))
    store.carry_out(KeepRun(ACCOUNT, HOST, 8, NOW + 3 * DAY, NOW + 3 * DAY + HOUR))
    assert busy(store, NOW - DAY, NOW + 2 * DAY) == []
    assert busy(store, NOW + 3 * DAY, NOW + 4 * DAY) == [(3 * DAY, 3 * DAY + HOUR)]
