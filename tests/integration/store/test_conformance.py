"""Every operation gives the same answers in memory, in SQLite and in PostgreSQL. The clock is the test's own."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.store.ground import ACCOUNT, DAY, NOW, link

from zoomlink.store.ops import (
    Add,
    Begin,
    Begun,
    Counts,
    Due,
    Find,
    FindMeeting,
    Get,
    History,
    HostOf,
    Learn,
    List,
    Mentions,
    Move,
    Moved,
    NextDue,
    Pacing,
    Plan,
    Planned,
    TakeDay,
    TakeRate,
    Waiting,
    Wipe,
)
from zoomlink.store.rows import EventRow, LinkRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomlink.store.records import Store

MIDNIGHT = NOW // DAY * DAY + DAY
LEFT = MIDNIGHT - NOW
"""The day that is looked at has so many milliseconds left."""
PACING = Pacing("medium", 20)


def begin(row: LinkRow, claim: str = "me-0", now: int = NOW, **more: Any) -> Begin:
    return Begin(row.id, claim, now, 60_000, **more)


def sending(row: LinkRow, claim: str = "me-0", now: int = NOW) -> LinkRow:
    """The link as it is when a Begin was granted."""
    return row._replace(
        state="sending",
        attempt=row.attempt + 1,
        claim=claim,
        lease_at=now + 60_000,
        due_at=now + 60_000,
        sent_at=now,
        first_sent_at=row.first_sent_at or now,
        version=row.version + 1,
        updated_at=now,
    )


def planned(store: Store, row: LinkRow) -> LinkRow:
    assert store.carry_out(Plan(row)) == Planned(row, created=True)
    return row


def moved(store: Store, row: LinkRow, **changes: Any) -> LinkRow:
    """Change a link in any way, as some operation would have."""
    changed = store.carry_out(Move(row.id, (row.state,), NOW, "moved", changes))
    assert changed.done
    assert changed.row is not None
    return changed.row


def events(store: Store, row: LinkRow) -> list[EventRow]:
    return store.carry_out(History(row.id))


def at_once(tasks: int, do: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(tasks) as threads:
        return list(threads.map(do, range(tasks)))


# -- plan --------------------------------------------------------------------------------------------------------------


def test_a_planned_link_is_found_by_id_and_by_key(store: Store) -> None:
    row = planned(store, link(1, timezone=None, due_at=None))
    assert store.carry_out(Get(row.id)) == row
    assert store.carry_out(Find(ACCOUNT, "", "key-1")) == row
    assert events(store, row) == [EventRow(NOW, "planned", "{}")]


def test_what_is_not_there_is_none(store: Store) -> None:
    planned(store, link(1))
    assert store.carry_out(Get("lnk_x")) is None
    assert store.carry_out(Find(ACCOUNT, "", "key-2")) is None
    assert store.carry_out(Find(ACCOUNT, "another-owner", "key-1")) is None
    assert store.carry_out(Find("another-account", "", "key-1")) is None
    assert store.carry_out(FindMeeting(ACCOUNT, 1)) is None
    assert store.carry_out(History("lnk_x")) == []


def test_the_same_key_planned_twice_gives_the_first_link(store: Store) -> None:
    row = planned(store, link(1))
    assert store.carry_out(Plan(link(2, key="key-1", topic="Another"))) == Planned(row, created=False)
    assert store.carry_out(Get(link(2).id)) is None
    assert events(store, row) == [EventRow(NOW, "planned", "{}")]


def test_keys_belong_to_an_account_and_an_owner(store: Store) -> None:
    rows = [link(1), link(2, key="key-1", owner="shop"), link(3, key="key-1", account="other")]
    assert [store.carry_out(Plan(row)) for row in rows] == [Planned(row, created=True) for row in rows]
    assert store.carry_out(Find(ACCOUNT, "shop", "key-1")) == rows[1]
    counted = [store.carry_out(Counts(ACCOUNT, owner)) for owner in (None, "shop", "nobody")]
    assert counted == [{"planned": 2}, {"planned": 1}, {}]


def test_of_many_threads_that_plan_the_same_key_one_makes_the_link(store: Store) -> None:
    answers = at_once(8, lambda n: store.carry_out(Plan(link(n, key="the-key"))))
    assert sorted(answer.created for answer in answers) == [False] * 7 + [True]
    assert {answer.row for answer in answers} == {store.carry_out(Find(ACCOUNT, "", "the-key"))}
    assert store.carry_out(Counts(ACCOUNT)) == {"planned": 1}


def test_a_link_that_is_planned_and_begun_is_being_sent(store: Store) -> None:
    row = link(1)
    as_sent = sending(row)._replace(version=1)
    answer = store.carry_out(Plan(row, begin(row, pacing=PACING, day_limit=5)))
    assert answer == Planned(as_sent, created=True, begun=Begun(as_sent, granted=True))
    assert store.carry_out(Get(row.id)) == as_sent
    assert events(store, row) == [EventRow(NOW, "planned", "{}"), EventRow(NOW, "sending", '{"attempt": 1}')]


def test_a_plan_whose_answer_was_lost_is_granted_again(store: Store) -> None:
    row = link(1)
    op = Plan(row, begin(row, pacing=PACING, day_limit=1))
    first = store.carry_out(op)
    assert store.carry_out(op) == first
    assert store.carry_out(Plan(row, begin(row, "another-0"))) == Planned(first.row, created=False)
    assert len(events(store, row)) == 2


def test_a_plan_that_must_wait_for_its_turn_stays_planned(store: Store) -> None:
    store.carry_out(TakeRate(ACCOUNT, PACING, NOW))
    row = link(1)
    answer = store.carry_out(Plan(row, begin(row, pacing=PACING, day_limit=1)))
    assert answer == Planned(row, created=True, begun=Begun(row, wait=50))
    # The moment is booked, and the day's only call is not taken yet.
    assert store.carry_out(begin(row, now=NOW + 50, day_limit=1)).granted
    assert store.carry_out(TakeDay(ACCOUNT, "me", NOW, 1)) == LEFT


def test_a_plan_on_a_day_that_is_used_up_is_parked(store: Store) -> None:
    assert store.carry_out(TakeDay(ACCOUNT, "me", NOW, 1)) == 0
    row = link(1)
    parked = row._replace(state="parked", due_at=MIDNIGHT + 1)
    assert store.carry_out(Plan(row, begin(row, day_limit=1))) == Planned(parked, created=True, begun=Begun(parked))
    assert events(store, row) == [EventRow(NOW, "planned", "{}"), EventRow(NOW, "parked", f'{{"until": {MIDNIGHT}}}')]


def test_a_refused_link_is_planned_again_with_the_new_request(store: Store) -> None:
    row = planned(store, link(1))
    refused = moved(store, row, state="refused", problem='{"slug":"x"}', tries=3, sent_at=NOW, first_sent_at=NOW)
    again = link(2, key="key-1", topic="Corrected", host="bob@example.com", created_at=NOW + 9, updated_at=NOW + 9)
    expected = again._replace(
        id=row.id,
        version=refused.version + 1,
        created_at=NOW,
        sent_at=NOW,
        first_sent_at=NOW,
    )
    assert store.carry_out(Plan(again)) == Planned(expected, created=True)
    assert store.carry_out(Get(row.id)) == expected
    assert events(store, row)[-1] == EventRow(NOW + 9, "planned", '{"again": true}')


def test_a_refused_link_is_planned_again_and_begun(store: Store) -> None:
    row = planned(store, link(1))
    moved(store, row, state="refused")
    again = link(2, key="key-1", topic="Corrected")
    answer = store.carry_out(Plan(again, begin(again)))
    assert answer.created
    assert (answer.row.id, answer.row.state, answer.row.topic, answer.row.attempt) == (
        row.id,
        "sending",
        "Corrected",
        1,
    )
    assert answer.begun == Begun(answer.row, granted=True)
    assert store.carry_out(Plan(again, begin(again))) == answer  # its answer was lost


def test_a_refused_link_that_was_taken_in_is_not_planned_again(store: Store) -> None:
    row = planned(store, link(1, fingerprint=""))
    refused = moved(store, row, state="refused")
    assert store.carry_out(Plan(link(2, key="key-1"))) == Planned(refused, created=False)


def test_a_rebuilt_link_is_claimed_by_the_key_of_its_owner(store: Store) -> None:
    rebuilt = link(1, key="zl-7", fingerprint="", asked="", state="ready", meeting_id=70)
    assert store.carry_out(Add(rebuilt, "rebuilt")) == Planned(rebuilt, created=True)
    assert store.carry_out(Find(ACCOUNT, "", "booking-7", "zl-7")) == rebuilt
    own = link(2, key="booking-7", marker="zl-7", updated_at=NOW + 5, created_at=NOW + 5)
    claimed = rebuilt._replace(
        key="booking-7", asked=own.asked, fingerprint=own.fingerprint, version=2, updated_at=NOW + 5
    )
    assert store.carry_out(Plan(own, rebuilt=True)) == Planned(claimed, created=False)
    assert store.carry_out(Find(ACCOUNT, "", "booking-7")) == claimed
    assert store.carry_out(Find(ACCOUNT, "", "zl-7")) is None
    assert store.carry_out(Plan(own, rebuilt=True)) == Planned(claimed, created=False)
    assert events(store, rebuilt) == [EventRow(NOW, "rebuilt", "{}"), EventRow(NOW + 5, "claimed", "{}")]


def test_a_rebuilt_link_is_left_where_the_key_has_a_link_already(store: Store) -> None:
    rebuilt = planned(store, link(1, key="zl-7"))
    own = planned(store, link(2, key="booking-7", marker="zl-7"))
    assert store.carry_out(Plan(link(3, key="booking-7", marker="zl-7"), rebuilt=True)) == Planned(own, created=False)
    assert store.carry_out(Get(rebuilt.id)) == rebuilt


def test_find_prefers_the_key_to_the_marker(store: Store) -> None:
    planned(store, link(1, key="zl-7"))
    own = planned(store, link(2, key="booking-7"))
    assert store.carry_out(Find(ACCOUNT, "", "booking-7", "zl-7")) == own


# -- add ---------------------------------------------------------------------------------------------------------------


def test_a_meeting_is_taken_in_once(store: Store) -> None:
    row = link(1, state="ready", meeting_id=70)
    assert store.carry_out(Add(row, "taken-in")) == Planned(row, created=True)
    assert store.carry_out(Add(link(2, meeting_id=70), "taken-in")) == Planned(row, created=False)
    assert store.carry_out(Add(link(3, key="key-1", meeting_id=71), "taken-in")) == Planned(row, created=False)
    assert store.carry_out(FindMeeting(ACCOUNT, 70)) == row
    assert store.carry_out(FindMeeting("another-account", 70)) is None


def test_a_personal_room_may_have_many_links_and_the_newest_is_found(store: Store) -> None:
    rows = [link(n, meeting_id=70, shared_id=1) for n in (2, 3, 1)]
    assert [store.carry_out(Add(row, "taken-in")) for row in rows] == [Planned(row, created=True) for row in rows]
    assert store.carry_out(FindMeeting(ACCOUNT, 70)) == rows[1]


def test_of_many_threads_that_take_in_the_same_meeting_one_makes_the_link(store: Store) -> None:
    answers = at_once(8, lambda n: store.carry_out(Add(link(n, state="ready", meeting_id=70), "taken-in")))
    assert sorted(answer.created for answer in answers) == [False] * 7 + [True]
    assert {answer.row for answer in answers} == {store.carry_out(FindMeeting(ACCOUNT, 70))}


# -- begin -------------------------------------------------------------------------------------------------------------


def test_begin_is_granted_once(store: Store) -> None:
    row = planned(store, link(1))
    as_sent = sending(row)
    assert store.carry_out(begin(row)) == Begun(as_sent, granted=True)
    assert store.carry_out(begin(row, "another-0")) == Begun(as_sent)
    assert store.carry_out(begin(row)) == Begun(as_sent, granted=True)  # as if the first answer had been lost
    assert events(store, row) == [EventRow(NOW, "planned", "{}"), EventRow(NOW, "sending", '{"attempt": 1}')]


def test_begin_of_a_link_that_is_not_there_is_not_granted(store: Store) -> None:
    assert store.carry_out(begin(link(1))) == Begun(None)


@pytest.mark.parametrize("state", ["ready", "refused", "unknown", "cancelled", "deleted"])
def test_begin_is_for_planned_and_parked_links_only(store: Store, state: str) -> None:
    row = moved(store, planned(store, link(1)), state=state)
    assert store.carry_out(begin(row)) == Begun(row)


def test_of_many_threads_that_begin_one_is_granted(store: Store) -> None:
    row = planned(store, link(1))
    answers = at_once(8, lambda n: store.carry_out(begin(row, f"thread-{n}", day_limit=5)))
    assert sorted(answer.granted for answer in answers) == [False] * 7 + [True]
    assert [store.carry_out(TakeDay(ACCOUNT, "me", NOW, 5)) for _ in range(5)] == [0] * 4 + [LEFT]


def test_a_second_attempt_keeps_the_moment_of_the_first(store: Store) -> None:
    row = planned(store, link(1))
    first = store.carry_out(begin(row)).row
    assert first is not None
    again = moved(store, first, state="planned", claim=None)
    as_sent = sending(again, "me-1", NOW + 9)
    assert store.carry_out(begin(again, "me-1", NOW + 9)) == Begun(as_sent, granted=True)
    assert (as_sent.first_sent_at, as_sent.sent_at, as_sent.attempt) == (NOW, NOW + 9, 2)


def test_begin_waits_for_its_turn_and_goes_then_without_another(store: Store) -> None:
    store.carry_out(TakeRate(ACCOUNT, PACING, NOW))
    row = planned(store, link(1))
    assert store.carry_out(begin(row, pacing=PACING)) == Begun(row, wait=50)
    as_sent = sending(row, now=NOW + 50)
    assert store.carry_out(begin(row, now=NOW + 50)) == Begun(as_sent, granted=True)


def test_begin_books_nothing_beyond_its_horizon(store: Store) -> None:
    for _ in range(3):
        store.carry_out(TakeRate(ACCOUNT, PACING, NOW))
    row = planned(store, link(1))
    assert store.carry_out(begin(row, pacing=Pacing("medium", 20, horizon=100))) == Begun(row, retry=50)
    assert store.carry_out(TakeRate(ACCOUNT, PACING, NOW)) == Begun(None, wait=150)
    assert store.carry_out(Get(row.id)) == row


def test_begin_parks_when_the_day_is_used_up_and_again_only_when_that_changes(store: Store) -> None:
    assert store.carry_out(TakeDay(ACCOUNT, "me", NOW, 1)) == 0
    row = planned(store, link(36))
    parked = row._replace(state="parked", due_at=MIDNIGHT + 3 * 36 + 6, version=2)  # "36", in base 36
    assert store.carry_out(begin(row, day_limit=1)) == Begun(parked)
    assert store.carry_out(begin(row, now=NOW + 5, day_limit=1)) == Begun(parked)
    assert events(store, row)[1:] == [EventRow(NOW, "parked", f'{{"until": {MIDNIGHT}}}')]
    as_sent = sending(parked, now=MIDNIGHT)
    assert store.carry_out(begin(row, now=MIDNIGHT, day_limit=1)) == Begun(as_sent, granted=True)


def test_begin_parks_while_an_account_is_blocked_for_a_minute_or_more(store: Store) -> None:
    row = planned(store, link(1))
    store.carry_out(Learn(ACCOUNT, "medium", NOW, blocked_until=NOW + 60_000))
    parked = row._replace(state="parked", due_at=NOW + 60_001, version=2)
    assert store.carry_out(begin(row, pacing=PACING, day_limit=1)) == Begun(parked)
    assert store.carry_out(TakeDay(ACCOUNT, "me", NOW, 1)) == 0


def test_begin_counts_calls_of_the_day_up_to_the_limit(store: Store) -> None:
    rows = [planned(store, link(n)) for n in range(3)]
    granted = [store.carry_out(begin(row, day_limit=2)).granted for row in rows]
    assert granted == [True, True, False]


# -- move --------------------------------------------------------------------------------------------------------------


def test_move_changes_and_writes_history(store: Store) -> None:
    row = planned(store, link(1))
    op = Move(row.id, ("planned",), NOW + 7, "ready", {"state": "ready", "meeting_id": 70}, detail={"meeting": 70})
    changed = row._replace(state="ready", meeting_id=70, version=2, updated_at=NOW + 7)
    assert store.carry_out(op) == Moved(changed, done=True)
    assert store.carry_out(Get(row.id)) == changed
    assert events(store, row) == [EventRow(NOW, "planned", "{}"), EventRow(NOW + 7, "ready", '{"meeting": 70}')]
    assert store.carry_out(op) == Moved(changed, done=False)


def test_move_without_an_event_leaves_the_history(store: Store) -> None:
    row = planned(store, link(1))
    changed = row._replace(tries=1, version=2)
    assert store.carry_out(Move(row.id, ("planned",), NOW, "", {"tries": 1})) == Moved(changed, done=True)
    assert events(store, row) == [EventRow(NOW, "planned", "{}")]


@pytest.mark.parametrize(
    "guard", [{"states": ("sending", "unknown")}, {"attempt": 1}, {"attempt": 0, "version": 2}, {"version": 0}]
)
def test_move_does_nothing_where_a_guard_says_no(store: Store, guard: dict[str, Any]) -> None:
    row = planned(store, link(1))
    more: dict[str, Any] = {"states": ("planned",), **guard}
    op = Move(row.id, now=NOW, event="x", changes={"state": "ready"}, alias=("me", "a@b"), uncount=True, **more)
    assert store.carry_out(op) == Moved(row, done=False)
    assert store.carry_out(Get(row.id)) == row
    assert store.carry_out(HostOf(ACCOUNT, "me")) == "me"


def test_move_of_a_link_that_is_not_there_does_nothing(store: Store) -> None:
    assert store.carry_out(Move("lnk_x", ("planned",), NOW, "x", {})) == Moved(None, done=False)


def test_a_meeting_of_another_link_is_not_taken(store: Store) -> None:
    first = moved(store, planned(store, link(1)), meeting_id=70)
    second = planned(store, link(2))
    op = Move(second.id, ("planned",), NOW, "ready", {"state": "ready", "meeting_id": 70})
    assert store.carry_out(op) == Moved(second, done=False, taken_by=first.id)
    room = Move(second.id, ("planned",), NOW, "ready", {"meeting_id": 70, "shared_id": 1})
    assert store.carry_out(room).done
    assert moved(store, first, meeting_id=70).meeting_id == 70  # its own


def test_of_many_threads_that_want_the_same_meeting_one_has_it(store: Store) -> None:
    rows = [planned(store, link(n)) for n in range(8)]

    def adopt(number: int) -> Moved:
        op = Move(rows[number].id, ("planned",), NOW, "ready", {"state": "ready", "meeting_id": 70})
        return store.carry_out(op)

    answers = at_once(8, adopt)
    owner = store.carry_out(FindMeeting(ACCOUNT, 70))
    assert owner is not None
    assert [answer.done for answer in answers] == [row.id == owner.id for row in rows]
    assert {answer.taken_by for answer in answers} == {None, owner.id}


def test_history_keeps_every_character(store: Store) -> None:
    row = planned(store, link(1))
    said = 'a\nb\r\u2028c\u0085d\u2029e\x1cf "quoted" \\ Müller \U0001f600'
    store.carry_out(Move(row.id, ("planned",), NOW, "said", {}, detail={"why": said}))
    assert [json.loads(event.detail) for event in events(store, row)] == [{}, {"why": said}]
    assert store.carry_out(Wipe(row.id, NOW, "gone-1", "me")).done
    assert [json.loads(event.detail) for event in events(store, row)] == [{}, {}, {}]


# -- hosts -------------------------------------------------------------------------------------------------------------


def test_an_alias_makes_two_names_one_host(store: Store) -> None:
    rows = [planned(store, link(n)) for n in (1, 2)]
    planned(store, link(3, account="other"))
    took = [store.carry_out(TakeDay(ACCOUNT, name, NOW, 9)) for name in ("me", "me", "ann@example.com")]
    assert took == [0, 0, 0]
    store.carry_out(Move(rows[0].id, ("planned",), NOW, "ready", {}, alias=("me", "ann@example.com")))
    assert store.carry_out(HostOf(ACCOUNT, "me")) == "ann@example.com"
    assert store.carry_out(HostOf("other", "me")) == "me"
    hosts = [row.host for row in store.carry_out(List(ACCOUNT))]
    assert hosts == ["ann@example.com", "ann@example.com"]
    assert [row.host for row in store.carry_out(List("other"))] == ["me"]
    # Three calls are counted, under either name.
    assert store.carry_out(TakeDay(ACCOUNT, "me", NOW, 4)) == 0
    assert store.carry_out(TakeDay(ACCOUNT, "ann@example.com", NOW, 4)) == LEFT
    fresh = store.carry_out(Plan(link(4)))
    assert fresh.row.host == "ann@example.com"


def test_an_alias_merges_the_ends_of_used_up_days(store: Store) -> None:
    rows = [planned(store, link(1)), planned(store, link(2, host="ann@example.com"))]
    for row, until in zip(rows, (NOW + 900, NOW + 400), strict=True):
        store.carry_out(Move(row.id, ("planned",), NOW, "parked", {"state": "parked"}, full_until=until))
    store.carry_out(Move(rows[0].id, ("parked",), NOW, "", {}, alias=("me", "ann@example.com")))
    assert store.carry_out(TakeDay(ACCOUNT, "ann@example.com", NOW, 9)) == 900


def test_a_host_that_is_renamed_again_keeps_all_its_names(store: Store) -> None:
    row = planned(store, link(1))
    for old, new in [("me", "ann@a.example"), ("ann@a.example", "ann@b.example")]:
        store.carry_out(Move(row.id, ("planned",), NOW, "", {}, alias=(old, new)))
    names = ("me", "ann@a.example", "ann@b.example")
    assert [store.carry_out(HostOf(ACCOUNT, name)) for name in names] == ["ann@b.example"] * 3
    store.carry_out(Move(row.id, ("planned",), NOW, "", {}, alias=("ann@b.example", "ann@a.example")))
    assert [store.carry_out(HostOf(ACCOUNT, name)) for name in names] == ["ann@a.example"] * 3
    assert store.carry_out(Plan(link(2))).row.host == "ann@a.example"


def test_an_alias_of_many_links_at_once_ends_with_one_host(store: Store) -> None:
    rows = [planned(store, link(n)) for n in range(6)]

    def confirm(number: int) -> Moved:
        changes = {"state": "ready", "meeting_id": number}
        alias = ("me", "ann@example.com")
        return store.carry_out(Move(rows[number].id, ("planned",), NOW, "ready", changes, alias=alias))

    assert [answer.done for answer in at_once(6, confirm)] == [True] * 6
    assert {row.host for row in store.carry_out(List(ACCOUNT))} == {"ann@example.com"}
    assert store.carry_out(Counts(ACCOUNT)) == {"ready": 6}


# -- days --------------------------------------------------------------------------------------------------------------


def test_a_day_has_so_many_calls_for_each_host(store: Store) -> None:
    took = [store.carry_out(TakeDay(ACCOUNT, "a", NOW, 2)) for _ in range(4)]
    assert took == [0, 0, LEFT, LEFT]
    assert store.carry_out(TakeDay(ACCOUNT, "b", NOW, 2)) == 0
    assert store.carry_out(TakeDay("other", "a", NOW, 2)) == 0
    assert store.carry_out(TakeDay(ACCOUNT, "a", MIDNIGHT - 1, 2)) == 1
    assert store.carry_out(TakeDay(ACCOUNT, "a", MIDNIGHT, 2)) == 0


def test_a_day_that_zoom_called_full_is_full_until_then(store: Store) -> None:
    row = planned(store, link(1))
    op = Move(row.id, ("planned",), NOW, "parked", {"state": "parked"}, full_until=NOW + 1000)
    assert store.carry_out(op).done
    assert store.carry_out(TakeDay(ACCOUNT, "me", NOW + 400, 9)) == 600
    assert store.carry_out(TakeDay(ACCOUNT, "me", NOW + 1000, 9)) == 0


def test_a_sending_that_did_not_reach_zoom_gives_its_call_back_to_its_own_day(store: Store) -> None:
    row = planned(store, link(1))
    assert store.carry_out(begin(row, day_limit=1)).granted
    back = Move(row.id, ("sending",), MIDNIGHT + 5, "not-sent", {"state": "planned"}, attempt=1, uncount=True)
    assert store.carry_out(TakeDay(ACCOUNT, "me", NOW, 1)) == LEFT
    assert store.carry_out(TakeDay(ACCOUNT, "me", MIDNIGHT, 1)) == 0
    assert store.carry_out(back).done
    assert store.carry_out(TakeDay(ACCOUNT, "me", NOW, 1)) == 0
    assert store.carry_out(TakeDay(ACCOUNT, "me", MIDNIGHT, 1)) == DAY
    assert not store.carry_out(back).done
    assert store.carry_out(TakeDay(ACCOUNT, "me", NOW, 1)) == LEFT


def test_a_call_is_given_back_under_the_newest_name_of_the_host(store: Store) -> None:
    row = planned(store, link(1))
    assert store.carry_out(begin(row, day_limit=1)).granted
    alias = ("me", "ann@example.com")
    store.carry_out(Move(row.id, ("sending",), NOW, "not-sent", {"state": "planned"}, uncount=True, alias=alias))
    assert store.carry_out(TakeDay(ACCOUNT, "ann@example.com", NOW, 1)) == 0


# -- due ---------------------------------------------------------------------------------------------------------------


def test_due_hands_each_link_out_once_within_its_hold_the_longest_due_first(store: Store) -> None:
    rows = [planned(store, link(n, due_at=at)) for n, at in [(1, NOW), (2, NOW - 5), (3, NOW + 1), (4, None)]]
    planned(store, link(5, account="other", due_at=NOW - 9))
    expected = [rows[1], rows[0]]
    assert store.carry_out(Due(ACCOUNT, NOW, 100)) == expected
    assert store.carry_out(Due(ACCOUNT, NOW, 100)) == []
    assert store.carry_out(Due(ACCOUNT, NOW + 99, 100)) == [rows[2]]
    held = [row._replace(due_at=NOW + 100) for row in (rows[0], rows[1])]
    assert store.carry_out(Due(ACCOUNT, NOW + 100, 100)) == held
    assert events(store, rows[0]) == [EventRow(NOW, "planned", "{}")]


def test_due_hands_out_no_more_than_its_limit(store: Store) -> None:
    rows = [planned(store, link(n)) for n in range(5)]
    batches = [store.carry_out(Due(ACCOUNT, NOW, 100, limit=2)) for _ in range(4)]
    assert batches == [rows[:2], rows[2:4], rows[4:], []]


def test_due_can_leave_out_what_is_only_watched(store: Store) -> None:
    states = ["planned", "sending", "unknown", "parked", "ready", "refused", "cancelled", "deleted"]
    rows = [planned(store, link(n, state=state)) for n, state in enumerate(states)]
    wishing = planned(store, link(9, state="ready", wish='{"do":"cancel"}'))
    assert store.carry_out(Due(ACCOUNT, NOW, 100, watches=False)) == [*rows[:4], wishing]
    assert store.carry_out(Due(ACCOUNT, NOW, 100)) == rows[4:]


def test_due_can_be_asked_for_one_link_which_is_handed_out_once_if_it_is_due(store: Store) -> None:
    rows = [planned(store, link(n, due_at=at)) for n, at in [(1, NOW), (2, NOW - 5), (3, NOW + 1)]]
    assert store.carry_out(Due(ACCOUNT, NOW, 100, link=rows[0].id)) == [rows[0]]
    assert store.carry_out(Due(ACCOUNT, NOW, 100, link=rows[0].id)) == []
    assert store.carry_out(Due(ACCOUNT, NOW, 100, link=rows[2].id)) == []
    assert store.carry_out(Due("other", NOW, 100, link=rows[1].id)) == []
    assert store.carry_out(Due(ACCOUNT, NOW, 100)) == [rows[1]]


def test_due_can_be_asked_for_those_that_a_list_of_one_hosts_meetings_tells_of(store: Store) -> None:
    states = ["planned", "sending", "unknown", "parked", "ready"]
    rows = [planned(store, link(n, state=state)) for n, state in enumerate(states)]
    planned(store, link(8, state="unknown", host="other@example.com"))
    planned(store, link(9, state="ready", wish='{"do":"cancel"}'))
    assert store.carry_out(Due(ACCOUNT, NOW, 100, listed="me", limit=2)) == [rows[1], rows[2]]
    assert store.carry_out(Due(ACCOUNT, NOW, 100, listed="me")) == [rows[4]]


def test_waiting_names_what_is_due_and_hands_out_nothing(store: Store) -> None:
    rows = [planned(store, link(n, due_at=at)) for n, at in [(1, NOW), (2, NOW - 5), (3, NOW + 1), (4, None)]]
    planned(store, link(5, account="other", due_at=NOW - 9))
    for _ in range(2):
        assert store.carry_out(Waiting(ACCOUNT, NOW)) == [rows[1].id, rows[0].id]
    assert store.carry_out(Waiting(ACCOUNT, NOW, limit=1)) == [rows[1].id]
    assert store.carry_out(Due(ACCOUNT, NOW, 100)) == [rows[1], rows[0]]
    assert store.carry_out(Waiting(ACCOUNT, NOW)) == []


def test_when_something_is_due_next_is_known_be_it_past_or_to_come(store: Store) -> None:
    assert store.carry_out(NextDue(ACCOUNT)) is None
    planned(store, link(1, due_at=None))
    planned(store, link(2, account="other", due_at=NOW - 9))
    assert store.carry_out(NextDue(ACCOUNT)) is None
    planned(store, link(3, due_at=NOW + 5))
    assert store.carry_out(NextDue(ACCOUNT)) == NOW + 5
    planned(store, link(4, due_at=NOW - 5))
    assert store.carry_out(NextDue(ACCOUNT)) == NOW - 5


def test_of_many_threads_each_due_link_goes_to_one(store: Store) -> None:
    rows = [planned(store, link(n)) for n in range(40)]

    def collect(_: int) -> list[LinkRow]:
        found: list[LinkRow] = []
        while some := store.carry_out(Due(ACCOUNT, NOW, 1000, limit=3)):
            found += some
        return found

    handed = [row for found in at_once(6, collect) for row in found]
    assert sorted(handed) == rows


# -- lists -------------------------------------------------------------------------------------------------------------


def test_a_list_filters_and_is_in_the_order_of_start_and_id(store: Store) -> None:
    rows = [
        link(1, start_at=NOW + 3, host="a"),
        link(2, start_at=NOW + 1, host="b", state="ready"),
        link(3, start_at=NOW + 3, host="b", state="refused", owner="shop"),
        link(4, start_at=NOW + 2, host="a", key="key-x"),
        link(5, start_at=NOW, account="other"),
    ]
    for row in rows:
        planned(store, row)
    one, two, three, four, _ = rows
    asked: list[tuple[dict[str, Any], list[LinkRow]]] = [
        ({}, [two, four, one, three]),
        ({"owner": ""}, [two, four, one]),
        ({"owner": "shop"}, [three]),
        ({"states": ("ready", "refused")}, [two, three]),
        ({"states": ()}, []),
        ({"host": "b"}, [two, three]),
        ({"key": "key-x"}, [four]),
        ({"from_at": NOW + 2}, [four, one, three]),
        ({"to_at": NOW + 3}, [two, four]),
        ({"from_at": NOW + 2, "to_at": NOW + 3}, [four]),
        ({"limit": 2}, [two, four]),
        ({"after": (NOW + 2, four.id)}, [one, three]),
        ({"after": (NOW + 3, one.id)}, [three]),
        ({"after": (NOW + 3, three.id)}, []),
        ({"host": "a", "states": ("planned",), "after": (NOW + 2, four.id), "limit": 1}, [one]),
    ]
    assert [store.carry_out(List(ACCOUNT, **wanted)) for wanted, _ in asked] == [rows for _, rows in asked]


def test_a_cursor_goes_through_all_links_once(store: Store) -> None:
    rows = [planned(store, link(n, start_at=NOW + n % 3)) for n in range(20)]
    seen: list[LinkRow] = []
    after: tuple[int, str] | None = None
    while page := store.carry_out(List(ACCOUNT, after=after, limit=3)):
        seen += page
        after = (page[-1].start_at, page[-1].id)
    assert seen == sorted(rows, key=lambda row: (row.start_at, row.id))


def test_counts_are_by_state_and_account(store: Store) -> None:
    assert store.carry_out(Counts(ACCOUNT)) == {}
    for number, state in enumerate(["planned", "ready", "ready"]):
        planned(store, link(number, state=state))
    planned(store, link(9, account="other"))
    assert store.carry_out(Counts(ACCOUNT)) == {"planned": 1, "ready": 2}


# -- erasing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field", ["key", "host", "topic", "asked", "body", "warnings", "problem", "wish", "history"], ids=str
)
def test_a_text_is_found_wherever_it_stands(store: Store, field: str) -> None:
    planned(store, link(1))
    text = "x Ann.Lee_9%@Example.com y"
    row = planned(store, link(2, **({} if field == "history" else {field: text})))
    if field == "history":
        done = store.carry_out(Move(row.id, ("planned",), NOW, "asked", {}, detail={"by": text}))
        assert done.row is not None
        row = done.row
    planned(store, link(3, account="other", topic=text))
    planned(store, link(4, topic="x Ann-Lee-9+@Example.com y"))
    assert store.carry_out(Mentions(ACCOUNT, "ann.lee_9%@EXAMPLE.com")) == [row]


@pytest.mark.parametrize(
    ("stands", "wanted"),
    [
        ("Frau MÜLLER", "müller"),
        ("frau müller", "MÜLLER"),
        ("ИВАН", "иван"),
        ("50%_off\\", "50%_OFF\\"),
        ("(a|b)*[c]", "(A|B)*[C]"),
        ("日本", "日本"),
        ("two\nlines", "TWO\nLINES"),
    ],
)
def test_a_text_is_found_in_whatever_case_and_script(store: Store, stands: str, wanted: str) -> None:
    rows = [
        planned(store, link(1, topic=stands)),
        planned(store, link(2, body=json.dumps({"agenda": f'"{stands}"'}, ensure_ascii=False))),
    ]
    planned(store, link(3, topic="Frau Möller"))
    assert store.carry_out(Mentions(ACCOUNT, wanted)) == rows


def test_wiping_takes_the_words_and_leaves_the_numbers(store: Store) -> None:
    row = planned(
        store,
        link(
            1, host="ann@example.com", topic="Ann Lee", problem='{"x":1}', wish="{}", join_url="https://z", passcode="p"
        ),
    )
    row = moved(store, row, state="ready", meeting_id=70, warnings='["w"]')
    store.carry_out(Move(row.id, ("ready",), NOW, "changed", {}, detail={"topic": "Ann Lee"}))
    wiped = row._replace(
        key="gone-1",
        host="gone",
        asked="",
        body="",
        topic="",
        join_url=None,
        passcode=None,
        warnings="[]",
        problem=None,
        wish=None,
        version=row.version + 2,
        updated_at=NOW + 3,
    )
    assert store.carry_out(Wipe(row.id, NOW + 3, "gone-1", "gone")) == Moved(wiped, done=True)
    assert store.carry_out(Get(row.id)) == wiped
    assert store.carry_out(Find(ACCOUNT, "", "gone-1")) == wiped
    assert store.carry_out(Find(ACCOUNT, "", "key-1")) is None
    assert store.carry_out(FindMeeting(ACCOUNT, 70)) == wiped
    assert events(store, row) == [
        EventRow(NOW, "planned", "{}"),
        EventRow(NOW, "moved", "{}"),
        EventRow(NOW, "changed", "{}"),
        EventRow(NOW + 3, "erased", "{}"),
    ]
    assert store.carry_out(Mentions(ACCOUNT, "ann lee")) == []


def test_wiping_forgets_the_other_names_of_a_host_that_is_taken_out(store: Store) -> None:
    row = planned(store, link(1))
    store.carry_out(Move(row.id, ("planned",), NOW, "", {}, alias=("me", "ann@example.com")))
    assert store.carry_out(TakeDay(ACCOUNT, "ann@example.com", NOW, 1)) == 0
    store.carry_out(Wipe(row.id, NOW, "gone-1", "gone"))
    assert store.carry_out(HostOf(ACCOUNT, "me")) == "me"
    assert store.carry_out(TakeDay(ACCOUNT, "ann@example.com", NOW, 1)) == 0


def test_wiping_what_is_not_there_does_nothing(store: Store) -> None:
    assert store.carry_out(Wipe("lnk_x", NOW, "gone", "gone")) == Moved(None, done=False)


# -- rates -------------------------------------------------------------------------------------------------------------


def test_moments_of_a_rate_are_evenly_spaced(store: Store) -> None:
    taken = [store.carry_out(TakeRate(ACCOUNT, PACING, NOW)) for _ in range(5)]
    assert taken == [Begun(None, granted=True), *[Begun(None, wait=wait) for wait in (50, 100, 150, 200)]]
    assert store.carry_out(TakeRate(ACCOUNT, PACING, NOW + 300)) == Begun(None, granted=True)
    assert store.carry_out(TakeRate(ACCOUNT, PACING, NOW + 300)) == Begun(None, wait=50)


@pytest.mark.parametrize("rate", [1.9, 3, 7, 19, 57])
def test_no_second_holds_more_than_its_share(store: Store, rate: float) -> None:
    pacing = Pacing("medium", rate)
    count = int(rate) * 2 + 2
    waits = [store.carry_out(TakeRate(ACCOUNT, pacing, NOW)).wait or 0 for _ in range(count)]
    assert waits == [int(n * -(-1_000_000 // rate) // 1000) for n in range(count)]
    share = -int(-rate // 1)
    assert all(waits[n + share] - waits[n] >= 1000 for n in range(count - share))


def test_what_has_a_horizon_leaves_room_for_what_has_none(store: Store) -> None:
    batch = Pacing("medium", 20, horizon=100)
    took = [store.carry_out(TakeRate(ACCOUNT, batch, NOW)) for _ in range(5)]
    assert took == [
        Begun(None, granted=True),
        Begun(None, wait=50),
        Begun(None, wait=100),
        Begun(None, retry=50),
        Begun(None, retry=50),
    ]
    assert store.carry_out(TakeRate(ACCOUNT, PACING, NOW)) == Begun(None, wait=150)
    assert store.carry_out(TakeRate(ACCOUNT, batch, NOW)) == Begun(None, retry=100)
    assert store.carry_out(TakeRate(ACCOUNT, batch, NOW + 100)) == Begun(None, wait=100)


def test_rates_belong_to_an_account_and_a_label(store: Store) -> None:
    store.carry_out(TakeRate(ACCOUNT, PACING, NOW))
    assert store.carry_out(TakeRate(ACCOUNT, Pacing("light", 20), NOW)).granted
    assert store.carry_out(TakeRate("other", PACING, NOW)).granted


def test_a_lower_rate_that_was_learned_holds_until_its_end(store: Store) -> None:
    store.carry_out(Learn(ACCOUNT, "medium", NOW, per_second=5, until=NOW + 1000))
    took = [store.carry_out(TakeRate(ACCOUNT, PACING, NOW)) for _ in range(3)]
    assert took == [Begun(None, granted=True, learned=5), *[Begun(None, wait=n, learned=5) for n in (200, 400)]]
    # From then on the plan's rate counts again.
    later = [store.carry_out(TakeRate(ACCOUNT, PACING, NOW + 1000)) for _ in range(2)]
    assert later == [Begun(None, granted=True), Begun(None, wait=50)]


def test_a_learned_rate_is_no_higher_than_the_plans_and_can_be_forgotten(store: Store) -> None:
    store.carry_out(Learn(ACCOUNT, "medium", NOW, per_second=99, until=NOW + 1000))
    assert store.carry_out(TakeRate(ACCOUNT, PACING, NOW)) == Begun(None, granted=True)
    assert store.carry_out(TakeRate(ACCOUNT, PACING, NOW)) == Begun(None, wait=50)
    store.carry_out(Learn(ACCOUNT, "medium", NOW, per_second=5, until=NOW + 1000))
    store.carry_out(Learn(ACCOUNT, "medium", NOW, per_second=0, until=NOW + 1000))
    assert store.carry_out(TakeRate(ACCOUNT, PACING, NOW)) == Begun(None, wait=100)
    assert store.carry_out(TakeRate(ACCOUNT, PACING, NOW)) == Begun(None, wait=150)


def test_a_short_block_is_waited_for_and_a_long_one_is_said(store: Store) -> None:
    store.carry_out(Learn(ACCOUNT, "medium", NOW, blocked_until=NOW + 59_999))
    store.carry_out(Learn(ACCOUNT, "medium", NOW, blocked_until=NOW + 10))  # a shorter one takes nothing back
    assert store.carry_out(TakeRate(ACCOUNT, PACING, NOW)) == Begun(None, wait=59_999)
    assert store.carry_out(TakeRate(ACCOUNT, Pacing("medium", 20, horizon=500), NOW)) == Begun(None, retry=59_549)
    store.carry_out(Learn(ACCOUNT, "medium", NOW, blocked_until=NOW + 60_000))
    assert store.carry_out(TakeRate(ACCOUNT, PACING, NOW)) == Begun(None, retry=60_000)


def test_a_move_blocks_a_label_for_all(store: Store) -> None:
    row = planned(store, link(1))
    store.carry_out(Move(row.id, ("planned",), NOW, "parked", {"state": "parked"}, block=("medium", NOW + 90_000)))
    assert store.carry_out(TakeRate(ACCOUNT, PACING, NOW)) == Begun(None, retry=90_000)
    assert store.carry_out(TakeRate(ACCOUNT, Pacing("light", 20), NOW)) == Begun(None, granted=True)


def test_a_clock_that_was_set_back_does_not_hold_anybody_up(store: Store) -> None:
    pacing = Pacing("Medium", 10.0)
    assert store.carry_out(TakeRate(ACCOUNT, pacing, NOW)).granted
    back = store.carry_out(TakeRate(ACCOUNT, pacing, NOW - 3_600_000))
    assert (back.granted, back.retry) == (True, None)
