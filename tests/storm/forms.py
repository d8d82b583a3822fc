"""Every storm by its name, each in a short and a full form."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.postgres import Postgres
from tests.storm import batches, days, keys, machines, points, rates, storm, tokens, waits
from tests.storm.ground import sqlite

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.storm.ground import Verdict

RESTART_EVERY = 15.0
"""Seconds."""


def storm_sqlite(full: bool, seed: int) -> Verdict:
    """The storm on SQLite."""
    return storm.run(storm.FULL if full else storm.SHORT, seed, sqlite, "storm-sqlite")


def storm_postgres(full: bool, seed: int) -> Verdict:
    """The storm on PostgreSQL, which in the full form is now and then restarted in the midst of it."""
    with Postgres() as postgres:
        due = time.monotonic() + RESTART_EVERY
        restarts = 0

        def perhaps_restart() -> None:
            nonlocal due, restarts
            if full and time.monotonic() > due:
                restarts += 1
                postgres.restart("immediate" if restarts % 2 else "fast")
                due = time.monotonic() + RESTART_EVERY

        weather = storm.FULL if full else storm.SHORT
        verdict = storm.run(weather, seed, lambda _: postgres.fresh(), "storm-postgres", perhaps_restart)
        verdict.figures["restarts"] = restarts
    return verdict


def every_point(full: bool, seed: int) -> Verdict:
    """Every crash point; the short form tries fewer scenarios."""
    return points.run(seed, points.SCENARIOS if full else points.SCENARIOS[::3])


def many_callers(full: bool, seed: int) -> Verdict:
    """Many callers for each key."""
    return keys.run(seed, 1000, 50) if full else keys.run(seed, 50, 20)


def callers_in_flight(full: bool, seed: int) -> Verdict:
    """Another request under a key whose link is being made."""
    return keys.in_flight(seed)


def token_expiries(full: bool, seed: int) -> Verdict:
    """One token per expiry."""
    return tokens.expiries(seed, 30 if full else 3)


def token_stolen(full: bool, seed: int) -> Verdict:
    """A token that ended before its time."""
    return tokens.stolen(seed, 30 if full else 3)


def token_wrong_secret(full: bool, seed: int) -> Verdict:
    """Credentials that Zoom refuses."""
    return tokens.wrong_secret(seed, 30 if full else 3)


def token_fight(full: bool, seed: int) -> Verdict:
    """Two installations that share one app."""
    return tokens.fight(seed, 60 if full else 8)


def rate(full: bool, seed: int) -> Verdict:
    """All of the rate and no more."""
    return rates.steady(seed, 60 if full else 20)


def rate_interactive(full: bool, seed: int) -> Verdict:
    """Somebody who waits, beside a batch."""
    return rates.interactive(seed, 40 if full else 8)


def three_days(full: bool, seed: int) -> Verdict:
    """250 links for one host."""
    return days.run(seed)


def day_shared(full: bool, seed: int) -> Verdict:
    """The same, where another program uses up some of the first day."""
    return days.run(seed, used_by_others=37)


def day_wrong_clock(full: bool, seed: int) -> Verdict:
    """The same, where our clock is ten minutes ahead of Zoom's."""
    return days.run(seed, off=600)


def batch_sqlite(full: bool, seed: int) -> Verdict:
    """A batch from a file, by one process, on SQLite."""
    return batches.run(batches.FULL if full else batches.SHORT, seed, sqlite, "batch-sqlite")


def batch_postgres(full: bool, seed: int) -> Verdict:
    """The same batch by two processes on PostgreSQL, which is restarted twice in the midst of it (the short form:
    once).
    """
    with Postgres() as postgres:
        due = [0.35, 0.7] if full else [0.5]

        def perhaps_restart(share: float) -> None:
            if due and share > due[0]:
                postgres.restart("immediate" if len(due) % 2 else "fast")
                due.pop(0)

        weather = batches.FULL_TWO if full else batches.SHORT_TWO
        verdict = batches.run(weather, seed, lambda _: postgres.fresh(), "batch-postgres", perhaps_restart)
        verdict.must(not due, "PostgreSQL was not restarted")
    return verdict


def silence(full: bool, seed: int) -> Verdict:
    """A Zoom that does not answer."""
    return waits.run(seed)


def many_machines(full: bool, seed: int) -> Verdict:
    """Workers that are killed, and a database that is restarted."""
    return machines.run(seed, 10_000, 10, 2) if full else machines.run(seed)


def machine_rescued(full: bool, seed: int) -> Verdict:
    """What a dead worker held; in the short form with short times."""
    return machines.rescued(seed) if full else machines.rescued(seed, scale=0.05)


ALL: dict[str, Callable[[bool, int], Verdict]] = {
    "storm-sqlite": storm_sqlite,
    "storm-postgres": storm_postgres,
    "points": every_point,
    "keys": many_callers,
    "keys-in-flight": callers_in_flight,
    "token-expiries": token_expiries,
    "token-stolen": token_stolen,
    "token-wrong-secret": token_wrong_secret,
    "token-fight": token_fight,
    "rate": rate,
    "rate-interactive": rate_interactive,
    "batch-sqlite": batch_sqlite,
    "batch-postgres": batch_postgres,
    "waits": silence,
    "machines": many_machines,
    "machines-rescued": machine_rescued,
    "days": three_days,
    "days-shared": day_shared,
    "days-wrong-clock": day_wrong_clock,
}


def run(name: str, full: bool, seed: int) -> Verdict:
    """Run a storm by its name."""
    verdict = ALL[name](full, seed)
    verdict.full = full
    return verdict
