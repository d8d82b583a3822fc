"""``zoomlink create``: one link from the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from zoomlink.cli.common import settings_for
from zoomlink.cli.output import print_json, print_link
from zoomlink.client.sync_client import ZoomClient
from zoomlink.links.issue import issue, plan

if TYPE_CHECKING:
    from zoomlink.model import Link

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
    allow_overlap: Annotated[bool, Parameter(negative="")] = False,  # noqa: ARG001 - hosts are not compared yet
    json: Annotated[bool, Parameter(negative="")] = False,
    sandbox: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Create a meeting and print its join link.

    Examples:

        zoomlink create "Guitar lesson" --start "2031-12-01 18:24" --timezone America/Sao_Paulo

        zoomlink create "Stand-up" --start now --duration 15 --host alice@example.com

        zoomlink create "Interview" --start 2031-12-01T09:00:00Z --key booking-4711 --json

    Parameters
    ----------
    topic
        What the meeting is about; up to 200 characters.
    start
        When it starts: 2031-12-01T18:24 with --timezone, the same ending in Z or an offset, or "now".
    duration
        Minutes, 1 to 1440.
    timezone
        Time zone of --start, by its IANA name. [env: ZOOMLINK_TIMEZONE]
    host
        E-mail address of the Zoom user who owns the meeting. Default: the first of ZOOMLINK_HOSTS, else the owner of
        the account.
    key
        Your own name for this request, such as a booking number.
    passcode
        Up to 10 characters; without it, Zoom makes one as the account's settings say.
    agenda
        A description, up to 2000 characters.
    allow_overlap
        Create it even if the host has another meeting at that time.
    json
        Print the link as one JSON document.
    sandbox
        Use a local Zoom instead of the real one: no account, no network. [env: ZOOMLINK_SANDBOX]
    """
    with settings_for(sandbox=sandbox) as settings:
        request = plan(
            topic,
            start=start,
            timezone=timezone,
            duration=duration,
            host=host if host is not None else settings.hosts[0].name,
            key=key,
            passcode=passcode,
            agenda=agenda,
            default_timezone=settings.timezone,
            now=datetime.now(UTC),
        )
        with ZoomClient(settings) as client:
            link: Link = issue(client, request)
    if json:
        print_json(link.to_dict())
    else:
        print_link(link)
    return 0
