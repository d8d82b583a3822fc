"""Commands for a meeting around its hour: end, recover, invite, past. No decisions about Zoom."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zoomlink.cli.common import at_desk, confirm
from zoomlink.cli.options import Ref, Sandbox, Yes
from zoomlink.cli.output import print_items, print_json, print_rows, say, stamp
from zoomlink.cli.refs import at_instance, at_meeting, known, number_of, read_ref
from zoomlink.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["end", "invite", "past", "recover"]


def end(ref: Ref, /, *, yes: Yes = False, sandbox: Sandbox = False) -> int:
    """End a running meeting for all who are in it."""
    read_ref(ref)
    if not yes and not confirm(f"End meeting {ref} for everybody?"):
        say("Nothing was ended.")
        return 0
    with at_meeting(ref, sandbox=sandbox) as (number, zoom):
        zoom.meetings.end(number)
    say("Ended.")
    return 0


def recover(ref: Ref, /, *, sandbox: Sandbox = False) -> int:
    """Bring a deleted meeting back, and the link it was made for."""
    which = read_ref(ref)
    with at_desk(sandbox=sandbox) as desk:
        link = known(desk, which)
        number = number_of(link, which)
        desk.zoom.meetings.recover(number)
        if link is not None:
            desk.adopt(number)
    say("It is back.")
    return 0


def invite(ref: Ref, /, *names: str, ttl: int = 7200, json: bool = False, sandbox: Sandbox = False) -> int:
    """Make personal join links for people, by the names they will carry in the meeting.

    Parameters
    ----------
    names
        The people's names, up to 500.
    ttl
        Seconds the links live; 0 for ever, at most 7776000 (90 days).
    json
        Print them as one JSON document.
    """
    with at_meeting(ref, sandbox=sandbox) as (number, zoom):
        links = zoom.meetings.invite_links(number, names, ttl=ttl)
    rows = [{"name": link.name, "join_url": link.join_url, "expires_at": stamp(link.expires_at)} for link in links]
    print_items(rows, json=json, empty="Nobody is named.")
    return 0


def past(
    ref: Ref, /, *, instances: bool = False, participants: bool = False, json: bool = False, sandbox: Sandbox = False
) -> int:
    """Show how a meeting went that has ended: its latest instance, or one by its uuid.

    Parameters
    ----------
    ref
        The meeting's number, or the uuid of one instance.
    instances
        List the times it took place.
    participants
        List who was there.
    json
        Print it as one JSON document.
    """
    with at_instance(ref, sandbox=sandbox) as (which, zoom), _not_past_yet():
        if instances:
            rows = [{"uuid": one.uuid, "start_time": stamp(one.start_time)} for one in zoom.past.instances(which)]
            print_items(rows, json=json, empty="It has not taken place.")
            return 0
        if participants:
            people = [
                {
                    "name": one.name,
                    "email": one.email,
                    "join_time": stamp(one.join_time),
                    "leave_time": stamp(one.leave_time),
                    "seconds": one.duration,
                }
                for one in zoom.past.participants(which)
            ]
            print_items(people, json=json, empty="Nobody is named.")
            return 0
        found = zoom.past.get(which)
    document = {
        "meeting_id": found.id,
        "uuid": found.uuid,
        "topic": found.topic,
        "host": found.host_email,
        "start_time": stamp(found.start_time),
        "end_time": stamp(found.end_time),
        "minutes": found.duration,
        "participants": found.participants_count,
    }
    if json:
        print_json(document)
    else:
        print_rows("Past meeting", [(name, str(value)) for name, value in document.items() if value is not None])
    return 0


@contextmanager
def _not_past_yet() -> Iterator[None]:
    # Zoom knows only meetings here that were held, and calls all others missing.
    try:
        yield
    except NotFoundError:
        say("Only meetings that were held and have ended are among the past ones; zoomlink show finds the others.")
        raise
