"""The cold command: a whole process that makes one link, ``zoomlink create`` against the tutorials' script."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.local_zoom import local_zoom, process_environ

ROUNDS = 9
SCRIPT = Path(__file__).with_name("article.py")


def measure() -> list[tuple[str, float, float]]:
    """Median wall and CPU time of each, in milliseconds; turn by turn, byte code compiled."""
    command = str(Path(sys.executable).with_name("zoomlink"))
    ways = {
        "the tutorials' script": [sys.executable, str(SCRIPT), "Test", "60", "2031-12-01", "18:24"],
        "zoomlink create": [command, "create", "Test", "--start", "2031-12-01 18:24", "--tz", "America/Sao_Paulo"],
    }
    walls: dict[str, list[float]] = {name: [] for name in ways}
    cpus: dict[str, list[float]] = {name: [] for name in ways}
    with local_zoom("--latency", "100") as environ:
        for number in range(ROUNDS + 1):
            for name, words in ways.items():
                before, started = _children(), time.perf_counter()
                subprocess.run(words, env=process_environ(environ), check=True, stdout=subprocess.DEVNULL)
                if number:  # the first one compiles
                    walls[name].append((time.perf_counter() - started) * 1000)
                    cpus[name].append((_children() - before) * 1000)
    return [(name, statistics.median(walls[name]), statistics.median(cpus[name])) for name in ways]


def table(measured: list[tuple[str, float, float]]) -> list[tuple[str, ...]]:
    """Rows for people, with ratios to the first."""
    _, wall, cpu = measured[0]
    return [(name, f"{w:.0f}", f"{c:.0f}", f"{w / wall:.2f} ×", f"{c / cpu:.2f} ×") for name, w, c in measured]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for row in table(measure()):
        print(*row)
