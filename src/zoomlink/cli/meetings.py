"""Commands for a meeting that exists: show, list, update, cancel, start-url, invitation, sip. No decisions about Zoom."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from zoomlink.cli.common import confirm, connected, settings_for, show_request
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
    meeting_document,
    meeting_rows,
    print_csv,
    print_json,
    print_rows,
    print_table,
    say,
    short_time,
    spaced,
    spoken_time,
)
from zoomlink.cli.refs import meeting_of
from zoomlink.cli.when import parse_when
from zoomlink.errors import InvalidInputError, ZoomLinkError
from zoomlink.zoom.checks import check_occurrence

if TYPE_CHECKING:
    from zoomlink.client.sync_client import ZoomClient
    from zoomlink.times import When
    from zoomlink.zoom.models import Meeting

__all__ = ["cancel", "invitation", "list_", "show", "sip", "start_url", "update"]


def show(ref: Ref, /, *, occurrence: str | None = None, json: bool = False, sandbox: Sandbox = False) -> int:
    """Show one meeting.

    Parameters
    ----------
    occurrence
        One occurrence of a series, by its id.
    json
        Print it as one JSON document.
    """
    number = meeting_of(ref)
    with connected(sandbox=sandbox) as (_, zoom):
        meeting = zoom.meetings.get(number, occurrence=occurrence)
    if json:
        print_json(meeting_document(meeting))
    else:
        print_rows("Zoom meeting", meeting_rows(meeting))
    return 0


def list_(
    *,
    host: Annotated[list[str] | None, Parameter(name="--host")] = None,
    type: Literal["scheduled", "live", "upcoming", "previous_meetings", "next-24-hours"] = "scheduled",
    json: bool = False,
    csv: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """List meetings.

    Parameters
    ----------
    host
        Whose meetings; may be given several times. Default: all of ZOOMLINK_HOSTS.
    type
        Which ones: scheduled (all that have not expired), live, upcoming, previous_meetings; or next-24-hours, which has those the host is only invited to as well.
    json
        Print them as one JSON document.
    csv
        Print them as CSV.
    """
    with connected(sandbox=sandbox) as (settings, zoom):
        names = host or [entry.name for entry in settings.hosts]
        found = []
        for name in names:
            soon = type == "next-24-hours"
            meetings = zoom.meetings.upcoming(name) if soon else zoom.meetings.list(name, type=type)
            email = _host_name(zoom, name) if meetings and "@" not in name else name
            found += [(email, meeting) for meeting in meetings]
    found.sort(key=lambda entry: entry[1].start_time or datetime.max.replace(tzinfo=UTC))
    if json:
        print_json({"items": [meeting_document(meeting, name) for name, meeting in found], "next_cursor": None})
        return 0
    columns = ("start", "duration", "topic", "host", "meeting_id", "join_url")
    if csv:
        print_csv(columns, [_list_row(name, meeting, exact=True) for name, meeting in found])
        return 0
    if not found:
        say("No meetings.")
        return 0
    rows = [_list_row(name, meeting, exact=False) for name, meeting in found]
    print_table(("when", "minutes", "topic", "host", "meeting", "join"), rows)
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
    occurrence: str | None = None,
    dry_run: bool = False,
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """Change a meeting: only what is given, and nothing else.

    Parameters
    ----------
    topic
        The new topic.
    start
        The new start, as for create.
    timezone
        Time zone of --start, by its IANA name. Default: the meeting's own.
    duration
        Minutes, 1 to 1440.
    agenda
        The new description.
    passcode
        The new passcode. Join links handed out before may stop working.
    occurrence
        Change only this occurrence of a series, by its id.
    dry_run
        Show the exact request and send nothing.
    json
        Print the meeting as it is afterwards, as one JSON document.
    """
    number = meeting_of(ref)
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
    if not changes and start is None and repeat is None:
        raise InvalidInputError(
            "There is nothing to change.", hint="Give at least one of --topic, --start, --duration …"
        )
    if timezone is not None and start is None:
        raise InvalidInputError(
            "A time zone says nothing without a start.", field="timezone", hint="Add --start, or leave --timezone out."
        )
    if dry_run:
        return _dry_update(number, changes, start, timezone, repeat, occurrence, json=json)
    with connected(sandbox=sandbox) as (settings, zoom):
        if start is not None:
            own = timezone or zoom.meetings.get(number).timezone or settings.timezone
            when, _ = parse_when(start, timezone, now=datetime.now(UTC), default_timezone=own)
            changes |= _moved(when)
        if repeat is not None:
            changes |= _repeated(repeat, when if start is not None else None)
        meeting: Meeting = zoom.meetings.update(number, occurrence=occurrence, **changes)
    if json:
        print_json(meeting_document(meeting))
    else:
        print_rows("Changed", meeting_rows(meeting))
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
    """Cancel a meeting, or one occurrence of a series. Cancelling what is gone already is no error.

    Parameters
    ----------
    occurrence
        Cancel only this occurrence of a series, by its id.
    notify
        Have Zoom mail the host and the registrants.
    """
    number = meeting_of(ref)
    with connected(sandbox=sandbox) as (_, zoom):
        if not yes:
            meeting = zoom.meetings.get(number)
            what = f"“{meeting.topic}”" if meeting.topic else spaced(number)
            when = f", {spoken_time(meeting.start_time, meeting.timezone)}" if meeting.start_time else ""
            one = "one occurrence of " if occurrence else ""
            if not confirm(f"Cancel {one}{what}{when}?"):
                say("Nothing was cancelled.")
                return 0
        gone = zoom.meetings.delete(number, occurrence=occurrence, notify=notify)
    say("Cancelled." if gone else "It was gone already.")
    return 0


def start_url(ref: Ref, /, *, sandbox: Sandbox = False) -> int:
    """Print a fresh address by which the host starts the meeting. Whoever opens it is the host: keep it to yourself."""
    number = meeting_of(ref)
    with connected(sandbox=sandbox) as (_, zoom):
        url = zoom.meetings.start_url(number)
    say("For the host alone: whoever opens this address is the host. It lives two hours.")
    sys.stdout.write(url.reveal() + "\n")
    return 0


def invitation(ref: Ref, /, *, json: bool = False, sandbox: Sandbox = False) -> int:
    """Print the invitation text that Zoom makes for a meeting.

    Parameters
    ----------
    json
        Print it as one JSON document.
    """
    number = meeting_of(ref)
    with connected(sandbox=sandbox) as (_, zoom):
        found = zoom.meetings.invitation(number)
    if json:
        print_json({"meeting_id": number, "invitation": found.text, "sip_links": list(found.sip_links)})
    else:
        sys.stdout.write((found.text or "").replace("\r\n", "\n").rstrip("\n") + "\n")
    return 0


def sip(ref: Ref, /, *, passcode: str | None = None, json: bool = False, sandbox: Sandbox = False) -> int:
    """Print the SIP address by which a room system joins a meeting.

    Parameters
    ----------
    passcode
        The meeting's passcode, to be put into the address; Zoom does not check it.
    json
        Print it as one JSON document.
    """
    number = meeting_of(ref)
    with connected(sandbox=sandbox) as (_, zoom):
        found = zoom.meetings.sip_uri(number, passcode=passcode)
    until = f"{found.expires_at:%Y-%m-%dT%H:%M:%SZ}"
    if json:
        print_json({"meeting_id": number, "sip_uri": found.uri, "expires_at": until})
    else:
        sys.stdout.write(found.uri + "\n")
        say(f"Good until {until}; ask again then.")
    return 0


def _dry_update(
    number: int,
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
        show_request(settings, "PATCH", f"/meetings/{number}{query}", body, json=json)
    return 0


def _moved(when: When) -> dict[str, Any]:
    say(f"Start: {spoken_time(when.instant, when.zone)}")
    return {"start": when.local, "timezone": when.zone}


def _repeated(repeat: str, when: When | None) -> dict[str, Any]:
    series = series_of(repeat, when)
    say(f"Repeats: {series.describe()}")
    return {"recurrence": series}


def _host_name(zoom: ZoomClient, name: str) -> str:
    """The host's e-mail address: lists name hosts by an id, and people call the owner of the account ``me``."""
    try:
        return zoom.users.get(name).email or name
    except ZoomLinkError:  # the scope to look at users is not everybody's; the list is worth showing all the same
        return name


def _list_row(name: str, meeting: Meeting, *, exact: bool) -> tuple[str, ...]:
    start = meeting.start_time
    if exact:
        when = f"{start:%Y-%m-%dT%H:%M:%SZ}" if start else ""
    else:
        when = short_time(start, meeting.timezone) if start else "no fixed time"
    return (
        when,
        str(meeting.duration or ""),
        meeting.topic or "",
        meeting.host_email or name,
        str(meeting.id) if exact else spaced(meeting.id or 0),
        meeting.join_url or "",
    )
