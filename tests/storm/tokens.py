"""The shared token: fetched once per expiry by all processes together, healed once, fought over once a minute at most.

Hours pass by a clock that all processes share and that the sandbox's clock follows.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.storm.ground import (
    POLICY,
    START,
    TIMES,
    ShiftedClock,
    Verdict,
    bar,
    processes,
    rules_for,
    sqlite,
    zoom,
)

from zoomlink.config import Settings
from zoomlink.errors import AuthenticationError, ZoomLinkError
from zoomlink.links.desk import LinkDesk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from tests.storm.ground import Zoom

CALLS = 2
"""What each caller asks for in a round."""


class Crew:
    """Some processes with some threads each, all with the same ledger and the same clock."""

    def __init__(self, environ: dict[str, str], size: int, threads: int, shift: Any, calm: bool) -> None:
        self._pipes = [processes.Pipe() for _ in range(size)]
        self._hands = [
            processes.Process(target=_callers, args=(theirs, environ, threads, shift, calm))
            for _, theirs in self._pipes
        ]
        for hand in self._hands:
            hand.start()
        for ours, theirs in self._pipes:
            theirs.close()
            ours.recv()

    def begin(self, word: str) -> None:
        """Let all callers do it: ``ask`` Zoom for something, or ``create`` a link each."""
        for ours, _ in self._pipes:
            ours.send(word)

    def end(self) -> Counter[str]:
        """Wait for all; how often each said what."""
        said: Counter[str] = Counter()
        for ours, _ in self._pipes:
            said += ours.recv()
        return said

    def together(self, word: str) -> Counter[str]:
        """`begin` and `end`."""
        self.begin(word)
        return self.end()

    def leave(self) -> None:
        """Let all processes end."""
        for (ours, _), hand in zip(self._pipes, self._hands, strict=True):
            ours.send(None)
            hand.join()
            ours.close()


@contextmanager
def crew(environ: dict[str, str], size: int, threads: int, shift: Any, *, calm: bool = False) -> Iterator[Crew]:
    """A crew that ends with the block."""
    made = Crew(environ, size, threads, shift, calm)
    try:
        yield made
    finally:
        made.leave()


def _callers(connection: Connection, environ: dict[str, str], threads: int, shift: Any, calm: bool) -> None:
    settings = Settings.from_env(environ)
    # Hundreds of threads on a busy machine: what a call takes is not what is tried here.
    policy = replace(POLICY, timeout=10.0, deadline=20.0)
    rules = rules_for(settings, TIMES, policy)
    started = time.monotonic_ns()
    with (
        LinkDesk(settings, rules=rules, policy=policy, clock=ShiftedClock(shift, calm=calm)) as desk,
        ThreadPoolExecutor(threads) as pool,
    ):
        at_once = threading.Barrier(threads)

        def one(word: str, number: int, turn: int) -> list[str]:
            at_once.wait(60)
            try:
                if word == "create":
                    desk.create("Lesson", start=START, key=f"{started}-{turn}-{number}", allow_overlap=True, wait=1)
                else:
                    for _ in range(CALLS):
                        desk.zoom.users.get("me")
            except ZoomLinkError as error:
                name = getattr(error, "name", "") or error.slug
                return [f"{name}: {error.message}" if "another installation" in error.message else name]
            return ["ok"]

        connection.send("ready")
        turn = 0
        while (word := connection.recv()) is not None:
            turn += 1
            said: Counter[str] = Counter()
            for words in pool.map(lambda number, word=word, turn=turn: one(word, number, turn), range(threads)):
                said.update(words)
            connection.send(said)


def pass_by(there: Zoom, shift: Any, seconds: float) -> None:
    """Let time pass, for Zoom first, so that no caller is ever ahead of it."""
    there.ask("POST", "clock", {"advance": seconds})
    shift.value += seconds


def tokens_given(there: Zoom) -> int:
    """How many tokens the sandbox gave out or refused since it was last asked to forget."""
    return sum(1 for one in there.requests() if one["operation"] == "oauth.token")


def expiries(seed: int, rounds: int, size: int = 4, threads: int = 50) -> Verdict:
    """As many tokens as expiries. The clock moves while callers are under way; a token takes a while to come."""
    verdict = Verdict("token-expiries", seed)
    shift = processes.RawValue("d", 0.0)
    with tempfile.TemporaryDirectory() as place, zoom() as there:
        there.ask("POST", "faults", {"kind": "slow-token", "seconds": 0.15})
        environ = there.leading_here(sqlite(Path(place)))
        fetched, statuses, said = 0, Counter[int](), Counter[str]()
        with crew(environ, size, threads, shift, calm=True) as callers, bar("expiries", rounds) as tell:
            for number in range(rounds + 1):
                there.ask("DELETE", "requests")
                callers.begin("ask")
                if number:  # within the last minute of the token's life, when it is renewed and is still good
                    pass_by(there, shift, 3550)
                said += callers.end()
                said += callers.together("ask")  # whoever was too early to notice
                given = tokens_given(there)
                verdict.must(given == 1, f"expiry {number}: {given} tokens")
                fetched += given
                statuses.update(one["status"] for one in there.requests())
                tell(number)
        verdict.must(set(statuses) == {200}, f"Zoom answered {statuses}")
        verdict.must(set(said) == {"ok"}, f"callers were told {said}")
        calls = sum(statuses.values()) - fetched
        verdict.figures |= {"expiries": rounds, "token calls": fetched, "callers": size * threads, "calls seen": calls}
    return verdict


def stolen(seed: int, rounds: int = 3, size: int = 4, threads: int = 25) -> Verdict:
    """A token that Zoom ended before its time is replaced once, and no caller hears of it."""
    verdict = Verdict("token-stolen", seed)
    shift = processes.RawValue("d", 0.0)
    with tempfile.TemporaryDirectory() as place, zoom() as there:
        environ = there.leading_here(sqlite(Path(place)))
        with crew(environ, size, threads, shift) as callers:
            said = callers.together("ask")
            for number in range(rounds):
                pass_by(there, shift, 700)  # thefts close together look like a fight
                there.ask("DELETE", "requests")
                there.ask("PATCH", "apps/sandbox-client", {"revoke_tokens": True})
                said += callers.together("ask")
                given = tokens_given(there)
                verdict.must(given == 1, f"theft {number}: {given} tokens")
        verdict.must(set(said) == {"ok"}, f"callers were told {said}")
        verdict.figures |= {"thefts": rounds, "answers": sum(said.values())}
    return verdict


def wrong_secret(seed: int, minutes: int = 3, size: int = 2, threads: int = 25) -> Verdict:
    """Wrong credentials are tried once a minute, however many ask."""
    verdict = Verdict("token-wrong-secret", seed)
    shift = processes.RawValue("d", 0.0)
    with tempfile.TemporaryDirectory() as place, zoom() as there:
        environ = {**there.leading_here(sqlite(Path(place))), "ZOOM_CLIENT_SECRET": "not-the-secret"}
        said: Counter[str] = Counter()
        with crew(environ, size, threads, shift) as callers:
            for _ in range(minutes * 6):
                said += callers.together("create")
                pass_by(there, shift, 10)
        given = tokens_given(there)
        verdict.must(given <= minutes, f"{given} token calls in {minutes} minutes")
        verdict.must(len(said) == 1 and "ok" not in said, f"callers were told {said}")
        with LinkDesk(Settings.from_env(environ)) as desk:
            verdict.must(not desk.counts(), f"something was stored: {desk.counts()}")
        verdict.figures |= {"callers": size * threads, "token calls": given, "minutes": minutes, "told": dict(said)}
    return verdict


def fight(seed: int, minutes: int = 12) -> Verdict:
    """Two installations share one app, and Zoom lets only the newest token live: it is noticed, said, and calmed."""
    verdict = Verdict("token-fight", seed)
    shift = processes.RawValue("d", 0.0)
    with tempfile.TemporaryDirectory() as place, zoom("--token-mode", "replace") as there:
        environs = [there.leading_here(sqlite(Path(place), f"installation-{number}.db")) for number in (1, 2)]
        said: Counter[str] = Counter()
        by_minute: list[int] = []
        with crew(environs[0], 1, 4, shift) as ours, crew(environs[1], 1, 4, shift) as theirs:
            for _ in range(minutes):
                there.ask("DELETE", "requests")
                for _ in range(6):
                    said += ours.together("create")
                    said += theirs.together("create")
                    pass_by(there, shift, 10)
                by_minute.append(tokens_given(there))
        named = sum(count for words, count in said.items() if "another installation" in words)
        verdict.must(named > 0, f"nobody was told of another installation: {said}")
        # The first three ends of a token are ordinary; from then on it is a fight.
        verdict.must(max(by_minute[2:]) <= 4, f"tokens by minute: {by_minute}")
        # One of them gives up: all that was accepted is made.
        pass_by(there, shift, 700)
        kept = made = 0
        for environ in environs:
            settings = Settings.from_env(environ)
            clock = ShiftedClock(shift)
            with LinkDesk(settings, rules=rules_for(settings), policy=POLICY, clock=clock) as desk:
                before = desk.counts()
                _come_to_rest(desk)
                after = desk.counts()
                verdict.must(set(after) <= {"ready"}, f"not all is ready afterwards: {before}, then {after}")
                kept += sum(count for state, count in before.items() if state != "ready")
                made += after.get("ready", 0)
        verdict.must(len(there.alive()) == made, f"{len(there.alive())} meetings for {made} links")
        verdict.figures |= {"links": made, "of them kept for later": kept, "tokens by minute": by_minute, "told": named}
    return verdict


def _come_to_rest(desk: LinkDesk) -> None:
    end = time.monotonic() + 20
    while set(desk.counts()) - {"ready"} and time.monotonic() < end:
        try:
            desk.settle(watches=False)
        except AuthenticationError:
            return
        time.sleep(0.05)
