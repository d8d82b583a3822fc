"""Procrastinate's tables: made once by whoever comes first, each version's its own, dropped when nobody uses them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.postgres import GUARDED, PASSWORD, postgres, postgres_url

from zoomlink.errors import ConfigurationError
from zoomlink.secret import Secret
from zoomlink.worker.queue_tables import PREFIX, make_tables, schema_name

if TYPE_CHECKING:
    from tests.postgres import Postgres

__all__ = ["postgres", "postgres_url"]

OLD = f"{PREFIX}0ld0ld0ld0"


def make(url: str) -> str:
    return asyncio.run(make_tables(Secret(url)))


def schemas(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", (f"{PREFIX}%",))
        return sorted(row[0] for row in found.fetchall())


def an_older_version_with(url: str, heartbeat: str | None) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE SCHEMA {OLD}")
        connection.execute(f"CREATE TABLE {OLD}.procrastinate_workers (id bigint, last_heartbeat timestamptz)")
        if heartbeat is not None:
            connection.execute(f"INSERT INTO {OLD}.procrastinate_workers VALUES (1, {heartbeat})")  # noqa: S608


def test_many_that_come_at_once_make_them_once(postgres_url: str) -> None:
    async def at_once() -> list[str]:
        return await asyncio.gather(*(make_tables(Secret(postgres_url)) for _ in range(8)))

    assert asyncio.run(at_once()) == [schema_name()] * 8
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s ORDER BY 1", (schema_name(),)
        )
        names = [row[0] for row in found.fetchall()]
    assert names == [f"procrastinate_{name}" for name in ("events", "jobs", "periodic_defers", "workers")]


def test_nothing_is_made_outside_of_their_schema(postgres_url: str) -> None:
    make(postgres_url)
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
        assert connection.execute("SELECT to_regtype('public.procrastinate_job_status')").fetchone() == (None,)


@pytest.mark.parametrize("heartbeat", ["now()", "now() - interval '23 hours'"])
def test_an_older_version_at_work_keeps_its_own(postgres_url: str, heartbeat: str) -> None:
    an_older_version_with(postgres_url, heartbeat)
    make(postgres_url)
    assert schemas(postgres_url) == sorted([OLD, schema_name()])


@pytest.mark.parametrize("heartbeat", [None, "now() - interval '25 hours'"])
def test_what_an_older_version_left_behind_is_dropped(postgres_url: str, heartbeat: str | None) -> None:
    an_older_version_with(postgres_url, heartbeat)
    make(postgres_url)
    assert schemas(postgres_url) == [schema_name()]


def test_what_only_has_such_a_name_is_left_alone(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute(f"CREATE SCHEMA {OLD}")
        connection.execute(f"CREATE TABLE {OLD}.bookings (id bigint)")
    make(postgres_url)
    assert schemas(postgres_url) == sorted([OLD, schema_name()])


def test_tables_half_made_by_one_that_died_are_made_again(postgres_url: str) -> None:
    async def dies() -> None:
        task = asyncio.create_task(make_tables(Secret(postgres_url)))
        for _ in range(4):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(dies())
    assert schemas(postgres_url) in ([], [schema_name()])
    assert make(postgres_url) == schema_name()
    assert make(postgres_url) == schema_name()


def test_a_role_that_may_not_is_told_what_it_needs(postgres: Postgres, postgres_url: str) -> None:
    guarded = postgres.url(postgres_url.rpartition("/")[2], user=GUARDED, password=PASSWORD)
    with pytest.raises(ConfigurationError, match="may not make the schema zoomlink_jobs_") as caught:
        make(guarded)
    assert PASSWORD not in str(caught.value)
    assert "GRANT CREATE ON DATABASE" in str(caught.value)
