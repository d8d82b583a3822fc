"""The cold command: a whole process that makes one link, ``zoomlink create`` against the tutorials' script."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.local_zoom import local_zoom, process_environ

ROUNDS = 9
SCRIPT = Path(__file__).with_name("article.py")


def measure() -> list[tuple[str, float, float]]:
    """Median wall and CPU time of each, in milliseconds; turn by turn, byte code compiled.

    ``zoomlink create`` is measured twice: with a new ledger, which knows neither a token nor the host's meetings,
    and with the ledger of the runs before, which knows both.
    """
    command = str(Path(sys.executable).with_name("zoomlink"))
    script = [sys.executable, str(SCRIPT), "Test", "60", "2031-10-01", "18:24"]
    walls: dict[str, list[float]] = {}
    cpus: dict[str, list[float]] = {}
    with local_zoom("--latency", "100") as environ, tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS + 1):
            day = f"{number + 1:02d}"  # a host takes one meeting at a time
            link = [command, "create", "Test", "--tz", "America/Sao_Paulo", "--start"]
            fresh, kept = Path(folder, f"new-{number}"), Path(folder, "kept")
            for name, words, home in (
                ("the tutorials' script", script, fresh),
                ("zoomlink create, the first ever", [*link, f"2031-11-{day} 18:24"], fresh),
                ("zoomlink create, from then on", [*link, f"2031-12-{day} 18:24"], kept),
            ):
                own = process_environ({**environ, "XDG_DATA_HOME": str(home)})
                before, started = _children(), time.perf_counter()
                subprocess.run(words, env=own, check=True, stdout=subprocess.DEVNULL)
                if number:  # the first one compiles, and fills the ledger that is kept
                    walls.setdefault(name, []).append((time.perf_counter() - started) * 1000)
                    cpus.setdefault(name, []).append((_children() - before) * 1000)
    return [(name, statistics.median(walls[name]), statistics.median(cpus[name])) for name in walls]


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
