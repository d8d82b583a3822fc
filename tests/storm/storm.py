"""The storm: workers are killed while every third answer is lost; in the end each key has one meeting and one link."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.storm import worker
from tests.storm.ground import TIMES, Verdict, bar, launch, processes, reap, rules_for, zoom
from tests.storm.worker import Job, Said

from zoomlink.config import Settings
from zoomlink.links.desk import LinkDesk
from zoomlink.store.ops import List

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.storm.ground import Zoom

    from zoomlink.store.rows import LinkRow

ON_CREATE: tuple[dict[str, Any], ...] = (
    {"kind": "reset-before-commit"},
    {"kind": "reset-after-commit"},
    {"kind": "close-before-commit"},
    {"kind": "close-after-commit"},
    {"kind": "hang-before-commit", "seconds": 1.5},
    {"kind": "hang-after-commit", "seconds": 1.5},
    {"kind": "late-commit", "delay": 0.7, "clock": "real", "answer": "504"},
    {"kind": "late-commit", "delay": 1.7, "clock": "real", "answer": "close"},
    {"kind": "cut-head"},
    {"kind": "cut-body", "end": "reset"},
    {"kind": "cut-chunked"},
    {"kind": "content-length-too-large"},
    {"kind": "content-length-twice"},
    {"kind": "drip", "seconds": 1.5},
    {"kind": "garbage"},
    {"kind": "500-before-commit"},
    {"kind": "500-after-commit", "body": "html"},
    {"kind": "503-after-commit"},
    {"kind": "html-page", "status": 403, "when": "after"},
    {"kind": "xml-page", "status": 400, "when": "after"},
    {"kind": "html-page", "status": 200, "when": "before"},
    {"kind": "redirect", "when": "after"},
    {"kind": "429-per-second", "retry_after": "0"},
    {"kind": "429-concurrent", "retry_after": "0"},
    {"kind": "odd-json", "change": "truncated"},
    {"kind": "odd-json", "change": "null"},
    {"kind": "odd-encoding", "encoding": "gzip-unsaid"},
    {"kind": "altered-answer", "change": "id-as-string"},
    {"kind": "altered-answer", "change": "foreign-join-url"},
    {"kind": "altered-answer", "change": "other-topic"},
)
"""Each strikes one create in eighty, so that about 30 % are struck by one."""
SHARE = 0.37

ELSEWHERE: tuple[dict[str, Any], ...] = (
    {"kind": "refuse-connection", "seconds": 0.2, "route": "meetings.create", "probability": 0.002},
    {"kind": "close-on-accept", "seconds": 0.2, "route": "meetings.create", "probability": 0.002},
    {"kind": "close-after-answer", "route": "meetings.*", "probability": 0.05},
    {"kind": "list-lag", "route": "meetings.list", "seconds": 1, "probability": 0.3},
    {"kind": "500-before-commit", "route": "meetings.list", "probability": 0.1},
    {"kind": "cut-body", "route": "meetings.list", "probability": 0.05, "at": 500},
    {"kind": "agenda-stripped", "route": "meetings.list", "where": "lists", "probability": 0.05},
    {"kind": "503-before-commit", "route": "meetings.get", "probability": 0.1},
    {"kind": "close-before-commit", "route": "meetings.get", "probability": 0.05},
    {"kind": "reset-after-commit", "route": "meetings.delete", "probability": 0.2},
    {"kind": "503-before-commit", "route": "meetings.delete", "probability": 0.1},
    {"kind": "close-after-commit", "route": "meetings.update", "probability": 0.15},
    {"kind": "503-before-commit", "route": "meetings.update", "probability": 0.1},
    {"kind": "slow-token", "seconds": 0.3, "probability": 0.2},
    {"kind": "500-before-commit", "route": "token", "probability": 0.1},
    {"kind": "close-after-commit", "route": "token", "probability": 0.1},
    {"kind": "401-once", "route": "meetings.create", "nth": [70, 300], "times": 2},
)


THEN = {3: "cancel", 7: "update"}
"""Every twelfth link is taken back as soon as it is there, and every twelfth is changed."""


@dataclass(frozen=True)
class Weather:
    """How hard a storm blows."""

    creations: int = 500
    kill_every: int = 25
    workers: int = 6
    hosts: int = 10
    token_ttl: int = 20
    sweep_every: int = 7
    ask_again: float = 0.1
    """The share of keys that are asked for once more, later."""


SHORT = Weather()
FULL = Weather(creations=10_000, kill_every=50, hosts=60)


class _Storm:
    """Hands out jobs to workers, kills one now and then, and hands its job to another."""

    def __init__(self, weather: Weather, seed: int, environ: dict[str, str], folder: Path) -> None:
        self.weather = weather
        self.random = random.Random(seed)  # noqa: S311 - repeatable
        self.environ = environ
        self.folder = folder
        users = hosts(weather)
        self.jobs = [
            Job(
                f"booking-{number}",
                f"Lesson {number}",
                users[number % len(users)],
                30 + number % 7,
                THEN.get(number % 12, ""),
            )
            for number in range(weather.creations)
        ]
        self.waiting = deque(self.jobs)
        self.done = 0
        self.kills = 0
        self.open = 0
        self.told: list[str] = []
        self.states: Counter[str] = Counter()
        self._again: deque[Job] = deque()
        self._turn = threading.Condition()
        self._living: list[int | None] = [None] * weather.workers

    def blow(self, tell: Callable[[int], None], every_second: Callable[[], None]) -> None:
        """Until every job was answered."""
        hands = [threading.Thread(target=self._hand, args=(slot,)) for slot in range(self.weather.workers)]
        for hand in hands:
            hand.start()
        try:
            while any(hand.is_alive() for hand in hands):
                hands[0].join(0.2)
                hands[-1].join(0.2)
                tell(self.done)
                every_second()
        except BaseException:
            with self._turn:
                self.waiting.clear()
                self._again.clear()
            raise

    def _hand(self, slot: int) -> None:
        life = 0
        while self._more():
            life += 1
            ours, theirs = processes.Pipe()
            mode = "strict" if (slot + life) % 2 else "fast"
            written = str(self.folder / f"written-{slot}-{life}")
            arguments = (theirs, self.environ, mode, written, self.weather.sweep_every)
            process = processes.Process(target=worker.serve, args=arguments)
            launch(process)
            theirs.close()
            self._living[slot] = process.pid
            try:
                while (job := self._next()) is not None:
                    try:
                        ours.send(job)
                        self._answered(job, ours.recv())
                    except (EOFError, OSError):
                        self._lost(job)
                        break
                else:
                    with suppress(OSError):
                        ours.send(None)
            finally:
                self._living[slot] = None
                code = reap(process)
                ours.close()
                if code not in {0, -9}:
                    self.told.append(f"a worker ended with {code}")

    def _more(self) -> bool:
        with self._turn:
            return bool(self.waiting or self._again or self.open)

    def _next(self) -> Job | None:
        with self._turn:
            while not self.waiting and not self._again:
                if not self.open:
                    self._turn.notify_all()
                    return None
                self._turn.wait(0.5)
            self.open += 1
            return self.waiting.popleft() if self.waiting else self._again.popleft()

    def _lost(self, job: Job) -> None:
        """Whoever had it is dead: another one asks for it."""
        with self._turn:
            self.open -= 1
            self.waiting.appendleft(job)
            self._turn.notify_all()

    def _answered(self, job: Job, said: Said) -> None:
        victim = None
        with self._turn:
            self.open -= 1
            self.states[said.state or "error"] += 1
            if said.error is not None:
                if said.again:
                    self.waiting.append(job)
                else:
                    self.told.append(f"{job.key}: {said.error}")
            else:
                if self.random.random() < self.weather.ask_again:
                    self._again.append(job)
                self.done += 1
                if self.done % self.weather.kill_every == 0:
                    victim = self.random.choice([one for one in self._living if one is not None])
                    pause = self.random.uniform(0, 0.03)
            self._turn.notify_all()
        if victim is not None:
            time.sleep(pause)
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
                self.kills += 1


def hosts(weather: Weather) -> list[str]:
    """Several, so that their lists stay short."""
    return [f"host{number}@sandbox.example" for number in range(weather.hosts)]


def faults(seed: int) -> dict[str, Any]:
    """The plan of faults for the sandbox."""
    share = SHARE / len(ON_CREATE)
    rules = [{"route": "meetings.create", "probability": share, **one} for one in ON_CREATE]
    return {"rules": [*ELSEWHERE[:2], *rules, *ELSEWHERE[2:]], "seed": seed}


def run(
    weather: Weather,
    seed: int,
    database: Callable[[Path], str],
    name: str,
    every_second: Callable[[], None] = lambda: None,
) -> Verdict:
    """Let it storm, let it clear up, and judge by the sandbox's ledger."""
    verdict = Verdict(name, seed)
    users = [option for host in hosts(weather) for option in ("--user", host)]
    with tempfile.TemporaryDirectory() as place, zoom(*users, "--token-ttl", str(weather.token_ttl)) as there:
        folder = Path(place)
        environ = there.leading_here(database(folder))
        LinkDesk(Settings.from_env(environ)).close()  # the schema is there
        there.ask("POST", "faults", faults(seed))
        storm = _Storm(weather, seed, environ, folder)
        with bar(f"storm, {name}", weather.creations) as tell:
            storm.blow(tell, every_second)
        struck = there.ask("GET", "faults")["rules"]
        blown = time.monotonic() - verdict.began
        there.ask("DELETE", "faults")
        rounds = clear_up(environ, verdict)
        _judge(storm, there, environ, verdict, struck)
        verdict.figures |= {"storm s": round(blown, 1), "settling rounds": rounds}
    return verdict


def clear_up(environ: dict[str, str], verdict: Verdict) -> int:
    """Settle with two processes until nothing is due any more, not even a watch."""
    pipes = [processes.Pipe() for _ in range(2)]
    hands = [processes.Process(target=worker.settle, args=(theirs, environ)) for _, theirs in pipes]
    for hand in hands:
        hand.start()
    for _, theirs in pipes:
        theirs.close()
    end = time.monotonic() + 60 + TIMES.watch[-1] / 1000
    rounds = 0
    with LinkDesk(Settings.from_env(environ)) as desk:
        while True:
            rounds += 1
            for ours, _ in pipes:
                ours.send("go on")
            worked = sum(ours.recv() for ours, _ in pipes)
            if not worked:
                if all(row.due_at is None for row in rows_of(desk)):
                    break
                time.sleep(0.1)
            if time.monotonic() > end:
                left = Counter((row.state, row.due_at is not None) for row in rows_of(desk))
                verdict.must(False, f"it does not come to rest: {left}")
                break
    for (ours, _), hand in zip(pipes, hands, strict=True):
        ours.send(None)
        hand.join()
        ours.close()
        verdict.must(hand.exitcode == 0, f"who settles ended with {hand.exitcode}")
    return rounds


def rows_of(desk: LinkDesk) -> list[LinkRow]:
    """All rows of a ledger."""
    found: list[LinkRow] = []
    after: tuple[int, str] | None = None
    while True:
        page = desk.do(List(desk.rules.account, after=after, limit=1000))
        found += page
        if len(page) < 1000:
            return found
        after = (page[-1].start_at, page[-1].id)


def _judge(storm: _Storm, there: Zoom, environ: dict[str, str], verdict: Verdict, struck: list[dict[str, Any]]) -> None:
    settings = Settings.from_env(environ)
    with LinkDesk(settings, rules=rules_for(settings)) as desk:
        rows = {row.key: row for row in rows_of(desk)}
        said = {job.key: desk.find(job.key) for job in storm.jobs}
    alive = there.alive()
    commits = there.commits()
    by_topic: Counter[str] = Counter(commit["topic"].partition(",")[0] for commit in alive.values())
    for job in storm.jobs:
        link = said[job.key]
        if job.then == "cancel":
            verdict.must(link is not None and link.state == "cancelled", f"not cancelled: {job.key} is {link}")
            verdict.must(by_topic[job.topic] == 0, f"surplus: {job.key} was cancelled and has {by_topic[job.topic]}")
            continue
        if link is None or link.state != "ready" or link.meeting_id not in alive:
            verdict.violations.append(f"lost: {job.key} is {link and (link.state, link.meeting_id)}")
            continue
        meeting = alive[link.meeting_id]
        verdict.must(
            (meeting["topic"], meeting["host"]) == (job.last_topic, job.host),
            f"lost: {job.key} has the meeting of another, {meeting}",
        )
        if by_topic[job.topic] != 1:
            verdict.violations.append(f"surplus: {job.key} has {by_topic[job.topic]} meetings alive")
    topics = {job.topic for job in storm.jobs}
    for number, commit in alive.items():
        if commit["topic"].partition(",")[0] not in topics:
            verdict.violations.append(f"surplus: nobody asked for {number}")
    handed: dict[str, set[str]] = {}
    for key, url in worker.written_in(storm.folder):
        handed.setdefault(key, set()).add(url)
    for key, urls in handed.items():
        link = said[key]
        ours = link and link.join_url
        verdict.must(
            len(urls) == 1 and ours in {None, *urls}, f"handed out twice: {key} got {urls}, the ledger has {ours}"
        )
    for key, row in rows.items():
        verdict.must(row.state != "refused", f"refused: {key} is said to be refused")
    verdict.violations += [f"said failed: {one}" for one in storm.told]
    verdict.must(len(rows) == len(storm.jobs), f"{len(rows)} rows for {len(storm.jobs)} keys")
    creates = sum(1 for commit in commits if commit["action"] == "create")
    sent = next(rule["seen"] for rule in struck if rule["kind"] == "refuse-connection")
    hits = sum(rule["hits"] for rule in struck if rule["route"] == "meetings.create")
    kinds = {rule["kind"] for rule in struck if rule["hits"]}
    verdict.must(len(kinds) >= 14, f"only {len(kinds)} kinds of fault struck")
    verdict.figures |= {
        "keys": len(storm.jobs),
        "kills": storm.kills,
        "creates sent": sent,
        "struck": f"{hits} ({hits / max(sent, 1):.0%}, {len(kinds)} kinds)",
        "meetings made": creates,
        "removed": creates - len(alive),
        "handed out": len(handed),
        "answers": dict(storm.states),
    }
