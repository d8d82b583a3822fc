"""Path segments for the API: what people pass as host or meeting, checked and encoded. Nothing else."""

from __future__ import annotations

import re
from urllib.parse import quote

from zoomlink.errors import InvalidInputError, tidy

__all__ = ["host_segment", "meeting_number", "meeting_segment", "number_segment", "plain_segment"]

_LARGEST_ID = 2**63 - 1
_HOST = re.compile(r"[^\s/\\?#%\x00-\x1f\x7f<>\"\ud800-\udfff]+")


def host_segment(host: str) -> str:
    """Encode a host (e-mail address, user id or ``me``) for a path.

    An empty one would reach another endpoint, so it is refused, as is what can be no user. Raises InvalidInputError.
    """
    name = host.strip() if isinstance(host, str) else ""
    if (
        not name
        or len(name) > 254
        or not re.fullmatch(r"[^\s/\\?#%\x00-\x1f\x7f<>\"\ud800-\udfff]+", name)
        or set(name) == {"."}
    ):
        raise InvalidInputError(
            f"{tidy(repr(host), 80)} is no Zoom user.",
            field="host",
            hint='Give an e-mail address or a user id; "me" is the owner of the account.',
        )
    return quote(name, safe="@+")


def meeting_number(meeting: int | str) -> int:
    """Return a meeting's id as the integer it is; blanks and hyphens, as Zoom prints them, are fine.

    Raises InvalidInputError.
    """
    if isinstance(meeting, int) and not isinstance(meeting, bool) and 0 < meeting <= _LARGEST_ID:
        return meeting
    if isinstance(meeting, str):
        groups = re.fullmatch(r"\s*[0-9]+(?:[\s-][0-9]+)*\s*", meeting[:60], re.ASCII)
        digits = re.sub(r"[\s-]", "", meeting)
        if groups and len(digits) <= 19 and 0 < int(digits) <= _LARGEST_ID:
            return int(digits)
    raise InvalidInputError(
        f"{_shown(meeting)} is no meeting id.",
        field="meeting",
        hint="It has 9 to 11 digits, as in 812 3456 7890.",
    )


def meeting_segment(meeting: int | str) -> str:
    """Encode a meeting's id, or the uuid of one of its instances, for a path.

    A uuid is base64: one that starts with ``/`` or holds ``//`` has to be encoded twice (Zoom's OpenAPI description).
    """
    if isinstance(meeting, str) and re.fullmatch(r"[A-Za-z0-9+/]{22}==", meeting):
        once = quote(meeting, safe="")
        return quote(once, safe="") if meeting.startswith("/") or "//" in meeting else once
    return str(meeting_number(meeting))


def number_segment(meeting: int | str) -> str:
    """Encode a meeting's id for a path that takes no uuid: only past meetings are asked for by instance."""
    if isinstance(meeting, str) and re.fullmatch(r"[A-Za-z0-9+/]{22}==", meeting):
        raise InvalidInputError(
            "That is the uuid of one instance; a meeting's id is needed here.",
            field="meeting",
            hint="It has 9 to 11 digits. What took place is found by uuid among past meetings.",
        )
    return str(meeting_number(meeting))


def plain_segment(value: str, field: str, what: str) -> str:
    """Encode an id of Zoom's making (a registrant's, a template's) for a path. Raises InvalidInputError."""
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > 200 or not re.fullmatch(r"[\x21-\x7e]+", text) or set(text) == {"."}:
        raise InvalidInputError(f"{tidy(repr(value), 60)} is no {what}.", field=field)
    return quote(text, safe="")


def _shown(value: object) -> str:
    # Python itself refuses to print a number of many thousand digits.
    too_long = isinstance(value, int) and abs(value) >= 10**60
    return "That number" if too_long else tidy(repr(value), 60)
