"""Several workers on one PostgreSQL, when Zoom's distance is what holds them up; and what a ledger itself can take.

Workers are processes of the installed command; the sandbox's own ledger says when each meeting was made.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.integration.worker.ground import planning
from tests.postgres import Postgres
from tests.storm.ground import Zoom

from benchmarks.local_zoom import local_zoom, process_environ
from zoomlink import LinkDesk, Settings
from zoomlink.secret import Secret
from zoomlink.store.opening import open_store
from zoomlink.store.ops import Begin, Due, Move, Plan
from zoomlink.store.rows import LinkRow

if TYPE_CHECKING:
    from zoomlink.store.records import Store

LATENCY_MS = 500
HANDS = 2
"""Links at the same time in each worker: few, so that this machine is idle and waiting is all there is."""
LINKS_EACH = 40
AIM = 3.5
SECONDS = 4.0
"""For how long a ledger is filled."""
PATIENCE = 120.0


def measure() -> list[tuple[str, ...]]:
    """Four workers against one, and the ledgers, as rows of a table."""
    with Postgres() as postgres:
        one, four = (workers(postgres, size) for size in (1, 4))
        rows: list[tuple[str, ...]] = [
            (f"1 worker, {LATENCY_MS} ms away from Zoom", f"{one:.1f} links/s", "1.0", ""),
            (f"4 workers, {LATENCY_MS} ms away from Zoom", f"{four:.1f} links/s", f"{four / one:.2f}", f"≥ {AIM}"),
        ]
        with tempfile.TemporaryDirectory() as folder:
            places = {"SQLite": f"sqlite:///{Path(folder) / 'ledger.db'}", "PostgreSQL": postgres.fresh()}
            rates = {
                (name, threads): ledger(url, threads, SECONDS) for name, url in places.items() for threads in (1, 8)
            }
    base = rates["SQLite", 1]
    for (name, threads), rate in rates.items():
        what = f"a ledger alone, {name}, {threads} thread{'s' if threads > 1 else ''}"
        rows.append((what, f"{rate:.0f} links/s", f"{rate / base:.2f}", ""))
    return rows


def workers(postgres: Postgres, size: int) -> float:
    """Links a second of so many workers."""
    hosts = [f"host{number}@sandbox.example" for number in range(8)]
    users = [option for host in hosts for option in ("--user", host)]
    with local_zoom("--latency", str(LATENCY_MS), *users) as environ, ExitStack() as stack:
        there = Zoom(environ)
        settings = there.leading_here(postgres.fresh())
        desk = stack.enter_context(LinkDesk(Settings.from_env(settings)))
        command = [str(Path(sys.executable).with_name("zoomlink")), "worker", "--concurrency", str(HANDS)]
        for _ in range(size):
            process = subprocess.Popen(command, env=process_environ(settings), stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        numbers = count()

        def plan(links: int) -> None:
            for number in (next(numbers) for _ in range(links)):
                desk.run(planning(desk.rules, number, host=hosts[number % len(hosts)]))

        warm = 2 * HANDS * size
        plan(warm)
        _wait(desk, warm)
        before = len(there.commits())
        plan(LINKS_EACH * size)
        _wait(desk, warm + LINKS_EACH * size)
        moments = [datetime.fromisoformat(one["time"]).timestamp() for one in there.commits()[before:]]
        return (len(moments) - 1) / (max(moments) - min(moments))


def ledger(url: str, threads: int, seconds: float) -> float:
    """Links a second that a ledger takes: recorded, handed out, begun and confirmed, each in a transaction."""
    store = open_store(Secret(url))
    try:
        with ThreadPoolExecutor(threads) as pool:
            end = time.monotonic() + seconds
            return sum(pool.map(lambda thread: _fill(store, f"{threads}-{thread}", end), range(threads))) / seconds
    finally:
        store.close()


def _fill(store: Store, name: str, end: float) -> int:
    done = 0
    while time.monotonic() < end:
        now = int(time.time() * 1000)
        row = _row(f"{name}-{done}", now)
        store.carry_out(Plan(row))
        store.carry_out(Due(row.account, now, 60_000, link=row.id))
        store.carry_out(Begin(row.id, name, now, 45_000))
        changes: dict[str, Any] = {"state": "ready", "join_url": "https://example.com/j/1", "due_at": None}
        assert store.carry_out(Move(row.id, ("sending",), now, "ready", changes, attempt=1)).done
        done += 1
    return done


def _row(name: str, now: int) -> LinkRow:
    return LinkRow(
        id=f"lnk_{name}",
        account="an-account",
        owner="",
        key=name,
        fingerprint=name,
        marker=f"zl-{name}",
        state="planned",
        version=1,
        attempt=0,
        mode="fast",
        host=f"{name}@example.com",
        asked='{"topic":"Lesson"}',
        body='{"topic":"Lesson","type":2}',
        topic="Lesson",
        start_at=now,
        timezone="Europe/Berlin",
        duration=60,
        due_at=now,
        created_at=now,
        updated_at=now,
    )


def _wait(desk: LinkDesk, links: int) -> None:
    end = time.monotonic() + PATIENCE
    while (found := desk.counts()) != {"ready": links}:
        if time.monotonic() > end:
            raise RuntimeError(f"the workers do not come to an end: {found}")
        time.sleep(0.05)
