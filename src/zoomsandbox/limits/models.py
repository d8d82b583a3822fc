"""The counters behind the limits, on the sandbox's clock. Decides who may go on; never sees a request.

Calls a second come out of a bucket that holds one second's calls and fills evenly: a burst of that size passes at
once, and a frozen clock gives nothing back until it is moved. Days are UTC days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomsandbox.core.clock import zulu
from zoomsandbox.limits import table
from zoomsandbox.limits.exceptions import (
    AccountDayError,
    ConcurrentWriteError,
    HostDayError,
    RegistrantDayError,
    TooFastError,
)

if TYPE_CHECKING:
    from zoomsandbox.core.clock import Clock
    from zoomsandbox.options import Options

Headers = list[tuple[str, str]]

_DAY = 86400
# The clock's numbers are rounded; a bucket that lacks this little of a call is taken as full enough
_ROUNDING = 1e-3


class Bucket:
    """`size` calls, filling again evenly within `seconds`."""

    __slots__ = ("_at", "_left", "seconds", "size")

    def __init__(self, size: int, seconds: int) -> None:
        self.size = size
        self.seconds = seconds
        self._left = float(size)
        self._at = 0.0

    def left(self, now: float) -> float:
        """How many calls are in it now."""
        gone = now - self._at
        if gone > 0:
            self._left = min(float(self.size), self._left + gone * self.size / self.seconds)
        # A clock set back gives nothing, and takes nothing either
        self._at = now
        return self._left

    def take(self, now: float) -> bool:
        """One call out of it; False when there is none."""
        if self.left(now) < 1 - _ROUNDING:
            return False
        self._left = max(self._left - 1, 0.0)
        return True

    def put(self, left: float, now: float) -> None:
        """Let it hold `left` calls, at most what it can."""
        self._left = min(left, float(self.size))
        self._at = now


class Label:
    """One of Zoom's four labels: its bucket, and the purse its daily limit comes from (None: no daily limit)."""

    __slots__ = ("bucket", "daily", "head", "name", "purse")

    def __init__(self, name: str, figure: table.Figure) -> None:
        self.name = name
        self.bucket = Bucket(figure.calls, figure.seconds)
        self.daily = figure.daily
        self.purse = figure.purse or name
        self.head = ("X-RateLimit-Category", name)


class Limits:
    """All limits of the account. `on` False: nothing is counted and nothing refused."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Zoom's figures again, and nothing counted yet."""
        self.on = self._options.limits
        figures = table.figures(self._options.plan)
        self.labels = {name: Label(name, figures[name]) for name in table.LABELS}
        self.writes_per_host = table.WRITES_PER_HOST
        self.adds_per_registrant = table.ADDS_PER_REGISTRANT
        self.status_changes_per_registrant = table.STATUS_CHANGES_PER_REGISTRANT
        self._locks: dict[str, float] = {}
        self._deleting: dict[str, object] = {}
        self._overlapping: set[object] = set()
        self._day = -1
        self.new_day()

    # -- days --------------------------------------------------------------------------------------------------------

    def today(self) -> int:
        """The UTC day, counted from 1970."""
        return int(self._clock.now() // _DAY)

    @property
    def resumes(self) -> str:
        """The next 00:00 UTC, in the form of Zoom's ``Retry-After``."""
        return zulu((self.today() + 1) * _DAY)

    def new_day(self) -> None:
        """Forget the counts of another day."""
        day = self.today()
        if day != self._day:
            self._day = day
            self.spent: dict[str, int] = {}
            self.writes: dict[str, int] = {}
            self.adds: dict[str, int] = {}
            self.status_changes: dict[str, int] = {}

    # -- counting ----------------------------------------------------------------------------------------------------

    def call(self, name: str, too_fast: int = 429) -> Headers:
        """Count one call under the label `name`; the headers for its answer.

        `too_fast` is the code in the body of a per-second refusal.

        Raises
        ------
        Refused
            TooFastError or AccountDayError, with the headers of the answer.
        """
        now = self._clock.now()
        if now // _DAY != self._day:
            self.new_day()
        label = self.labels[name]
        bucket = label.bucket
        if not bucket.take(now):
            raise Refused(TooFastError(too_fast), _headers(label, "QPS", bucket.size, 0))
        if label.daily is None:
            return _headers(label, "QPS", bucket.size, int(bucket.left(now) + _ROUNDING))
        spent = self.spent.get(label.purse, 0)
        if spent >= label.daily:
            headers = _headers(label, "Daily-limit", label.daily, 0)
            headers.append(("Retry-After", self.resumes))
            raise Refused(AccountDayError(), headers)
        self.spent[label.purse] = spent + 1
        return _headers(label, "Daily-limit", label.daily, label.daily - spent - 1)

    def write(self, host_id: str) -> None:
        """Count one create or update for this host; raises HostDayError. Both verbs spend from the same count."""
        self.new_day()
        used = self.writes.get(host_id, 0)
        if used >= self.writes_per_host:
            raise HostDayError(self.writes_per_host)
        self.writes[host_id] = used + 1

    def add_registrant(self, email: str) -> None:
        """Count one registration of this person, for whatever meeting; raises RegistrantDayError."""
        self.new_day()
        key = email.lower()
        used = self.adds.get(key, 0)
        if used >= self.adds_per_registrant:
            raise RegistrantDayError(self.adds_per_registrant, "Add a meeting registrant", email)
        self.adds[key] = used + 1

    def change_status(self, registrants: list[str]) -> None:
        """Count one status change for each of these registrants, none if one is over; raises RegistrantDayError."""
        self.new_day()
        for registrant in registrants:
            if self.status_changes.get(registrant.lower(), 0) >= self.status_changes_per_registrant:
                raise RegistrantDayError(
                    self.status_changes_per_registrant, "Update meeting registrant status", registrant
                )
        for registrant in registrants:
            self.status_changes[registrant.lower()] = self.status_changes.get(registrant.lower(), 0) + 1

    # -- one delete at a time ----------------------------------------------------------------------------------------

    def begin_delete(self, host_id: str, who: object) -> None:
        """Note that `who` is about to delete something of this host's, or that another is at it already."""
        if self._deleting.setdefault(host_id, who) is not who:
            self._overlapping.add(who)

    def end_delete(self, host_id: str, who: object) -> None:
        """Note that `who` is done."""
        self._overlapping.discard(who)
        if self._deleting.get(host_id) is who:
            del self._deleting[host_id]

    def may_delete(self, host_id: str, who: object) -> None:
        """Raise ConcurrentWriteError when another was deleting there as `who` began, or the host is locked."""
        if who in self._overlapping or self._locks.get(host_id, 0.0) > self._clock.now():
            raise ConcurrentWriteError

    def lock(self, host_id: str, seconds: float) -> None:
        """Refuse deletes on this host for so many seconds of the sandbox's clock, as if one were under way."""
        self._locks[host_id] = self._clock.now() + seconds

    def locks(self) -> dict[str, float]:
        """Hosts on which deletes are refused, and for how many seconds yet."""
        now = self._clock.now()
        return {host_id: until - now for host_id, until in self._locks.items() if until > now}


class Refused(Exception):  # noqa: N818 - carries a refusal and its headers
    """A call too many: Zoom's `error`, and the `headers` its answer has."""

    def __init__(self, error: TooFastError | AccountDayError, headers: Headers) -> None:
        super().__init__(error.message)
        self.error = error
        self.headers = headers


def _headers(label: Label, kind: str, limit: int, remaining: int) -> Headers:
    return [
        label.head,
        ("X-RateLimit-Type", kind),
        ("X-RateLimit-Limit", str(limit)),
        ("X-RateLimit-Remaining", str(remaining)),
    ]
