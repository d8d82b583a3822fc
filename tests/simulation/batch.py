"""Runs many worlds and adds up what happened in them. How one is replayed stands in every failure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import TYPE_CHECKING

from tests.simulation.judge import judge
from tests.simulation.world import CALM, ROUGH, Plan, World

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WORLD", "Tally", "plan_of", "replay", "run"]

WORLD = 40
"""Links in one world: about 20 meetings for each of two hosts."""


@dataclass
class Tally:
    """Sums over worlds."""

    links: int = 0
    worlds: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take another tally in."""
        self.links += other.links
        self.worlds += other.worlds
        self.counts.update(other.counts)
        self.faults.update(other.faults)
        self.violations += other.violations


def plan_of(seed: int, *, links: int = WORLD, mode: str | None = None, marker: bool = True) -> Plan:
    """The kind of world that goes with a seed.

    Without markers a meeting is known by its topic and time, so that no promise is made about links that are changed.
    """
    weather = ROUGH if seed // 2 % 2 else CALM
    if seed % 5 == 4:
        weather = replace(weather, crash=0.0)  # whoever spins is not saved by its death
    return Plan(
        links=links,
        mode=mode or ("strict" if seed % 2 else "fast"),
        marker=marker,
        weather=weather,
        changes=marker,
        pool=marker and seed % 7 == 6,
    )


def replay(seed: int, links: int, mode: str | None, *, marker: bool) -> str:
    """The command that plays a world again, event by event."""
    chosen = ([f"--mode {mode}"] if mode else []) + ([] if marker else ["--no-marker"])
    return " ".join([f"python -m tests.simulation --seed {seed} --links {links}", *chosen, "--trace"])


def run(
    seed: int,
    links: int,
    *,
    mode: str | None = None,
    marker: bool = True,
    processes: int = 1,
    progress: Callable[[Tally], None] | None = None,
) -> Tally:
    """Simulate so many links, in worlds of the seeds from `seed` on."""
    jobs = [
        (seed + number, min(WORLD, links - number * WORLD), mode, marker)
        for number in range((links + WORLD - 1) // WORLD)
    ]
    total = Tally()
    if processes == 1:
        for job in jobs:
            total.add(_one(job))
            if progress is not None:
                progress(total)
        return total
    with get_context("spawn").Pool(processes) as pool:
        for one in pool.imap_unordered(_one, jobs, chunksize=8):
            total.add(one)
            if progress is not None:
                progress(total)
    return total


def _one(job: tuple[int, int, str | None, bool]) -> Tally:
    seed, links, mode, marker = job
    world = World(seed, plan_of(seed, links=links, mode=mode, marker=marker))
    world.run()
    made = Counter(one.label for one in world.zoom.made.values())
    counts = world.counts + Counter(
        {
            "meetings made": made.total(),
            "meetings made too often": sum(count - 1 for count in made.values()),
            "meetings removed by zoomlink": sum(one.deleted_by == "us" for one in world.zoom.made.values()),
            "creates sent": sum(len(posts) for posts in world.zoom.posts.values()),
            "requests": world.zoom.calls.total(),
            "links handed out": sum(bool(link.handed) for link in world.wanted),
            **{f"end {row.state}": 0 for row in world.rows()},
        }
    )
    counts.update(f"end {row.state}" for row in world.rows())
    return Tally(
        links,
        1,
        counts,
        world.zoom.faults,
        [f"{words}\n    {replay(seed, links, mode, marker=marker)}" for words in judge(world)],
    )
