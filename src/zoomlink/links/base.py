"""What the sync and the async desk have in common: reading arguments and results. No I/O."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread

from zoomlink.errors import InvalidInputError, tidy
from zoomlink.links.request import canonical_host, milliseconds
from zoomlink.links.view import link_of, read_cursor
from zoomlink.model import Link, LinkState
from zoomlink.spans import Span
from zoomlink.store.ops import List
from zoomlink.zoom.checks import check_list
from zoomlink.zoom.paths import host_segment, meeting_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zoomlink.links.rules import Rules
    from zoomlink.store.ops import Op
    from zoomlink.store.records import Store
    from zoomlink.store.rows import LinkRow

T = TypeVar("T")

__all__ = ["between", "carried", "host_name", "host_names", "in_thread", "issued", "list_op", "reference"]


async def carried(store: Store, op: Op[T]) -> T:
    """Have a store carry out an operation: at once where it can, else in a thread, to the end."""
    at_once: Callable[[Op[T]], tuple[T] | None] | None = getattr(store, "at_once", None)
    found = None if at_once is None else at_once(op)
    return await in_thread(store.carry_out, op) if found is None else found[0]


async def in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """Run `work` in a thread and wait for it to the end, also when the task is cancelled meanwhile."""
    return await anyio.to_thread.run_sync(work, *arguments)


def issued(row: LinkRow) -> Link:
    """The link a create returns. One that somebody is sending at this moment is not known yet, for all others."""
    link = link_of(row)
    return replace(link, state=LinkState.UNKNOWN) if link.state is LinkState.SENDING else link


def reference(link: str | int | Link | None) -> str | int:
    """What names a link: its id, or its meeting's number. Raises InvalidInputError."""
    if isinstance(link, Link):
        return link.id
    if link is None:
        hint = "find() gives None where a key has no link."
        raise InvalidInputError("No link is given.", field="link", hint=hint)
    if isinstance(link, str) and re.fullmatch(r"lnk_[0-9a-z]{26}", link.strip().lower()):
        return link.strip().lower()
    if isinstance(link, str) and link.startswith("lnk_"):
        raise InvalidInputError(f"{tidy(link, 60)!r} is no link's id.", field="link", hint="They have 30 characters.")
    return meeting_number(link)


def host_name(host: str) -> str:
    """A host as the ledger writes it. Raises InvalidInputError for what can be no Zoom user."""
    host_segment(host)
    return canonical_host(host.strip())


def host_names(rules: Rules, hosts: Iterable[str] | None) -> list[str]:
    """The hosts that are named, by default the pool's. Raises InvalidInputError."""
    if hosts is None:
        return [spec.name for spec in rules.hosts]
    return [host_name(name) for name in check_list(hosts, "hosts", "hosts")]


def between(start: datetime, end: datetime) -> Span:
    """A time as the ledger counts it. Raises InvalidInputError for what is not two aware datetimes in order."""
    for field, moment in (("start_from", start), ("start_to", end)):
        _check_aware(field, moment)
    if end <= start:
        raise InvalidInputError("start_to is not after start_from.", field="start_to")
    return Span(milliseconds(start), milliseconds(end))


def _check_aware(field: str, moment: object) -> None:
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise InvalidInputError(f"{field} is not an aware datetime.", field=field)


def list_op(
    rules: Rules,
    state: LinkState | str | Iterable[LinkState | str] | None,
    host: str | None,
    start_from: datetime | None,
    start_to: datetime | None,
    limit: int,
    cursor: str | None,
) -> List:
    """The operation that lists links, one more than wanted so that it is known whether there are more; `host` as the
    ledger writes it.

    Raises InvalidInputError.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 1000:
        raise InvalidInputError("limit is no whole number from 1 to 1000.", field="limit")
    states = None
    if state is not None:
        try:
            states = tuple(LinkState(one).value for one in ([state] if isinstance(state, str) else state))
        except (ValueError, TypeError):
            names = ", ".join(one.value for one in LinkState)
            raise InvalidInputError(
                f"There is no state {tidy(str(state), 40)}.", field="state", hint=f"They are {names}."
            ) from None
    for field, moment in (("start_from", start_from), ("start_to", start_to)):
        if moment is not None:
            _check_aware(field, moment)
    return List(
        rules.account,
        owner=rules.owner or None,
        states=states,
        host=host,
        from_at=None if start_from is None else milliseconds(start_from),
        to_at=None if start_to is None else milliseconds(start_to),
        after=None if cursor is None else read_cursor(cursor),
        limit=limit + 1,
    )
