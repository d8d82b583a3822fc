"""Who else a meeting concerns: people invited and alternative hosts, found by address. Reads settings only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoomsandbox.meetings.entities import Meeting


def guests_of(meeting: Meeting) -> Iterator[str]:
    """Addresses (or user ids) of people invited and of alternative hosts, in lower case."""
    for person in meeting.settings.get("meeting_invitees") or ():
        if person.get("email"):
            yield person["email"].strip().lower()
    for name in (meeting.settings.get("alternative_hosts") or "").replace(",", ";").split(";"):
        if name.strip():
            yield name.strip().lower()


class GuestBook:
    """Meetings by the people they concern."""

    __slots__ = ("_meetings",)

    def __init__(self) -> None:
        self._meetings: dict[str, set[int]] = {}

    def enter(self, meeting: Meeting) -> None:
        """Note whom `meeting` concerns."""
        if meeting.settings:
            for guest in guests_of(meeting):
                self._meetings.setdefault(guest, set()).add(meeting.id)

    def strike(self, meeting: Meeting) -> None:
        """Forget what `enter` noted."""
        if meeting.settings:
            for guest in guests_of(meeting):
                known = self._meetings.get(guest, set())
                known.discard(meeting.id)
                if not known:
                    self._meetings.pop(guest, None)

    def of(self, *names: str) -> set[int]:
        """The numbers of all meetings that concern somebody with one of these names."""
        return {number for name in names for number in self._meetings.get(name.lower(), ())}
