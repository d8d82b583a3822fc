"""The host pool: one choice among a thousand hosts, and whole batches planned. No database, no network."""

from __future__ import annotations

import random
import statistics
import time
from typing import TYPE_CHECKING

from zoomlink.links.planning import Wanted, plan_batch
from zoomlink.links.pool import Calendar, Host, choose
from zoomlink.spans import Booking, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HOUR = 3_600_000
HOSTS, RESERVATIONS = 1_000, 100_000
BATCH_HOSTS = 200


def measure() -> list[tuple[str, str, str]]:
    """Rows for people: what, measured, aim."""
    chance = random.Random(1)
    hosts = [Host(f"host{number}") for number in range(HOSTS)]
    calendar = Calendar(
        (f"host{chance.randrange(HOSTS)}", Booking(start, start + HOUR, "lnk"))
        for start in (chance.randrange(365 * 24) * HOUR for _ in range(RESERVATIONS))
    )

    def at(hour: int) -> Callable[[], object]:
        return lambda: choose(hosts, calendar, [Span(hour * HOUR, (hour + 1) * HOUR)])

    free = _median([at(hour) for hour in range(200)])
    for host in hosts:
        calendar.add(host.name, Booking(9_000 * HOUR, 9_001 * HOUR, "lnk"))
    full = _median([at(9_000)] * 15)
    small, one = _plan(chance, 10_000)
    large, other = _plan(chance, 100_000)
    return [
        ("one choice among 1,000 hosts, 100,000 reservations", f"{free * 1000:.2f} ms", "≤ 5 ms"),
        ("the same where none is free: who, until when, and the next free time", f"{full * 1000:.2f} ms", "≤ 5 ms"),
        (f"10,000 bookings planned on {BATCH_HOSTS} hosts", f"{small:.2f} s", "≤ 2 s"),
        ("100,000 against 10,000", f"{large / small:.1f} ×", "≤ 12 ×"),
        ("hosts used against the fewest possible, on empty hosts", f"{max(one, other):.2f}", "1.00"),
    ]


def _plan(chance: random.Random, rows: int) -> tuple[float, float]:
    """Seconds of CPU that a plan takes, the best of three, and its ratio. As dense whatever its size."""
    wanted = [
        Wanted((Span(start, start + HOUR),)) for start in (chance.randrange(rows // 10) * HOUR for _ in range(rows))
    ]
    best, ratio = float("inf"), 0.0
    for _ in range(3):
        began = time.process_time()
        plan = plan_batch(wanted, [Host(f"host{number}") for number in range(BATCH_HOSTS)], Calendar())
        best, ratio = min(best, time.process_time() - began), plan.ratio
    return best, ratio


def _median(runs: Sequence[Callable[[], object]]) -> float:
    taken = []
    for run in runs:
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
