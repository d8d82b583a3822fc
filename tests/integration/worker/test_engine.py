"""The engine on a real PostgreSQL, inside a process: days that are used up, watches, jobs that are lost or doubled."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.request
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from tests.integration.worker.ground import comes_true, comes_true_of, planning
from tests.postgres import postgres, postgres_url

from zoomlink import AsyncLinkDesk, Settings
from zoomlink.client.clock import SystemAsyncClock
from zoomlink.secret import Secret
from zoomlink.worker import Sweeper
from zoomlink.worker.engine import TASK, Engine, queue_of
from zoomlink.worker.queue_tables import make_tables, schema_name
from zoomlink.zoom.flow import Moment
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.postgres import Postgres

__all__ = ["postgres", "postgres_url"]

EVENING = datetime(2031, 6, 2, 21, 0, tzinfo=UTC)
HOST = "host1@sandbox.example"


class Clock(SystemAsyncClock):
    """Time that runs as usual, from `begin` on, and can be moved."""

    def __init__(self, begin: datetime) -> None:
        self.ahead = begin - datetime.now(UTC)

    def now(self) -> Moment:
        """The present, as much later."""
        moment = super().now()
        return Moment(moment.wall + self.ahead, moment.ticks)


@pytest.fixture
def evening() -> Iterator[ThreadedSandbox]:
    """A sandbox that keeps Zoom's limits, three hours before its day is over."""
    with ThreadedSandbox(Options(clock=EVENING.timestamp(), limits=True)) as sandbox:
        yield sandbox


@asynccontextmanager
async def desk_of(sandbox: Any, url: str, begin: datetime | None = None, **more: str) -> AsyncIterator[AsyncLinkDesk]:
    settings = Settings.from_env({**sandbox.env, "ZOOMLINK_DATABASE": url, "ZOOMLINK_PLAN": "none", **more})
    async with AsyncLinkDesk(settings, clock=Clock(begin) if begin else None) as desk:
        yield desk


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[Engine]:
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


def engine_of(desk: AsyncLinkDesk, url: str, **more: Any) -> Engine:
    return Engine([desk], Secret(url), **more)


def later(desk: AsyncLinkDesk, sandbox: ThreadedSandbox, span: timedelta) -> None:
    """Let time pass for all."""
    sandbox.advance(span.total_seconds())
    desk._clock.ahead += span  # type: ignore[attr-defined]


def alive(sandbox: Any) -> Counter[str]:
    found: dict[int, str] = {}
    for commit in sandbox.ledger:
        if commit["action"] == "delete":
            found.pop(commit["meeting_id"], None)
        else:
            found[commit["meeting_id"]] = commit["topic"]
    return Counter(found.values())


@pytest.mark.parametrize("hands", ["engine", "sweeper"])
def test_links_beyond_a_hosts_day_are_made_after_the_reset_and_not_before(
    evening: ThreadedSandbox, postgres_url: str, hands: str
) -> None:
    body = json.dumps({"hosts": {"used": {HOST: 97}}}).encode()
    urllib.request.urlopen(urllib.request.Request(evening.url + "/_sandbox/limits", body, method="PATCH")).close()

    async def scene() -> None:
        async with desk_of(evening, postgres_url, EVENING, ZOOMLINK_PLAN="pro") as desk:
            for number in range(7):
                await desk.run(planning(desk.rules, number, host=HOST))
            runner: Any = engine_of(desk, postgres_url) if hands == "engine" else Sweeper(desk)
            await runner.start()
            try:
                await comes_true_of(desk, {"ready": 3, "parked": 4})
                later(desk, evening, timedelta(hours=2, minutes=58))
                await comes_true(lambda: runner.state.busy == 0)
                assert await desk.counts() == {"ready": 3, "parked": 4}
                later(desk, evening, timedelta(minutes=4))
                await comes_true_of(desk, {"ready": 7})
            finally:
                await runner.stop()

    asyncio.run(scene())
    assert alive(evening) == Counter(f"Lesson {number}" for number in range(7))
    refused = [one for one in evening.requests if one["operation"] == "meetings.create" and one["status"] == 429]
    assert 1 <= len(refused) <= 4


def test_a_meeting_that_appears_long_after_its_answer_was_lost_is_removed(
    evening: ThreadedSandbox, postgres_url: str
) -> None:
    evening.fail("late-commit", route="meetings.create", delay=3000, answer="close", nth=1)

    async def scene() -> None:
        async with desk_of(evening, postgres_url, EVENING) as desk, running(engine_of(desk, postgres_url)):
            await desk.run(planning(desk.rules, 1))
            await comes_true_of(desk, {"ready": 1})
            later(desk, evening, timedelta(seconds=310))
            later(desk, evening, timedelta(seconds=3700))
            await comes_true(lambda: len(evening.ledger) == 3)

    asyncio.run(scene())
    assert [commit["action"] for commit in evening.ledger] == ["create", "create", "delete"]
    assert alive(evening) == {"Lesson 1": 1}


def test_jobs_that_are_lost_are_queued_again(zoom_sandbox: Any, postgres_url: str) -> None:
    async def scene() -> int:
        lost = 0
        async with desk_of(zoom_sandbox, postgres_url) as desk, running(engine_of(desk, postgres_url, concurrency=1)):
            for number in range(20):
                await desk.run(planning(desk.rules, number))
            async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as connection:
                await connection.execute(f"SET search_path TO {await make_tables(Secret(postgres_url))}")
                while await desk.counts() != {"ready": 20}:
                    if lost < 30:
                        done = await connection.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
                        lost += done.rowcount
                    await asyncio.sleep(0.01)
        return lost

    assert asyncio.run(asyncio.wait_for(scene(), 60)) >= 1
    assert alive(zoom_sandbox) == Counter(f"Lesson {number}" for number in range(20))


def test_jobs_that_come_twice_or_for_what_is_not_there_do_nothing(
    zoom_sandbox: Any, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "zoomlink.worker")

    async def scene() -> None:
        async with desk_of(zoom_sandbox, postgres_url) as desk, running(engine_of(desk, postgres_url)) as engine:
            link = (await desk.run(planning(desk.rules, 1))).row.id
            await comes_true_of(desk, {"ready": 1})
            async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as connection:
                await connection.execute(f"SET search_path TO {schema_name()}")
                account = desk.rules.account
                for name in (link, link, "lnk_of_nobody"):
                    await connection.execute(
                        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES (%s, %s, %s)",
                        (queue_of(account), TASK, json.dumps({"account": account, "link": name})),
                    )
                while True:
                    found = await connection.execute("SELECT count(*) FROM procrastinate_jobs")
                    if await found.fetchone() == (0,):
                        break
                    await asyncio.sleep(0.02)
            assert engine.state == (True, 0, 1, 0, None)

    asyncio.run(asyncio.wait_for(scene(), 60))
    assert len(zoom_sandbox.ledger) == 1
    assert caplog.messages == []


def test_an_engine_outlives_its_database_and_wrong_credentials(
    zoom_sandbox: Any, postgres: Postgres, postgres_url: str
) -> None:
    async def scene() -> None:
        async with (
            desk_of(zoom_sandbox, postgres_url, ZOOM_CLIENT_SECRET="another") as wrong,
            desk_of(zoom_sandbox, postgres_url) as desk,
        ):
            await desk.run(planning(desk.rules, 1))
            async with running(engine_of(wrong, postgres_url)) as engine:
                await comes_true(lambda: engine.state.error == "credentials")
                assert engine.state.failures >= 1
            async with running(engine_of(desk, postgres_url)) as engine:
                await comes_true_of(desk, {"ready": 1}, 60)
                await asyncio.to_thread(postgres.restart, "immediate")
                await desk.run(planning(desk.rules, 2))
                await comes_true_of(desk, {"ready": 2}, 60)
                await comes_true(lambda: engine.state.error is None)

    asyncio.run(scene())
    assert len(zoom_sandbox.ledger) == 2


def test_an_account_that_zoom_keeps_waiting_holds_up_no_other(zoom_sandbox: Any, postgres_url: str) -> None:
    zoom_sandbox.fail("hang-before-commit", route="meetings.create", seconds=600)

    async def scene() -> None:
        with ThreadedSandbox(Options(account_id="another-account", limits=False)) as other:
            async with desk_of(zoom_sandbox, postgres_url) as stuck, desk_of(other, postgres_url) as free:
                engine = Engine([stuck, free], Secret(postgres_url), concurrency=2, drain=0.1)
                async with running(engine):
                    for number in range(5):
                        await stuck.run(planning(stuck.rules, number))
                    await comes_true_of(stuck, {"sending": 2, "planned": 3})
                    await free.run(planning(free.rules, 1))
                    await comes_true_of(free, {"ready": 1})
                assert len(other.ledger) == 1

    asyncio.run(scene())
    zoom_sandbox.mend()


def test_accounts_of_one_database_are_served_together(zoom_sandbox: Any, postgres_url: str) -> None:
    async def scene() -> None:
        with ThreadedSandbox(Options(account_id="another-account", limits=False)) as other:
            async with desk_of(zoom_sandbox, postgres_url) as one, desk_of(other, postgres_url) as two:
                for desk in (one, two):
                    await desk.run(planning(desk.rules, 1))
                async with running(Engine([one, two], Secret(postgres_url))):
                    for desk in (one, two):
                        await comes_true_of(desk, {"ready": 1})
                assert len(other.ledger) == len(zoom_sandbox.ledger) == 1

    asyncio.run(scene())
