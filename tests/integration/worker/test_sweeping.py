"""The sweeper inside a process: it makes what is due, waits where it must, and ends when it is told to, not before."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.worker.ground import comes_true, comes_true_of, planning

from zoomlink import AsyncLinkDesk, Settings
from zoomlink.errors import AuthenticationError, LedgerError
from zoomlink.links.advance import hand_out
from zoomlink.store.memory import MemoryStore
from zoomlink.store.ops import Begin
from zoomlink.worker import Chore, Sweeper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from zoomlink.store.ops import Op


class Ledger(MemoryStore):
    """A ledger that can be out of reach."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.asked: Counter[str] = Counter()

    def carry_out(self, op: Op[Any]) -> Any:
        """Carry it out, unless the ledger is away."""
        self.asked[type(op).__name__] += 1
        if self.away:
            raise LedgerError("The ledger is away.")
        return super().carry_out(op)


@asynccontextmanager
async def desk_of(zoom_sandbox: Any, **more: str) -> AsyncIterator[tuple[AsyncLinkDesk, Ledger]]:
    ledger = Ledger()
    settings = Settings.from_env({**zoom_sandbox.env, "ZOOMLINK_PLAN": "none", **more})
    async with AsyncLinkDesk(settings, store=ledger) as desk:
        yield desk, ledger


async def plan(desk: AsyncLinkDesk, *numbers: int) -> None:
    for number in numbers:
        await desk.run(planning(desk.rules, number))


def topics(zoom_sandbox: Any) -> list[str]:
    return sorted(commit["topic"] for commit in zoom_sandbox.ledger)


def test_each_planned_link_is_made_once(zoom_sandbox: Any) -> None:
    async def scene() -> None:
        async with desk_of(zoom_sandbox) as (desk, _):
            await plan(desk, *range(30))
            async with Sweeper(desk, concurrency=4) as sweeper:
                await comes_true(lambda: sweeper.state.done == 30)
            assert await desk.counts() == {"ready": 30}

    asyncio.run(scene())
    assert topics(zoom_sandbox) == sorted(f"Lesson {number}" for number in range(30))


def test_as_many_at_once_as_it_has_hands_and_no_more(zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("hang-before-commit", route="meetings.create", seconds=0.3)

    async def scene() -> int:
        async with desk_of(zoom_sandbox) as (desk, _):
            await plan(desk, *range(12))
            most = 0
            async with Sweeper(desk, concurrency=3) as sweeper:

                def done() -> bool:
                    nonlocal most
                    most = max(most, sweeper.state.busy)
                    return sweeper.state.done >= 6

                await comes_true(done)
            return most

    assert asyncio.run(scene()) == 3


def test_a_link_that_is_planned_while_it_idles_is_made_at_once_when_it_is_woken(zoom_sandbox: Any) -> None:
    async def scene() -> float:
        async with desk_of(zoom_sandbox) as (desk, _), Sweeper(desk, idle=3600) as sweeper:
            await desk.zoom.token()
            await comes_true(lambda: sweeper.state.busy == 0)
            await plan(desk, 1)
            began = time.monotonic()
            await asyncio.to_thread(sweeper.wake)  # from any thread
            await comes_true(lambda: sweeper.state.done == 1)
            return time.monotonic() - began

    assert asyncio.run(scene()) < 5


def test_it_finds_by_itself_what_others_plan(zoom_sandbox: Any) -> None:
    async def scene() -> None:
        async with desk_of(zoom_sandbox) as (desk, _), Sweeper(desk, idle=0.05) as sweeper:
            await plan(desk, 1)
            await comes_true(lambda: sweeper.state.done == 1)

    asyncio.run(scene())


def test_what_is_due_later_is_made_then_without_being_woken(zoom_sandbox: Any) -> None:
    async def scene() -> None:
        async with desk_of(zoom_sandbox) as (desk, ledger):
            await plan(desk, 1)
            # Somebody was handed it and died: from now on nobody is, for its hold.
            short = replace(desk.rules, times=replace(desk.rules.times, hold=400))
            assert len(await desk.run(hand_out(short))) == 1
            async with Sweeper(desk, idle=3600) as sweeper:
                await comes_true(lambda: sweeper.state.done == 1)
            assert ledger.asked["NextDue"] < 10  # it slept until then

    asyncio.run(scene())


def test_it_outlives_a_ledger_that_is_away(zoom_sandbox: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "zoomlink.worker")

    async def scene() -> None:
        async with desk_of(zoom_sandbox) as (desk, ledger):
            await plan(desk, 1)
            ledger.away = True
            async with Sweeper(desk) as sweeper:
                await comes_true(lambda: sweeper.state.failures == 1)
                assert sweeper.state.error == "ledger"
                ledger.away = False
                await comes_true(lambda: sweeper.state.done == 1)
                await comes_true(lambda: sweeper.state.error is None)

    asyncio.run(scene())
    assert (
        'sweep failed account=sandbox-account error=ledger detail="The ledger is away." again_in=1' in caplog.messages
    )


def test_wrong_credentials_are_told_until_they_are_right(zoom_sandbox: Any) -> None:
    async def scene() -> None:
        async with desk_of(zoom_sandbox, ZOOM_CLIENT_SECRET="another") as (desk, ledger):
            await plan(desk, 1)
            async with Sweeper(desk, idle=0.02) as sweeper:
                await comes_true(lambda: sweeper.state.error == "credentials")
                before = ledger.asked["NextDue"]
                await comes_true(lambda: ledger.asked["NextDue"] > before + 3)
                assert sweeper.state.error == "credentials"
            assert await desk.counts() == {"planned": 1}

    asyncio.run(scene())
    assert zoom_sandbox.ledger == []


def test_when_zoom_is_away_links_wait_and_are_made_afterwards(zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("503-before-commit", route="meetings.create", nth=1)

    async def scene() -> None:
        async with desk_of(zoom_sandbox) as (desk, _):
            await plan(desk, 1)
            async with Sweeper(desk):
                await comes_true_of(desk, {"ready": 1})

    asyncio.run(scene())
    assert len(zoom_sandbox.ledger) == 1


def test_stopping_finishes_what_is_in_flight_and_begins_nothing_more(zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("hang-before-commit", route="meetings.create", seconds=0.5)

    async def scene() -> dict[str, int]:
        async with desk_of(zoom_sandbox) as (desk, _):
            await plan(desk, *range(8))
            sweeper = Sweeper(desk, concurrency=2)
            await sweeper.start()
            await comes_true(lambda: sweeper.state.busy == 2)
            await sweeper.stop()
            assert sweeper.state == (False, 0, 2, 0, None)
            return await desk.counts()

    counts = asyncio.run(scene())
    assert counts.get("sending", 0) == 0
    assert counts["planned"] + counts.get("ready", 0) + counts.get("unknown", 0) == 8
    assert counts["planned"] >= 6


def test_stopping_waits_no_longer_than_it_is_told(zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("hang-before-commit", route="meetings.create", seconds=60)

    async def scene() -> float:
        async with desk_of(zoom_sandbox) as (desk, _):
            await plan(desk, 1)
            sweeper = Sweeper(desk)
            await sweeper.start()
            await comes_true(lambda: sweeper.state.busy == 1)
            await comes_true(lambda: any(one["operation"] == "meetings.create" for one in zoom_sandbox.requests))
            began = time.monotonic()
            await sweeper.stop(patience=0.1)
            took = time.monotonic() - began
            assert (await desk.counts()) == {"sending": 1}  # whoever sweeps after its lease finds out
            return took

    assert asyncio.run(scene()) < 3
    zoom_sandbox.mend()


def test_it_can_be_started_again_and_not_twice(zoom_sandbox: Any) -> None:
    async def scene() -> None:
        async with desk_of(zoom_sandbox) as (desk, _):
            sweeper = Sweeper(desk, idle=0.05)
            for number in (1, 2):
                await plan(desk, number)
                async with sweeper:
                    with pytest.raises(RuntimeError, match="running already"):
                        await sweeper.start()
                    await comes_true(lambda number=number: sweeper.state.done == number)  # type: ignore[misc]
            await sweeper.stop()  # does no harm

    asyncio.run(scene())


def test_chores_are_done_again_and_again_also_when_they_fail(
    zoom_sandbox: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "zoomlink.worker")
    turns: Counter[str] = Counter()

    async def falls() -> None:
        turns["falls"] += 1
        if turns["falls"] == 1:
            raise KeyError("what people wrote")

    async def has_more() -> bool:
        turns["has more"] += 1
        return turns["has more"] % 3 != 0

    async def scene() -> None:
        chores = [Chore("falls", falls, every=0.01), Chore("has more", has_more, every=3600)]
        async with desk_of(zoom_sandbox) as (desk, _), Sweeper(desk, chores=chores) as sweeper:
            await comes_true(lambda: turns["has more"] == 3)
            sweeper.wake()
            await comes_true(lambda: turns["has more"] == 6)
            await comes_true(lambda: turns["falls"] >= 3)

    asyncio.run(scene())
    told = [line for line in caplog.messages if line.startswith("chore failed")]
    assert len(told) == 1
    assert told[0].startswith("chore failed chore=falls error=KeyError at=test_sweeping.py:")
    assert "people wrote" not in told[0]


def test_one_sweep_goes_on_with_all_that_is_due_and_tells_how_much_that_was(zoom_sandbox: Any) -> None:
    async def scene() -> None:
        async with desk_of(zoom_sandbox) as (desk, _):
            await plan(desk, *range(5))
            assert await Sweeper(desk, concurrency=2).once() == 5
            assert await Sweeper(desk).once() == 0

    asyncio.run(scene())
    assert len(zoom_sandbox.ledger) == 5


def test_one_sweep_raises_what_concerns_all_links(zoom_sandbox: Any) -> None:
    async def scene() -> None:
        async with desk_of(zoom_sandbox, ZOOM_CLIENT_SECRET="another") as (desk, _):
            await plan(desk, 1)
            with pytest.raises(AuthenticationError):
                await Sweeper(desk).once()

    asyncio.run(scene())


def test_a_loop_that_is_cancelled_from_outside_says_so(zoom_sandbox: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        async with desk_of(zoom_sandbox) as (desk, _):
            sweeper = Sweeper(desk)
            await sweeper.start()
            for task in asyncio.all_tasks():
                if task.get_name() == "zoomlink sweep":
                    task.cancel()
            await comes_true(lambda: not sweeper.state.running)
            await sweeper.stop()

    asyncio.run(scene())
    assert 'sweeper ended account=sandbox-account loop="zoomlink sweep"' in caplog.messages


def test_one_list_of_a_hosts_meetings_serves_all_whose_sender_died(zoom_sandbox: Any) -> None:
    async def scene() -> None:
        async with desk_of(zoom_sandbox) as (desk, _):
            for number in range(20):
                link = (await desk.run(planning(desk.rules, number))).row
                await desk.do(Begin(link.id, "dead", link.created_at, lease=1))
            async with Sweeper(desk, concurrency=2):
                await comes_true_of(desk, {"ready": 20})

    asyncio.run(scene())
    lists = [one for one in zoom_sandbox.requests if one["operation"] == "meetings.list"]
    assert len(zoom_sandbox.ledger) == 20
    assert 1 <= len(lists) <= 4


def test_nothing_people_wrote_is_logged(zoom_sandbox: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def scene() -> None:
        async with desk_of(zoom_sandbox) as (desk, _):
            await desk.run(planning(desk.rules, 1, topic="Canary topic", agenda="Canary agenda", passcode="C4nary"))
            await Sweeper(desk).once()

    asyncio.run(scene())
    assert any(line.startswith("link done link=lnk_") for line in caplog.messages)
    assert not [line for line in caplog.messages if "canary" in line.lower() or "c4nary" in line.lower()]
