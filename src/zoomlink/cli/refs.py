"""What people call a link or a meeting on the command line, and what is meant by it."""

from __future__ import annotations

import re
import shlex
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from zoomlink.cli.common import connected
from zoomlink.errors import InvalidInputError, ZoomLinkError, tidy
from zoomlink.links.base import reference
from zoomlink.links.request import check_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoomlink.client.sync_client import ZoomClient
    from zoomlink.config import Settings
    from zoomlink.links.desk import LinkDesk
    from zoomlink.model import Link

__all__ = ["Key", "at_instance", "at_meeting", "known", "number_of", "read_ref"]


class Key(str):
    """A REF that is neither a link's id nor a meeting's number: the caller's own name for a link."""

    __slots__ = ()


def read_ref(ref: str) -> str | int:
    """Return what a REF is: a link's id, a meeting's number or a :class:`Key`. Raises InvalidInputError."""
    try:
        return reference(ref)
    except InvalidInputError as error:
        if error.field != "meeting":
            raise
        # Digits are a meeting's number, right or wrong, and an address, which may hold a passcode, is no key.
        if not re.fullmatch(r"[\d\s-]*", ref) and "://" not in ref:
            with suppress(InvalidInputError):
                return Key(check_key(ref))
        hint = "Name a link (lnk_…), a meeting (812 3456 7890) or a link's key (booking-4711)."
        raise InvalidInputError(error.message, field="ref", hint=hint) from None


@contextmanager
def at_meeting(ref: str, *, sandbox: bool) -> Iterator[tuple[int, ZoomClient]]:
    """Give the number of a REF's meeting and a client, while the block runs. A meeting's number needs no ledger."""
    which = read_ref(ref)
    with connected(sandbox=sandbox) as (settings, zoom):
        yield (which if isinstance(which, int) else _meeting_of(which, settings)), zoom


def known(desk: LinkDesk, which: str | int) -> Link | None:
    """The link of a REF; None for a meeting that is none. Raises ZoomLinkError for an id or a key that is not in the
    ledger.
    """
    if isinstance(which, Key):
        link = desk.find(which)
        if link is None:
            raise ZoomLinkError(
                f"No link has the key {tidy(which, 60)}.",
                hint="zoomlink list --json shows the links with their keys.",
                slug="not-found",
            )
        return link
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
        state = "" if link is None else f" is {link.state}: it"
        hint = f"See: zoomlink show {shlex.quote(str(which))}"
        raise ZoomLinkError(f"The link {which}{state} has no meeting.", hint=hint, slug="conflict")
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


def _meeting_of(which: str, settings: Settings) -> int:
    from zoomlink.links.desk import LinkDesk

    with LinkDesk(settings) as desk:
        return number_of(known(desk, which), which)
