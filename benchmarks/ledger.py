"""What the ledger adds to a create, and how soon a repeated key is answered: on an empty one, and on a million links.

All in one process against one sandbox, turn by turn, so that what slows the machine slows all. Rates and days are kept
as on a business plan; between turns there is a pause, so that nobody has to wait for one.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.local_zoom import local_zoom
from zoomlink import LinkDesk, Settings, ZoomClient
from zoomlink.store.ops import Get
from zoomlink.store.rows import LinkRow
from zoomlink.store.sqlite import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 150
START = datetime(2031, 12, 1, 18, 24, tzinfo=UTC)
LINKS = 1_000_000
PAUSE = 0.006
USERS = 4
AIMS = {"wall": 2.0, "cpu": 0.6, "again": 3.0, "ratio": 1.5}
_AT_ONCE = 20_000


@dataclass
class Way:
    """Milliseconds of each turn, by the wall and of the process."""

    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Measure one."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.walls.append((time.perf_counter() - wall) * 1000)
        self.cpus.append((time.process_time() - cpu) * 1000)

    @property
    def wall(self) -> float:
        """The median."""
        return statistics.median(self.walls)

    @property
    def cpu(self) -> float:
        """The median."""
        return statistics.median(self.cpus)


@dataclass
class Measured:
    """What came out: creates without and with a ledger, and repeated keys; and how many calls these last made."""

    bare: Way = field(default_factory=Way)
    create: dict[str, Way] = field(default_factory=lambda: {"empty": Way(), "full": Way()})
    again: dict[str, Way] = field(default_factory=lambda: {"empty": Way(), "full": Way()})
    calls: int = 0


def measure(links: int = LINKS, rounds: int = ROUNDS) -> Measured:
    """Make a ledger full, then take turns."""
    found = Measured()
    hosts = [f"host{number}@sandbox.example" for number in range(USERS)]
    users = [option for host in hosts for option in ("--user", host)]
    with tempfile.TemporaryDirectory() as place, local_zoom(*users) as environ:
        ledgers = {name: f"sqlite:///{Path(place) / name}.db" for name in found.create}
        common = {**environ, "ZOOMLINK_PLAN": "business"}
        settings = {name: Settings.from_env({**common, "ZOOMLINK_DATABASE": url}) for name, url in ledgers.items()}
        fill(settings["full"], links)
        with (
            ZoomClient(settings["empty"]) as client,
            LinkDesk(settings["empty"]) as empty,
            LinkDesk(settings["full"]) as full,
        ):
            desks = {"empty": empty, "full": full}
            for number in range(-10, rounds):
                if number == 0:  # connections, tokens and statements are there by now
                    found = Measured()
                host = hosts[number % USERS]
                _pause()
                with found.bare.turn():
                    client.meetings.create(host, topic=f"Lesson {number}", start=_start(number), duration=60)
                for name, desk in desks.items():
                    _pause()
                    with found.create[name].turn():
                        _create(desk, number, host)
            before = _calls(environ)
            for number in range(rounds):
                for name, desk in desks.items():
                    with found.again[name].turn():
                        _create(desk, number, hosts[number % USERS])
            found.calls = _calls(environ) - before
    return found


def _pause() -> None:
    """Let time pass for the rate, without letting the processor fall asleep."""
    end = time.perf_counter() + PAUSE
    while time.perf_counter() < end:
        pass


def _create(desk: LinkDesk, number: int, host: str) -> None:
    # Whether the host is free at that time is another question than what remembering costs.
    start = _start(number)
    desk.create(f"Lesson {number}", start=start, duration=60, host=host, key=f"key-{number}", allow_overlap=True)


def _start(number: int) -> datetime:
    return START + timedelta(hours=2 * number)


def fill(settings: Settings, links: int, host: str = "host0@sandbox.example") -> None:
    """Put so many links into a ledger: copies of a real one, each with its own id, key, marker, meeting and time."""
    with LinkDesk(settings) as desk:
        link = desk.create("Lesson", start="2031-12-01T18:24:00Z", host=host, key="the-first")
        row = desk.do(Get(link.id))
    if row is None:
        raise RuntimeError("the first link is not in the ledger")
    store = SQLiteStore(settings.database.reveal().removeprefix("sqlite:///"))
    columns = ", ".join(LinkRow._fields)
    marks = ", ".join("?" * len(LinkRow._fields))
    add = f"INSERT INTO zoomlink_links ({columns}, history) VALUES ({marks}, ?)"
    with store.connection() as connection:
        story = connection.execute("SELECT history FROM zoomlink_links").fetchone()[0]
    for first in range(0, links, _AT_ONCE):
        rows = [(*_copy(row, number), story) for number in range(first, min(first + _AT_ONCE, links))]
        with store.connection() as connection:
            connection.raw.executemany(add, rows)
    store.close()


def _copy(row: LinkRow, number: int) -> LinkRow:
    return row._replace(
        id=f"lnk_{number:026d}",
        key=f"booking-{number * 7919 % 1_000_003}",
        marker=f"zl-{number:018d}",
        meeting_id=10_000_000_000 + number,
        host=f"teacher{number % 1000}@sandbox.example",
        start_at=row.start_at + number // 1000 * 3_600_000,
    )


def _calls(environ: dict[str, str]) -> int:
    with urllib.request.urlopen(environ["ZOOM_API_URL"] + "/_sandbox/requests?last=1") as answer:
        return int(json.load(answer)["total"])


def table(found: Measured, links: int = LINKS) -> list[tuple[str, ...]]:
    """Rows for people, with the aims and the ratios."""
    names = {"empty": "an empty ledger", "full": f"{links:,} links"}
    rows: list[tuple[str, ...]] = [
        ("a create with ZoomClient", f"{found.bare.wall:.2f}", f"{found.bare.cpu:.2f}", "", "")
    ]
    for name, words in names.items():
        way = found.create[name]
        slower = f"{way.wall / found.bare.wall:.2f} × ZoomClient"
        rows.append((f"with LinkDesk, {words}", f"{way.wall:.2f}", f"{way.cpu:.2f}", slower, ""))
    added = {name: (way.wall - found.bare.wall, way.cpu - found.bare.cpu) for name, way in found.create.items()}
    for name, words in names.items():
        wall, cpu = added[name]
        aim = f"≤ {AIMS['wall']:g}, CPU ≤ {AIMS['cpu']:g}" if name == "empty" else f"≤ {AIMS['ratio']:g} ×"
        ratio = "" if name == "empty" else f"{wall / added['empty'][0]:.2f} × empty"
        rows.append((f"so the ledger adds, {words}", f"{wall:.2f}", f"{cpu:.2f}", ratio, aim))
    for name, words in names.items():
        way = found.again[name]
        ratio = "" if name == "empty" else f"{way.wall / found.again['empty'].wall:.2f} × empty"
        aim = f"≤ {AIMS['again']:g}, no call" if name == "empty" else f"≤ {AIMS['ratio']:g} ×"
        rows.append((f"a repeated key, {words}", f"{way.wall:.2f}", f"{way.cpu:.2f}", ratio, aim))
    rows.append(("calls that repeated keys made", str(found.calls), "", "", "0"))
    return rows
