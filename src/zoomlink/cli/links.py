"""Commands for links of the ledger: show, list, update, cancel, settle, adopt. No decisions about Zoom.

``show``, ``update`` and ``cancel`` also take the number of a meeting that is no link: then they speak of what Zoom has.
"""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from zoomlink.accounts import CHOSEN
from zoomlink.cli.common import at_desk, confirm, settings_for, show_request
from zoomlink.cli.options import (
    AlternativeHosts,
    Invitees,
    Ref,
    Registration,
    Repeat,
    Sandbox,
    Settings,
    TrackingFields,
    Yes,
    given_fields,
    series_of,
)
from zoomlink.cli.output import (
    NO_ROOM,
    check_one_format,
    check_writable,
    link_rows,
    meeting_document,
    meeting_rows,
    occurrence_documents,
    print_csv,
    print_json,
    print_rows,
    print_table,
    say,
    short_time,
    spaced,
    spoken_time,
    stamp,
    tell_problem,
    write_calendar,
)
from zoomlink.cli.refs import Key, known, number_of, read_ref
from zoomlink.cli.when import parse_when
from zoomlink.config import read_environment
from zoomlink.errors import InvalidInputError, ZoomLinkError, tidy
from zoomlink.model import LinkState
from zoomlink.problems import Exit
from zoomlink.zoom.checks import check_occurrence
from zoomlink.zoom.paths import meeting_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoomlink.links.desk import LinkDesk
    from zoomlink.model import Link
    from zoomlink.times import When
    from zoomlink.zoom.models import Meeting

__all__ = ["adopt", "cancel", "link_table", "list_", "settle", "show", "update"]

State = Literal["planned", "sending", "ready", "refused", "unknown", "parked", "cancelled", "deleted"]
_LIMIT = 100
_ON_THEIR_WAY = {LinkState.PLANNED, LinkState.SENDING, LinkState.UNKNOWN, LinkState.PARKED}


def show(
    ref: Ref,
    /,
    *,
    occurrence: str | None = None,
    zoom: bool = False,
    ics: Path | None = None,
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """Show a link and its history; or, by its number, a meeting that is none.

    Parameters
    ----------
    occurrence
        One occurrence of a series, by its id, as Zoom has it.
    zoom
        Show the meeting as Zoom has it now, instead of the link.
    ics
        Also write a calendar file here; for a link that was cancelled, one that takes the entry out again.
    json
        Print it as one JSON document.
    """
    which = read_ref(ref)
    if ics is not None:
        check_writable(ics)
    with at_desk(sandbox=sandbox) as desk:
        link = known(desk, which)
        if link is not None and not zoom and occurrence is None:
            return _show_link(desk, link, ics=ics, json=json)
        number = number_of(link, which)
        meeting = desk.zoom.meetings.get(number, occurrence=occurrence)
    if ics is not None:
        raise InvalidInputError("Calendar files are made of links.", field="ics", hint="Take it in: zoomlink adopt.")
    if json:
        print_json(meeting_document(meeting))
    else:
        print_rows("Zoom meeting", meeting_rows(meeting))
    return 0


def _show_link(desk: LinkDesk, link: Link, *, ics: Path | None, json: bool) -> int:
    history = desk.history(link)
    meeting = _series(desk, link)
    if json:
        events = [{"at": stamp(event.at), "event": event.event, "words": event.words} for event in history]
        print_json(_document(link, meeting) | {"history": events})
    else:
        rows = link_rows(link)
        if meeting is not None:
            rows += [row for row in meeting_rows(meeting) if row[0] == "Occurrence"]
        rows += [(f"{event.at:%Y-%m-%d %H:%M:%S}", tidy(event.words)) for event in history]
        print_rows(f"Zoom link, {link.state}", rows)
        for warning in link.warnings:
            say(f"Note: {tidy(warning)}")
    if ics is not None:
        write_calendar(ics, link)
    return 0


def list_(
    *,
    state: Annotated[list[State] | None, Parameter(name="--state")] = None,
    host: str | None = None,
    key: str | None = None,
    limit: int = _LIMIT,
    cursor: str | None = None,
    json: bool = False,
    csv: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """List links of the ledger, in the order of their start.

    Parameters
    ----------
    state
        Only links in this state; may be given several times.
    host
        Only links of this host.
    key
        Only the link of this key.
    limit
        At most so many, 1 to 1000.
    cursor
        Go on where the last list ended: its next_cursor.
    json
        Print them as one JSON document.
    csv
        Print them as CSV.
    """
    check_one_format(json=json, csv=csv)
    with at_desk(sandbox=sandbox) as desk:
        if key is not None:
            found = desk.find(key)
            items, following = ([] if found is None else [found]), None
        else:
            page = desk.list(state=state, host=host, limit=limit, cursor=cursor)
            items, following = list(page.items), page.next_cursor
    if csv:
        columns = ("start", "duration", "topic", "host", "state", "key", "meeting_id", "join_url", "link_id")
        print_csv(columns, [_exact_row(link) for link in items])
    else:
        link_table(items, json=json, following=following, empty="No links.")
    if following and not json:
        words = [word for each in state or [] for word in ("--state", each)]
        words += ["--host", host] if host is not None else []
        words += ["--limit", str(limit)] if limit != _LIMIT else []
        words += ["--csv"] if csv else []
        account = read_environment().get(CHOSEN)
        words += ["--account", account] if account else []
        words += ["--sandbox"] if sandbox else []
        say(f"There are more: {shlex.join(['zoomlink', 'list', *words, '--cursor', following])}")
    return 0


def update(
    ref: Ref,
    /,
    *,
    topic: str | None = None,
    start: str | None = None,
    timezone: Annotated[str | None, Parameter(name=["--timezone", "--tz"])] = None,
    duration: str | None = None,
    agenda: str | None = None,
    passcode: str | None = None,
    repeat: Repeat = None,
    registration: Registration = None,
    alternative_host: AlternativeHosts = None,
    invitee: Invitees = None,
    tracking_field: TrackingFields = None,
    setting: Settings = None,
    host: str | None = None,
    allow_overlap: bool = False,
    occurrence: str | None = None,
    dry_run: bool = False,
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """Change a link, or a meeting that is none: only what is given, and nothing else. The join link stays the same.

    Parameters
    ----------
    topic
        The new topic.
    start
        The new start, as for create.
    timezone
        Time zone of --start, by its IANA name. Default: the link's own.
    duration
        Minutes, 1 to 1440.
    agenda
        The new description.
    passcode
        The new passcode. Join links handed out before may stop working.
    host
        Move it to this host; Zoom may refuse that. Without it, it stays where it is.
    allow_overlap
        Change its time even if the host has another meeting then.
    occurrence
        Change only this occurrence of a series, by its id.
    dry_run
        Show the request and send nothing.
    json
        Print the link as it is afterwards, as one JSON document.
    """
    which = read_ref(ref)
    changes: dict[str, Any] = {
        name: value
        for name, value in {
            "topic": topic,
            "duration": duration,
            "agenda": agenda,
            "passcode": passcode,
        }.items()
        if value is not None
    } | given_fields(
        registration=registration,
        alternative_host=alternative_host,
        invitee=invitee,
        tracking_field=tracking_field,
        setting=setting,
    )
    if not changes and start is None and repeat is None and host is None:
        raise InvalidInputError(
            "There is nothing to change.", hint="Give at least one of --topic, --start, --duration …"
        )
    if timezone is not None and start is None:
        raise InvalidInputError(
            "A time zone says nothing without a start.", field="timezone", hint="Add --start, or leave --timezone out."
        )
    if dry_run:
        changes |= {} if host is None else {"schedule_for": host}
        return _dry_update(which, changes, start, timezone, repeat, occurrence, json=json)
    with at_desk(sandbox=sandbox) as desk:
        link = known(desk, which)
        if start is not None:
            own = timezone or _zone_of(desk, link, which) or desk.settings.timezone
            when, _ = parse_when(start, timezone, now=datetime.now(UTC), default_timezone=own)
            changes |= _moved(when)
        if repeat is not None:
            changes |= _repeated(repeat, when if start is not None else None)
        if link is None or occurrence is not None:
            changes |= {} if host is None else {"schedule_for": host}
            meeting: Meeting = desk.zoom.meetings.update(number_of(link, which), occurrence=occurrence, **changes)
            if json:
                print_json(meeting_document(meeting))
            else:
                print_rows("Changed", meeting_rows(meeting))
            return 0
        if repeat is not None and start is None:
            changes |= {"start": link.start_time, "timezone": link.timezone}
        link = desk.update(link, **changes, host=host, allow_overlap=allow_overlap)
        meeting_now = _series(desk, link)
    if json:
        print_json(_document(link, meeting_now))
    else:
        print_rows("Changed", link_rows(link))
    for warning in link.warnings if not json else ():
        say(f"Note: {tidy(warning)}")
    return 0


def cancel(
    ref: Ref,
    /,
    *,
    occurrence: str | None = None,
    notify: bool = False,
    yes: Yes = False,
    sandbox: Sandbox = False,
) -> int:
    """Cancel a link, or a meeting that is none, or one occurrence of a series. Cancelling what is gone is no error.

    Parameters
    ----------
    occurrence
        Cancel only this occurrence of a series, by its id.
    notify
        Have Zoom mail the host and the registrants.
    """
    which = read_ref(ref)
    with at_desk(sandbox=sandbox) as desk:
        link = known(desk, which)
        if not yes and not _confirmed(desk, link, which, one=occurrence is not None):
            say("Nothing was cancelled.")
            return 0
        if link is None or occurrence is not None:
            gone = desk.zoom.meetings.delete(number_of(link, which), occurrence=occurrence, notify=notify)
            say("Cancelled." if gone else "It was gone already.")
            return 0
        before = link.state
        link = desk.cancel(link, notify=notify)
    if before in {LinkState.CANCELLED, LinkState.DELETED}:
        say("It was gone already.")
    elif before is LinkState.REFUSED:
        say("Zoom had refused it: there is nothing to cancel.")
    elif link.state is LinkState.CANCELLED:
        say("Cancelled." if before is not LinkState.UNKNOWN else "Cancelled. A meeting that turns up is removed.")
    else:
        say("It is being sent at this moment, and is taken back as soon as that is over: zoomlink settle.")
        return Exit.NOT_KNOWN_YET
    return 0


def settle(*, wait: float = 0, json: bool = False, sandbox: Sandbox = False) -> int:
    """Go on with links that are not ready: find out what became of lost answers, send what waits, remove what is surplus.

    Run it again at any time, from several places at once: nothing is done twice.

    Parameters
    ----------
    wait
        Seconds to stay and go on until nothing is on its way any more.
    json
        Print the links it dealt with as one JSON document.
    """
    from zoomlink.cli.settling import settle_all
    from zoomlink.links.request import check_wait

    check_wait(wait)
    with at_desk(sandbox=sandbox) as desk:
        done = settle_all(desk, wait=wait)
        counts = desk.counts()
    left = sum(counts.get(state.value, 0) for state in _ON_THEIR_WAY)
    links = list(done.values())
    link_table(links, json=json, empty="")
    if not left:
        say("All links are settled." if links else "Nothing has to be settled.")
        return 0
    parked = counts.get(LinkState.PARKED.value, 0)
    until = f", {parked} of them until the day is over" if parked else ""
    say(f"{left} on their way yet{until}. To stay until they are settled: zoomlink settle --wait 60.")
    return Exit.LIMIT if parked == left else Exit.NOT_KNOWN_YET


def adopt(ref: Ref, /, *, key: str | None = None, json: bool = False, sandbox: Sandbox = False) -> int:
    """Take a meeting that exists in Zoom into the ledger. Zoom is only read.

    Parameters
    ----------
    key
        Your own name for it, such as a booking number.
    json
        Print the link as one JSON document.
    """
    which = read_ref(ref)
    if isinstance(which, Key):
        which = meeting_number(ref)  # raises: what is no link yet has no key
    if isinstance(which, str):
        raise InvalidInputError("That is a link already.", field="ref", hint="Give the number of a meeting.")
    with at_desk(sandbox=sandbox) as desk:
        link = desk.adopt(which, key=key)
    if json:
        print_json(link.to_dict())
    else:
        print_rows("Zoom link", link_rows(link))
    return 0


def _zone_of(desk: LinkDesk, link: Link | None, which: str | int) -> str | None:
    return link.timezone if link is not None else desk.zoom.meetings.get(number_of(None, which)).timezone


def _series(desk: LinkDesk, link: Link) -> Meeting | None:
    """The meeting of a link that is a series, for its occurrences; None where it cannot be had."""
    if link.recurrence is None or link.state is not LinkState.READY or link.meeting_id is None:
        return None
    try:
        return desk.zoom.meetings.get(link.meeting_id)
    except ZoomLinkError as error:
        tell_problem(f"The occurrences could not be fetched: {error.message}")
        return None


def _document(link: Link, meeting: Meeting | None) -> dict[str, Any]:
    return link.to_dict() | ({} if meeting is None else {"occurrences": occurrence_documents(meeting)})


def _confirmed(desk: LinkDesk, link: Link | None, which: str | int, *, one: bool) -> bool:
    if link is None:
        meeting = desk.zoom.meetings.get(number_of(None, which))
        topic, start, zone = meeting.topic or spaced(int(which)), meeting.start_time, meeting.timezone
    else:
        topic, start, zone = link.topic, link.start_time, link.timezone
    when = f", {spoken_time(start, zone)}" if start else ""
    return confirm(f"Cancel {'one occurrence of ' if one else ''}“{topic}”{when}?")


def link_table(links: Sequence[Link], *, json: bool, empty: str, following: str | None = None) -> None:
    """Show links: as ``{"items": […], "next_cursor": …}``, or as a table for people; `empty` is said for none."""
    if json:
        print_json({"items": [link.to_dict() for link in links], "next_cursor": following})
    elif links:
        columns = ("when", "minutes", "topic", "host", "state", "join", "link")
        print_table(columns, [_row(link) for link in links], short=NO_ROOM)
    elif empty:
        say(empty)


def _row(link: Link) -> tuple[str, ...]:
    return (
        short_time(link.start_time, link.timezone),
        str(link.duration),
        link.topic,
        link.host,
        link.state.value,
        link.join_url or "",
        link.id,
    )


def _exact_row(link: Link) -> tuple[str, ...]:
    return (
        stamp(link.start_time) or "",
        str(link.duration),
        link.topic,
        link.host,
        link.state.value,
        link.key,
        str(link.meeting_id or ""),
        link.join_url or "",
        link.id,
    )


def _dry_update(
    which: str | int,
    changes: dict[str, Any],
    start: str | None,
    timezone: str | None,
    repeat: str | None,
    occurrence: str | None,
    *,
    json: bool,
) -> int:
    from zoomlink.client.base import update_body

    with settings_for(sandbox=False, credentials_needed=False) as settings:
        now = datetime.now(UTC)
        if start is not None and timezone is None:
            raise InvalidInputError(
                "Without --timezone the meeting's own is taken, and a dry run does not ask Zoom for it.",
                field="timezone",
                hint="Add --timezone.",
            )
        if start is not None:
            when, _ = parse_when(start, timezone, now=now)
            changes |= _moved(when)
        if repeat is not None:
            if start is None:
                raise InvalidInputError(
                    "Without --start the meeting's own is taken, and a dry run does not ask Zoom for it.",
                    field="start",
                    hint="Add --start.",
                )
            changes |= _repeated(repeat, when)
        key = None if occurrence is None else check_occurrence(occurrence)
        query = f"?occurrence_id={key}" if key else ""
        body = update_body(now=now, occurrence=key, **changes)
        show_request(settings, "PATCH", f"/meetings/{which}{query}", body, json=json)
    return 0


def _moved(when: When) -> dict[str, Any]:
    say(f"Start: {spoken_time(when.instant, when.zone)}")
    return {"start": when.local, "timezone": when.zone}


def _repeated(repeat: str, when: When | None) -> dict[str, Any]:
    series = series_of(repeat, when)
    say(f"Repeats: {series.describe()}")
    return {"recurrence": series}
