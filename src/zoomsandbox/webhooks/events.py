"""From a commit in the ledger to the event Zoom would send. Reads state, changes none, sends nothing.

Numbers of meetings are integers in what concerns scheduling and strings in what concerns running, as Zoom has them.
A type of meeting that an event does not know (10) goes as what it is to its participants, an instant meeting (1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoomsandbox.core.clock import zulu
from zoomsandbox.meetings import render
from zoomsandbox.meetings.entities import INSTANT, SCREEN_SHARE
from zoomsandbox.registrants.fields import CHOICES, PLAIN
from zoomsandbox.registrants.render import join_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zoomsandbox.core.ledger import Entry
    from zoomsandbox.live.entities import Instance, Participant
    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.registrants.entities import Registrant
    from zoomsandbox.world import World

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    """A commit as the ledger tells it: its entry, the thing that changed, and the former values of what changed."""

    world: World
    entry: Entry
    subject: Any
    before: Mapping[str, Any]


def payload_of(it: Happening) -> tuple[str, Payload] | None:
    """The event's name and payload; None for a commit that Zoom sends no event for."""
    known = _EVENTS.get(it.entry.action)
    if known is None:
        return None
    name, make = known
    payload = make(it)
    return None if payload is None else (name, {"account_id": it.world.options.account_id} | payload)


# -- scheduling --------------------------------------------------------------------------------------------------------


def _created(it: Happening) -> Payload:
    meeting: Meeting = it.subject
    settings = {
        name: meeting.setting(name)
        for name in ("use_pmi", "alternative_hosts", "join_before_host", "jbh_time", "meeting_invitees")
    }
    thing = _scheduled(meeting, kind=meeting.type) | {
        "join_url": render.join_url(it.world, meeting, it.world.base_url),
        "password": meeting.passcode,
        "settings": settings,
    }
    if meeting.start is None:
        del thing["start_time"]
    if "pmi" in meeting.extra:
        thing["pmi"] = meeting.extra["pmi"]
    if meeting.occurrences:
        thing["occurrences"] = render.dates(meeting, since=None)
        thing["recurrence"] = render.recurrence(meeting)
    if "tracking_fields" in meeting.extra:
        thing["tracking_fields"] = meeting.extra["tracking_fields"]
    return _operator(it.world) | {"operation": "all" if meeting.occurrences else "single", "object": thing}


def _updated(it: Happening) -> Payload | None:
    meeting: Meeting = it.subject
    if not it.before:
        return None
    old: dict[str, Any] = {"id": meeting.id}
    new: dict[str, Any] = {"id": meeting.id}
    key = it.before.get("occurrence_id")
    if key is not None:
        one = next(date for date in meeting.occurrences if date.key == key)
        old["occurrences"] = [{name: it.before[name] for name in ("occurrence_id", "start_time", "duration")}]
        new["occurrences"] = [{"occurrence_id": key, "start_time": zulu(one.start), "duration": one.duration}]
    else:
        now = _values(meeting)
        for name, value in it.before.items():
            if name == "settings":
                old["settings"] = {one: was for one, was in value.items() if was is not None}
                new["settings"] = {one: is_ for one in value if (is_ := meeting.setting(one)) is not None}
            elif name == "recurrence":
                old |= {} if value is None else {"recurrence": render.rule_of(value)}
                new |= {"recurrence": render.recurrence(meeting)} if meeting.occurrences else {}
            else:
                old[name] = value
                if now.get(name) is not None:
                    new[name] = now[name]
    return _operator(it.world) | {
        "scope": "all" if key is None else "single",
        "time_stamp": int(it.entry.at * 1000),
        "object": new,
        "old_object": old,
    }


def _gone_or_back(it: Happening) -> Payload:
    meeting: Meeting = it.subject
    thing = _scheduled(meeting)
    key = it.before.get("occurrence_id")
    if meeting.occurrences:
        thing["occurrences"] = [
            {"occurrence_id": one.key, "start_time": zulu(one.start)}
            for one in meeting.occurrences
            if (one.key == key if key else not one.deleted)
        ]
    whole_series = bool(meeting.occurrences) and not key
    return _operator(it.world) | {"operation": "all" if whole_series else "single", "object": thing}


# -- registration ------------------------------------------------------------------------------------------------------


def _registered(it: Happening) -> Payload | None:
    one: Registrant = it.subject
    meeting = it.world.meetings.find(str(one.meeting_id))
    if meeting is None:
        return None
    person = _person(one)
    person |= {name: one.fields.get(name) or "" for name in (*PLAIN, *CHOICES)}
    person["custom_questions"] = one.fields.get("custom_questions") or []
    person["status"] = one.status
    return {"object": _of_registrant(meeting, one) | {"registrant": person | _entrance(it.world, meeting, one)}}


def _approved(it: Happening) -> Payload | None:
    one: Registrant = it.subject
    meeting = it.world.meetings.find(str(one.meeting_id))
    if meeting is None:
        return None
    person = _person(one) | _entrance(it.world, meeting, one)
    return _operator(it.world) | {"object": _of_registrant(meeting, one) | {"registrant": person}}


def _turned_away(it: Happening) -> Payload | None:
    one: Registrant = it.subject
    meeting = it.world.meetings.find(str(one.meeting_id))
    if meeting is None:
        return None
    return _operator(it.world) | {"object": _of_registrant(meeting, one) | {"registrant": _person(one)}}


def _person(one: Registrant) -> Payload:
    return {
        "id": one.id,
        "email": one.email,
        "first_name": one.fields["first_name"],
        "last_name": one.fields.get("last_name") or "",
    }


def _entrance(world: World, meeting: Meeting, one: Registrant) -> Payload:
    approved = one.status == "approved" or "approved" in one.by_date.values()
    link = join_url(world, meeting, one, world.base_url) if approved else ""
    return {"join_url": link, "participant_pin_code": one.pin}


def _of_registrant(meeting: Meeting, one: Registrant) -> Payload:
    thing = _scheduled(meeting)
    if meeting.occurrences:
        thing["occurrences"] = [
            {"occurrence_id": date.key, "start_time": zulu(date.start)}
            for date in meeting.occurrences
            if not date.deleted and (one.dates is None or date.key in one.dates)
        ]
    return thing


# -- running -----------------------------------------------------------------------------------------------------------


def _started(it: Happening) -> Payload:
    run: Instance = it.subject
    return {"object": _running(run)}


def _ended(it: Happening) -> Payload:
    run: Instance = it.subject
    return {"object": _running(run) | {"end_time": zulu(run.ended_at or it.entry.at)}}


def _joined(it: Happening) -> Payload | None:
    one: Participant = it.subject
    return _moved(one, {"join_time": zulu(it.entry.at)})


def _left(it: Happening) -> Payload | None:
    one: Participant = it.subject
    reason = f"<br>Reason: {one.reason}" if one.reason else ""
    return _moved(one, {"leave_time": zulu(it.entry.at), "leave_reason": f"{one.name} left the meeting.{reason}"})


def _in_waiting_room(it: Happening) -> Payload | None:
    one: Participant = it.subject
    return _moved(one, {"date_time": zulu(it.entry.at)})


def _before_the_door(it: Happening) -> Payload | None:
    one: Participant = it.subject
    meeting = it.world.meetings.find(str(it.entry.meeting_id))
    if meeting is None:
        return None
    thing = _scheduled(meeting)
    if meeting.start is None:
        del thing["start_time"]
    person = {"id": one.user.id if one.user else "", "user_name": one.name}
    return {"object": thing | {"id": str(meeting.id), "participant": person}}


def _moved(one: Participant, when: Payload) -> Payload | None:
    run = one.instance
    if run is None:
        return None
    # Of people outside of the account Zoom tells neither id nor address
    user_id, email = (one.user.id, one.user.email) if one.user else ("", "")
    person = {
        "user_id": str(one.number),
        "user_name": one.name,
        "id": user_id,
        "participant_uuid": one.uuid,
        "email": email,
        "participant_user_id": user_id,
    }
    return {"object": _running(run) | {"participant": person | when}}


def _running(run: Instance) -> Payload:
    return {
        "id": str(run.meeting_id),
        "uuid": run.uuid,
        "host_id": run.host.id,
        "topic": run.topic,
        "type": _kind(run.type),
        "start_time": zulu(run.started_at),
        "timezone": run.timezone,
        "duration": run.duration,
    }


# -- shared ------------------------------------------------------------------------------------------------------------


def _scheduled(meeting: Meeting, kind: int | None = None) -> Payload:
    return {
        "uuid": meeting.uuid,
        "id": meeting.id,
        "host_id": meeting.host.id,
        "topic": meeting.topic,
        "type": _kind(meeting.type) if kind is None else kind,
        # Zoom wants this even of meetings without a time of their own
        "start_time": zulu(meeting.created_at if meeting.start is None else meeting.start),
        "duration": meeting.duration,
        "timezone": meeting.timezone,
    }


def _values(meeting: Meeting) -> Payload:
    return {
        "topic": meeting.topic,
        "agenda": meeting.agenda,
        "type": meeting.type,
        "duration": meeting.duration,
        "timezone": meeting.timezone,
        "start_time": None if meeting.start is None else zulu(meeting.start),
        "password": meeting.passcode,
        "host_id": meeting.host.id,
    }


def _operator(world: World) -> Payload:
    """Who did it: a Server-to-Server app acts for the account's owner."""
    owner = world.users.owner
    return {"operator": owner.email, "operator_id": owner.id}


def _kind(kind: int) -> int:
    return INSTANT if kind == SCREEN_SHARE else kind


_EVENTS: dict[str, tuple[str, Callable[[Happening], Payload | None]]] = {
    "create": ("meeting.created", _created),
    "update": ("meeting.updated", _updated),
    "delete": ("meeting.deleted", _gone_or_back),
    "recover": ("meeting.recovered", _gone_or_back),
    "start": ("meeting.started", _started),
    "end": ("meeting.ended", _ended),
    "join": ("meeting.participant_joined", _joined),
    "leave": ("meeting.participant_left", _left),
    "wait_for_host": ("meeting.participant_jbh_waiting", _before_the_door),
    "wait": ("meeting.participant_joined_waiting_room", _in_waiting_room),
    "admit": ("meeting.participant_admitted", _in_waiting_room),
    "leave_waiting_room": ("meeting.participant_left_waiting_room", _in_waiting_room),
    "register": ("meeting.registration_created", _registered),
    "approve": ("meeting.registration_approved", _approved),
    "cancel": ("meeting.registration_cancelled", _turned_away),
    "deny": ("meeting.registration_denied", _turned_away),
}
NAMES = tuple(name for name, _ in _EVENTS.values())
