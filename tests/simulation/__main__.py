"""``python -m tests.simulation --seed N --links M``: simulates links and prints totals, or the trace of one world."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from tests.simulation.batch import WORLD, Tally, plan_of, run
from tests.simulation.judge import judge
from tests.simulation.world import World


def main() -> int:
    """Run; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the first world; each next one has the next")
    parser.add_argument("--links", type=int, default=2_000, help=f"how many, {WORLD} to a world")
    parser.add_argument("--mode", choices=["fast", "strict"], help="by default every second world is strict")
    parser.add_argument("--no-marker", action="store_true", help="without the line in the agenda")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--trace", action="store_true", help="print every event of the first world, and its end")
    given = parser.parse_args()
    if given.trace:
        return trace(given.seed, min(given.links, WORLD), given.mode, marker=not given.no_marker)
    columns = (BarColumn(), TextColumn("{task.completed:,.0f} of {task.total:,.0f} links"), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=given.links)
        total = run(
            given.seed,
            given.links,
            mode=given.mode,
            marker=not given.no_marker,
            processes=given.processes,
            progress=lambda tally: bar.update(task, completed=tally.links),
        )
    report(total)
    return 1 if total.violations else 0


def report(total: Tally) -> None:
    """Print the totals."""
    print(f"{total.links:,} links in {total.worlds:,} worlds")
    for name, count in sorted(total.counts.items()):
        print(f"  {count:>12,}  {name}")
    print(f"{total.faults.total():,} faulty answers")
    for method in sorted({name.split()[0] for name in total.faults}):
        kinds = {name: count for name, count in total.faults.items() if name.split()[0] == method}
        print(f"  {sum(kinds.values()):>12,}  {method}, {len(kinds)} kinds")
    print(f"{len(total.violations)} broken promises")
    for words in total.violations[:50]:
        print(f"  {words}")


def trace(seed: int, links: int, mode: str | None, *, marker: bool) -> int:
    """Print one world, event by event."""
    world = World(seed, plan_of(seed, links=links, mode=mode, marker=marker), trace=print)
    world.run()
    broken = judge(world)
    print(f"digest {world.digest}; {len(broken)} broken promises")
    for words in broken:
        print(f"  {words}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
