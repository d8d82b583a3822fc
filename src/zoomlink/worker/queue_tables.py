"""Where Procrastinate's tables are: a schema of their own for each form of them, made by whoever comes first.

Wake-ups may be lost, so nothing here is ever migrated: a version of Procrastinate with other tables gets a new schema,
and versions that run side by side keep to their own. The ledger, which they share, hands each link to one of them. A
schema in which nobody was at work for a day is dropped.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql

from zoomlink.errors import ConfigurationError

if TYPE_CHECKING:
    from typing import Any

    from zoomlink.secret import Secret

__all__ = ["make_tables", "schema_name"]

PREFIX = "zoomlink_jobs_"
CONNECT = 5
_MAKING = 7_093_115_943  # any number of our own, next to the ledger's: the key of the lock that is held meanwhile
_LEFT = "1 day"


def schema_name() -> str:
    """The schema of the installed Procrastinate's tables."""
    return PREFIX + hashlib.sha256(SchemaManager.get_schema().encode()).hexdigest()[:10]


async def make_tables(url: Secret[str]) -> str:
    """Make the tables unless they are there, drop those of other versions that nobody uses, and return their schema.

    Any number of processes may do so at once. Raises ConfigurationError where the role may not, psycopg.Error where
    the database is out of reach.
    """
    name = schema_name()
    connection = await psycopg.AsyncConnection.connect(
        url.reveal(), autocommit=True, connect_timeout=CONNECT, application_name="zoomlink worker"
    )
    try:
        async with connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
            for found in await _schemas(connection):
                if found != name and await _is_left(connection, found):
                    with suppress(psycopg.errors.InsufficientPrivilege):  # another role's
                        async with connection.transaction():
                            await connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(found)))
            if name not in await _schemas(connection):
                await connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
                await connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(name)))
                await connection.execute(SchemaManager.get_schema())
    except psycopg.errors.InsufficientPrivilege:
        raise ConfigurationError(
            f"The role of ZOOMLINK_DATABASE may not make the schema {name}, in which workers queue their work.",
            hint="As the database's owner: GRANT CREATE ON DATABASE … TO …",
        ) from None
    return name


async def _schemas(connection: psycopg.AsyncConnection[Any]) -> list[str]:
    found = await connection.execute(
        "SELECT nspname FROM pg_namespace WHERE left(nspname, %s) = %s ORDER BY 1", (len(PREFIX), PREFIX)
    )
    return [row[0] for row in await found.fetchall()]


async def _is_left(connection: psycopg.AsyncConnection[Any], schema: str) -> bool:
    """True when no worker has been alive there for a day."""
    table = sql.Identifier(schema, "procrastinate_workers")
    there = await connection.execute("SELECT to_regclass(%s)", (f"{schema}.procrastinate_workers",))
    if (await there.fetchone() or (None,))[0] is None:
        return False  # none of ours, whatever it is called
    found = await connection.execute(
        sql.SQL("SELECT count(*) FROM {} WHERE last_heartbeat > now() - interval {}").format(table, _LEFT)
    )
    return (await found.fetchone() or (1,))[0] == 0
