"""Finding out what became of requests whose answers were lost, and removing what came too late. Flows; no I/O.

One listing of a host serves all of its links that wait for one. A listing that could not be read to its end says
nothing, neither that a meeting exists nor that it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoomlink.errors import AuthenticationError, NotFoundError, OutcomeUnknownError, ZoomLinkError
from zoomlink.links import transitions
from zoomlink.links.judging import carries_marker, is_proven, may_be_ours, oldest_first, same_meeting
from zoomlink.links.sending import confirm, millis, pacing_for
from zoomlink.links.steps import LinkFlow, Tx, changed_by
from zoomlink.model import LinkState
from zoomlink.store.ops import FindMeeting, Move, TakeRate
from zoomlink.zoom import meetings, past, registrants
from zoomlink.zoom.flow import AccessToken, Moment, NeedToken, Now, Sleep
from zoomlink.zoom.limits import Label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoomlink.links.rules import Rules
    from zoomlink.store.ops import Begun, Moved
    from zoomlink.store.rows import LinkRow
    from zoomlink.zoom.models import Meeting

__all__ = ["Listing", "look", "settle", "take_in", "take_turn", "watch"]


@dataclass(frozen=True, slots=True)
class Listing:
    """All meetings of some hosts, as lists show them; `began` is when the first page was asked for."""

    began: int
    meetings: tuple[Meeting, ...]
    failure: ZoomLinkError | None = None
    """Why it is not complete; then it says nothing."""


def look(hosts: Sequence[str], rules: Rules) -> LinkFlow[Listing]:
    """List the meetings of hosts. Raises AuthenticationError; any other failure stands in the listing."""
    moment: Moment = yield Now()
    began = millis(moment)
    found: list[Meeting] = []
    try:
        for host in hosts:
            pages = meetings.pages(host, policy=rules.policy)
            while pages.more:
                yield from take_turn(rules, Label.MEDIUM)
                found += yield from pages.fetch()
    except AuthenticationError:
        raise
    except ZoomLinkError as error:
        return Listing(began, (), error)
    return Listing(began, tuple(found))


def take_turn(rules: Rules, label: Label) -> LinkFlow[None]:
    """Wait for the next free moment of a label, and take it."""
    pacing = pacing_for(rules, label)
    if pacing is None:
        return
    while True:
        moment: Moment = yield Now()
        turn: Begun = yield Tx(TakeRate(rules.account, pacing, millis(moment)))
        if turn.granted:
            return
        pause = turn.wait if turn.wait is not None else turn.retry or 0
        if pause >= 60_000:
            return  # the account's day is over: Zoom says so itself, and that is told
        yield Sleep(pause / 1000)
        if turn.wait is not None:
            return


def settle(row: LinkRow, listing: Listing, rules: Rules) -> LinkFlow[LinkRow]:
    """Judge an unknown link by a listing: its meeting is there, or has to be looked for again, or does not exist."""
    problem = listing.failure
    complete = False
    if problem is None:
        candidates = yield from _proven(row, listing, rules)
        for meeting in oldest_first(candidates or ()):
            adopted = yield from take_in(row, meeting, rules)
            if adopted is not None:
                return adopted
        complete = candidates is not None and listing.began >= (row.unsure_at or 0)
        if candidates and row.marker:
            # It exists, so nothing may be made anew. Without markers it may be the meeting of a link that is the same.
            complete = False
            problem = OutcomeUnknownError(f"Zoom has a meeting of this link that cannot be used: {candidates[0].id}.")
    moment: Moment = yield Now()
    now = millis(moment)
    if complete and _surely_absent(row, listing, rules):
        return (yield from changed_by(transitions.replanned(row, now, rules)))
    move = transitions.looked(row, now, rules, complete=complete, problem=problem)
    return (yield from changed_by(move))


def _surely_absent(row: LinkRow, listing: Listing, rules: Rules) -> bool:
    """True when a complete listing without the meeting is enough for the link's mode."""
    if row.mode == "fast":
        return True
    return row.looks + 1 >= 3 and listing.began >= (row.unsure_at or 0) + rules.times.settle


def watch(row: LinkRow, listing: Listing, rules: Rules) -> LinkFlow[LinkRow]:
    """Remove the meetings that a link has besides its own, where their marker says so and nobody uses them."""
    kept: list[int] = []
    why = ""
    found: list[Meeting] | None = None
    if row.shared_id:
        found = []  # the host's personal room is never surplus
    elif listing.failure is None:
        found = yield from _proven(row, listing, rules)
    complete = found is not None
    own = row.meeting_id if row.state in {LinkState.READY, LinkState.DELETED} else None
    listed = {entry.id: entry for entry in listing.meetings}
    for meeting in found or ():
        if meeting.id in {None, own}:
            continue
        try:
            reason: str | None = _NO_MARKER
            if not row.marker or carries_marker(row, meeting, listed.get(meeting.id)):
                reason = yield from _in_use(row, meeting, rules)
            if reason is None:
                row = yield from _remove(row, meeting, rules)
            else:
                kept.append(meeting.id or 0)
                why = reason
        except AuthenticationError:
            raise
        except ZoomLinkError:
            complete = False  # it is tried again
    moment: Moment = yield Now()
    move = transitions.watched(row, millis(moment), rules, complete=complete, kept=tuple(kept), problem=why)
    return (yield from changed_by(move))


_NO_MARKER = "it carries no marker of ours, so that a person may have made it"


def _proven(row: LinkRow, listing: Listing, rules: Rules) -> LinkFlow[list[Meeting] | None]:
    """The meetings of a listing that are the link's, each fetched whole; None when one could not be fetched."""
    found: list[Meeting] = []
    for entry in listing.meetings:
        if not may_be_ours(row, entry, rules.times) or entry.id is None:
            continue
        if any(entry.id == other.id for other in found):
            continue  # a series is listed once for each date
        try:
            yield from take_turn(rules, Label.LIGHT)
            meeting = yield from meetings.get(entry.id, policy=rules.policy)
        except NotFoundError:
            continue  # deleted since
        except AuthenticationError:
            raise
        except ZoomLinkError:
            return None
        if meeting.id != entry.id:  # an answer that does not speak of this meeting says nothing about it
            return None
        if row.marker and row.marker in (entry.agenda or "") and not meeting.agenda:
            found.append(meeting)  # the list was asked first, and somebody emptied the agenda since
        elif is_proven(row, meeting, rules.times):
            found.append(meeting)
    return found


def take_in(row: LinkRow, meeting: Meeting, rules: Rules) -> LinkFlow[LinkRow | None]:
    """Make a meeting the link's; None when it cannot be: another link has it, or its join link is no link."""
    token: AccessToken = yield NeedToken()
    if not meetings.is_join_url(meeting.join_url, token.api_url):
        return None
    moment: Moment = yield Now()
    moved = yield from confirm(row, meeting, millis(moment), rules, found=True)
    return None if moved.taken_by is not None else moved.row


def _in_use(row: LinkRow, meeting: Meeting, rules: Rules) -> LinkFlow[str | None]:
    """Why a surplus meeting must stay, or None: it was started, has registrants, was handed out or was changed."""
    known = yield Tx(FindMeeting(row.account, meeting.id or 0))
    if known is not None and known.id != row.id:
        return f"it belongs to the link {known.id}"
    if not same_meeting(row, meeting):
        return "somebody changed it"
    if meeting.status == "started":
        return "it runs"
    moment: Moment = yield Now()
    if meeting.start_time is not None and moment.wall >= meeting.start_time:
        try:
            yield from past.get(meeting.id or 0, policy=rules.policy)
        except NotFoundError:
            pass
        else:
            return "it was held"
    if meeting.settings.get("approval_type") in {0, 1}:
        for status in ("approved", "pending"):
            pages = registrants.pages(meeting.id or 0, policy=rules.policy, status=status)
            if (yield from pages.fetch()):
                return "people registered for it"
    return None


def _remove(row: LinkRow, meeting: Meeting, rules: Rules) -> LinkFlow[LinkRow]:
    """Write down that a surplus meeting goes, then delete it without mail to anybody."""
    moment: Moment = yield Now()
    detail = {"meeting": meeting.id}
    move = Move(row.id, (row.state,), millis(moment), "removed", {}, version=row.version, detail=detail)
    moved: Moved = yield Tx(move)
    if not moved.done or moved.row is None:
        raise ZoomLinkError("The link was changed meanwhile.", slug="conflict")
    yield from take_turn(rules, Label.LIGHT)
    yield from meetings.delete(meeting.id or 0, policy=rules.policy)
    return moved.row
