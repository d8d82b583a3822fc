"""Taking meetings that exist in Zoom into the ledger: one that is named, or all that carry a marker of ours. Flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomlink.errors import ConfigurationError, InvalidInputError, ZoomLinkError
from zoomlink.links import transitions
from zoomlink.links.judging import LISTED_AGENDA, is_proven, oldest_first
from zoomlink.links.marker import is_ours, marker_in
from zoomlink.links.request import (
    as_json,
    canonical_host,
    check_key,
    milliseconds,
)
from zoomlink.links.sending import millis
from zoomlink.links.settling import look, take_in
from zoomlink.links.steps import LinkFlow, Tx, changed_by
from zoomlink.model import LinkState, link_id
from zoomlink.store.ops import Add, FindMeeting
from zoomlink.store.rows import LinkRow
from zoomlink.zoom import meetings
from zoomlink.zoom.flow import AccessToken, Moment, NeedToken, Now
from zoomlink.zoom.paths import meeting_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoomlink.links.rules import Rules
    from zoomlink.store.ops import Planned
    from zoomlink.zoom.models import Meeting

__all__ = ["adopt", "rebuild"]


def adopt(rules: Rules, meeting: int | str, *, key: str | None, randomness: int) -> LinkFlow[LinkRow]:
    """Make a link of a meeting that exists in Zoom. Returns the one it has already, if any; one that was cancelled is
    ready again.

    A meeting with a marker of ours becomes the link's that was made for it. Raises NotFoundError, and InvalidInputError
    where a key is another link's, or the link has another key.
    """
    number = meeting_number(meeting)
    name = f"auto-{randomness:020x}" if key is None else check_key(key)
    known: LinkRow | None = yield Tx(FindMeeting(rules.account, number))
    if known is not None:
        _seen(known, rules)
        if key is not None and name != known.key:
            raise InvalidInputError(
                f"The meeting {number} has the link {known.id} already, whose key is {known.key}.",
                field="key",
                hint="Leave the key out to get that link.",
                slug="key-reused",
            )
        if known.state not in {LinkState.CANCELLED, LinkState.DELETED}:
            return known
    found = yield from meetings.get(number, policy=rules.policy)
    token: AccessToken = yield NeedToken()
    if not meetings.is_join_url(found.join_url, token.api_url):
        raise InvalidInputError(f"The meeting {number} has no join link of Zoom's.", field="meeting", slug="conflict")
    moment: Moment = yield Now()
    if known is not None:
        return (yield from changed_by(transitions.brought_back(known, found, millis(moment), rules)))
    marker = marker_in(found.agenda) or ""
    marker = marker if rules.marker and is_ours(rules.key.reveal(), marker) else ""
    if marker and key is None:
        name = marker  # its own key finds it again, as after a rebuild
    row = _row_of(found, rules, key=name, marker=marker, now=millis(moment), randomness=randomness)
    planned: Planned = yield Tx(Add(row, "taken-in", transitions.spans_in_zoom(row, found)))
    other = planned.row
    if not planned.created and marker and other.marker == marker and other.meeting_id != number:
        if _lacks_meeting(other) and _may_be_made_for(other, found, rules):
            taken = yield from take_in(_seen(other, rules), found, rules)
            if taken is None or taken.meeting_id != number:
                raise ZoomLinkError("Somebody else is settling this link.", hint="Try again.", slug="conflict")
            return taken
        # That link needs none, or a person copied its text: whoever names the meeting gets a link of its own.
        name = f"auto-{randomness:020x}" if key is None else name
        planned = yield Tx(Add(row._replace(marker="", key=name), "taken-in", transitions.spans_in_zoom(row, found)))
        other = planned.row
    if not planned.created and other.meeting_id != number:
        raise InvalidInputError(
            f"The key {name} belongs to the link {other.id}.", field="key", hint="Use another.", slug="key-reused"
        )
    return planned.row


def _seen(row: LinkRow, rules: Rules) -> LinkRow:
    """The row. Raises ZoomLinkError (``not-found``) for the link of another owner."""
    if not rules.may_see(row):
        raise ZoomLinkError("The meeting belongs to another owner's link.", slug="not-found")
    return row


def _lacks_meeting(row: LinkRow) -> bool:
    return row.meeting_id is None and row.state in {LinkState.PLANNED, LinkState.PARKED, LinkState.UNKNOWN}


def _may_be_made_for(row: LinkRow, meeting: Meeting, rules: Rules) -> bool:
    """True for a meeting with the link's marker, made when the link was sent; of one that was never sent so far as this
    ledger knows (it may be an older copy), whatever carries its marker.
    """
    return row.first_sent_at is None or is_proven(row, meeting, rules.times)


def rebuild(rules: Rules, hosts: Sequence[str], *, draw: int) -> LinkFlow[list[LinkRow]]:
    """Make links of all meetings that carry a marker of ours and that the ledger does not know.

    `draw` are random bits for their ids. Their keys are found again when their owners ask for them: the marker is made
    of the key. Raises ConfigurationError when a host's list cannot be had.
    """
    if not rules.marker:
        raise ConfigurationError("Markers are switched off.", hint="Set ZOOMLINK_MARKER=on to rebuild.")
    key = rules.key.reveal()
    made: list[LinkRow] = []
    for host in hosts:
        listing = yield from look((host,), rules)
        if listing.failure is not None:
            raise listing.failure
        ours: dict[str, list[Meeting]] = {}
        seen: set[int] = set()
        for entry in listing.meetings:
            if entry.id is None or entry.id in seen:
                continue
            seen.add(entry.id)
            marker = marker_in(entry.agenda)
            if marker is None and len(entry.agenda or "") >= LISTED_AGENDA:
                whole = yield from meetings.get(entry.id, policy=rules.policy)
                marker = marker_in(whole.agenda)
            if marker is not None and is_ours(key, marker):
                ours.setdefault(marker, []).append(entry)
        for marker, found in ours.items():
            first = oldest_first(found)[0]
            known: LinkRow | None = yield Tx(FindMeeting(rules.account, first.id or 0))
            if known is not None:
                continue
            whole = yield from meetings.get(first.id or 0, policy=rules.policy)
            moment: Moment = yield Now()
            now = millis(moment)
            draw += 1
            if _has_no_time(whole):
                continue
            row = _row_of(whole, rules, key=marker, marker=marker, now=now, randomness=draw)
            if len(found) > 1:  # what is surplus goes the usual way
                row = row._replace(unsure_at=now, due_at=now)
            planned: Planned = yield Tx(Add(row, "rebuilt", transitions.spans_in_zoom(row, whole)))
            other = planned.row
            if planned.created:
                made.append(other)
            elif _lacks_meeting(other) and _may_be_made_for(other, whole, rules):
                taken = yield from take_in(other, whole, rules)  # the ledger knew the link, but not what became of it
                made += [taken] if taken is not None and taken.meeting_id == whole.id else []
    return made


def _has_no_time(meeting: Meeting) -> bool:
    """True for an instant meeting, a personal room or a series without fixed times."""
    return meeting.start_time is None and all(one.start_time is None for one in meeting.occurrences)


def _row_of(meeting: Meeting, rules: Rules, *, key: str, marker: str, now: int, randomness: int) -> LinkRow:
    if _has_no_time(meeting):
        raise InvalidInputError(
            f"The meeting {meeting.id} has no fixed time.",
            field="meeting",
            hint="A link is for a time: adopt a scheduled meeting.",
            slug="conflict",
        )
    dates = [one.start_time for one in meeting.occurrences if one.start_time is not None]
    start = milliseconds(meeting.start_time or min(dates))
    sent = (milliseconds(meeting.created_at) if meeting.created_at else now) if marker else None
    body: dict[str, Any] = {"topic": meeting.topic or "", "type": meeting.type, "duration": meeting.duration or 60}
    if meeting.recurrence is not None:
        body["recurrence"] = dict(meeting.recurrence)
    return LinkRow(
        id=link_id(now, randomness),
        account=rules.account,
        owner=rules.owner,
        key=key,
        fingerprint="",
        marker=marker,
        state=LinkState.READY.value,
        version=1,
        attempt=0,
        mode=rules.mode,
        host=canonical_host(meeting.host_email or meeting.host_id or "me"),
        body=as_json(body),
        topic=meeting.topic or "",
        start_at=start,
        timezone=meeting.timezone,
        duration=meeting.duration or 60,
        meeting_id=meeting.id,
        shared_id=int(meeting.settings.get("use_pmi") is True),
        join_url=meeting.join_url,
        passcode=meeting.passcode,
        first_sent_at=sent,
        sent_at=sent,
        created_at=now,
        updated_at=now,
    )
