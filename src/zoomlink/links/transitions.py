"""Every change of a link's state, as data: from a row and what was found out to the operation that says so. Pure.

The states and the ways between them::

    planned → sending → ready | refused | planned | unknown
    unknown → ready | planned | cancelled
    planned ↔ parked (quota only)
    planned | parked | ready → cancelled
    ready → deleted (gone in Zoom)
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zoomlink.errors import InvalidInputError
from zoomlink.links.judging import wants_cancelling
from zoomlink.links.problem import problem_json
from zoomlink.links.request import as_json, milliseconds
from zoomlink.model import LinkState
from zoomlink.spans import Span
from zoomlink.store.ops import Move

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.errors import ZoomLinkError
    from zoomlink.links.rules import Rules, Times
    from zoomlink.store.ops import Room
    from zoomlink.store.rows import LinkRow
    from zoomlink.zoom.models import Meeting

__all__ = [
    "brought_back",
    "cancelled",
    "changed",
    "confirmed",
    "deleted",
    "expired",
    "looked",
    "lost",
    "not_sent",
    "over_at",
    "parked",
    "postponed",
    "refused",
    "replanned",
    "spans_in_zoom",
    "spans_of",
    "unwished",
    "utc",
    "watched",
    "wished",
]

S = LinkState
_FREE: dict[str, Any] = {"claim": None, "lease_at": None}


def confirmed(row: LinkRow, meeting: Meeting, now: int, rules: Rules, *, found: bool = False) -> Move:
    """The meeting exists: by Zoom's answer, or `found` in Zoom's list afterwards."""
    states = (S.SENDING, S.UNKNOWN, S.PLANNED, S.PARKED)
    email = (meeting.host_email or "").lower()
    changes = {
        **_FREE,
        "state": S.READY.value,
        "meeting_id": meeting.id,
        "join_url": meeting.join_url,
        "passcode": meeting.passcode,
        "topic": meeting.topic or row.topic,
        "start_at": milliseconds(meeting.start_time) if meeting.start_time else row.start_at,
        "duration": meeting.duration or row.duration,
        "warnings": _json(list(dict.fromkeys([*json.loads(row.warnings), *meeting.warnings]))),
        "problem": None,
        "tries": 0,
        "looks": 0,
    }
    return Move(
        row.id,
        tuple(state.value for state in states),
        now,
        "adopted" if found else "ready",
        changes | {"due_at": _rest(row._replace(state=S.READY.value), now, rules.times)},
        attempt=row.attempt,
        version=row.version,  # what is due next depends on all of the row
        detail={"meeting": meeting.id},
        spans=_actual_spans(row, meeting),
        alias=(row.host, email) if email and email != row.host and not _scheduled_for(row) else None,
    )


def refused(row: LinkRow, error: ZoomLinkError, now: int, rules: Rules) -> Move:
    """Zoom said no."""
    changes = {**_FREE, "state": S.REFUSED.value, "problem": problem_json(error)}
    changes["due_at"] = _rest(row._replace(state=S.REFUSED.value, wish=None), now, rules.times)
    changes["wish"] = None
    detail = {"why": error.message}
    return Move(row.id, (S.SENDING.value,), now, "refused", changes, attempt=row.attempt, detail=detail, spans=())


def not_sent(row: LinkRow, error: ZoomLinkError, now: int, rules: Rules, *, reached: bool, wait: int | None) -> Move:
    """It certainly did not happen and is tried again: no byte left, or (`reached`) Zoom refused it for the moment."""
    due = now + (_backoff(row.tries, rules.times) if wait is None else wait)
    changes = {**_FREE, "state": S.PLANNED.value, "due_at": due, "tries": row.tries + 1, "problem": problem_json(error)}
    detail = {"why": error.message}
    return Move(
        row.id, (S.SENDING.value,), now, "not-sent", changes, attempt=row.attempt, detail=detail, uncount=not reached
    )


def postponed(row: LinkRow, error: ZoomLinkError, now: int, rules: Rules) -> Move:
    """There was no token to send it with; it is tried again."""
    due = now + _backoff(row.tries, rules.times)
    changes = {"due_at": due, "tries": row.tries + 1, "problem": problem_json(error)}
    return Move(row.id, (S.PLANNED.value, S.PARKED.value), now, "", changes, attempt=row.attempt)


def parked(row: LinkRow, error: ZoomLinkError, now: int, until: int, *, label: str | None) -> Move:
    """A day's calls are used up: the host's, or all of the account's under a `label`."""
    changes = {
        **_FREE,
        "state": S.PARKED.value,
        "due_at": until + int(row.id[-4:], 36) % 50_000,
        "problem": problem_json(error),
    }
    return Move(
        row.id,
        (S.SENDING.value,),
        now,
        "parked",
        changes,
        attempt=row.attempt,
        detail={"until": until},
        full_until=until if label is None else None,
        block=None if label is None else (label, until),
    )


def lost(row: LinkRow, why: str, now: int, rules: Rules, *, at: int | None = None) -> Move:
    """It may have happened; `at` is when it was sent at the latest."""
    wait = 0 if row.mode == "fast" else rules.times.looks[0]
    problem = {
        "slug": "outcome-unknown",
        "message": "Zoom's answer was lost; it is being found out whether the meeting exists.",
    }
    changes = {
        **_FREE,
        "state": S.UNKNOWN.value,
        "unsure_at": now if at is None else at,
        "due_at": now + wait,
        "looks": 0,
        "tries": 0,
        "watch": 0,
        "problem": json.dumps(problem),
    }
    return Move(row.id, (S.SENDING.value,), now, "unknown", changes, attempt=row.attempt, detail={"why": why})


def looked(row: LinkRow, now: int, rules: Rules, *, complete: bool, problem: ZoomLinkError | None = None) -> Move:
    """The meeting was not found, or the list could not be had (`complete` False: it says nothing)."""
    looks = rules.times.looks
    count = row.looks if complete else row.tries
    changes: dict[str, Any] = {
        "looks": row.looks + complete,
        "tries": row.tries + (not complete),
        "due_at": now + looks[min(count, len(looks) - 1)],
    }
    if problem is not None:
        changes["problem"] = problem_json(problem)
    return Move(row.id, (S.UNKNOWN.value,), now, "", changes, attempt=row.attempt)


def replanned(row: LinkRow, now: int, rules: Rules) -> Move:
    """The meeting does not exist: it may be made anew, under the same marker; at once only the first time."""
    wait = 0 if row.attempt < 2 else _backoff(row.attempt - 2, rules.times)
    changes = {"state": S.PLANNED.value, "due_at": now + wait, "looks": 0, "tries": 0, "problem": None}
    return Move(row.id, (S.UNKNOWN.value,), now, "not-found", changes, attempt=row.attempt)


def expired(row: LinkRow, now: int, rules: Rules) -> Move:
    """The meeting's time has passed before it could be made."""
    problem = {"slug": "conflict", "message": "The meeting's time passed before Zoom could be asked."}
    changes: dict[str, Any] = {"state": S.CANCELLED.value, "problem": json.dumps(problem), "wish": None}
    changes["due_at"] = _rest(row._replace(state=S.CANCELLED.value, wish=None), now, rules.times)
    return Move(row.id, (S.PLANNED.value, S.PARKED.value), now, "expired", changes, attempt=row.attempt, spans=())


def wished(
    row: LinkRow,
    wish: Mapping[str, Any],
    now: int,
    *,
    wanted: tuple[Span, ...] = (),
    room: Room | None = None,
    moves_to: str | None = None,
    day_limit: int | None = None,
) -> Move:
    """A change or a cancellation was accepted, and is carried out as soon as it can be. `wanted`: the times it needs,
    of its own host or of the one it `moves_to`; until it is carried out, the link keeps its old ones too. `day_limit`:
    it costs one of so many calls of its host's day.
    """
    kept = spans_of(row) if moves_to is not None else tuple(dict.fromkeys((*spans_of(row), *wanted)))
    changes: dict[str, Any] = {"wish": as_json(wish)}
    if row.state == S.READY:
        changes["due_at"] = now
    return Move(
        row.id,
        (row.state,),
        now,
        f"{wish['do']}-wished",
        changes,
        version=row.version,
        spans=kept if wanted else None,
        wanted=wanted,
        room=room,
        moves_to=moves_to,
        day_limit=day_limit,
    )


def unwished(row: LinkRow, error: ZoomLinkError, now: int, rules: Rules) -> Move:
    """Zoom refused the change: the link stays as it is."""
    changes = {"wish": None, "due_at": _rest(row._replace(wish=None), now, rules.times)}
    detail = {"why": error.message}
    return Move(
        row.id, (row.state,), now, "change-refused", changes, version=row.version, detail=detail, spans=spans_of(row)
    )


def cancelled(row: LinkRow, now: int, rules: Rules) -> Move:
    """Taken back. Where an answer was lost, the meeting is looked for at once and removed when it is there."""
    changes: dict[str, Any] = {**_FREE, "state": S.CANCELLED.value, "wish": None, "problem": None}
    changes["sequence"] = row.sequence + 1
    gone = row._replace(state=S.CANCELLED.value, wish=None)
    if row.state == S.UNKNOWN:
        changes |= {"due_at": now, "watch": -1}
    else:
        changes["due_at"] = _rest(gone, now, rules.times)
    return Move(row.id, (row.state,), now, "cancelled", changes, version=row.version, spans=())


def deleted(row: LinkRow, now: int, rules: Rules) -> Move:
    """The meeting is gone in Zoom, and not by us."""
    changes: dict[str, Any] = {"state": S.DELETED.value, "wish": None}
    changes["due_at"] = _rest(row._replace(state=S.DELETED.value, wish=None), now, rules.times)
    # Guarded by the version: it may be gone because another one is cancelling the link at this moment.
    return Move(row.id, (S.READY.value,), now, "deleted", changes, version=row.version, spans=())


def brought_back(row: LinkRow, meeting: Meeting, now: int, rules: Rules) -> Move:
    """The meeting of a link that was cancelled or deleted exists: somebody recovered it."""
    changes: dict[str, Any] = {
        "state": S.READY.value,
        "topic": meeting.topic or row.topic,
        "start_at": milliseconds(meeting.start_time) if meeting.start_time else row.start_at,
        "duration": meeting.duration or row.duration,
        "join_url": meeting.join_url,
        "passcode": meeting.passcode,
        "problem": None,
        "wish": None,
        "sequence": row.sequence + 1,
    }
    alive = row._replace(**changes)
    spans = spans_in_zoom(alive, meeting)
    changes["due_at"] = _rest(alive, now, rules.times)
    states = (S.CANCELLED.value, S.DELETED.value)
    return Move(row.id, states, now, "brought-back", changes, version=row.version, spans=spans)


def changed(
    row: LinkRow,
    body: Mapping[str, Any],
    now: int,
    rules: Rules,
    meeting: Meeting | None = None,
    *,
    room: Room | None = None,
    moves_to: str | None = None,
) -> Move:
    """The link is another one now: `body` are Zoom's fields that changed, `meeting` is how Zoom has it since. `room`:
    what the host (the one it `moves_to`) must have for its new time, where that was not made sure of before.
    """
    whole = json.loads(row.body or "{}")
    merged = {**whole, **body}
    if "schedule_for" in body or moves_to is not None:  # that was about the moment of the change
        merged = {**merged, "schedule_for": None}
    merged = {name: value for name, value in merged.items() if value is not None}
    if "settings" in body:
        merged["settings"] = {**whole.get("settings", {}), **body["settings"]}
    changes: dict[str, Any] = {"body": as_json(merged), "sequence": row.sequence + 1}
    changes |= {name: body.get(name, getattr(row, name)) for name in ("topic", "duration", "timezone")}
    if "start_time" in body:
        changes["start_at"] = _instant(body["start_time"], changes["timezone"])
    if meeting is not None:
        # It may be known by its id alone, when it could not be read back.
        found = {
            "topic": meeting.topic,
            "start_at": milliseconds(meeting.start_time) if meeting.start_time else None,
            "duration": meeting.duration,
            "join_url": meeting.join_url,
        }
        changes |= {name: value for name, value in found.items() if value}
        if "schedule_for" in body:
            changes["host"] = (meeting.host_email or str(body["schedule_for"])).lower()
        changes |= {
            "passcode": meeting.passcode if meeting.settings else body.get("password", row.passcode),
            "warnings": _json(meeting.warnings),
            "wish": None,
            "problem": None,
        }
        changes["due_at"] = _rest(row._replace(wish=None), now, rules.times)
    elif row.unsure_at is not None and not wants_cancelling(row):
        # A meeting as it was asked for before may turn up yet and be adopted: then it is changed too.
        earlier = json.loads(row.wish)["body"] if row.wish is not None else {}
        changes["wish"] = as_json({"do": "update", "body": {**earlier, **body}})
    if moves_to is not None:
        changes["host"] = moves_to
    states = (S.READY.value,) if meeting is not None else (S.PLANNED.value, S.PARKED.value)
    detail = {"fields": sorted(body)}
    after = row._replace(**{name: changes[name] for name in _SPANNING if name in changes})
    spans = spans_of(after) if meeting is None else spans_in_zoom(after, meeting)
    return Move(
        row.id,
        states,
        now,
        "changed",
        changes,
        version=row.version,
        detail=detail,
        spans=spans,
        wanted=spans,
        room=room if spans != spans_of(row) or moves_to is not None else None,
    )


_SPANNING = ("body", "start_at", "duration", "timezone")


def _instant(start: str, zone: str | None) -> int:
    """The moment of a start as Zoom is asked for it: in UTC, or as the clocks of a zone show it."""
    moment = datetime.fromisoformat(start)
    if moment.tzinfo is None:
        from zoneinfo import ZoneInfo

        moment = moment.replace(tzinfo=ZoneInfo(zone or "UTC"))
    return milliseconds(moment)


def watched(
    row: LinkRow, now: int, rules: Rules, *, complete: bool, kept: tuple[int, ...] = (), problem: str | None = None
) -> Move:
    """A look of the watch is done (or, not `complete`, has to be done again): with what must not be removed."""
    times = rules.times
    changes: dict[str, Any] = {}
    if complete:
        after = row._replace(watch=row.watch + 1)
        changes = {"watch": after.watch, "due_at": _rest(after, now, times), "tries": 0}
    else:
        wait = times.looks[min(row.tries, len(times.looks) - 1)]
        changes = {"tries": row.tries + 1, "due_at": now + wait}
    if kept:
        said = json.loads(row.warnings)
        words = [f"Zoom has another meeting of this link, {number}, which stays: {problem}." for number in kept]
        changes["warnings"] = _json([*said, *(one for one in words if one not in said)])
    return Move(row.id, (row.state,), now, "kept" if kept else "", changes, version=row.version)


def spans_of(row: LinkRow) -> tuple[Span, ...]:
    """When a link keeps its host busy: once, or on each date of its series."""
    length = row.duration * 60_000
    series = row.asks("recurrence")
    if series is not None:
        from zoomlink.zoom.recurrence import Recurrence

        try:
            rule = Recurrence.from_request(series, row.timezone)
            dates = rule.occurrences(utc(row.start_at), zone=row.timezone)
        except InvalidInputError:  # Zoom's own idea of a series, taken in from there: its first date at least
            return (Span(row.start_at, row.start_at + length),)
        return tuple(Span(at, at + length) for at in (milliseconds(date) for date in dates))
    return (Span(row.start_at, row.start_at + length),)


def spans_in_zoom(row: LinkRow, meeting: Meeting) -> tuple[Span, ...]:
    """When a link keeps its host busy, by its meeting: occurrences of a series may have been moved or deleted."""
    return _actual_spans(row, meeting) or spans_of(row)


def _actual_spans(row: LinkRow, meeting: Meeting) -> tuple[Span, ...] | None:
    """When a meeting keeps its host busy, where Zoom made it otherwise than was asked; None where it did not."""
    length = (meeting.duration or row.duration) * 60_000
    dates = [one.start_time for one in meeting.occurrences if one.start_time is not None and one.status != "deleted"]
    if not dates and meeting.start_time is not None and row.asks("recurrence") is None:
        dates = [meeting.start_time]
    found = tuple(Span(at, at + length) for at in map(milliseconds, dates))
    return None if not found or found == spans_of(row) else found


def over_at(row: LinkRow) -> int | None:
    """The moment from which on nobody can use the meeting any more; None where that is not known (a series)."""
    return None if row.asks("recurrence") is not None else row.start_at + row.duration * 60_000


def _rest(row: LinkRow, now: int, times: Times) -> int | None:
    """When a link that has come to rest has to be looked at again: for a wish, or for the watch."""
    if row.wish is not None:
        return now
    if row.unsure_at is None or row.watch >= len(times.watch):
        return None
    return max(row.unsure_at + times.watch[max(row.watch, 0)], now)


def _backoff(tries: int, times: Times) -> int:
    return times.retries[min(tries, len(times.retries) - 1)]


def _scheduled_for(row: LinkRow) -> bool:
    return row.asks("schedule_for") is not None


def _json(words: tuple[str, ...] | list[str]) -> str:
    return json.dumps(list(words), ensure_ascii=False)


def utc(moment: int) -> datetime:
    """A moment of the ledger as people and Zoom have it."""
    return datetime.fromtimestamp(moment / 1000, UTC)
