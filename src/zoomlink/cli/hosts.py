"""``zoomlink hosts``: the pool, who is free, and who could be in it. Times are shown; nothing is decided here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter

from zoomlink.cli.common import at_desk, connected
from zoomlink.cli.options import Repeat, Sandbox, series_of
from zoomlink.cli.output import (
    print_items,
    print_json,
    print_table,
    print_timeline,
    say,
    short_time,
    spoken_time,
    stamp,
)
from zoomlink.cli.people import licence_of
from zoomlink.cli.when import parse_when
from zoomlink.errors import InvalidInputError, ZoomLinkError
from zoomlink.links.request import canonical_host
from zoomlink.problems import Exit

if TYPE_CHECKING:
    from zoomlink.errors import BusyTime
    from zoomlink.links.desk import LinkDesk
    from zoomlink.links.view import HostInfo
    from zoomlink.zoom.models import User

__all__ = ["hosts"]

hosts = App(
    name="hosts",
    help="Show the hosts: their licences, how busy they are, and who is free.",
    help_epilogue="""\
Examples:
  zoomlink hosts
  zoomlink hosts --day 2031-12-01
  zoomlink hosts free --start "tomorrow 18:24" --tz Europe/Lisbon
  zoomlink hosts discover --match "*@example.com"
""",
    help_format="plaintext",
    default_parameter=Parameter(negative=""),
)


@hosts.default
def show(
    *,
    day: str | None = None,
    all: bool = False,
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """Show the hosts of the pool: licence, how many meetings at once, now and next, what is left of the day's calls.

    Parameters
    ----------
    day
        The day whose timeline to show, as 2031-12-01. Default: today.
    all
        All active users of the account, not only ZOOMLINK_HOSTS.
    json
        Print them as one JSON document.
    """
    with at_desk(sandbox=sandbox) as desk:
        zone = ZoneInfo(desk.settings.timezone or "UTC")
        first = _day(day, zone)
        users = _users(desk, all=all)
        known = desk.hosts([name for name, user, _ in users if user is not None], first, first + timedelta(days=1))
    states = {state.host: state for state in known}
    now = datetime.now(UTC)
    items = [_item(name, user, problem, states.get(canonical_host(name)), now) for name, user, problem in users]
    if json:
        print_json({"items": items, "next_cursor": None})
        return 0
    columns = ("host", "licence", "at once", "now", "next", "left today", "")
    print_table(columns, [_row(item, states.get(canonical_host(item["host"])), now, zone) for item in items])
    print_timeline(
        f"{first:%A, %-d %B %Y} ({zone.key})",
        first,
        [(state.host, state.capacity, [(one.start, one.end) for one in state.busy]) for state in states.values()],
    )
    return 0


@hosts.command
def free(
    *,
    start: str,
    duration: str = "60",
    timezone: Annotated[str | None, Parameter(name=["--timezone", "--tz"])] = None,
    repeat: Repeat = None,
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """Say which hosts are free at a time; if none is, who is busy with what, and when somebody is free.

    Parameters
    ----------
    start
        When it would start, as for create.
    duration
        Minutes, 1 to 1440.
    timezone
        Time zone of --start, by its IANA name. Default: ZOOMLINK_TIMEZONE.
    json
        Print it as one JSON document.
    """
    with at_desk(sandbox=sandbox) as desk:
        when, understood = parse_when(start, timezone, now=datetime.now(UTC), default_timezone=desk.settings.timezone)
        if understood:
            say(f"Start: {spoken_time(when.instant, when.zone)}")
        series = series_of(repeat, when) if repeat is not None else None
        found = desk.availability(start=when.local, timezone=when.zone, duration=duration, recurrence=series)
    code = Exit.DONE if found.hosts else Exit.NO_HOST
    if json:
        busy = [_busy_document(one) for one in found.busy]
        print_json({"hosts": list(found.hosts), "busy": busy, "next_free": stamp(found.next_free)})
        return code
    if found.hosts:
        print_items([{"free": host} for host in found.hosts], json=False, empty="")
        return code
    rows = [(one.host, _what(one), short_time(one.end, when.zone)) for one in found.busy]
    print_table(("host", "busy with", "until"), rows)
    if found.next_free is not None:
        say(f"The next free time: {spoken_time(found.next_free, when.zone)}")
    return code


@hosts.command
def discover(
    *,
    match: str | None = None,
    group: str | None = None,
    basic: bool = False,
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """List who could be a host: active, licensed users of the account, and the line that makes them the pool.

    Parameters
    ----------
    match
        Only e-mail addresses that fit this pattern, such as "*@example.com".
    group
        Only members of this group, by its id.
    basic
        Also users without a licence, whose meetings end after 40 minutes.
    json
        Print them as one JSON document.
    """
    with connected(sandbox=sandbox) as (_, zoom):
        users = zoom.users.list()
    found = [
        user
        for user in users
        if user.email
        and (user.licensed or (basic and user.type == 1))
        and (match is None or fnmatch(user.email.lower(), match.lower()))
        and (group is None or group in (user.raw.get("group_ids") or ()))
    ]
    rows = [{"host": user.email, "name": user.display_name, "licence": licence_of(user)} for user in found]
    print_items(rows, json=json, empty="No such user.")
    if found and not json:
        say(f"ZOOMLINK_HOSTS={','.join(str(user.email) for user in found)}")
    return 0


def _day(day: str | None, zone: ZoneInfo) -> datetime:
    if day is None:
        return datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    from zoomlink.zoom.checks import check_date

    first = datetime.fromisoformat(check_date(day, "day")).replace(tzinfo=zone)
    try:
        for moment in (first, first + timedelta(days=1)):
            moment.astimezone(UTC)
    except OverflowError:
        raise InvalidInputError(f"The year {first.year} is too far away to be meant.", field="day") from None
    return first


def _users(desk: LinkDesk, *, all: bool) -> list[tuple[str, User | None, str]]:
    """Every host with its user, or with why there is none; once, if it is named in two ways."""
    if all:
        return [(name, each, "") for each in desk.zoom.users.list() if (name := each.email or each.id)]
    found: dict[str, tuple[str, User | None, str]] = {}
    for spec in desk.settings.hosts:
        try:
            user = desk.zoom.users.get(spec.name)
            name = user.email or spec.name
            found.setdefault(canonical_host(name), (name, user, ""))
        except ZoomLinkError as error:
            found.setdefault(canonical_host(spec.name), (spec.name, None, error.message))
    return list(found.values())


def _item(name: str, user: User | None, problem: str, state: HostInfo | None, now: datetime) -> dict[str, Any]:
    busy = state.busy if state else ()
    running = [one for one in busy if one.start <= now < one.end]
    following = next((one for one in busy if one.start > now), None)
    return {
        "host": name,
        "name": user.display_name if user else None,
        "licence": licence_of(user) if user else None,
        "status": user.status if user else None,
        "capacity": state.capacity if state else 1,
        "timezone": user.timezone if user else None,
        "now": [_busy_document(one) for one in running],
        "next": None if following is None else _busy_document(following),
        "writes_left": state.writes_left if state else None,
        "busy": [_busy_document(one) for one in busy],
        "problem": problem or None,
    }


def _row(item: dict[str, Any], state: HostInfo | None, now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    busy = state.busy if state else ()
    running = [one for one in busy if one.start <= now < one.end]
    following = next((one for one in busy if one.start > now), None)
    return (
        item["host"],
        item["licence"] or "",
        str(item["capacity"]),
        f"until {max(one.end for one in running).astimezone(zone):%H:%M}" if running else "free" if state else "",
        f"{following.start.astimezone(zone):%H:%M}" if following else "",
        "" if item["writes_left"] is None else str(item["writes_left"]),
        item["problem"] or "",
    )


def _busy_document(one: BusyTime) -> dict[str, Any]:
    return {
        "host": one.host,
        "start_time": stamp(one.start),
        "end_time": stamp(one.end),
        "link": one.link,
        "topic": one.topic,
        "meeting_id": one.meeting_id,
    }


def _what(one: BusyTime) -> str:
    return one.topic or (f"meeting {one.meeting_id}" if one.meeting_id else "another meeting")
