"""Keys: many callers ask for the same link at once, as threads, tasks and processes; each key has one meeting."""

from __future__ import annotations

import asyncio
import random
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.storm.ground import START, Verdict, bar, processes, sqlite, zoom

from zoomlink.config import Settings
from zoomlink.errors import InvalidInputError, ZoomLinkError
from zoomlink.links.async_desk import AsyncLinkDesk
from zoomlink.links.desk import LinkDesk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

    from tests.storm.ground import Zoom

AT_ONCE = 60
"""Callers under way at the same time."""
PROCESSES = 4
CHANGES: tuple[dict[str, Any], ...] = (
    {"topic": "Another lesson"},
    {"start": "2031-12-01T18:25:00Z"},
    {"duration": 61},
    {"agenda": "Bring your own guitar."},
    {"passcode": "Xy12345"},
    {"host": "host1@sandbox.example"},
    {"timezone": "Europe/Lisbon"},
    {"settings": {"waiting_room": True}},
)
"""One field of the request changed; its name is the first part of each."""

Told = list[tuple[str, str]]
"""Keys and the join links that callers got for them."""


def request(key: str) -> dict[str, Any]:
    """What every caller of this key asks for."""
    fixed = {"start": START, "duration": 60, "host": "host2@sandbox.example", "allow_overlap": True}
    return {"topic": f"Lesson {key}", "key": key, **fixed}


def run(seed: int, keys: int, callers: int) -> Verdict:
    """Threads of one desk, tasks of one desk, and several processes, each with its own sandbox and ledger."""
    verdict = Verdict("keys", seed)
    ways: dict[str, Callable[[dict[str, str], list[str], int], Told]] = {
        "threads": by_threads,
        "tasks": by_tasks,
        "processes": by_processes,
    }
    with bar("keys", len(ways)) as tell:
        for number, (name, way) in enumerate(ways.items()):
            names = [f"{name}-{count}" for count in range(keys)]
            random.Random(seed).shuffle(names)  # noqa: S311 - repeatable
            with tempfile.TemporaryDirectory() as place, zoom() as there:
                environ = there.leading_here(sqlite(Path(place)))
                began = time.monotonic()
                told = way(environ, names, callers)
                seconds = time.monotonic() - began
                _judge(there, name, names, callers, told, verdict)
                refused = _changed(environ, names[: keys // 2], verdict)
                verdict.must(len(there.alive()) == keys, f"{name}: a refused request made a meeting")
            verdict.figures[name] = f"{len(told)} answers in {seconds:.1f} s, {refused} other requests refused"
            tell(number + 1)
    return verdict


def by_threads(environ: dict[str, str], keys: Sequence[str], callers: int) -> Told:
    """Threads that share a desk."""
    with LinkDesk(Settings.from_env(environ)) as desk, ThreadPoolExecutor(AT_ONCE) as pool:

        def one(key: str) -> tuple[str, str]:
            return key, str(desk.create(**request(key), wait=60).join_url)

        return list(pool.map(one, [key for key in keys for _ in range(callers)]))


def by_tasks(environ: dict[str, str], keys: Sequence[str], callers: int) -> Told:
    """Tasks that share a desk."""

    async def all_of_them() -> Told:
        turn = asyncio.Semaphore(AT_ONCE)
        async with AsyncLinkDesk(Settings.from_env(environ)) as desk:

            async def one(key: str) -> tuple[str, str]:
                async with turn:
                    return key, str((await desk.create(**request(key), wait=60)).join_url)

            return list(await asyncio.gather(*[one(key) for key in keys for _ in range(callers)]))

    return asyncio.run(all_of_them())


def by_processes(environ: dict[str, str], keys: Sequence[str], callers: int) -> Told:
    """Processes that share a ledger, each with its share of the callers."""
    pipes = [processes.Pipe() for _ in range(PROCESSES)]
    share, more = divmod(callers, PROCESSES)
    hands = [
        processes.Process(target=_process, args=(theirs, environ, keys, share + (number < more)))
        for number, (_, theirs) in enumerate(pipes)
    ]
    for hand in hands:
        hand.start()
    for ours, _ in pipes:
        ours.recv()
    for ours, _ in pipes:
        ours.send("now")
    told: Told = []
    for (ours, theirs), hand in zip(pipes, hands, strict=True):
        theirs.close()
        told += ours.recv()
        hand.join()
        ours.close()
    return told


def _process(connection: Connection, environ: dict[str, str], keys: Sequence[str], callers: int) -> None:
    LinkDesk(Settings.from_env(environ)).close()
    connection.send("ready")
    connection.recv()
    connection.send(by_threads(environ, keys, callers))


def _judge(there: Zoom, name: str, keys: Sequence[str], callers: int, told: Told, verdict: Verdict) -> None:
    alive = there.alive()
    made = sum(1 for commit in there.commits() if commit["action"] == "create")
    verdict.must(made == len(keys), f"{name}: {made} meetings were made for {len(keys)} keys")
    verdict.must(len(alive) == len(keys), f"{name}: {len(alive)} meetings are alive for {len(keys)} keys")
    got: dict[str, list[str]] = {}
    for key, url in told:
        got.setdefault(key, []).append(url)
    for key in keys:
        urls = got.get(key, [])
        verdict.must(len(urls) == callers, f"{name}: {key} has {len(urls)} answers")
        verdict.must(len(set(urls)) == 1 and "None" not in urls, f"{name}: {key} has the links {set(urls)}")
    verdict.must(len({url for _, url in told}) == len(keys), f"{name}: two keys have the same link")


def _changed(environ: dict[str, str], keys: Sequence[str], verdict: Verdict) -> int:
    """Ask for other things under the same keys, the first of them while the link is just being made."""
    refused = 0
    with LinkDesk(Settings.from_env(environ)) as desk:
        for number, key in enumerate(keys):
            change = CHANGES[number % len(CHANGES)]
            refused += _is_refused(desk, {**request(key), **change}, next(iter(change)), verdict)
    return refused


def _is_refused(desk: LinkDesk, asked: dict[str, Any], field: str, verdict: Verdict) -> bool:
    try:
        link = desk.create(**asked)
    except InvalidInputError as error:
        said = (error.slug, error.field)
        verdict.must(said == ("key-reused", field), f"{asked['key']} with another {field}: {said}")
        return True
    except ZoomLinkError as error:
        verdict.must(False, f"{asked['key']} with another {field}: {error!r}")
    else:
        verdict.must(False, f"{asked['key']} with another {field} got {link.join_url}")
    return False


def in_flight(seed: int) -> Verdict:
    """A changed request that comes while the first one is being made is refused at once, and the first is not hurt."""
    verdict = Verdict("keys-in-flight", seed)
    with tempfile.TemporaryDirectory() as place, zoom("--latency", "400") as there:
        settings = Settings.from_env(there.leading_here(sqlite(Path(place))))
        with LinkDesk(settings) as desk:
            for number, change in enumerate(CHANGES):
                key = f"key-{number}"
                first = threading.Thread(target=desk.create, kwargs=request(key))
                first.start()
                while desk.find(key) is None:
                    time.sleep(0.002)
                _is_refused(desk, {**request(key), **change}, next(iter(change)), verdict)
                verdict.must(first.is_alive(), f"{key}: the refusal waited for the first caller")
                first.join()
            verdict.must(len(there.alive()) == len(CHANGES), "not one meeting for each key")
    verdict.figures["refused in flight"] = len(CHANGES)
    return verdict
