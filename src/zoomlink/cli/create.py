"""``zoomlink create``: one link from the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from zoomlink.cli.common import settings_for, show_request
from zoomlink.cli.output import print_json, print_link, say, spoken_time
from zoomlink.cli.when import parse_when
from zoomlink.links.issue import issue, plan

if TYPE_CHECKING:
    from zoomlink.times import When

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
    passcode: str | None = None,
    agenda: str | None = None,
    allow_overlap: bool = False,  # noqa: ARG001 - hosts are not compared yet
    dry_run: bool = False,
    json: bool = False,
    sandbox: bool = False,
) -> int:
    """Create a meeting and print its join link.

    Parameters
    ----------
    topic
        What the meeting is about; up to 200 characters.
    start
        When it starts: 2031-12-01T18:24 with --timezone, the same ending in Z or an offset, "now", or words such as "tomorrow 18:24" or "terça 18h24".
    duration
        Minutes, 1 to 1440.
    timezone
        Time zone of --start, by its IANA name. Default: ZOOMLINK_TIMEZONE.
    host
        E-mail address of the Zoom user who owns the meeting. Default: the first of ZOOMLINK_HOSTS, else the owner of the account.
    key
        Your own name for this request, such as a booking number.
    passcode
        Up to 10 characters; without it, Zoom makes one as the account's settings say.
    agenda
        A description, up to 2000 characters.
    allow_overlap
        Create it even if the host has another meeting at that time.
    dry_run
        Show the exact request and send nothing.
    json
        Print the link as one JSON document.
    sandbox
        Use a local Zoom instead of the real one: no account, no network. Also: ZOOMLINK_SANDBOX=1.
    """
    with settings_for(sandbox=sandbox, credentials_needed=not dry_run) as settings:
        now = datetime.now(UTC)
        when, understood = parse_when(start, timezone, now=now, default_timezone=settings.timezone)
        request = plan(
            topic,
            when=when,
            duration=duration,
            host=host if host is not None else settings.hosts[0].name,
            key=key,
            passcode=passcode,
            agenda=agenda,
        )
        if understood:
            _echo(when)
        if dry_run:
            show_request(settings, "POST", f"/users/{request.host}/meetings", request.body)
            return 0
        # The network is loaded only now: bad input is refused without waiting for it.
        from zoomlink.client.sync_client import ZoomClient

        with ZoomClient(settings) as client:
            link = issue(client, request)
    if json:
        print_json(link.to_dict())
    else:
        print_link(link)
    return 0


def _echo(when: When) -> None:
    say(f"Start: {spoken_time(when.instant, when.zone)}")
