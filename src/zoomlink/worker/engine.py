"""The engine for many machines: Procrastinate on PostgreSQL hands due links to the workers of all of them.

Its job is a wake-up for one link, by its id. Whether there is anything to do, and that one worker does it, says the
ledger: a job may run twice, or be lost, and nothing comes of it. No decisions about links.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import procrastinate
import psycopg
from procrastinate import exceptions
from procrastinate.jobs import Status
from psycopg import sql

from zoomlink.links.advance import due_in, go_on, hand_out, waiting
from zoomlink.links.rules import Call
from zoomlink.worker.parting import TOGETHER, looks_at_lists, patience
from zoomlink.worker.queue_tables import make_tables
from zoomlink.worker.sweeping import DRAIN, SOON, SweeperState, now_of, sounds
from zoomlink.worker.telling import tell, told_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from procrastinate.jobs import Job

    from zoomlink.links.async_desk import AsyncLinkDesk
    from zoomlink.secret import Secret

__all__ = ["Engine"]

TASK = "zoomlink.link"
LOOK = 0.5
"""Seconds between looks at the ledger for links that nobody is woken for; each worker looks, one at a time."""
POLL = 5.0
"""Seconds after which a worker asks for jobs though nobody told it of any: a notice may be lost."""
HEARTBEAT, DEAD = 5.0, 20.0
"""Seconds between signs of life, and without one until a worker is taken for dead and its jobs are another's."""
RESCUE = 5.0
"""Seconds between looks for jobs of the dead."""
AHEAD = 500
"""Jobs that are queued at most for an account: the ledger holds the others just as well."""
_LOOKING = 7_093_115_944  # any number of our own: the key of the lock of whoever is looking


class Engine:
    """Goes on with the due links of accounts whose ledger is in one PostgreSQL, together with the engines of others.

    `desks`: one for each account. `url`: of their database. `concurrency`: links of an account at the same time; each
    account has hands of its own, so that one whose rate is used up holds up no other. `drain`: seconds that stopping
    waits for what is in flight. Zoom's absence, a database out of reach and wrong credentials make it wait and go on;
    only :meth:`stop` ends it.
    """

    def __init__(
        self, desks: Sequence[AsyncLinkDesk], url: Secret[str], *, concurrency: int = 8, drain: float = DRAIN
    ) -> None:
        self._desks = {desk.rules.account: desk for desk in desks}
        self._url = url
        self._concurrency = max(concurrency, 1)
        self._stopping = asyncio.Event()
        self._main: asyncio.Task[None] | None = None
        self._app: procrastinate.App | None = None
        self._busy = 0
        self._done = 0
        self._lost = 0
        self._away = False
        self._drain = drain
        self._failures = dict.fromkeys(self._desks, 0)
        self._rest_until = dict.fromkeys(self._desks, 0.0)
        self._error: str | None = None

    @property
    def state(self) -> SweeperState:
        """How it is doing."""
        running = self._main is not None and not self._main.done()
        failures = max(self._lost if self._away else 0, *self._failures.values())
        return SweeperState(running, self._busy, self._done, failures, self._error if failures else None)

    async def start(self) -> None:
        """Begin. Raises ConfigurationError where the database does not let it; one that is away is waited for."""
        if self._main is not None:
            raise RuntimeError("This engine is running already.")
        self._stopping.clear()
        try:
            await make_tables(self._url)
        except psycopg.Error as error:
            tell("database away", logging.WARNING, **told_of(error))
        self._main = asyncio.create_task(self._live(), name="zoomlink engine")
        tell("engine started", accounts=",".join(self._desks), concurrency=self._concurrency)

    async def stop(self) -> None:
        """Take no more jobs, wait for those in flight, and end."""
        main, self._main = self._main, None
        if main is None:
            return
        self._stopping.set()
        try:
            await asyncio.wait([main], timeout=self._drain + 5)
        finally:
            if not main.done():
                main.cancel()
            await asyncio.gather(main, return_exceptions=True)
        tell("engine stopped", done=self._done)

    # -- its life ------------------------------------------------------------------------------------------------------

    async def _live(self) -> None:
        """Work, and begin anew when the database was lost, until stopped."""
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await self._work()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next attempt may do better
                told = told_of(error)
                self._error = str(told["error"])
            else:
                told = {"error": "engine-ended"}
            if self._stopping.is_set():
                return
            self._away = True
            # One that lived for a while was well.
            self._lost = 1 if time.monotonic() - began > 60 else self._lost + 1
            pause = patience(self._lost)
            tell("engine lost", logging.WARNING, **told, again_in=pause)
            await self._rest(pause)

    async def _work(self) -> None:
        stopping = asyncio.create_task(self._stopping.wait(), name="zoomlink stop")
        opening = asyncio.create_task(self._open(), name="zoomlink opening")
        tasks = [stopping, opening]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._stopping.is_set():
                return
            app = await opening
            tasks += [
                *(asyncio.create_task(self._serve(app, account), name="zoomlink jobs") for account in self._desks),
                asyncio.create_task(self._look(app), name="zoomlink looks"),
                asyncio.create_task(self._rescue(app), name="zoomlink rescue"),
            ]
            ended, _ = await asyncio.wait([*tasks[2:], stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                if task is not stopping:
                    await task  # why
        finally:
            for task in tasks:
                task.cancel()  # the jobs' ones let those in flight come to their end
            await asyncio.gather(*tasks, return_exceptions=True)
            opened, self._app = self._app, None
            if opened is not None:
                await opened.close_async()

    async def _open(self) -> procrastinate.App:
        schema = await make_tables(self._url)

        async def configure(connection: psycopg.AsyncConnection[Any]) -> None:
            await connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
            if not connection.autocommit:
                await connection.commit()

        connector = procrastinate.PsycopgConnector(
            conninfo=self._url.reveal(),
            kwargs={"application_name": "zoomlink worker", "connect_timeout": 5},
            configure=configure,
            min_size=1,
            max_size=min(2 + len(self._desks) * (1 + self._concurrency // 4), 20),
            timeout=10.0,
        )
        app = procrastinate.App(connector=connector)
        app.task(name=TASK)(self._job)
        self._app = app
        await app.open_async()
        self._away = False
        return app

    async def _serve(self, app: procrastinate.App, account: str) -> None:
        await app.run_worker_async(
            queues=[queue_of(account)],
            name="zoomlink",
            concurrency=self._concurrency,
            fetch_job_polling_interval=POLL,
            shutdown_graceful_timeout=self._drain,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=DEAD,
        )

    # -- jobs ----------------------------------------------------------------------------------------------------------

    async def _job(self, account: str, link: str) -> None:
        """Go on with a link, if it is due and nobody else's."""
        desk = self._desks.get(account)
        if desk is None:
            return
        rules = replace(desk.rules, batch=True)
        self._busy += 1
        try:
            rows = await desk.run(hand_out(rules, limit=1, link=link))
            if rows and looks_at_lists(rows[0], await desk.run(now_of())):
                rows += await desk.run(hand_out(rules, limit=TOGETHER - 1, listed=rows[0].host))
            done = await desk.run(go_on(rows, rules, Call(os.urandom(8).hex())))
        except Exception as error:  # noqa: BLE001 - the ledger knows what is left, and the next look finds it
            self._failures[account] += 1
            self._rest_until[account] = time.monotonic() + patience(self._failures[account])
            told = told_of(error)
            self._error = str(told["error"])
            tell("link left", logging.WARNING, link=link, **told)
            return
        finally:
            self._busy -= 1
        if done:
            self._failures[account] = 0
        self._done += len(done)
        for row in done:
            tell("link done", link=row.id, state=row.state, attempt=row.attempt)

    async def _look(self, app: procrastinate.App) -> None:
        """Queue a job for each link that is due and has none."""
        while True:
            pause = LOOK
            for account, desk in self._desks.items():
                if self._rest_until[account] > time.monotonic():
                    continue
                try:
                    due = await desk.run(due_in(desk.rules))
                    if due is None or due > 0:
                        continue
                    links = await desk.run(waiting(desk.rules, limit=AHEAD))
                    if await self._queue(app, account, links) == 0:
                        continue
                except Exception as error:  # noqa: BLE001 - the ledger is away, and comes back
                    self._failures[account] += 1
                    self._rest_until[account] = time.monotonic() + patience(self._failures[account])
                    told = told_of(error)
                    self._error = str(told["error"])
                    tell("look failed", logging.WARNING, account=account, **told)
                pause = SOON
            await self._rest(pause)

    async def _queue(self, app: procrastinate.App, account: str, links: Sequence[str]) -> int:
        """Queue those links that have no job yet; returns how many. Nothing when another worker is at it."""
        async with app.connector.pool.connection() as connection:  # type: ignore[attr-defined]
            found = await connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (_LOOKING,))
            if not (await found.fetchone())[0]:
                return 0
            found = await connection.execute(
                "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%s)",
                (list(links),),
            )
            queued = {row[0] for row in await found.fetchall()}
            new = [link for link in links if link not in queued]
            if not new:
                return 0
            task = app.tasks[TASK]
            jobs = [
                task.configure(queue=queue_of(account), queueing_lock=link).make_new_job(account=account, link=link)
                for link in new
            ]
            await app.job_manager.batch_defer_jobs_async(jobs, connection=connection)
        return len(new)

    async def _rescue(self, app: procrastinate.App) -> None:
        """Queue the jobs of dead workers anew, or forget those that are queued already."""
        while True:
            await self._rest(RESCUE)
            stalled: Sequence[Job] = list(
                await app.job_manager.get_stalled_jobs(task_name=TASK, seconds_since_heartbeat=DEAD)
            )
            for job in stalled:
                try:
                    await app.job_manager.retry_job(job, retry_at=None)
                    tell("job rescued", link=job.queueing_lock)
                except exceptions.ConnectorException:
                    # Another one is queued for the link, or another worker was faster.
                    try:
                        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
                    except exceptions.ConnectorException as error:
                        tell("job left", logging.DEBUG, link=job.queueing_lock, **told_of(error))

    async def _rest(self, seconds: float) -> None:
        await sounds(self._stopping, seconds)


def queue_of(account: str) -> str:
    """The queue of an account's links: short, since its name is a channel's in PostgreSQL."""
    return "links-" + hashlib.sha256(account.encode()).hexdigest()[:16]
