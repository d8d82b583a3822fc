"""The shared token: fetched by one, kept for all, let go of after a failure; and sealed."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.store.ground import ACCOUNT, NOW

from zoomlink.config import Credentials
from zoomlink.secret import Secret
from zoomlink.store.ops import Claimed, ClaimToken, FailToken, KeepToken, ReadToken
from zoomlink.store.rows import ApiTokenRow
from zoomlink.store.sealing import seal, unseal

if TYPE_CHECKING:
    from pathlib import Path

    from zoomlink.store.records import Store
    from zoomlink.store.sqlite import SQLiteStore

APP = "a-client"
EMPTY = ApiTokenRow(ACCOUNT, APP)
LEASE = 5_000
MINE = Credentials(ACCOUNT, APP, Secret("a-secret"))


def claim(who: str = "a", seen: int = 0, now: int = NOW, *, rejected: bool = False) -> ClaimToken:
    return ClaimToken(ACCOUNT, APP, who, seen, now, LEASE, rejected=rejected)


def keep(who: str = "a", now: int = NOW, sealed: str = "sealed-1") -> KeepToken:
    return KeepToken(ACCOUNT, APP, who, sealed, now + 3_000_000, now + 3_600_000, now)


def kept(generation: int = 1, now: int = NOW, **changes: Any) -> ApiTokenRow:
    row = EMPTY._replace(
        generation=generation, sealed="sealed-1", renew_at=now + 3_000_000, expires_at=now + 3_600_000, fetched_at=now
    )
    return row._replace(**changes)


def fetching(row: ApiTokenRow, who: str = "a", now: int = NOW, rejections: str = "[]") -> ApiTokenRow:
    return row._replace(fetcher=who, fetch_until=now + LEASE, rejections=rejections)


def read(store: Store) -> ApiTokenRow | None:
    return store.carry_out(ReadToken(ACCOUNT, APP))


def test_there_is_no_token_at_first(store: Store) -> None:
    assert read(store) is None
    store.carry_out(FailToken(ACCOUNT, APP, "a", NOW, "failure"))
    assert (read(store) or EMPTY) == EMPTY


def test_one_claims_and_the_others_wait(store: Store) -> None:
    row = fetching(EMPTY)
    assert store.carry_out(claim()) == Claimed(row, mine=True)
    assert store.carry_out(claim("b")) == Claimed(row, mine=False, wait=50)
    assert store.carry_out(claim("b", now=NOW + LEASE - 20)) == Claimed(row, mine=False, wait=20)
    assert store.carry_out(claim(now=NOW + 1)) == Claimed(fetching(EMPTY, now=NOW + 1), mine=True)  # asked twice
    assert read(store) == fetching(EMPTY, now=NOW + 1)


def test_who_does_not_come_back_within_the_lease_is_taken_for_dead(store: Store) -> None:
    store.carry_out(claim())
    taken_over = fetching(EMPTY, "b", NOW + LEASE)
    assert store.carry_out(claim("b", now=NOW + LEASE)) == Claimed(taken_over, mine=True)
    store.carry_out(keep("a", NOW + LEASE + 1))  # comes back after all
    store.carry_out(FailToken(ACCOUNT, APP, "a", NOW + LEASE + 1, "failure"))
    assert read(store) == taken_over
    store.carry_out(keep("b", NOW + LEASE + 2))
    assert read(store) == kept(now=NOW + LEASE + 2)


def test_of_many_threads_that_claim_one_fetches(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: store.carry_out(claim(f"thread-{n}")), range(8)))
    assert sorted(answer.mine for answer in answers) == [False] * 7 + [True]
    row = read(store)
    assert {answer.row for answer in answers} == {row}


def test_a_kept_token_is_everybodys(store: Store) -> None:
    store.carry_out(claim())
    store.carry_out(keep())
    assert read(store) == kept()
    assert store.carry_out(claim("b")) == Claimed(kept(), mine=False)
    assert store.carry_out(claim("b", seen=1)) == Claimed(fetching(kept(), "b"), mine=True)
    assert store.carry_out(ReadToken(ACCOUNT, "another-app")) is None
    assert store.carry_out(ReadToken("another-account", APP)) is None


def test_a_token_that_nobody_claimed_is_kept_too(store: Store) -> None:
    store.carry_out(keep())
    assert read(store) == kept()


def test_a_failure_lets_others_fetch_and_is_told(store: Store) -> None:
    store.carry_out(claim())
    store.carry_out(FailToken(ACCOUNT, APP, "a", NOW + 3, "why"))
    failed = EMPTY._replace(failure="why", failed_at=NOW + 3)
    assert read(store) == failed
    assert store.carry_out(claim("b")) == Claimed(fetching(failed, "b"), mine=True)
    store.carry_out(FailToken(ACCOUNT, APP, "b", NOW + 9))  # not the credentials' fault
    assert read(store) == failed
    store.carry_out(claim("c"))
    store.carry_out(keep("c"))
    assert read(store) == kept(failed_at=NOW + 3)


def test_tokens_that_end_before_their_time_three_times_are_not_renewed_for_a_minute(store: Store) -> None:
    fought: list[Claimed] = []
    for number in range(3):
        now = NOW + number * 1000
        fought.append(store.carry_out(claim("a", number, now, rejected=True)))
        if fought[-1].mine:
            store.carry_out(keep("a", now))
    first, second, third = fought
    assert (first.mine, first.rejections, second.mine, second.rejections) == (True, 1, True, 2)
    said = kept(2, NOW + 1000, rejections=json.dumps([NOW, NOW + 1000]))
    assert third == Claimed(said, mine=False, held=59_000, rejections=3)
    later = NOW + 61_000
    renewed = store.carry_out(claim("a", 2, later, rejected=True))
    assert (renewed.mine, renewed.held, renewed.rejections) == (True, 0, 4)


def test_rejections_of_long_ago_count_no_more(store: Store) -> None:
    for number in range(3):
        now = NOW + number * 300_000
        answer = store.carry_out(claim("a", number, now, rejected=True))
        assert (answer.mine, answer.rejections) == (True, min(number + 1, 2))
        store.carry_out(keep("a", now))


def test_a_token_that_ran_out_is_renewed_however_often(store: Store) -> None:
    for number in range(6):
        assert store.carry_out(claim("a", number, NOW + number)).mine
        store.carry_out(keep("a", NOW + number))
    assert read(store) == kept(6, NOW + 5)


# -- sealing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "a-token", "Grüße \U0001f600", "x" * 10_000])
def test_what_was_sealed_opens(text: str) -> None:
    assert unseal(seal(text, MINE), MINE) == text


def test_the_same_text_looks_different_each_time() -> None:
    assert len({seal("a-token", MINE) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "other",
    [
        replace(MINE, client_secret=Secret("another")),
        replace(MINE, account_id="another"),
        replace(MINE, client_id="another"),
    ],
    ids=["secret", "account", "client"],
)
def test_what_was_sealed_opens_for_nobody_else(other: Credentials) -> None:
    assert unseal(seal("a-token", MINE), other) is None


def test_what_was_changed_does_not_open() -> None:
    whole = base64.b64decode(seal("a-token", MINE))
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        assert unseal(base64.b64encode(changed).decode(), MINE) is None
    for length in range(len(whole)):
        assert unseal(base64.b64encode(whole[:length]).decode(), MINE) is None


@pytest.mark.parametrize("nonsense", ["", "a-token", "!!!", "ü", "AAAA", "=", "\0"])
def test_what_never_was_sealed_does_not_open(nonsense: str) -> None:
    assert unseal(nonsense, MINE) is None


def test_a_sealed_token_cannot_be_read_in_the_files(sqlite_store: SQLiteStore, path: Path) -> None:
    sealed = seal("token-canary-51c2", MINE)
    sqlite_store.carry_out(keep(sealed=sealed))
    files = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert sorted(files) == ["ledger.db", "ledger.db-gate", "ledger.db-shm", "ledger.db-wal"]
    sqlite_store.close()
    whole = b"".join([*files.values(), path.read_bytes()])
    assert sealed.encode() in whole
    assert b"canary" not in whole
    assert b"a-secret" not in whole
