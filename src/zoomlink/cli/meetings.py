"""Commands for what Zoom has: meetings, start-url, invitation, sip. No decisions about Zoom."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from zoomlink.cli.common import connected
from zoomlink.cli.options import Ref, Sandbox
from zoomlink.cli.output import (
    NO_ROOM,
    check_one_format,
    meeting_document,
    print_csv,
    print_json,
    print_table,
    say,
    short_time,
    spaced,
)
from zoomlink.cli.refs import at_meeting
from zoomlink.errors import ZoomLinkError, printable

if TYPE_CHECKING:
    from zoomlink.client.sync_client import ZoomClient
    from zoomlink.zoom.models import Meeting

__all__ = ["invitation", "meetings", "sip", "start_url"]


def meetings(
    *,
    host: Annotated[list[str] | None, Parameter(name="--host")] = None,
    type: Literal["scheduled", "live", "upcoming", "previous_meetings", "next-24-hours"] = "scheduled",
    json: bool = False,
    csv: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """List what is in Zoom, whoever made it: zoomlink list has the links of the ledger.

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
    check_one_format(json=json, csv=csv)
    with connected(sandbox=sandbox) as (settings, zoom):
        names = host or [entry.name for entry in settings.hosts]
        found = []
        for name in names:
            soon = type == "next-24-hours"
            listed = zoom.meetings.upcoming(name) if soon else zoom.meetings.list(name, type=type)
            email = _host_name(zoom, name) if listed and "@" not in name else name
            found += [(email, meeting) for meeting in listed]
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
    print_table(("when", "minutes", "topic", "host", "meeting", "join"), rows, short=NO_ROOM)
    return 0


def start_url(ref: Ref, /, *, sandbox: Sandbox = False) -> int:
    """Print a fresh address by which the host starts the meeting. Whoever opens it is the host: keep it to yourself."""
    with at_meeting(ref, sandbox=sandbox) as (number, zoom):
        url = zoom.meetings.start_url(number)
    say("For the host alone: whoever opens this address is the host. It lives two hours.")
    sys.stdout.write(printable(url.reveal()) + "\n")
    return 0


def invitation(ref: Ref, /, *, json: bool = False, sandbox: Sandbox = False) -> int:
    """Print the invitation text that Zoom makes for a meeting.

    Parameters
    ----------
    json
        Print it as one JSON document.
    """
    with at_meeting(ref, sandbox=sandbox) as (number, zoom):
        found = zoom.meetings.invitation(number)
    if json:
        print_json({"meeting_id": number, "invitation": found.text, "sip_links": list(found.sip_links)})
    else:
        lines = (found.text or "").replace("\r\n", "\n").rstrip("\n").split("\n")
        if sys.stdout.isatty():  # in a file they stay what they are
            lines = [printable(line) for line in lines]
        sys.stdout.write("\n".join(lines) + "\n")
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
    with at_meeting(ref, sandbox=sandbox) as (number, zoom):
        found = zoom.meetings.sip_uri(number, passcode=passcode)
    until = f"{found.expires_at:%Y-%m-%dT%H:%M:%SZ}"
    if json:
        print_json({"meeting_id": number, "sip_uri": found.uri, "expires_at": until})
    else:
        sys.stdout.write(printable(found.uri) + "\n")
        say(f"Good until {until}; ask again then.")
    return 0


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
