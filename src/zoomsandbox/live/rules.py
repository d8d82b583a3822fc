"""How many meetings a host may run, how long, and when guests may be there first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.users.models import BASIC

if TYPE_CHECKING:
    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.options import Plan
    from zoomsandbox.users.models import User

BASIC_SECONDS = 40 * 60
LICENSED_SECONDS = 30 * 3600
# Zoom publishes no figure for the Concurrent Meetings add-on; 20 is what people quote
_WITH_ADD_ON = 20


def at_once(host: User, plan: Plan, feature: dict[str, Any]) -> int:
    """How many meetings `host` may have running at the same time; `feature` is that group of the host's settings.

    Source: https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0068522
    """
    if feature.get("concurrent_meeting") in {"Basic", "Plus"}:
        return _WITH_ADD_ON
    return 2 if plan == "business" and host.type != BASIC else 1


def longest(host: User, plan: Plan) -> int:
    """After how many seconds Zoom ends a meeting of this host. The host's licence counts, present or not."""
    return BASIC_SECONDS if host.type == BASIC or plan == "free" else LICENSED_SECONDS


def opens_at(meeting: Meeting, now: float) -> float | None:
    """From when on guests may be in `meeting` without its host; None: not before the host.

    With `jbh_time` 0 that is always; else so many minutes before the start, of a series before its next date.
    """
    if not meeting.setting("join_before_host") or meeting.setting("waiting_room"):
        return None
    minutes = meeting.setting("jbh_time") or 0
    dates = [one.start for one in meeting.occurrences if not one.deleted and one.start + one.duration * 60 > now]
    start = dates[0] if dates else meeting.start
    return 0.0 if start is None or not minutes else start - minutes * 60.0


def may_start(meeting: Meeting, person: str) -> bool:
    """Whether `person` (an address) is the host or an alternative host."""
    others = (meeting.setting("alternative_hosts") or "").replace(",", ";").split(";")
    return person.lower() in {meeting.host.email.lower(), *(one.strip().lower() for one in others)} - {""}
