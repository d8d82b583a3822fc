"""``zoomlink create``: one link from the command line."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from zoomlink.cli.common import settings_for, show_request
from zoomlink.cli.options import (
    AlternativeHosts,
    Invitees,
    Registration,
    Repeat,
    Sandbox,
    Settings,
    TrackingFields,
    given_fields,
    series_of,
)
from zoomlink.cli.output import (
    check_writable,
    let_go_of_stdout,
    print_json,
    print_link,
    say,
    spoken_time,
    tell_problem,
    write_calendar,
)
from zoomlink.cli.when import parse_when
from zoomlink.errors import ZoomLinkError, printable
from zoomlink.links.request import check_key, check_wait, plan_request
from zoomlink.links.rules import Rules
from zoomlink.model import LinkState
from zoomlink.problems import Exit
from zoomlink.zoom.paths import host_segment

if TYPE_CHECKING:
    from zoomlink.model import Link
    from zoomlink.times import When
    from zoomlink.zoom.recurrence import Recurrence

__all__ = ["create"]


def create(
    topic: str,
    /,
    *,
    start: str,
    duration: str = "60",
    timezone: Annotated[str | None, Parameter(name=["--timezone", "--tz"])] = None,
    host: str | None = None,
    key: str | None = None,
    repeat: Repeat = None,
    passcode: str | None = None,
    agenda: str | None = None,
    registration: Registration = None,
    alternative_host: AlternativeHosts = None,
    invitee: Invitees = None,
    tracking_field: TrackingFields = None,
    template: str | None = None,
    setting: Settings = None,
    allow_overlap: bool = False,
    wait: float = 10,
    ics: Path | None = None,
    dry_run: bool = False,
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """Create a meeting and print its join link.

    Parameters
    ----------
    topic
        What the meeting is about; up to 200 characters. One that begins with a hyphen comes last, after "--".
    start
        When it starts: 2031-12-01T18:24 with --timezone, the same ending in Z or an offset, "now", or words such as "tomorrow 18:24" or "terça 18h24".
    duration
        Minutes, 1 to 1440.
    timezone
        Time zone of --start, by its IANA name. Default: ZOOMLINK_TIMEZONE.
    host
        E-mail address of the Zoom user who owns the meeting. Default: one of ZOOMLINK_HOSTS who is free then; without those, the owner of the account.
    key
        Your own name for this request, such as a booking number: the same key and request give the same link for ever, whatever happens on the way.
    passcode
        Up to 10 characters; without it, Zoom makes one as the account's settings say.
    agenda
        A description, up to 2000 characters.
    template
        Id of a meeting template to start from.
    allow_overlap
        Create it even if the host has another meeting at that time.
    wait
        Seconds to wait for the link at most; it is not lost when they are over.
    ics
        Also write a calendar file here.
    dry_run
        Show the request and send nothing. When it is sent, a host who is free is chosen, and the agenda gets the line by which the meeting is found again.
    json
        Print the link as one JSON document.
    """
    with settings_for(sandbox=sandbox, credentials_needed=not dry_run) as settings:
        now = datetime.now(UTC)
        # With a key, a start that has passed may belong to a link that was made in time.
        when, understood = parse_when(
            start, timezone, now=now, default_timezone=settings.timezone, allow_past=key is not None
        )
        series = series_of(repeat, when) if repeat is not None else None
        fields = given_fields(
            registration=registration,
            alternative_host=alternative_host,
            invitee=invitee,
            tracking_field=tracking_field,
            setting=setting,
        )
        wanted: dict[str, Any] = {
            "topic": topic,
            "start": "now" if start.strip().lower() == "now" else when.local,
            "timezone": when.zone,
            "duration": duration,
            "host": host,
            "passcode": passcode,
            "agenda": agenda,
            "recurrence": series,
            "template_id": template,
            **fields,
        }
        check_wait(wait)
        if key is not None:
            check_key(key)
        request = plan_request(rules=Rules.of(settings), now=now, **wanted)
        if understood or series is not None:
            say(f"Start: {spoken_time(when.instant, when.zone)}")
        if series is not None:
            _echo_series(series, when)
        if dry_run:
            path = f"/users/{host_segment(host or settings.hosts[0].name)}/meetings"
            show_request(settings, "POST", path, request.body, json=json)
            return 0
        if ics is not None:
            check_writable(ics)  # now, since the meeting cannot be taken back by an error after it
        # The network is loaded only now: bad input is refused without waiting for it.
        from zoomlink.links.desk import LinkDesk

        with LinkDesk(settings) as desk:
            try:
                link = desk.create(**wanted, key=key, wait=wait, allow_overlap=allow_overlap)
            except KeyboardInterrupt:
                sys.stderr.write(
                    "If Zoom was asked already, nothing is lost: zoomlink list shows the link, "
                    "zoomlink settle goes on with it.\n"
                )
                raise
    code = _print(link, json=json)
    if link.state is not LinkState.READY:
        return max(code, _tell_resume(link, key))
    if not json and not _opens(link.join_url):
        say("To open links of the sandbox, keep “zoomlink sandbox” running in another terminal, and create again.")
    if ics is not None:
        try:
            write_calendar(ics, link)
        except ZoomLinkError as error:
            tell_problem(f"The link stands, but {error.message}")
    return code


def _tell_resume(link: Link, key: str | None) -> int:
    """Say how it goes on with a link that is not ready, and return the exit code for it."""
    again = f", or the same command again with --key {shlex.quote(key)}" if key else ""
    if link.state is LinkState.PARKED:
        when = f" at {link.next_try_at:%Y-%m-%d %H:%M} UTC" if link.next_try_at else ""
        tell_problem(f"The day's calls are used up; the link is made{when}. To go on then: zoomlink settle{again}.")
        return Exit.LIMIT
    if link.state in {LinkState.CANCELLED, LinkState.DELETED}:
        tell_problem(f"The link of this key is {link.state}, and is never made anew.", hint="Use another key.")
        return Exit.REFUSED
    if link.state is LinkState.UNKNOWN:
        what = "It is not known yet whether the meeting exists"
    elif link.state is LinkState.SENDING:
        what = "Another process is making it, or was stopped in the middle of that"
    else:
        why = (link.problem or "").rstrip(".")
        what = f"Not made yet: {why}" if why else "Not made yet"
    when = f" from {link.next_try_at:%H:%M:%S} UTC on" if link.next_try_at else ""
    tell_problem(f"{what}; nothing is lost. To go on{when}: zoomlink settle --wait 60{again}.")
    return Exit.NOT_KNOWN_YET


def _opens(url: str | None) -> bool:
    """False for a link to this machine where nobody listens: the sandbox that made it ended with this command."""
    import socket
    from urllib.parse import urlsplit

    place = urlsplit(url or "")
    if place.hostname != "127.0.0.1" or place.port is None:
        return True
    try:
        socket.create_connection((place.hostname, place.port), timeout=1).close()
    except OSError:
        return False
    return True


def _print(link: Link, *, json: bool) -> int:
    try:
        if json:
            print_json(link.to_dict())
        else:
            print_link(link)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:  # a full disk, say: the meeting exists, and must not be lost for that
        tell_problem(f"The link could not be printed: {error.strerror}. The meeting stands:")
        sys.stderr.write(f"  {printable(link.join_url or link.id)}\n")
        let_go_of_stdout()
        return Exit.UNEXPECTED
    return Exit.DONE


def _echo_series(series: Recurrence, when: When) -> None:
    instants = series.occurrences(when)
    say(f"Repeats: {series.describe()}")
    shown = [f"{instant:%a %d %b %Y %H:%M}" for instant in instants]
    if len(shown) > 6:
        shown[4:-1] = [f"… {len(shown) - 5} more …"]
    say(f"  {len(instants)} times: {', '.join(shown)}")
