"""The invitation as text, as a host would paste it into a mail (zoom-api: Invitation text). Reads, changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zoomsandbox.core import zones
from zoomsandbox.meetings.recurrence import DAILY, WEEKLY
from zoomsandbox.meetings.render import join_url, number_of, phone_passcode

if TYPE_CHECKING:
    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.world import World

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def text_of(world: World, meeting: Meeting, base_url: str) -> str:
    """The whole text, its lines ended by carriage return and line feed."""
    number = number_of(meeting)
    entrance = [f"Meeting ID: {spaced(number)}"]
    if meeting.passcode:
        entrance.append(f"Passcode: {meeting.passcode}")
    lines = [
        f"{meeting.host.display_name} is inviting you to a scheduled Zoom meeting.",
        "",
        f"Topic: {meeting.topic}",
        *_when(meeting),
        "",
        "Join Zoom Meeting",
        join_url(world, meeting, base_url),
        "",
        *entrance,
        "",
    ]
    if links := sip_links(world, meeting):
        room = [f"Meeting ID: {spaced(number)}"]
        if meeting.passcode:
            room.append(f"Passcode: {phone_passcode(world, meeting)}")
        lines += ["Join by SIP", *links, *room[1:], ""]
    return "\r\n".join([*lines, ""])


def sip_links(world: World, meeting: Meeting) -> list[str]:
    """Addresses for room systems; an account on the free plan has none."""
    return [] if world.options.plan == "free" else [f"{number_of(meeting)}@zoomcrc.com"]


def spaced(number: str) -> str:
    """``812 3456 7890``, or ``234 567 8901`` for a personal one: how a number is written for people."""
    middle = -4 if len(number) > 9 else -3
    return f"{number[:3]} {number[3:middle]} {number[middle:]}"


def _when(meeting: Meeting) -> list[str]:
    if meeting.start is None:
        return ["Time: This is a recurring meeting Meet anytime"]
    live = [one.start for one in meeting.occurrences if not one.deleted]
    place = meeting.timezone.replace("/", ", ").replace("_", " ")
    lines = [f"Time: {_clock(meeting, live[0] if live else meeting.start)} {place}"]
    if live:
        lines.append(f"        {_rule(meeting)}, until {_day(meeting, live[-1])}, {len(live)} occurrence(s)")
        lines += [f"        {_clock(meeting, start)}" for start in live]
    return lines


def _rule(meeting: Meeting) -> str:
    rule = meeting.extra["recurrence"]
    every = rule.get("repeat_interval") or 1
    if rule["type"] == DAILY:
        return "Every day" if every == 1 else f"Every {every} days"
    if rule["type"] == WEEKLY:
        days = ", ".join(_DAYS[int(day) - 1] for day in rule.get("weekly_days", "1").split(","))
        return f"Every week on {days}" if every == 1 else f"Every {every} weeks on {days}"
    return "Every month" if every == 1 else f"Every {every} months"


def _wall(meeting: Meeting, instant: int) -> datetime:
    return zones.wall_of(instant, zones.find(meeting.timezone) or UTC)


def _day(meeting: Meeting, instant: int) -> str:
    wall = _wall(meeting, instant)
    return f"{_MONTHS[wall.month - 1]} {wall.day}, {wall.year}"


def _clock(meeting: Meeting, instant: int) -> str:
    wall = _wall(meeting, instant)
    half = "AM" if wall.hour < 12 else "PM"
    return f"{_day(meeting, instant)} {wall.hour % 12 or 12:02}:{wall.minute:02} {half}"
