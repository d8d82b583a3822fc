"""What is done with a batch, each as a flow that either desk carries out: forecast, record, look, take back. No I/O.

A batch's links are found by their keys, so that the same file leads to the same links whoever reads it, and going on
after a crash is the same as beginning.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from zoomlink.batches.plan import Forecast, Placement, finished_at, place
from zoomlink.batches.table import Fault
from zoomlink.errors import InvalidInputError, ZoomLinkError
from zoomlink.links.hosting import MINUTE, get_to_know, pool_of
from zoomlink.links.request import as_json, canonical_host, different_field, make_row
from zoomlink.links.sending import millis
from zoomlink.links.steps import LinkFlow, Tx
from zoomlink.links.transitions import utc
from zoomlink.model import LinkState
from zoomlink.spans import Span
from zoomlink.store.batches import BatchRow, FindBatch, FindLinks, GetLinks, KeepBatch, MoveBatch, RecordLinks
from zoomlink.store.ops import Get, HostOf, Plan, Room
from zoomlink.times import parse_start
from zoomlink.zoom.flow import Moment, NeedToken, Now
from zoomlink.zoom.limits import BASIC_MINUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zoomlink.batches.rows import Batch, Options, Wish
    from zoomlink.links.rules import Rules
    from zoomlink.store.ops import Planned
    from zoomlink.store.rows import LinkRow

__all__ = [
    "FINAL",
    "Recorded",
    "batch_id",
    "counts",
    "end",
    "fetched_batch",
    "fetched_links",
    "for_batches",
    "forecast",
    "found",
    "keep",
    "known",
    "looked_at",
    "record",
    "seen",
    "start",
    "take_back",
]

CHUNK = 200
"""Links that are recorded in one transaction: others have their turn in between."""
LOOKED_UP = 500
ROUNDS = 20
"""How often a place is looked for when others take it meanwhile."""
FINAL = frozenset({LinkState.READY, LinkState.REFUSED, LinkState.CANCELLED, LinkState.DELETED})
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class Recorded(NamedTuple):
    """What became of a batch's rows: the links, by their place in the table, and what is in the way of the others."""

    links: dict[int, LinkRow]
    problems: dict[int, str]
    """By line."""
    faulty: frozenset[int] = frozenset()
    """Lines that are at fault themselves."""
    running: bool = True
    """False when somebody took the batch back meanwhile."""


def batch_id(rules: Rules, batch: Batch) -> str:
    """The id of a batch, ``bat_`` and 26 characters: the same for the same rows."""
    digest = hashlib.sha256(f"{rules.account}\0{rules.owner}\0{batch.fingerprint}".encode()).digest()
    number = int.from_bytes(digest[:17]) >> 6
    digits = ""
    for _ in range(26):
        number, digit = divmod(number, 32)
        digits = _ALPHABET[digit] + digits
    return f"bat_{digits}"


def keep(
    rules: Rules, batch: Batch, *, name: str, options: Mapping[str, Any], content: str | None = None
) -> LinkFlow[BatchRow]:
    """Remember a batch, or find it again."""
    moment: Moment = yield Now()
    row = _new(rules, batch, name, "planned", millis(moment))._replace(options=as_json(dict(options)))
    kept: BatchRow = yield Tx(KeepBatch(row, content))
    return kept


def known(rules: Rules, batch: Batch, name: str) -> LinkFlow[BatchRow]:
    """The batch as it is kept; one in the state ``new`` where it is not."""
    row: BatchRow | None = yield Tx(FindBatch(batch_id(rules, batch)))
    moment: Moment = yield Now()
    return row or _new(rules, batch, name, "new", millis(moment))


def _new(rules: Rules, batch: Batch, name: str, state: str, now: int) -> BatchRow:
    rows = len(batch.table.rows)
    return BatchRow(batch_id(rules, batch), rules.account, rules.owner, name, state, rows, "{}", "{}", now, now)


def fetched_batch(rules: Rules, name: str) -> LinkFlow[BatchRow]:
    """The batch of this id. Raises ZoomLinkError (``not-found``), also for another owner's."""
    row: BatchRow | None = yield Tx(FindBatch(name))
    if row is None or row.account != rules.account or rules.owner not in {"", row.owner}:
        raise ZoomLinkError(f"There is no batch {name[:40]}.", slug="not-found")
    return row


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


def _named(rules: Rules, names: Sequence[str]) -> LinkFlow[dict[str, str]]:
    """What hosts are called in the ledger."""
    called: dict[str, str] = {}
    for name in names:
        called[name] = yield Tx(HostOf(rules.account, canonical_host(name.strip())))
    return called


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


def record(
    batch: Batch,
    rules: Rules,
    options: Options,
    *,
    randomness: int,
    known: Mapping[int, LinkRow] | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
) -> LinkFlow[Recorded]:
    """Record the links of all rows that have none yet, in the ledger, from where they are made one by one.

    The batch has to be running. `randomness`: 80 random bits. `known`: links that were found a moment ago. `tell` hears
    how many of how many rows have a link. Raises AuthenticationError before anything is stored; and nothing for rows no
    host can take: `problems` says why.
    """
    yield NeedToken()
    name = batch_id(rules, batch)
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
        if not again:
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


def start(rules: Rules, batch: Batch) -> LinkFlow[BatchRow | None]:
    """Let a batch run. One that was taken back stays so."""
    moment: Moment = yield Now()
    row: BatchRow | None = yield Tx(
        MoveBatch(batch_id(rules, batch), ("planned", "running", "done"), "running", millis(moment))
    )
    return row


def end(name: str, problems: Mapping[int, str]) -> LinkFlow[BatchRow | None]:
    """Note that nothing is left to do for a batch."""
    moment: Moment = yield Now()
    said = as_json({str(line): words for line, words in problems.items()})
    row: BatchRow | None = yield Tx(MoveBatch(name, ("running",), "done", millis(moment), said))
    return row


def take_back(name: str) -> LinkFlow[BatchRow | None]:
    """From now on nothing more of a batch is recorded."""
    moment: Moment = yield Now()
    row: BatchRow | None = yield Tx(MoveBatch(name, ("planned", "running", "done"), "cancelled", millis(moment)))
    return row


def fetched_links(names: Sequence[str], rules: Rules) -> LinkFlow[list[LinkRow]]:
    """The links of these ids that there are, and that may be seen."""
    there: list[LinkRow] = []
    for first in range(0, len(names), LOOKED_UP):
        rows: list[LinkRow | None] = yield Tx(GetLinks(tuple(names[first : first + LOOKED_UP])))
        there += [row for row in rows if row is not None and rules.may_see(row)]
    return there


def seen(links: Sequence[LinkRow], rules: Rules) -> LinkFlow[list[LinkRow]]:
    """The same links as they are now."""
    fresh: list[LinkRow] = []
    for first in range(0, len(links), LOOKED_UP):
        some = links[first : first + LOOKED_UP]
        rows: list[LinkRow | None] = yield Tx(GetLinks(tuple(row.id for row in some)))
        fresh += [row or old for row, old in zip(rows, some, strict=True) if row is None or rules.may_see(row)]
    return fresh


def counts(links: Mapping[int, LinkRow]) -> dict[str, int]:
    """How many links there are, by state."""
    return dict(sorted(Counter(row.state for row in links.values()).items()))


def for_batches(rules: Rules, settle: str) -> Rules:
    """The rules of work that nobody waits for."""
    return replace(rules, batch=True, mode=settle)
