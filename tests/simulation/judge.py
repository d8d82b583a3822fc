"""What must be true when a world has come to rest. The model of Zoom is the witness, not the product's ledger."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from tests.simulation.world import POOL

from zoomlink.model import LinkState
from zoomlink.store.ops import History

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.world import Wanted, World

    from zoomlink.store.rows import LinkRow

__all__ = ["judge"]

SETTLE = 90.0
"""Seconds within which ``strict`` relies on Zoom to have done what it will do, and to show it."""


def judge(world: World) -> list[str]:
    """Return all that is wrong, in sentences; an empty list when every promise was kept."""
    found = list(world.endless)
    if not world.plan.weather.stall:  # a process that stood still may send after it was taken for dead
        found += world.zoom.blind
    rows = {row.key: row for row in world.rows()}
    owners: dict[int | None, int] = {}
    for link in world.wanted:
        found += [f"link {link.number}: {words}" for words in _wrong(world, link, rows.get(link.key))]
        for number, _, _ in link.handed:
            if owners.setdefault(number, link.number) != link.number:
                found.append(f"meeting {number} was handed out for {owners[number]} and for {link.number}")
    if world.plan.pool:
        room = {host.name: host.capacity for host in POOL}
        taken = Counter((one.host, one.body["start_time"]) for one in world.zoom.made.values() if one.live)
        found += [f"{host} has {count} meetings at {at}" for (host, at), count in taken.items() if count > room[host]]
    return found


def _wrong(world: World, link: Wanted, row: LinkRow | None) -> Iterator[str]:
    meetings = world.zoom.of(link.number)
    live = {one.id for one in meetings if one.live}
    refused = world.zoom.refused[link.number]
    if len(link.handed) > 1:
        yield f"two links were handed out: {sorted(link.handed, key=str)}"
    if link.told_refused and not refused:
        yield "its caller was told of a refusal that never was"
    if link.raised_after is not None:
        yield f"it was handed out, and then its key raised {link.raised_after}"
    if row is None:
        if meetings or link.handed:
            yield "it has a meeting, and the ledger does not know it"
        return
    if row.due_at is not None or row.wish is not None:
        yield f"there is still something to do: {row.state}, due {row.due_at}, {row.wish}"
    over = {LinkState.CANCELLED, LinkState.DELETED, LinkState.REFUSED}
    if row.state == LinkState.READY:
        yield from _wrong_ready(world, link, row, live)
    elif row.state not in over:
        yield f"it ends {row.state}"
    elif live:
        yield f"{row.state}, and Zoom has {sorted(live)}"
    if row.state == LinkState.REFUSED and not refused:
        yield "refused, and Zoom never refused it"
    if row.state == LinkState.DELETED and not link.by_person:
        yield "deleted, and nobody deleted it"
    # A refused link has nothing to take back, and its key may try again.
    if link.cancel_accepted and row.state not in over and not refused:
        yield f"its cancellation was accepted, and it is {row.state}"
    if world.plan.mode == "strict" and world.plan.weather.later + world.plan.weather.lag < SETTLE and len(meetings) > 1:
        yield f"strict, and {len(meetings)} meetings were made"
    events = world.store.carry_out(History(row.id))
    recorded = {json.loads(event.detail).get("meeting") for event in events if event.event == "removed"}
    for one in meetings:
        if one.deleted_by == "us" and one.id != row.meeting_id and one.id not in recorded:
            yield f"{one.id} was removed, and the history does not say so"


def _wrong_ready(world: World, link: Wanted, row: LinkRow, live: set[int]) -> Iterator[str]:
    if live != {row.meeting_id} and not (link.by_person and not live):
        yield f"ready with {row.meeting_id}, and Zoom has {sorted(live)}"
    handed = {(row.meeting_id, row.join_url, row.passcode)}
    if link.handed - handed:
        yield f"{link.handed} was handed out, and it is {handed}"
    own = world.zoom.made.get(row.meeting_id or 0)
    if own is None or not own.live:
        return
    if (own.join_url, own.body["topic"]) != (row.join_url, row.topic):
        yield f"the ledger has {row.topic!r}, and Zoom has {own.body['topic']!r}"
    if link.told_topic not in {None, own.body["topic"]} and not world.zoom.refused[link.number]:
        yield f"its caller was told that it is {link.told_topic!r} now, and it is {own.body['topic']!r}"
