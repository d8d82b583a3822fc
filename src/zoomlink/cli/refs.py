"""What people call a meeting on the command line, and what is meant by it. Nothing is fetched here."""

from __future__ import annotations

import re

from zoomlink.errors import InvalidInputError
from zoomlink.zoom.paths import meeting_number

__all__ = ["instance_of", "meeting_of"]


def meeting_of(ref: str) -> int:
    """Return the meeting's number for a REF. Raises InvalidInputError, also for a link's id: links are not stored."""
    if re.fullmatch(r"lnk_[0-9a-z]{26}", ref):
        raise InvalidInputError(
            "Links are not remembered yet, so a link's id leads nowhere.",
            field="ref",
            hint="Give the meeting's number, which stands beside it in the output of create.",
        )
    return meeting_number(ref)


def instance_of(ref: str) -> int | str:
    """Return what names a past meeting: a meeting's number, or the uuid of one instance as it stands."""
    return ref if re.fullmatch(r"[A-Za-z0-9+/]{22}==", ref) else meeting_of(ref)
