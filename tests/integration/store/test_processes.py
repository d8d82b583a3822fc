"""Several processes on one ledger: each link is made once, no limit is passed, a fork breaks nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.integration.store.ground import ACCOUNT, DAY, NOW, ROOT, link, python, python_command

from zoomlink.secret import Secret
from zoomlink.store.opening import open_database
from zoomlink.store.ops import Counts, Get, List, Pacing, Plan, TakeDay, TakeRate
from zoomlink.store.sqlite import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoomlink.store.postgres import PostgresStore
    from zoomlink.store.records import Store

HEAD = """
import json, sys
from tests.integration.store.ground import ACCOUNT, NOW, link
from zoomlink.secret import Secret
from zoomlink.store.opening import open_database
from zoomlink.store.ops import *
address, number = sys.argv[1], int(sys.argv[2])
print("there", flush=True)
sys.stdin.readline()
store = open_database(Secret(address))
answers = []
"""
TAIL = """
print(json.dumps(answers))
"""


def together(count: int, address: str, code: str) -> list[list[Any]]:
    """Run a piece of code in several processes that begin at the same moment; return the `answers` of each."""
    processes = [
        subprocess.Popen(
            python_command(HEAD + code + TAIL, address, str(number)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for number in range(count)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * count
    return [json.loads(text) for text in said]


def in_all(answers: Sequence[Sequence[Any]]) -> list[Any]:
    return [each for some in answers for each in some]


PLANNING = """
for key in range(40):
    planned = store.carry_out(Plan(link(number * 1000 + key, key=f"key-{key}", topic=f"by {number}")))
    answers.append((planned.row.key, planned.row.id, planned.created))
"""


def test_of_eight_processes_that_plan_the_same_keys_one_makes_each_link(address: str) -> None:
    # They make the ledger too: all open it at once.
    answers = in_all(together(8, address, PLANNING))
    store = open_database(Secret(address))
    there = {row.key: row.id for row in store.carry_out(List(ACCOUNT, limit=1000))}
    store.close()
    assert sorted(there) == sorted(f"key-{key}" for key in range(40))
    assert len(answers) == 8 * 40
    assert {(key, found) for key, found, _ in answers} == set(there.items())
    assert sorted(key for key, _, created in answers if created) == sorted(there)


DAYS = """
for _ in range(40):
    answers.append(store.carry_out(TakeDay(ACCOUNT, "ann@example.com", NOW, 100)))
"""


def test_a_day_is_never_used_beyond_its_limit(address: str) -> None:
    answers = in_all(together(4, address, DAYS))
    left = DAY - NOW % DAY
    assert sorted(answers) == [0] * 100 + [left] * 60


RATES = """
for _ in range(60):
    begun = store.carry_out(TakeRate(ACCOUNT, Pacing("medium", 19), NOW))
    answers.append(begun.wait or 0)
"""


def test_moments_that_four_processes_book_are_all_an_interval_apart(address: str) -> None:
    answers = in_all(together(4, address, RATES))
    assert sorted(answers) == [number * 52_632 // 1000 for number in range(240)]
    assert min(later - earlier for earlier, later in pairwise(sorted(answers))) == 52


DUE = """
while found := store.carry_out(Due(ACCOUNT, NOW, 60_000, limit=3)):
    answers += [row.id for row in found]
"""


def test_each_due_link_goes_to_one_process(address: str) -> None:
    store = open_database(Secret(address))
    rows = [store.carry_out(Plan(link(number))).row for number in range(60)]
    handed = in_all(together(4, address, DUE))
    store.close()
    assert sorted(handed) == [row.id for row in rows]


CLAIMS = """
for generation in range(20):
    claimed = store.carry_out(ClaimToken(ACCOUNT, "app", f"process-{number}", generation, NOW, 60_000))
    while not claimed.mine and claimed.row.generation == generation:
        claimed = store.carry_out(ClaimToken(ACCOUNT, "app", f"process-{number}", generation, NOW, 60_000))
    if claimed.mine:
        answers.append(generation)
        store.carry_out(KeepToken(ACCOUNT, "app", f"process-{number}", "sealed", NOW, NOW, NOW))
"""


def test_each_token_is_fetched_by_one_process(address: str) -> None:
    assert sorted(in_all(together(4, address, CLAIMS))) == list(range(20))


# -- forks -------------------------------------------------------------------------------------------------------------


def _plan_in_child(store: Store, number: int) -> None:
    assert store.carry_out(Get(link(1).id)) == link(1)
    assert store.carry_out(Plan(link(number))).created
    store.close()


def _fork_and_go_on(store: Store) -> None:
    store.carry_out(Plan(link(1)))
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_plan_in_child, args=(store, number)) for number in (10, 11, 12)]
    for number, child in enumerate(children, 2):
        child.start()
        assert store.carry_out(Plan(link(number))).created  # while the child is at it
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert store.carry_out(Plan(link(5))).created
    ids = [row.id for row in store.carry_out(List(ACCOUNT))]
    assert ids == [link(number).id for number in (1, 2, 3, 4, 5, 10, 11, 12)]


def test_a_fork_leaves_parent_and_child_a_working_store_on_sqlite(sqlite_store: SQLiteStore) -> None:
    _fork_and_go_on(sqlite_store)
    assert _integrity(sqlite_store) == [("ok",)]


def test_a_fork_leaves_parent_and_child_a_working_store_on_postgresql(postgres_store: PostgresStore) -> None:
    _fork_and_go_on(postgres_store)


def test_what_a_child_wrote_stays_when_its_parent_closes_the_ledger_meanwhile(sqlite_store: SQLiteStore) -> None:
    sqlite_store.carry_out(Plan(link(1)))
    context = multiprocessing.get_context("fork")
    wrote, closed = context.Event(), context.Event()

    def work() -> None:
        assert sqlite_store.carry_out(Plan(link(2))).created
        wrote.set()
        assert closed.wait(60)
        assert sqlite_store.carry_out(Plan(link(3))).created
        os._exit(0)

    child = context.Process(target=work)
    child.start()
    assert wrote.wait(60)
    sqlite_store.close()  # we are not the last one, and shall not take ourselves for it
    closed.set()
    child.join(60)
    assert child.exitcode == 0
    assert sqlite_store.carry_out(Counts(ACCOUNT)) == {"planned": 3}


def test_children_forked_while_threads_write_work_and_nothing_is_lost(sqlite_store: SQLiteStore) -> None:
    ended = threading.Event()

    def write(first: int) -> int:
        number = first
        while not ended.is_set():
            assert sqlite_store.carry_out(Plan(link(number))).created
            number += 1
        return number - first

    context = multiprocessing.get_context("fork")
    with ThreadPoolExecutor(2) as threads:
        writing = [threads.submit(write, first) for first in (100_000, 200_000)]
        children = [context.Process(target=_plan_in_child, args=(sqlite_store, number)) for number in range(10, 20)]
        sqlite_store.carry_out(Plan(link(1)))
        for child in children:
            child.start()
        for child in children:
            child.join(60)
        ended.set()
        written = sum(each.result() for each in writing)
    assert [child.exitcode for child in children] == [0] * 10
    assert sqlite_store.carry_out(Counts(ACCOUNT)) == {"planned": written + 11}
    assert _integrity(sqlite_store) == [("ok",)]


def _integrity(store: SQLiteStore) -> list[Any]:
    with store.connection() as connection:
        return connection.execute("PRAGMA integrity_check").fetchall()


# -- several stores in one process -------------------------------------------------------------------------------------


def test_a_second_store_in_the_process_does_not_end_the_locks_of_the_first(path: Path) -> None:
    first = SQLiteStore(path)
    second = SQLiteStore(path)
    first.carry_out(Plan(link(1)))
    # Another process comes and goes. Did it take itself for the last one, it would remove the log we write to.
    opening = "import sys; from zoomlink.store.sqlite import SQLiteStore; SQLiteStore(sys.argv[1]).close()"
    assert python(opening, str(path)).returncode == 0
    assert sorted(file.name for file in path.parent.glob("*-wal")) == ["ledger.db-wal"]
    first.carry_out(Plan(link(2)))
    counting = (
        "import sys; from zoomlink.store.sqlite import SQLiteStore; from zoomlink.store.ops import Counts;"
        f"print(SQLiteStore(sys.argv[1]).carry_out(Counts('{ACCOUNT}')))"
    )
    assert python(counting, str(path)).stdout == "{'planned': 2}\n"
    first.close()
    second.close()
    third = SQLiteStore(path)
    assert third.carry_out(Counts(ACCOUNT)) == {"planned": 2}
    third.close()


def test_two_stores_in_one_process_share_limits(address: str) -> None:
    stores = [open_database(Secret(address)) for _ in range(2)]
    took = [stores[number % 2].carry_out(TakeDay(ACCOUNT, "a", NOW, 3)) for number in range(5)]
    waits = [stores[number % 2].carry_out(TakeRate(ACCOUNT, Pacing("medium", 20), NOW)).wait for number in range(4)]
    for store in stores:
        store.close()
    assert took == [0, 0, 0, DAY - NOW % DAY, DAY - NOW % DAY]
    assert waits == [None, 50, 100, 150]


def test_a_store_that_is_thrown_away_inside_another_ones_operation_waits_for_nothing(path: Path) -> None:
    first = SQLiteStore(path, patience=60)
    second = SQLiteStore(path, patience=60)
    second.carry_out(Plan(link(1)))
    with first.connection():
        # With a wait for the gate, which this very thread holds, the test would take a minute.
        del second
    assert first.carry_out(Plan(link(2))).created
    first.close()


def test_a_store_that_could_not_be_closed_at_once_is_closed_when_the_process_ends(path: Path) -> None:
    code = """
import sys
from pathlib import Path
from tests.integration.store.ground import link
from zoomlink.store.ops import Plan
from zoomlink.store.sqlite import SQLiteStore
first, second = SQLiteStore(sys.argv[1]), SQLiteStore(sys.argv[1])
second.carry_out(Plan(link(1)))
with first.connection():
    del second
"""
    ended = python(code, str(path))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(file.name for file in path.parent.iterdir()) == ["ledger.db", "ledger.db-gate"]


def test_a_store_can_be_closed_and_used_again(address: str) -> None:
    store = open_database(Secret(address))
    store.carry_out(Plan(link(1)))
    store.close()
    store.close()
    assert store.carry_out(Get(link(1).id)) == link(1)
    assert store.carry_out(Plan(link(2))).created
    store.close()


def test_a_ledger_with_a_relative_path_stays_where_it_was(tmp_path: Path) -> None:
    code = """
import os, sys
from tests.integration.store.ground import link
from zoomlink.store.ops import Plan
from zoomlink.store.sqlite import SQLiteStore
os.chdir(sys.argv[1])
os.mkdir("other")
store = SQLiteStore("ledger.db")
store.carry_out(Plan(link(1)))
store.close()
os.chdir("other")
print(store.carry_out(Plan(link(1))).created)
"""
    ended = python(code, str(tmp_path))
    assert (ended.stdout, ended.stderr) == ("False\n", "")
    assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*")) == [
        "ledger.db",
        "ledger.db-gate",
        "other",
    ]
