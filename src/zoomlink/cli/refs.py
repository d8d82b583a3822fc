"""What people call a link or a meeting on the command line, and what is meant by it."""

from __future__ import annotations

import re
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zoomlink.cli.common import connected
from zoomlink.errors import InvalidInputError, ZoomLinkError
from zoomlink.links.base import reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoomlink.client.sync_client import ZoomClient
    from zoomlink.config import Settings
    from zoomlink.links.desk import LinkDesk
    from zoomlink.model import Link

__all__ = ["at_instance", "at_meeting", "known", "number_of", "read_ref"]


def read_ref(ref: str) -> str | int:
    """Return the link's id or the meeting's number that a REF is. Raises InvalidInputError when it is neither."""
    try:
        return reference(ref)
    except InvalidInputError as error:
        if error.field != "meeting":
            raise
        key = shlex.quote(ref) if ref.isascii() and ref.isprintable() and len(ref) <= 255 else "KEY"
        hint = f"Name a link (lnk_…) or a meeting (812 3456 7890); by its key: zoomlink list --key {key}."
        raise InvalidInputError(error.message, field="ref", hint=hint) from None


@contextmanager
def at_meeting(ref: str, *, sandbox: bool) -> Iterator[tuple[int, ZoomClient]]:
    """Give the number of a REF's meeting and a client, while the block runs. A meeting's number needs no ledger."""
    which = read_ref(ref)
    with connected(sandbox=sandbox) as (settings, zoom):
        yield (which if isinstance(which, int) else _meeting_of(which, settings)), zoom


def known(desk: LinkDesk, which: str | int) -> Link | None:
    """The link of a REF; None for a meeting that is none. Raises ZoomLinkError for an id that is not in the ledger."""
    try:
        return desk.get(which)
    except ZoomLinkError as error:
        if isinstance(which, int) and error.slug == "not-found":
            return None
        raise


def number_of(link: Link | None, which: str | int) -> int:
    """The number of the meeting of a REF. Raises ZoomLinkError for a link that has none."""
    number = which if link is None else link.meeting_id
    if not isinstance(number, int):
        raise ZoomLinkError(f"The link {which} has no meeting.", hint="See: zoomlink show", slug="conflict")
    return number


@contextmanager
def at_instance(ref: str, *, sandbox: bool) -> Iterator[tuple[int | str, ZoomClient]]:
    """The same for a past meeting, which may also be named by the uuid of one instance."""
    if re.fullmatch(r"[A-Za-z0-9+/]{22}==", ref):
        with connected(sandbox=sandbox) as (_, zoom):
            yield ref, zoom
        return
    with at_meeting(ref, sandbox=sandbox) as found:
        yield found


def _meeting_of(link: str, settings: Settings) -> int:
    from zoomlink.links.desk import LinkDesk

    with LinkDesk(settings) as desk:
        found = desk.get(link)
    if found.meeting_id is None:
        raise ZoomLinkError(
            f"The link {link} is {found.state}: it has no meeting.", hint="See: zoomlink show", slug="conflict"
        )
    return found.meeting_id
