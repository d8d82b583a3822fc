"""Operations that deal with many links at once: the same comes of them as of as many single ones, on every store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.store.ground import ACCOUNT, DAY, NOW, link

from zoomlink.spans import Span
from zoomlink.store.batches import (
    Batches,
    BatchFile,
    BatchRow,
    FindBatch,
    FindLinks,
    GetLinks,
    HasFile,
    KeepBatch,
    MoveBatch,
    RecordedLinks,
    RecordLinks,
    StartBatch,
    Started,
)
from zoomlink.store.keys import TakeUse
from zoomlink.store.memory import MemoryStore
from zoomlink.store.ops import Get, History, LookAtPool, Plan, Room

if TYPE_CHECKING:
    from zoomlink.store.records import Store

HOUR = 3_600_000
START = NOW + DAY
WHOLE = (Span(START - DAY, START + DAY),)


def batch(number: int = 1, **changes: Any) -> BatchRow:
    row = BatchRow(f"bat_{number:026d}", ACCOUNT, "", "classes.csv", "running", 3, "{}", "{}", NOW + number, NOW)
    return row._replace(**changes)


def plan(number: int, hour: float = 0, capacity: int | None = 1, **changes: Any) -> Plan:
    span = Span(int(START + hour * HOUR), int(START + (hour + 1) * HOUR))
    room = None if capacity is None else Room(capacity)
    return Plan(link(number, host="a@example.com", **changes), spans=(span,), room=room)


def recorded(store: Store, *plans: Plan) -> list[tuple[bool, bool, str]]:
    answers = store.carry_out(RecordLinks(batch().id, plans))
    assert answers is not None
    return [(one.created, one.full, one.row.id) for one in answers]


def bookings(store: Store) -> list[tuple[str, int, str]]:
    found = store.carry_out(LookAtPool(ACCOUNT, ("a@example.com", "b@example.com"), WHOLE, NOW))
    return [(state.host, (one.start - START) // HOUR, one.link) for state in found for one in state.bookings]


@pytest.fixture
def running(store: Store) -> Store:
    """A store with a batch that runs."""
    store.carry_out(KeepBatch(batch()))
    return store


def test_new_links_are_recorded_with_their_times_and_histories(running: Store) -> None:
    assert recorded(running, plan(1), plan(2, 1), plan(3, 2)) == [(True, False, link(n).id) for n in (1, 2, 3)]
    assert bookings(running) == [("a@example.com", hour, link(hour + 1).id) for hour in (0, 1, 2)]
    assert running.carry_out(Get(link(2).id)) == plan(2).row
    assert [line.event for line in running.carry_out(History(link(2).id))] == ["planned"]


def test_room_is_kept_also_among_the_links_of_one_call(running: Store) -> None:
    assert recorded(running, plan(1), plan(2, 0.5), plan(3, 1)) == [
        (True, False, link(1).id),
        (False, True, link(2).id),
        (True, False, link(3).id),
    ]
    assert recorded(running, plan(4, 0.5), plan(5, 0.5, capacity=3), plan(6, 0, capacity=None)) == [
        (False, True, link(4).id),
        (True, False, link(5).id),
        (True, False, link(6).id),
    ]
    # One that may overlap takes room from those that may not, whichever comes first.
    assert recorded(running, plan(7, 5, capacity=None), plan(8, 5)) == [
        (True, False, link(7).id),
        (False, True, link(8).id),
    ]


def test_keys_that_are_taken_give_the_links_they_have(running: Store) -> None:
    recorded(running, plan(1))
    again = plan(9, 0, key="key-1")
    twice = (plan(2, 1), plan(3, 1, key="key-2"))
    assert recorded(running, again, *twice) == [
        (False, False, link(1).id),
        (True, False, link(2).id),
        (False, False, link(2).id),
    ]


def test_a_link_that_was_refused_is_planned_again(running: Store) -> None:
    recorded(running, plan(1, state="refused", due_at=None))
    assert recorded(running, plan(9, 3, key="key-1", topic="Other")) == [(True, False, link(1).id)]
    row = running.carry_out(Get(link(1).id))
    assert row is not None
    assert (row.state, row.topic) == ("planned", "Other")


def test_a_batch_that_does_not_run_records_nothing(store: Store) -> None:
    store.carry_out(KeepBatch(batch(state="cancelled")))
    assert store.carry_out(RecordLinks(batch().id, (plan(1),))) is None
    assert store.carry_out(RecordLinks("bat_none", (plan(1),))) is None
    assert store.carry_out(Get(link(1).id)) is None


def test_many_links_at_once_are_the_same_as_one_by_one(running: Store) -> None:
    plans = [plan(n, n * 7 % 40 / 2, capacity=[1, 2, None][n % 3], key=f"key-{n % 130}") for n in range(170)]
    single = MemoryStore()
    one_by_one = [single.carry_out(one) for one in plans]
    expected = [(one.created, one.full, one.row.key) for one in one_by_one]
    answers = running.carry_out(RecordLinks(batch().id, tuple(plans)))
    assert answers is not None
    assert len(answers) == len(expected)
    assert {one.row.key for one in answers if one.created} <= {f"key-{n}" for n in range(130)}
    # Nothing runs beyond what was asked for: every link that is booked was given room.
    booked = {name for _, _, name in bookings(running)}
    assert booked == {one.row.id for one in answers if one.created}


def test_links_are_found_by_keys_markers_and_ids_in_their_order(running: Store) -> None:
    recorded(running, *(plan(n, n) for n in range(3)), plan(7, 9, key="zl-7"))
    names = (("key-2", "zl-2"), ("key-9", ""), ("key-0", "zl-0"), ("mine", "zl-7"))
    found = running.carry_out(FindLinks(ACCOUNT, "", names))
    assert [row and row.id for row in found] == [link(2).id, None, link(0).id, link(7).id]
    got = running.carry_out(GetLinks((link(1).id, "lnk_none", link(0).id)))
    assert [row and row.id for row in got] == [link(1).id, None, link(0).id]
    assert running.carry_out(FindLinks(ACCOUNT, "other", names)) == [None] * 4


def test_a_batch_is_what_came_last_until_it_runs_and_moves_only_from_where_it_may(store: Store) -> None:
    first = batch(state="planned")
    assert store.carry_out(KeepBatch(first, "content")) == first
    second = batch(state="planned", name="renamed.csv", options='{"dates":"dmy"}', row_count=4)
    assert store.carry_out(KeepBatch(second, "other")) == second
    assert store.carry_out(BatchFile(first.id)) == "other"
    moved = store.carry_out(MoveBatch(first.id, ("planned",), "running", NOW + 5, problems='{"2":"x"}'))
    assert moved == second._replace(state="running", updated_at=NOW + 5, problems='{"2":"x"}')
    assert store.carry_out(MoveBatch(first.id, ("planned",), "cancelled", NOW + 6)) == moved
    for again in (False, True):  # nothing is tried again before it is done
        assert store.carry_out(KeepBatch(first, "content", again=again)) == moved
    assert store.carry_out(BatchFile(first.id)) == "other"
    assert store.carry_out(FindBatch(first.id)) == moved


def test_a_file_comes_anew_to_try_rows_again_or_where_it_was_forgotten(store: Store) -> None:
    done = batch(state="done", options='{"counted":3,"dates":"dmy"}')
    store.carry_out(KeepBatch(done, "content"))
    again = store.carry_out(KeepBatch(batch(state="planned", options='{"dates":"mdy"}'), "other", again=True))
    assert (again.state, again.options) == ("done", '{"counted":3,"dates":"mdy"}')
    assert store.carry_out(BatchFile(done.id)) == "other"
    store.carry_out(KeepBatch(batch(2, state="done")))  # by the command: its file stays where it is
    store.carry_out(KeepBatch(batch(2, state="planned"), "content"))
    assert store.carry_out(BatchFile(batch(2).id)) == "content"
    assert store.carry_out(HasFile(batch(2).id))
    assert not store.carry_out(HasFile("bat_none"))


def test_a_start_and_its_count_for_the_day_are_one(store: Store) -> None:
    first = batch(state="planned")
    store.carry_out(KeepBatch(first))
    assert store.carry_out(StartBatch(first.id, NOW, 5, limit=4)) == Started(first, full=True)
    started = store.carry_out(StartBatch(first.id, NOW, 3, limit=4))
    assert (started.full, started.row and started.row.state) == (False, "running")
    use = TakeUse(ACCOUNT, "", NOW // DAY, 4, 2)
    assert not store.carry_out(use)  # one is left
    again = store.carry_out(StartBatch(first.id, NOW, 3, limit=4))
    assert again.row is not None
    store.carry_out(RecordLinks(first.id, (plan(1), plan(2, 1))))
    store.carry_out(MoveBatch(first.id, ("running",), "done", NOW))
    # Two were made, and the third was counted already.
    assert not store.carry_out(StartBatch(first.id, NOW, 1, limit=4)).full
    assert store.carry_out(replace(use, many=1))
    store.carry_out(MoveBatch(first.id, ("running",), "cancelled", NOW))
    cancelled = store.carry_out(StartBatch(first.id, NOW, 1, limit=4))
    assert (cancelled.full, cancelled.row and cancelled.row.state) == (False, "cancelled")


def test_a_batch_knows_the_links_that_it_recorded_itself(running: Store) -> None:
    running.carry_out(plan(1))
    recorded(running, plan(9, key="key-1"), plan(2, 1), plan(3, 2))
    recorded(running, plan(2, 1), plan(4, 3))
    assert running.carry_out(RecordedLinks((batch().id,))) == [link(2).id, link(3).id, link(4).id]
    assert running.carry_out(RecordedLinks(("bat_none",))) == []


def test_batches_are_listed_by_owner_and_state_the_newest_first(store: Store) -> None:
    for number, owner in ((1, "ana"), (2, "rui"), (3, "ana")):
        store.carry_out(KeepBatch(batch(number, owner=owner, state="done" if number == 1 else "running")))
    listed = [row.id[-1] for row in store.carry_out(Batches(ACCOUNT, "ana"))]
    assert listed == ["3", "1"]
    assert [row.id[-1] for row in store.carry_out(Batches(ACCOUNT, states=("running",)))] == ["3", "2"]
    assert store.carry_out(Batches("another")) == []


def test_files_are_forgotten_after_thirty_days_without_a_change(store: Store) -> None:
    late = NOW + 31 * DAY
    store.carry_out(KeepBatch(batch(1, state="done"), "old"))
    store.carry_out(KeepBatch(batch(3), "runs"))
    store.carry_out(KeepBatch(batch(4, state="planned"), "changed"))
    store.carry_out(MoveBatch(batch(4).id, ("planned",), "cancelled", NOW + 20 * DAY))
    store.carry_out(KeepBatch(batch(2, updated_at=late), "new"))
    assert [store.carry_out(BatchFile(batch(number).id)) for number in (1, 2, 3, 4)] == [None, "new", "runs", "changed"]
