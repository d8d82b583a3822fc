"""A meeting as Zoom writes it: key order and shape of a recorded answer. Reads state, changes none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.core.clock import zulu
from zoomsandbox.meetings.models import INSTANT, SCREEN_SHARE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomsandbox.meetings.models import Meeting, Occurrence
    from zoomsandbox.users.models import User
    from zoomsandbox.world import World

ZAK_LIFE = 7200
_AGENDA_IN_LISTS = 250


def whole(
    world: World, meeting: Meeting, base_url: str, *, one: Occurrence | None = None, all_dates: bool = True
) -> dict[str, Any]:
    """The body of a create or get answer, with a fresh `start_url`. `one`: as that date of the series has it."""
    public = world.public_base(base_url)
    start = one.start if one else meeting.start
    agenda = one.changes.get("agenda", meeting.agenda) if one else meeting.agenda
    body: dict[str, Any] = {
        "uuid": meeting.uuid,
        "id": meeting.id,
        "host_id": meeting.host.id,
        "host_email": meeting.host.email,
    }
    if meeting.assistant_id:
        body["assistant_id"] = meeting.assistant_id
    body["topic"] = meeting.topic
    body["type"] = meeting.type
    body["status"] = "started" if meeting.started else "waiting"
    if start is not None:
        body["start_time"] = zulu(start)
    body["duration"] = one.duration if one else meeting.duration
    body["timezone"] = meeting.timezone
    if agenda:
        body["agenda"] = agenda
    body["created_at"] = zulu(meeting.created_at)
    body["start_url"] = f"{public}/s/{number_of(meeting)}?zak={zak_of(world, meeting.host, meeting.id)}"
    body["join_url"] = join_url(world, meeting, base_url)
    if meeting.setting("approval_type") in {0, 1}:
        body["registration_url"] = f"{public}/meeting/register/{world.ids.derived_hex('register', meeting.id)}"
    if meeting.passcode:
        pstn = phone_passcode(world, meeting)
        body["password"] = meeting.passcode
        body["h323_password"] = pstn
        body["pstn_password"] = pstn
        body["encrypted_password"] = world.ids.encrypted_passcode(meeting.id, meeting.passcode)
    if "pmi" in meeting.extra:
        body["pmi"] = meeting.extra["pmi"]
    if "template_id" in meeting.extra:
        body["template_id"] = meeting.extra["template_id"]
    if "tracking_fields" in meeting.extra:
        body["tracking_fields"] = [one | {"visible": True} for one in meeting.extra["tracking_fields"]]
    if meeting.occurrences:
        body["occurrences"] = dates(meeting, since=None if all_dates else world.clock.now())
        body["recurrence"] = recurrence(meeting)
    body["settings"] = settings(world, meeting, base_url, one)
    body["creation_source"] = "open_api"
    body["pre_schedule"] = meeting.extra.get("pre_schedule", False)
    return body


def listed(world: World, meeting: Meeting, base_url: str) -> dict[str, Any]:
    """A meeting in a list: neither passcode nor start URL nor settings, and the agenda cut."""
    body: dict[str, Any] = {
        "uuid": meeting.uuid,
        "id": meeting.id,
        "host_id": meeting.host.id,
        "topic": meeting.topic,
        "type": meeting.type,
    }
    if meeting.start is not None:
        body["start_time"] = zulu(meeting.start)
    body["duration"] = meeting.duration
    body["timezone"] = meeting.timezone
    if meeting.agenda:
        body["agenda"] = meeting.agenda[:_AGENDA_IN_LISTS]
    body["created_at"] = zulu(meeting.created_at)
    body["join_url"] = join_url(world, meeting, base_url)
    if "pmi" in meeting.extra:
        body["pmi"] = meeting.extra["pmi"]
    return body


def join_url(world: World, meeting: Meeting, base_url: str) -> str:
    """What guests open. It carries the encrypted passcode if the host's settings want it there."""
    url = f"{world.public_base(base_url)}/j/{number_of(meeting)}"
    if meeting.passcode and world.users.scheduling(meeting.host)["embed_password_in_join_link"]:
        url += f"?pwd={world.ids.encrypted_passcode(meeting.id, meeting.passcode)}"
    return url


def zak_of(world: World, user: User, meeting_id: int | str = "") -> str:
    """A host's entrance token, for one meeting where one is given: two hours, a new one each time."""
    now = int(world.clock.now())
    claims: dict[str, Any] = {
        "aud": "clientsm",
        "uid": user.id,
        "iss": "web",
        "sk": world.ids.nonce(),
        "sty": 1,
        "wcd": "us05",
        "mnum": str(meeting_id),
        "exp": now + ZAK_LIFE,
        "iat": now,
        "aid": world.options.account_id,
        "cid": "",
    }
    return world.ids.jwt("HS256", claims)


def phone_passcode(world: World, meeting: Meeting) -> str:
    """The passcode for telephones and room systems: the passcode when numeric, else six digits of its own."""
    if meeting.passcode.isdigit():
        return meeting.passcode
    number = int(world.ids.derived_hex("phone", meeting.id, meeting.passcode), 16)
    return f"{number % 1_000_000:06}"


def dates(meeting: Meeting, since: float | None) -> list[dict[str, Any]]:
    """The occurrences; with `since` only those that have not ended by then."""
    return [
        {
            "occurrence_id": one.key,
            "start_time": zulu(one.start),
            "duration": one.duration,
            "status": "deleted" if one.deleted else "available",
        }
        for one in meeting.occurrences
        if since is None or one.start + one.duration * 60 >= since
    ]


def recurrence(meeting: Meeting) -> dict[str, Any]:
    """The rule of a series as it was given."""
    return rule_of(meeting.extra["recurrence"])


def rule_of(recurrence: Mapping[str, Any]) -> dict[str, Any]:
    """A checked rule as Zoom writes it."""
    rule = dict(recurrence)
    rule.setdefault("repeat_interval", 1)
    if "end_date_time" in rule:
        rule["end_date_time"] = zulu(rule["end_date_time"])
        rule.pop("end_times", None)
    else:
        rule.setdefault("end_times", 1)
    return rule


def settings(world: World, meeting: Meeting, base_url: str, one: Occurrence | None = None) -> dict[str, Any]:
    """All settings of a meeting, or of one date of it."""
    body = meeting.base | meeting.settings
    if one is not None and "settings" in one.changes:
        body |= one.changes["settings"]
        if body["waiting_room"]:
            body["join_before_host"] = False
    if meeting.type not in {INSTANT, SCREEN_SHARE} and body["continuous_meeting_chat"]["enable"]:
        channel = f"web_sch_{world.ids.derived_hex('chat', meeting.id)}"
        body["continuous_meeting_chat"] = body["continuous_meeting_chat"] | {"channel_id": channel}
    if "authentication_exception" in meeting.settings:
        public = world.public_base(base_url)
        body["authentication_exception"] = [
            person | {"join_url": f"{public}/w/{meeting.id}?tk={world.ids.derived_hex('guest', meeting.id, at)}"}
            for at, person in enumerate(meeting.settings["authentication_exception"])
        ]
    return body


def number_of(meeting: Meeting) -> str:
    """The number in a meeting's URLs: the personal one where it uses that."""
    return meeting.extra.get("pmi") or str(meeting.id)
