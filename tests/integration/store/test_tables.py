"""Tables without statements of their own, and what the service keeps in them: the same on every store."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from tests.integration.store.ground import ACCOUNT, DAY, NOW, link

from zoomlink.store.keys import (
    API_KEYS,
    AddKey,
    ApiKeyRow,
    CallbackRow,
    DueCallbacks,
    EndCallback,
    FindKey,
    GiveUse,
    KeepCallback,
    KeepVisit,
    Keys,
    PutOffCallback,
    RevokeKey,
    SeenKey,
    TakeUse,
    UseVisit,
)
from zoomlink.store.ops import Op, Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomlink.store.records import Records, Store


def key(number: int, **changes: Any) -> ApiKeyRow:
    row = ApiKeyRow(f"id-{number}", ACCOUNT, "tenant", f"name-{number}", "a" * 64, "links:read", 0, 0, NOW + number)
    return row._replace(**changes)


class Do(Op[Any]):
    """Whatever a test does with the rows of a transaction."""

    def __init__(self, work: Callable[[Records], Any]) -> None:
        object.__setattr__(self, "work", work)

    def apply(self, records: Records) -> Any:
        return self.work(records)  # type: ignore[attr-defined]


def ids(rows: list[ApiKeyRow]) -> list[str]:
    return [row.id for row in rows]


def test_rows_are_read_changed_and_taken_away(store: Store) -> None:
    def work(records: Records) -> None:
        for number in range(4):
            assert records.insert(API_KEYS, key(number, used_at=None if number == 2 else number))
        assert not records.insert(API_KEYS, key(1, name="another"))
        assert records.read(API_KEYS, "id-1") == key(1, used_at=1)
        assert records.read(API_KEYS, "id-9") is None
        assert ids(records.select(API_KEYS, order=("-created_at",), limit=2)) == ["id-3", "id-2"]
        assert ids(records.select(API_KEYS, [("used_at", "is", None)])) == ["id-2"]
        assert records.count(API_KEYS, [("used_at", "is not", None)]) == 3
        assert records.count(API_KEYS, [("used_at", "<>", 1)]) == 2  # nothing is known of the one without
        assert ids(records.select(API_KEYS, [("id", "in", ["id-0", "id-3", "id-9"])], order=("id",))) == [
            "id-0",
            "id-3",
        ]
        assert records.select(API_KEYS, [("id", "in", [])]) == []
        where = [("used_at", ">=", 1), ("used_at", "<=", 3), ("used_at", ">", 0), ("used_at", "<", 3)]
        assert ids(records.select(API_KEYS, where)) == ["id-1"]
        records.write(API_KEYS, key(1, name="again"))
        assert records.read(API_KEYS, "id-1", lock=True) == key(1, name="again")
        assert records.change(API_KEYS, {"owner": "x"}, [("id", "in", ["id-0", "id-1"])]) == 2
        assert records.remove(API_KEYS, [("owner", "=", "x")]) == 2
        assert records.count(API_KEYS) == 2

    store.carry_out(Do(work))


def test_a_key_is_found_by_its_id_and_its_end_only_comes_nearer(store: Store) -> None:
    assert store.carry_out(AddKey(key(1)))
    assert not store.carry_out(AddKey(key(1)))
    assert store.carry_out(FindKey("id-1")) == key(1)
    assert store.carry_out(FindKey("id-2")) is None
    store.carry_out(RevokeKey("id-1", NOW + DAY))
    store.carry_out(RevokeKey("id-1", NOW + 5))
    store.carry_out(RevokeKey("id-1", NOW + DAY))
    store.carry_out(SeenKey("id-1", NOW + 7))
    assert store.carry_out(Keys(ACCOUNT)) == [key(1, revoked_at=NOW + 5, used_at=NOW + 7)]
    assert store.carry_out(Keys("another")) == []


def test_a_days_cap_is_exact_when_many_come_at_once(store: Store) -> None:
    taken: list[bool] = []

    def take() -> None:
        taken.extend(store.carry_out(TakeUse(ACCOUNT, "tenant", 5, 25)) for _ in range(10))

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 35 + [True] * 25
    store.carry_out(GiveUse(ACCOUNT, "tenant", 5))
    assert store.carry_out(TakeUse(ACCOUNT, "tenant", 5, 25))
    assert not store.carry_out(TakeUse(ACCOUNT, "tenant", 5, 25))
    assert store.carry_out(TakeUse(ACCOUNT, "tenant", 6, 1))
    assert store.carry_out(TakeUse(ACCOUNT, "other", 5, 1))


def test_an_address_of_the_page_works_once_and_not_for_long(store: Store) -> None:
    store.carry_out(KeepVisit("h1", NOW, NOW + 1000))
    store.carry_out(KeepVisit("h2", NOW, NOW + 1000))
    assert store.carry_out(UseVisit("h1", NOW + 999))
    assert not store.carry_out(UseVisit("h1", NOW + 999))
    assert not store.carry_out(UseVisit("h2", NOW + 1000))
    assert not store.carry_out(UseVisit("none", NOW))


def test_a_callback_is_handed_out_once_within_its_hold_and_with_its_link(store: Store) -> None:
    row = CallbackRow(ACCOUNT, "tenant", "key-1", "https://example.com/hook", NOW, 0, NOW)
    planned = link(1, owner="tenant")
    store.carry_out(KeepCallback(row))
    assert store.carry_out(DueCallbacks(ACCOUNT, NOW - 1, 50)) == []
    [(found, its)] = store.carry_out(DueCallbacks(ACCOUNT, NOW, 50))
    assert (found, its) == (row, None)
    store.carry_out(Plan(planned))
    assert store.carry_out(DueCallbacks(ACCOUNT, NOW + 49, 50)) == []
    [(_, its)] = store.carry_out(DueCallbacks(ACCOUNT, NOW + 50, 50))
    assert its is not None
    assert its.id == planned.id
    store.carry_out(PutOffCallback(row, NOW + 500, failed=True))
    [(found, _)] = store.carry_out(DueCallbacks(ACCOUNT, NOW + 500, 50))
    assert found.tries == 1
    store.carry_out(PutOffCallback(row._replace(url="https://example.com/old"), NOW))
    assert store.carry_out(DueCallbacks(ACCOUNT, NOW + 501, 50)) == []
    store.carry_out(EndCallback(ACCOUNT, "tenant", "key-1"))
    store.carry_out(PutOffCallback(row, NOW))
    assert store.carry_out(DueCallbacks(ACCOUNT, NOW + DAY, 50)) == []
