"""When to send again and how long to wait: policy as values and pure functions. No clock, no randomness, no sending."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from zoomlink.errors import InvalidInputError

__all__ = ["RetryPolicy", "parse_retry_after", "until_utc_midnight"]

LONGEST_WAIT = timedelta(hours=25)
"""Zoom's longest limit ends at the next 00:00 UTC; nothing it asks for can be meant to last longer."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently a call is repeated. Times in seconds.

    Only what is safe is repeated: a write only when it certainly never left or Zoom refused it for the moment.
    """

    attempts: int = 4
    """Sendings at most, the first included."""
    timeout: float = 30.0
    """Wall-clock limit of one sending, from connecting to the last byte of the answer."""
    deadline: float = 60.0
    """Wall-clock limit of the whole call, waiting included."""
    first_wait: float = 0.5
    longest_wait: float = 8.0

    def __post_init__(self) -> None:
        if not isinstance(self.attempts, int) or isinstance(self.attempts, bool) or self.attempts < 1:
            raise InvalidInputError("attempts is no whole number of 1 or more.", field="attempts")
        for name in ("timeout", "deadline", "first_wait", "longest_wait"):
            seconds = getattr(self, name)
            may_be_none = name in {"first_wait", "longest_wait"}
            if (
                not isinstance(seconds, int | float)
                or isinstance(seconds, bool)
                or not (seconds > 0 or (may_be_none and seconds == 0))
            ):
                raise InvalidInputError(f"{name} is no number of seconds.", field=name)
        if self.timeout > LONGEST_WAIT.total_seconds():  # the system's own clocks cannot count to infinity
            raise InvalidInputError("A sending cannot take more than 25 hours.", field="timeout")

    def wait(self, attempt: int) -> tuple[float, float]:
        """Return the wait before sending number `attempt` + 1, as (fixed, jitter) seconds.

        Doubles each time; half of it is fixed and half is random, so that callers who failed together come back apart.
        """
        full = min(self.longest_wait, self.first_wait * 2.0 ** min(attempt - 1, 60))
        return full / 2, full / 2


def parse_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Read a ``Retry-After`` header: seconds, an HTTP date, or Zoom's ISO 8601 instant (``2031-05-31T00:00:00Z``).

    The result lies between 0 and 25 hours; None when there is no header or it makes no sense. `now` is aware.
    """
    if not value:
        return None
    text = value.strip()
    if re.fullmatch(r"[+-]?\d+(?:\.\d*)?", text, re.ASCII):
        return timedelta(seconds=min(max(float(text), 0.0), LONGEST_WAIT.total_seconds()))
    moment = _iso(text) or _http_date(text)
    if moment is None:
        return None
    return _bounded(moment - now)


def until_utc_midnight(now: datetime) -> timedelta:
    """Return the time left until Zoom's daily limits start anew, at 00:00 UTC."""
    today = now.astimezone(UTC)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return midnight - today


def _bounded(span: timedelta) -> timedelta:
    return min(max(span, timedelta(0)), LONGEST_WAIT)


def _iso(text: str) -> datetime | None:
    if not re.fullmatch(
        r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:[Zz]|[+-]\d{2}:?\d{2})?", text, re.ASCII
    ):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _http_date(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime  # takes 8 ms to load, and Zoom's own dates are ISO instants

    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
