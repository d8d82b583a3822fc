"""What the ledger's tables hold, row by row, as values: tuples, since that is what databases take and give.
No SQL, no decisions.

Moments are whole milliseconds since 1970 (UTC); spans are milliseconds. JSON stands in text columns, so that both
databases keep it byte for byte.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

__all__ = ["ApiTokenRow", "DayRow", "EventRow", "LinkRow", "PaceRow", "PoolRow"]


class LinkRow(NamedTuple):
    """One link: a request, what became of it, and what has to be done about it next."""

    id: str
    account: str
    """Zoom's account id."""
    owner: str
    """Whose key it is: empty for the library and the command, else an API key's owner."""
    key: str
    fingerprint: str
    """SHA-256 of `asked`; outlives the erasure of what was asked."""
    marker: str
    """What the meeting carries in its agenda; empty when the marker is switched off."""
    state: str
    """A :class:`zoomlink.model.LinkState`."""
    version: int
    """Counts every change of the row."""
    attempt: int
    """Number of the last sending; guards every transition, so that a late answer cannot change a later attempt."""
    mode: str
    """``fast`` or ``strict``: how a lost answer is settled."""
    host: str
    """E-mail address of the host, in lower case, once it is known; before that, as it was asked for."""
    asked: str = ""
    """JSON: the request as the caller made it, to compare a second one with the same key. Never changed."""
    body: str = ""
    """JSON: what Zoom is asked, field for field, without the marker."""
    topic: str = ""
    start_at: int = 0
    timezone: str | None = None
    duration: int = 0
    """Minutes."""
    meeting_id: int | None = None
    shared_id: int = 0
    """1 when the meeting id is the host's personal one, which other meetings have too."""
    join_url: str | None = None
    passcode: str | None = None
    claim: str | None = None
    """Drawn by whoever is sending, so that an operation repeated after a lost commit is known again."""
    lease_at: int | None = None
    """While sending: from this moment on whoever was sending is taken for dead."""
    first_sent_at: int | None = None
    sent_at: int | None = None
    unsure_at: int | None = None
    """When the last answer was lost: from then on surplus meetings are looked for, for 24 hours."""
    looks: int = 0
    """Complete listings without our meeting, since the last lost answer."""
    tries: int = 0
    """Failures in a row, for back-off."""
    watch: int = 0
    """How many looks of the watch are done."""
    wish: str | None = None
    """JSON: a change or a cancellation that was accepted and has to be carried out."""
    due_at: int | None = None
    """When something has to be done about it; None: never."""
    warnings: str = "[]"
    problem: str | None = None
    """JSON: the last problem, as ``zoomlink.links.problem`` writes it."""
    sequence: int = 0
    """Changes that guests have to hear of, as calendar files count them."""
    created_at: int = 0
    updated_at: int = 0

    def asks(self, field: str) -> Any:
        """What Zoom is asked for a field of the meeting; None where it is not asked."""
        # The text is looked through first: most links are no series, and this is asked often.
        return json.loads(self.body).get(field) if f'"{field}"' in self.body else None


class EventRow(NamedTuple):
    """One line of a link's history."""

    at: int
    event: str
    detail: str
    """JSON object."""


class PaceRow(NamedTuple):
    """The next free moment for calls of one label, in microseconds since 1970, and what was learned of the limit."""

    account: str
    label: str
    next_us: int = 0
    """From this moment on the next call may be made."""
    learned: float = 0.0
    """Calls a second that Zoom was seen to allow; 0: nothing was learned."""
    learned_until: int = 0
    blocked_until: int = 0


class DayRow(NamedTuple):
    """Meetings created and changed for one host on one UTC day (counted in days since 1970)."""

    account: str
    host: str
    day: int
    used: int = 0
    full_until: int = 0
    """Zoom said that the day is used up, until this moment."""


class PoolRow(NamedTuple):
    """What is known of a host."""

    account: str
    host: str
    licensed: int | None = None
    """1 or 0; None: not known."""
    licence_at: int = 0
    """When it was asked for."""
    looked_at: int = 0
    """When its meetings were listed last."""


class ApiTokenRow(NamedTuple):
    """The token that all processes of one installation share."""

    account: str
    client: str
    generation: int = 0
    sealed: str | None = None
    """Encrypted: :mod:`zoomlink.store.sealing`."""
    renew_at: int = 0
    expires_at: int = 0
    fetcher: str | None = None
    """Who is fetching the next one, until `fetch_until`."""
    fetch_until: int = 0
    fetched_at: int = 0
    failed_at: int = 0
    failure: str | None = None
    """Why credentials were refused; encrypted under those very credentials."""
    rejections: str = "[]"
    """JSON: moments at which Zoom refused a token of ours before its time."""
