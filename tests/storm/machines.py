"""Machines: workers that share one PostgreSQL are killed, and it is restarted, while they make what was planned.

Each link was recorded and never asked for again by anybody: all that happens to it, the workers do.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.integration.worker.ground import planning
from tests.postgres import Postgres
from tests.storm.ground import POLICY, TIMES, Verdict, bar, processes, rules_for, wait_until, zoom
from tests.storm.storm import ELSEWHERE, ON_CREATE, rows_of

from zoomlink.config import Settings
from zoomlink.errors import LedgerError
from zoomlink.links.desk import LinkDesk
from zoomlink.links.rules import Times

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from tests.storm.ground import Zoom

    from zoomlink.links.rules import Rules

HOSTS = 20
WORKERS = 2
FAULTS = 0.05
RESCUED = 75.0
"""Seconds after the death of a worker until another has made what it held."""


def run(seed: int, links: int = 300, kills: int = 2, restarts: int = 1) -> Verdict:
    """Make so many links with two workers, each of which is killed so often; restart the database so often."""
    verdict = Verdict("machines", seed)
    chance = random.Random(seed)  # noqa: S311 - repeatable
    hosts = [f"host{number}@sandbox.example" for number in range(HOSTS)]
    users = [option for host in hosts for option in ("--user", host)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Postgres() as postgres,
        zoom(*users, "--latency", "20") as there,
        bar("machines", links) as tell,
    ):
        environ = there.leading_here(postgres.fresh())
        settings = Settings.from_env(environ)
        with LinkDesk(settings, rules=rules_for(settings)) as desk:
            with ThreadPoolExecutor(8) as pool:

                def plan(number: int) -> None:
                    desk.run(planning(desk.rules, number, host=hosts[number % HOSTS]))

                list(pool.map(plan, range(links)))
            there.ask("POST", "faults", _faults(seed))
            planned = time.monotonic()
            workers = [start(environ, folder, f"{slot}-0") for slot in range(WORKERS)]
            turns = [("kill", slot) for slot in range(WORKERS) for _ in range(kills)]
            turns += [("restart", number) for number in range(restarts)]
            chance.shuffle(turns)
            for turn, (what, which) in enumerate(turns, 1):
                mark = links * turn // (len(turns) + 1)
                verdict.must(
                    wait_until(lambda mark=mark: _ready(desk, tell) >= mark, 120),  # type: ignore[misc]
                    f"turn {turn}: {desk.counts()}",
                )
                if what == "restart":
                    postgres.restart("immediate" if which % 2 == 0 else "fast")
                    continue
                verdict.must(workers[which].is_alive(), f"turn {turn}: worker {which} was dead before it was killed")
                workers[which].kill()
                workers[which].join()
                workers[which] = start(environ, folder, f"{which}-{turn}")
            verdict.must(wait_until(lambda: _ready(desk, tell) == links, 180), f"in the end: {desk.counts()}")
            took = time.monotonic() - planned
            there.ask("DELETE", "faults")
            verdict.must(
                wait_until(lambda: all(row.due_at is None for row in rows_of(desk)), 60 + TIMES.watch[-1] / 1000, 0.5),
                "it does not come to rest",
            )
            for number, worker in enumerate(workers):
                stop(worker)
                verdict.must(worker.exitcode == 0, f"worker {number} ended with {worker.exitcode}")
            _judge(desk, there, links, hosts, verdict)
        said = Counter(
            line.split(" ", 2)[2].partition("=")[0].rpartition(" ")[0]
            for path in Path(folder).iterdir()
            for line in path.read_text().splitlines()
            if line.startswith("time=")
        )
        verdict.figures |= {"kills": len(turns) - restarts, "restarts": restarts, "seconds": round(took, 1)}
        verdict.figures |= {what: said[what] for what in ("job rescued", "engine lost")}
    return verdict


def rescued(seed: int, *, scale: float = 1.0, links: int = 4) -> Verdict:
    """Kill a worker that is sending some links and was handed others; see when another has made them all."""
    verdict = Verdict("machines-rescued", seed)
    times = Times().scaled(scale)
    with tempfile.TemporaryDirectory() as folder, Postgres() as postgres, zoom() as there:
        environ = there.leading_here(postgres.fresh())
        settings = Settings.from_env(environ)
        with LinkDesk(settings, rules=rules_for(settings, times)) as desk:
            for number in range(links):
                desk.run(planning(desk.rules, number))
            there.ask("POST", "faults", {"kind": "hang-before-commit", "route": "meetings.create", "seconds": 600})
            victim = start(environ, folder, "victim", times=times)
            verdict.must(wait_until(lambda: desk.counts() == {"sending": links}, 60), f"at first: {desk.counts()}")
            victim.kill()
            victim.join()
            died = time.monotonic()
            there.ask("DELETE", "faults")
            heir = start(environ, folder, "heir", times=times)
            verdict.must(wait_until(lambda: desk.counts() == {"ready": links}, 120), f"in the end: {desk.counts()}")
            took = time.monotonic() - died
            verdict.must(took <= RESCUED, f"it took {took:.0f} s")
            stop(heir)
            verdict.must(heir.exitcode == 0, f"the heir ended with {heir.exitcode}")
            verdict.must(len(there.alive()) == links, f"{len(there.alive())} meetings")
        verdict.figures |= {"links": links, "rescued after": f"{took:.1f} s", "lease": f"{times.lease / 1000:g} s"}
    return verdict


def start(
    environ: dict[str, str], folder: str, name: str, *, times: Times = TIMES, concurrency: int = 8
) -> BaseProcess:
    """Start a worker whose lines go to a file of the folder."""
    process = processes.Process(target=serve, args=(environ, str(Path(folder) / name), times, concurrency))
    process.start()
    return process


def stop(worker: BaseProcess) -> None:
    """Ask a worker to end, and wait for it."""
    worker.terminate()
    worker.join(60)


def serve(environ: dict[str, str], lines: str, times: Times, concurrency: int) -> None:
    """What ``zoomlink worker`` does, with shorter times."""
    import logging

    from zoomlink.cli.worker import log_lines
    from zoomlink.worker.running import work

    with Path(lines).open("a", encoding="utf-8") as out:
        log_lines(out)
        logging.captureWarnings(True)
        settings = Settings.from_env(environ)
        rules: Rules = rules_for(settings, times)
        end = time.monotonic() + 60
        while True:
            try:
                asyncio.run(work([settings], concurrency=concurrency, rules=[rules], policy=POLICY))
            except LedgerError:  # it is being restarted: whoever started us would do so again
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
            else:
                return


def _faults(seed: int) -> dict[str, Any]:
    share = FAULTS / len(ON_CREATE)
    rules = [{"route": "meetings.create", "probability": share, **one} for one in ON_CREATE]
    return {"rules": [*rules, *ELSEWHERE[3:10]], "seed": seed}


def _ready(desk: LinkDesk, tell: Any) -> int:
    with suppress(LedgerError):  # it is being restarted
        ready = desk.counts().get("ready", 0)
        tell(ready)
        return ready
    return 0


def _judge(desk: LinkDesk, there: Zoom, links: int, hosts: list[str], verdict: Verdict) -> None:
    alive = there.alive()
    rows = {row.key: row for row in rows_of(desk)}
    by_topic = Counter(commit["topic"] for commit in alive.values())
    for number in range(links):
        row = rows[f"row-{number}"]
        if row.state != "ready" or row.meeting_id not in alive:
            verdict.violations.append(f"lost: {row.key} is {row.state}, {row.meeting_id}")
            continue
        meeting = alive[row.meeting_id]
        wanted = (f"Lesson {number}", hosts[number % HOSTS])
        verdict.must((meeting["topic"], meeting["host"]) == wanted, f"{row.key} has the meeting of another: {meeting}")
        verdict.must(by_topic[f"Lesson {number}"] == 1, f"twice: {row.key} has {by_topic[f'Lesson {number}']}")
    verdict.must(len(alive) == links, f"{len(alive)} meetings for {links} links")
    made = sum(1 for commit in there.commits() if commit["action"] == "create")
    verdict.figures |= {"links": links, "meetings made": made, "removed": made - len(alive)}
