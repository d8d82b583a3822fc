"""A batch from a file while answers are lost and its runners are killed: in the end each row has one link."""

from __future__ import annotations

import json
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.storm.ground import POLICY, Verdict, bar, launch, processes, reap, rules_for, zoom
from tests.storm.storm import ELSEWHERE, ON_CREATE, clear_up

from zoomlink.batches.engine import BatchDesk
from zoomlink.batches.flows import for_batches
from zoomlink.config import Settings
from zoomlink.errors import LedgerError
from zoomlink.links.desk import LinkDesk

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from tests.storm.ground import Zoom

    from zoomlink.batches.crew import Progress
    from zoomlink.batches.engine import OpenBatch

SHARE = 0.05
"""Of all creates, so many are struck by a fault."""
RUNS_ON = 120.0
"""Seconds that a run waits when nothing can be done."""


@dataclass(frozen=True)
class Weather:
    """How hard it is."""

    rows: int = 300
    runners: int = 1
    """Processes that run the same batch."""
    kills: int = 2
    """Of each of them."""
    hosts: int = 6
    """So many that their lists stay short."""


SHORT, FULL = Weather(), Weather(rows=10_000, kills=10, hosts=120)
SHORT_TWO, FULL_TWO = Weather(runners=2), Weather(rows=10_000, runners=2, kills=10, hosts=120)


def file_of(rows: int, hosts: int) -> bytes:
    """A table whose rows the hosts can just take: half an hour each, one after the other."""
    lines = ["topic,start,duration"]
    for number in range(rows):
        slot = number // hosts
        lines.append(f"Lesson {number},2031-{slot // 1344 + 1:02}-{slot // 48 % 28 + 1:02} "
                     f"{slot // 2 % 24:02}:{slot % 2 * 30:02},30")  # fmt: skip
    return "\n".join(lines).encode()


def run_batch(connection: Connection, environ: dict[str, str], data: bytes, written: str) -> None:
    """Run a batch to its end. Each join link is written down, and is on the disk, before more is told of it."""
    settings = Settings.from_env(environ)
    while True:
        try:
            with LinkDesk(settings, rules=rules_for(settings), policy=POLICY) as desk:
                batches = BatchDesk(desk)
                batches.rules = for_batches(desk.rules, "strict")
                batch = batches.submit(data, name="lessons.csv", keep_file=False)
                with Path(written).open("a", encoding="utf-8") as out:
                    batches.run(batch, _Teller(connection, batch, out), patience=RUNS_ON)
                connection.send(("end", batch.view().exit_code))
                return
        except LedgerError:  # the database was away for a moment
            time.sleep(0.2)


class _Teller:
    """Writes down what is handed out, and tells how it goes."""

    def __init__(self, connection: Connection, batch: OpenBatch, out: Any) -> None:
        self.connection = connection
        self.batch = batch
        self.out = out
        self.handed: set[str] = set()

    def __call__(self, progress: Progress) -> None:
        fresh = [link for link in self.batch.ready() if link.id not in self.handed]
        for link in fresh:
            self.out.write(json.dumps([link.topic, link.join_url]) + "\n")
            self.handed.add(link.id)
        self.out.flush()
        os.fsync(self.out.fileno())
        self.connection.send(("done", progress.done))


class _Runner(threading.Thread):
    """Starts a process that runs the batch, kills it at given points, and starts another."""

    def __init__(self, slot: int, weather: Weather, seed: int, environ: dict[str, str], folder: Path) -> None:
        super().__init__(daemon=True)
        self.slot = slot
        self.data = file_of(weather.rows, weather.hosts)
        self.environ = environ
        self.folder = folder
        self.random = random.Random(seed + slot)  # noqa: S311 - repeatable
        share = weather.rows / (weather.kills + 1)
        self.points = [int(share * (number + 1)) for number in range(weather.kills)]
        self.kills = 0
        self.done = 0
        self.code: int | None = None
        self.resumed: list[float] = []

    def run(self) -> None:
        """Until a process came to the end."""
        life = 0
        while self.code is None:
            life += 1
            ours, theirs = processes.Pipe()
            written = str(self.folder / f"written-{self.slot}-{life}")
            process = processes.Process(target=run_batch, args=(theirs, self.environ, self.data, written))
            began = time.monotonic()
            launch(process)
            theirs.close()
            before = self.done
            try:
                while self.code is None:
                    what, number = ours.recv()
                    if what == "end":
                        self.code = number
                        break
                    if number > before and life > 1 and len(self.resumed) < life - 1:
                        self.resumed.append(time.monotonic() - began)
                    self.done = max(self.done, number)
                    if self.points and number >= self.points[0]:
                        self.points.pop(0)
                        time.sleep(self.random.uniform(0, 0.05))
                        with suppress(ProcessLookupError):
                            os.kill(process.pid or 0, signal.SIGKILL)
                        self.kills += 1
            except EOFError:
                pass
            code = reap(process)
            ours.close()
            if code not in {0, -9}:
                self.code = 1000 + (code or 0)


def run(
    weather: Weather,
    seed: int,
    database: Callable[[Path], str],
    name: str,
    at_points: Callable[[float], None] = lambda share: None,
) -> Verdict:
    """Run a batch through faults and kills, let it clear up, and judge by the sandbox's ledger."""
    verdict = Verdict(name, seed)
    hosts = [f"host{number}@sandbox.example" for number in range(weather.hosts)]
    users = [option for host in hosts for option in ("--user", host)]
    with tempfile.TemporaryDirectory() as place, zoom(*users) as there:
        folder = Path(place)
        environ = there.leading_here(database(folder), ZOOMLINK_HOSTS=",".join(hosts), ZOOMLINK_TIMEZONE="UTC")
        LinkDesk(Settings.from_env(environ)).close()  # the schema is there
        rules = [{"route": "meetings.create", "probability": SHARE / len(ON_CREATE), **one} for one in ON_CREATE]
        there.ask("POST", "faults", {"rules": [*rules, *ELSEWHERE[2:]], "seed": seed})
        runners = [_Runner(slot, weather, seed, environ, folder) for slot in range(weather.runners)]
        with bar(name, weather.rows) as tell:
            for runner in runners:
                runner.start()
            while any(runner.is_alive() for runner in runners):
                runners[0].join(0.2)
                done = max(runner.done for runner in runners)
                tell(done)
                at_points(done / weather.rows)
        struck = there.ask("GET", "faults")["rules"]
        ran = time.monotonic() - verdict.began
        there.ask("DELETE", "faults")
        clear_up(environ, verdict)
        _judge(weather, runners, there, environ, verdict)
        hits = sum(rule["hits"] for rule in struck if rule["route"] == "meetings.create")
        resumed = [seconds for runner in runners for seconds in runner.resumed]
        verdict.figures |= {
            "rows": weather.rows,
            "kills": sum(runner.kills for runner in runners),
            "creates struck": hits,
            "ran s": round(ran, 1),
            "slowest resume s": round(max(resumed, default=0.0), 1),
        }
    return verdict


def _judge(weather: Weather, runners: list[_Runner], there: Zoom, environ: dict[str, str], verdict: Verdict) -> None:
    settings = Settings.from_env(environ)
    with LinkDesk(settings, rules=rules_for(settings)) as desk:
        batch = BatchDesk(desk).look(runners[0].data, name="lessons.csv")
    alive = there.alive()
    for runner in runners:
        verdict.must(runner.code == 0, f"a run ended with {runner.code}")
        verdict.must(not runner.points, f"a runner was killed only {runner.kills} times")
    items = batch.items()
    by_topic: Counter[str] = Counter(commit["topic"] for commit in alive.values())
    for number, (line, link, problem) in enumerate(items):
        if link is None or link.state != "ready" or link.meeting_id not in alive:
            verdict.violations.append(f"lost: line {line} is {link and link.state}, {problem}")
            continue
        verdict.must(alive[link.meeting_id]["topic"] == f"Lesson {number}", f"line {line} has another's meeting")
        verdict.must(by_topic[f"Lesson {number}"] == 1, f"twice: line {line} has {by_topic[f'Lesson {number}']}")
    verdict.must(len(alive) == weather.rows, f"{len(alive)} meetings are alive")
    urls = {link.topic: link.join_url for _, link, _ in items if link is not None}
    handed: dict[str, set[str]] = {}
    for path in sorted(Path(runners[0].folder).glob("written-*")):
        for written in path.read_text(encoding="utf-8").split("\n")[:-1]:
            topic, url = json.loads(written)
            handed.setdefault(topic, set()).add(url)
    for topic, given in handed.items():
        verdict.must(given == {urls.get(topic)}, f"handed out twice: {topic} got {given}")
    verdict.figures["handed out"] = len(handed)
