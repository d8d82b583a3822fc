"""The links of a batch are recorded in the ledger, many at once: a flow. No I/O.

Going on after a crash is the same as beginning: what has a link keeps it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from zoomlink.batches.finding import found
from zoomlink.batches.forecasting import forecast
from zoomlink.links.hosting import MINUTE
from zoomlink.links.request import as_json, make_row
from zoomlink.links.sending import millis
from zoomlink.links.steps import LinkFlow, Tx
from zoomlink.model import LinkState
from zoomlink.store.batches import RecordLinks
from zoomlink.store.ops import Plan, Room
from zoomlink.zoom.flow import Moment, NeedToken, Now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zoomlink.batches.plan import Forecast, Placement
    from zoomlink.batches.rows import Batch, Options
    from zoomlink.links.rules import Rules
    from zoomlink.store.ops import Planned
    from zoomlink.store.rows import LinkRow

__all__ = ["Recorded", "record"]

CHUNK = 200
"""Links that are recorded in one transaction: others have their turn in between."""
ROUNDS = 20
"""How often a place is looked for when others take it meanwhile."""


class Recorded(NamedTuple):
    """What became of a batch's rows: the links, by their place in the table, and what is in the way of the others."""

    links: dict[int, LinkRow]
    problems: dict[int, str]
    """By line."""
    faulty: frozenset[int] = frozenset()
    """Lines that are at fault themselves."""
    running: bool = True
    """False when somebody took the batch back meanwhile."""


def record(
    name: str,
    batch: Batch,
    rules: Rules,
    options: Options,
    *,
    randomness: int,
    known: Mapping[int, LinkRow] | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
) -> LinkFlow[Recorded]:
    """Record the links of all rows of the batch of this id that have none yet, in the ledger, from where they are made
    one by one.

    The batch has to be running. `randomness`: 80 random bits. `known`: links that were found a moment ago. `tell` hears
    how many of how many rows have a link. Raises AuthenticationError before anything is stored; and nothing for rows no
    host can take: `problems` says why.
    """
    yield NeedToken()
    plan = yield from forecast(batch, rules, options, look=True, known=known)
    links = {one.wish.at: one.link for one in plan.placements if one.link is not None}
    rebuilt = [
        one
        for one in plan.placements
        if one.link is not None and one.link.key != one.wish.key and one.link.key == rules.marker_of(one.wish.key)
    ]
    for turn in range(ROUNDS):
        coming = plan.to_make + (rebuilt if turn == 0 else [])
        # The soonest are made first. Within a chunk, hosts are locked in one order whoever records.
        coming.sort(key=lambda one: one.wish.span)
        again = False
        for first in range(0, len(coming), CHUNK):
            some = sorted(coming[first : first + CHUNK], key=lambda one: one.host or "")
            moment: Moment = yield Now()
            ranks = {one.wish.at: first + at for at, one in enumerate(coming[first : first + CHUNK])}
            plans = tuple(_plan_of(one, rules, millis(moment), ranks[one.wish.at], randomness, plan) for one in some)
            answers: list[Planned] | None = yield Tx(RecordLinks(name, plans))
            if answers is None:
                return Recorded(links, {}, running=False)
            for one, answer in zip(some, answers, strict=True):
                if answer.full:
                    again = True
                else:
                    links[one.wish.at] = answer.row
            tell(len(links), len(batch.wishes))
        # Another process may be at the same batch: its links are ours, and keep the hosts busy.
        missing = tuple(wish for wish in batch.wishes if wish.at not in links)
        others = (yield from found(replace(batch, wishes=missing), rules)) if missing else {}
        fresh = {at: row for at, row in others.items() if row.state != LinkState.REFUSED}
        links |= fresh
        if not again and not (fresh and plan.clashes):
            break
        plan = yield from forecast(batch, rules, options, look=True, known=links)
    problems = {fault.line: fault.message for fault in reversed(plan.faults)}
    problems |= {one.wish.line: plan.explanations[one.wish.line] for one in plan.clashes}
    problems |= {
        one.wish.line: "Others keep taking the hosts that are free: try again."
        for one in plan.to_make
        if one.wish.at not in links
    }
    return Recorded(links, problems, frozenset(fault.line for fault in plan.faults))


def _plan_of(one: Placement, rules: Rules, now: int, rank: int, randomness: int, plan: Forecast) -> Plan:
    wish = one.wish
    # Different for each row, and never drawn twice.
    draw = int.from_bytes(hashlib.sha256(f"{randomness}\0{wish.key}".encode()).digest()[:10])
    marker = rules.marker_of(wish.key)
    row = make_row(wish.request, rules, key=wish.key, marker=marker, now=now, randomness=draw)
    host = one.host or row.host
    about = [words for words in plan.warnings if host in words]
    # A little apart, so that the soonest meetings are made first.
    row = row._replace(host=host, due_at=now + rank // 10, warnings=as_json(about))
    if one.link is not None:  # rebuilt from Zoom: it exists, and is given its key
        return Plan(row, None, True, (wish.span,), None)
    room = None if wish.allow_overlap else Room(plan.capacities.get(row.host, 1), rules.buffer * MINUTE)
    return Plan(row, None, False, (wish.span,), room)
