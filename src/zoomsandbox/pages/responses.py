"""Pages: HTTP in, HTML out. No state. No secret is shown: a passcode only to whoever has the whole join link."""

from __future__ import annotations

from datetime import UTC
from hmac import compare_digest
from typing import TYPE_CHECKING

from zoomsandbox.core import zones
from zoomsandbox.core.clock import zulu
from zoomsandbox.core.http import html_response
from zoomsandbox.pages import html

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.meetings.models import Meeting
    from zoomsandbox.world import World

_SHOWN = 25
_NOT_ZOOM = "zoomsandbox, a local imitation. This is not Zoom, and nobody is waiting behind this link."


def front(world: World, exchange: Exchange) -> Response:
    """``GET /``: users, commits and requests, the newest first."""
    users = world.users.all()
    clock = f"{zulu(world.clock.now())}{' (standing still)' if world.clock.frozen else ''}"
    kinds = {1: "Basic", 2: "Licensed", 4: "no hosting right"}
    return html_response(
        html.page(
            "zoomsandbox",
            [
                html.heading("zoomsandbox", "A local Zoom to test against. Reload to see what has happened since.")
                + html.facts(
                    [
                        ("Address", exchange.base_url),
                        ("Plan", world.options.plan),
                        ("Clock", clock),
                        ("Meetings", str(len(world.meetings))),
                        ("Requests", str(world.recorder.total)),
                    ]
                ),
                html.table(
                    "Users",
                    ("E-mail", "Licence", "State"),
                    ((user.email, kinds.get(user.type, user.type), user.status) for user in users),
                    "No users.",
                ),
                html.table(
                    "Ledger",
                    ("No.", "Time", "What", "Host", "Meeting", "Topic", "Attempt"),
                    (
                        (one.number, zulu(one.at), one.action, one.host, one.meeting_id, one.topic, one.attempt)
                        for one in reversed(world.ledger.entries[-_SHOWN:])
                    ),
                    "Nothing has been created, changed or deleted yet.",
                ),
                html.table(
                    "Last requests",
                    ("No.", "Time", "Request", "Answer", "Commits"),
                    (
                        (one.number, zulu(one.at), f"{one.method} {one.path}", one.status or "none", one.committed)
                        for one in list(world.recorder.records)[: -_SHOWN - 1 : -1]
                    ),
                    "No request yet. The five lines printed at the start tell a client where to go.",
                ),
            ],
        )
    )


def join(world: World, exchange: Exchange) -> Response:
    """``GET /j/{id}``: where a guest's link leads."""
    meeting = world.meetings.find(exchange.params[0])
    if meeting is None:
        return _missing(exchange.params[0])
    return _show(meeting, "You would now join", _passcode(world, meeting, exchange.query.get("pwd", "")))


def start(world: World, exchange: Exchange) -> Response:
    """``GET /s/{id}``: where the host's link leads."""
    meeting = world.meetings.find(exchange.params[0])
    if meeting is None:
        return _missing(exchange.params[0])
    return _show(meeting, "You would now start, as its host,", "the host needs none")


def _passcode(world: World, meeting: Meeting, pwd: str) -> str:
    if not meeting.passcode:
        return "none"
    known = world.ids.encrypted_passcode(meeting.id, meeting.passcode)
    if compare_digest(pwd.encode("utf-8", "replace"), known.encode()):
        return meeting.passcode
    return "needed; this link does not carry it"


def _show(meeting: Meeting, lead: str, passcode: str) -> Response:
    facts = [("When", _when(meeting)), ("Host", meeting.host.email), ("Meeting ID", spaced(meeting.id))]
    facts.append(("Passcode", passcode))
    if meeting.agenda:
        facts.append(("Agenda", meeting.agenda))
    section = html.heading(meeting.topic, f"{lead} this meeting.") + html.facts(facts)
    return html_response(html.page(meeting.topic, [section, f'<p class="soft">{_NOT_ZOOM}</p>'], small=True))


def _missing(meeting_id: str) -> Response:
    section = html.heading("No such meeting", f"The sandbox holds no meeting {meeting_id}: deleted, expired, or reset.")
    return html_response(html.page("No such meeting", [section], small=True), 404)


def _when(meeting: Meeting) -> str:
    if meeting.start is None:
        return "at no fixed time"
    zone = zones.find(meeting.timezone)
    wall = zones.wall_of(meeting.start, zone or UTC)
    series = f", first of {len(meeting.occurrences)}" if len(meeting.occurrences) > 1 else ""
    return f"{wall:%A, %-d %B %Y, %H:%M} ({meeting.timezone}), {meeting.duration} minutes{series}"


def spaced(meeting_id: int) -> str:
    """812 3456 7890: as Zoom writes a meeting's number for people."""
    text = str(meeting_id)
    return f"{text[:3]} {text[3:-4]} {text[-4:]}"
