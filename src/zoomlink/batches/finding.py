"""Which links a batch has already, and what is wrong with its rows beside them: flows. No I/O.

Links are found by their keys, so that the same file leads to the same links whoever reads it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from zoomlink.batches.plan import Placement
from zoomlink.batches.table import Fault
from zoomlink.errors import InvalidInputError
from zoomlink.links.request import canonical_host, different_field
from zoomlink.links.steps import LinkFlow, Tx
from zoomlink.model import LinkState
from zoomlink.store.batches import FindLinks, GetLinks
from zoomlink.times import parse_start
from zoomlink.zoom.flow import Moment, Now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoomlink.batches.rows import Batch, Wish
    from zoomlink.links.rules import Rules
    from zoomlink.store.rows import LinkRow

__all__ = ["fetched_links", "found", "looked_at", "sorted_out"]

LOOKED_UP = 500
"""Links that are looked up in one operation."""


def found(batch: Batch, rules: Rules) -> LinkFlow[dict[int, LinkRow]]:
    """The links that the rows of a batch have already, by their place in the table."""
    links: dict[int, LinkRow] = {}
    wishes = batch.wishes
    for first in range(0, len(wishes), LOOKED_UP):
        some = wishes[first : first + LOOKED_UP]
        names = tuple((wish.key, rules.marker_of(wish.key)) for wish in some)
        rows: list[LinkRow | None] = yield Tx(FindLinks(rules.account, rules.owner, names))
        links |= {wish.at: row for wish, row in zip(some, rows, strict=True) if row is not None}
    # A result that is read again names its links, and has columns filled in that were empty when it was asked for.
    named = [wish for wish in wishes if wish.at not in links and wish.link is not None and not wish.own_key]
    for first in range(0, len(named), LOOKED_UP):
        some = tuple(named[first : first + LOOKED_UP])
        rows = yield Tx(GetLinks(tuple(str(wish.link) for wish in some)))
        for wish, row in zip(some, rows, strict=True):
            if row is not None and rules.may_see(row) and _same_but_filled(row, wish):
                links[wish.at] = row
    return links


def _same_but_filled(row: LinkRow, wish: Wish) -> bool:
    if not row.asked:
        return different_field(row, wish.request) is None
    old, new = (
        {name: value for name, value in json.loads(asked).items() if name not in {"host", "password"}}
        for asked in (row.asked, wish.request.asked)
    )
    return bool(old == new)


def sorted_out(
    batch: Batch, links: Mapping[int, LinkRow], moment: Moment
) -> tuple[list[Placement], list[Wish], tuple[Fault, ...]]:
    """The rows that have a link, those that need one (also where Zoom refused it), and every fault there is."""
    faults = list(batch.faults)
    there: list[Placement] = []
    wanted: list[Wish] = []
    for wish in batch.wishes:
        row = links.get(wish.at)
        if row is not None and row.key == wish.key and row.state != LinkState.REFUSED:
            other = different_field(row, wish.request)
            if other is not None and not _same_host(row, wish, other):
                faults.append(_reused(batch, wish, other))
                continue
        if row is not None and (row.state != LinkState.REFUSED or row.key != wish.key):
            there.append(Placement(wish, link=row))
        elif wish.request.past:
            faults.append(_past(batch, wish, moment))
        else:
            wanted.append(wish)
    return there, wanted, tuple(sorted(faults, key=lambda fault: fault.line))


def looked_at(batch: Batch, rules: Rules) -> LinkFlow[tuple[dict[int, LinkRow], tuple[Fault, ...]]]:
    """The links of a batch that are its rows', by their place, and every fault there is."""
    links = yield from found(batch, rules)
    moment: Moment = yield Now()
    there, wanted, faults = sorted_out(batch, links, moment)
    here = {one.wish.at: one.link for one in there if one.link is not None}
    return here | {wish.at: links[wish.at] for wish in wanted if wish.at in links}, faults


def fetched_links(names: Sequence[str], rules: Rules) -> LinkFlow[list[LinkRow]]:
    """The links of these ids that there are, and that may be seen."""
    there: list[LinkRow] = []
    for first in range(0, len(names), LOOKED_UP):
        rows: list[LinkRow | None] = yield Tx(GetLinks(tuple(names[first : first + LOOKED_UP])))
        there += [row for row in rows if row is not None and rules.may_see(row)]
    return there


def _same_host(row: LinkRow, wish: Wish, other: str) -> bool:
    """True where only the name of one and the same host differs: ``me``, and the owner's address."""
    if other != "host" or not row.asked:
        return False
    asked = wish.request.host
    return asked is not None and canonical_host(asked.strip()) == row.host and _same_but_filled(row, wish)


def _reused(batch: Batch, wish: Wish, other: str) -> Fault:
    column = batch.columns.called(other if other in batch.columns.of else "key")
    return Fault(
        wish.line,
        column,
        f"The key {wish.key[:60]} belongs to another request, which has another {other}.",
        "Give the changed row another key, or change the link itself: zoomlink update.",
    )


def _past(batch: Batch, wish: Wish, moment: Moment) -> Fault:
    column = batch.columns.called("start" if batch.columns.at("start") is not None else "date")
    try:
        parse_start(wish.request.when.local, now=moment.wall)
    except InvalidInputError as error:
        return Fault(wish.line, column, error.message, "Choose a time to come.")
    return Fault(wish.line, column, "It has passed.")
