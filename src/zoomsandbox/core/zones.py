"""Time zones as Zoom names them: IANA names and ``SST``. Turns wall time into instants; keeps no state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

# Zoom's one name outside the IANA database: Solomon Islands time, UTC+11
_SST = timezone(timedelta(hours=11), "SST")
_PLAIN = {"UTC", "GMT", "CET", "EET", "MET", "WET", "EST", "MST", "HST"}


@lru_cache(maxsize=1024)
def find(name: str) -> tzinfo | None:
    """The zone called `name`, or None when there is none."""
    if name == "SST":
        return _SST
    if "/" not in name and name not in _PLAIN:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def instant_of(wall: datetime, zone: tzinfo) -> int:
    """The instant, in whole seconds, at which clocks in `zone` show `wall`; of two the first."""
    return int(wall.replace(tzinfo=zone).timestamp())


def wall_of(instant: float, zone: tzinfo) -> datetime:
    """What clocks in `zone` show at `instant`, without the zone."""
    return datetime.fromtimestamp(instant, UTC).astimezone(zone).replace(tzinfo=None)
