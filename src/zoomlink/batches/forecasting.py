"""The plan of a whole batch from what is known of the hosts, and its clashes in words: flows. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zoomlink.batches.finding import found, sorted_out
from zoomlink.batches.plan import Forecast, Placement, finished_at, place
from zoomlink.links.hosting import get_to_know, pool_of
from zoomlink.links.request import canonical_host
from zoomlink.links.sending import millis
from zoomlink.links.steps import LinkFlow, Tx
from zoomlink.links.transitions import utc
from zoomlink.spans import Span
from zoomlink.store.ops import Get, HostOf
from zoomlink.zoom.flow import Moment, Now
from zoomlink.zoom.limits import BASIC_MINUTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoomlink.batches.rows import Batch, Options
    from zoomlink.links.rules import Rules
    from zoomlink.store.rows import LinkRow

__all__ = ["forecast"]


def forecast(
    batch: Batch, rules: Rules, options: Options, *, look: bool = False, known: Mapping[int, LinkRow] | None = None
) -> LinkFlow[Forecast]:
    """Plan a batch as a whole. Nothing is stored; with `look` hosts are asked for in Zoom first, and kept in mind.

    `known`: links that were found already.
    """
    links = (yield from found(batch, rules)) if known is None else known
    moment: Moment = yield Now()
    there, wanted, faults = sorted_out(batch, links, moment)
    if not wanted:
        return Forecast(batch, tuple(there), faults, moment.wall)
    own = list(dict.fromkeys(wish.request.host for wish in wanted if wish.request.host is not None))
    whole = Span(min(wish.span.start for wish in wanted), max(wish.span.end for wish in wanted))
    long = any(wish.request.body["duration"] > BASIC_MINUTES for wish in wanted)
    warnings: list[str] = []
    looked: set[str] = set()
    gone: set[str] = set()
    while True:
        pool = yield from _named(rules, [spec.name for spec in rules.hosts])
        pinned = yield from _named(rules, own)
        hosts, _, states = yield from pool_of([*pool, *pinned.values()], (whole,), rules, millis(moment))
        bookings = [(state.host, booking) for state in states.values() for booking in state.bookings]
        free = [host for host in hosts if host.name in pool.values()]
        placed = place(
            wanted,
            [host for host in free if host.name not in gone] or free,
            pinned,
            bookings,
            rules,
            most_hosts=options.most_hosts,
            spread=options.spread,
        )
        # Only hosts that are used are asked about; where somebody finds no room, all of them.
        used = {one.host for one in placed.placements if one.host is not None}
        strangers = [host.name for host in hosts if (host.name in used or placed.clashes) and host.name not in looked]
        if not look or not strangers:
            break
        looked.update(strangers)
        known_hosts, said = yield from get_to_know(strangers, rules, long=long)
        gone.update(name for name in strangers if name not in known_hosts)
        warnings += said
    explanations = yield from _explained(batch, placed.placements, rules)
    placements = sorted([*there, *placed.placements], key=lambda one: one.wish.at)
    return Forecast(
        batch,
        tuple(placements),
        faults,
        moment.wall,
        placed.hosts,
        placed.at_least,
        placed.days,
        placed.alternatives,
        finished_at(placed.placements, rules, moment.wall),
        tuple(warnings),
        explanations,
        {host.name: host.capacity for host in hosts},
    )


def _named(rules: Rules, names: Sequence[str]) -> LinkFlow[dict[str, str]]:
    """What hosts are called in the ledger."""
    called: dict[str, str] = {}
    for name in names:
        called[name] = yield Tx(HostOf(rules.account, canonical_host(name.strip())))
    return called


def _explained(batch: Batch, placements: Sequence[Placement], rules: Rules) -> LinkFlow[dict[int, str]]:
    """Why rows clash, in words, by line."""
    words: dict[int, str] = {}
    topics: dict[str, str] = {}
    for wish in batch.wishes:
        topics[f"#{wish.line}"] = f"line {wish.line} (“{wish.request.body['topic'][:60]}”)"
    for one in placements:
        if one.clash is None:
            continue
        zone = one.wish.request.when.zone
        said: list[str] = []
        for host, bookings in one.clash.busy[:3]:
            things = []
            for booking in bookings[:2]:
                if booking.link and booking.link not in topics:
                    row: LinkRow | None = yield Tx(Get(booking.link))
                    seen = row is not None and rules.may_see(row) and bool(row.topic)
                    topics[booking.link] = f"“{row.topic[:60]}”" if row is not None and seen else "another meeting"
                things.append(topics.get(booking.link, "another meeting"))
            more = f" and {len(bookings) - 2} more" if len(bookings) > 2 else ""
            until = f" until {_local(max(booking.end for booking in bookings), zone)}" if bookings else ""
            said.append(f"{host} has {', '.join(things) or 'no room'}{more}{until}")
        others = f"; and {len(one.clash.busy) - 3} more hosts" if len(one.clash.busy) > 3 else ""
        free = "" if one.clash.next_free is None else f" Next free: {_local(one.clash.next_free, zone)}."
        why = f": {'; '.join(said)}{others}." if said else "."
        words[one.wish.line] = f"No host is free then{why}{free}"
    return words


def _local(moment: int, zone: str | None) -> str:
    there = utc(moment) if zone is None else utc(moment).astimezone(ZoneInfo(zone))
    return f"{there:%Y-%m-%d %H:%M}" + (" UTC" if zone is None else "")
