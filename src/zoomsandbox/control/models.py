"""What the control plane does to the world: the rules behind reset and clock. Never sees a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.control.exceptions import BadRequestError
from zoomsandbox.core.clock import parse_instant, zulu

if TYPE_CHECKING:
    from zoomsandbox.core.clock import Clock
    from zoomsandbox.core.timers import Timers

# Instants between which every rule of the sandbox can count: the years 1971 to 8999
_EARLIEST, _LATEST = 31_536_000.0, 221_845_392_000.0
_WORDS = (
    'send {"set": "2031-12-01T09:00:00Z"}, {"advance": 3600} (seconds), {"freeze": true} or {"run": true}; '
    "set and advance may be joined with freeze or run"
)


def clock_state(clock: Clock) -> dict[str, Any]:
    """What the clock shows."""
    now = clock.now()
    return {"now": zulu(now), "epoch": now, "frozen": clock.frozen}


async def move_clock(clock: Clock, timers: Timers, wish: dict[str, Any]) -> None:
    """Freeze, set, advance or run the clock; raises BadRequestError and then changes nothing.

    Whatever falls due on the way has happened when this returns.
    """
    if not wish or not wish.keys() <= {"set", "advance", "freeze", "run"}:
        raise BadRequestError(f"Nothing to do with the clock: {_WORDS}.")
    if any(wish.get(name, True) is not True for name in ("freeze", "run")) or wish.keys() >= {"freeze", "run"}:
        raise BadRequestError(f"freeze and run take true, and exclude each other: {_WORDS}.")
    target = clock.now()
    if "set" in wish:
        target = _instant(wish["set"])
    if "advance" in wish:
        seconds = wish["advance"]
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise BadRequestError(f"advance takes a number of seconds: {_WORDS}.")
        target += seconds
    if not _EARLIEST <= target <= _LATEST:
        raise BadRequestError("The clock goes from 1971 to 8999.")
    if "freeze" in wish:  # first, so that it stands at that very instant
        clock.freeze()
    if wish.keys() & {"set", "advance"}:
        await timers.move(target)
    if "run" in wish:
        clock.run()


def _instant(value: Any) -> float:
    try:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else parse_instant(value)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise BadRequestError(f"set takes an instant: {_WORDS}.") from None
