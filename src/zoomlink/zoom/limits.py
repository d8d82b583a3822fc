"""How much Zoom allows, as data: calls by label and plan, the special daily limits, a host's capacity. No counting.

Facts: https://developers.zoom.us/docs/api/rate-limits/ and, for what a host may run at once,
https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0068522. All limits are the account's, shared by all
its users and apps, unless a row says otherwise; days begin at 00:00 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BASIC_MINUTES",
    "CAPACITY",
    "HOST_WRITES_A_DAY",
    "RATES",
    "SPECIALS",
    "Label",
    "Rate",
    "SpecialLimit",
    "pacing_label",
    "rate",
    "specials_for",
]


class Label(StrEnum):
    """What Zoom calls the weight of an operation; also the value of ``X-RateLimit-Category``."""

    LIGHT = "Light"
    MEDIUM = "Medium"
    HEAVY = "Heavy"
    RESOURCE_INTENSIVE = "Resource-intensive"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` in any `seconds`, and `a_day` calls a day (None: no limit by the day is published)."""

    calls: int
    seconds: int
    a_day: int | None = None
    shared: bool = False
    """True when the day's calls are one allowance for all labels of the plan that say so."""

    @property
    def per_second(self) -> float:
        """Calls a second, on average."""
        return self.calls / self.seconds


RATES: Mapping[str, Mapping[Label, Rate]] = {
    "free": {
        Label.LIGHT: Rate(4, 1, 6_000),
        Label.MEDIUM: Rate(2, 1, 2_000),
        Label.HEAVY: Rate(1, 1, 1_000),
        # As printed by Zoom, although it exceeds what the other labels of the plan allow.
        Label.RESOURCE_INTENSIVE: Rate(10, 60, 30_000),
    },
    "pro": {
        Label.LIGHT: Rate(30, 1),
        Label.MEDIUM: Rate(20, 1),
        Label.HEAVY: Rate(10, 1, 30_000, shared=True),
        Label.RESOURCE_INTENSIVE: Rate(10, 60, 30_000, shared=True),
    },
    "business": {
        Label.LIGHT: Rate(80, 1),
        Label.MEDIUM: Rate(60, 1),
        Label.HEAVY: Rate(40, 1, 60_000, shared=True),
        Label.RESOURCE_INTENSIVE: Rate(20, 60, 60_000, shared=True),
    },
}
"""By plan, as in ``ZOOMLINK_PLAN``. ``business`` stands for Business, Education, Enterprise and Partner."""


@dataclass(frozen=True, slots=True)
class SpecialLimit:
    """A limit that goes with something else than the account: at most `count` a day for each `per`."""

    name: str
    count: int
    per: str
    operations: tuple[str, ...]
    """Names of the operations that are counted together, as in :data:`zoomlink.zoom.scopes.OPERATIONS`."""
    meaning: str
    """Name of the error it ends in, the key of its row in :mod:`zoomlink.zoom.meanings`."""


HOST_WRITES_A_DAY = 100
"""Meetings created and changed, counted together, for one host in one UTC day."""

SPECIALS: tuple[SpecialLimit, ...] = (
    SpecialLimit(
        "host-writes", HOST_WRITES_A_DAY, "host", ("meetings.create", "meetings.update"), meaning="host-daily-limit"
    ),
    SpecialLimit(
        "registrant-adds",
        3,
        "registrant",
        ("registrants.add", "registrants.add_batch"),
        meaning="registrant-daily-limit",
    ),
    SpecialLimit("registrant-changes", 10, "registrant", ("registrants.set_status",), meaning="registrant-daily-limit"),
)

CAPACITY: Mapping[str, int] = {"free": 1, "pro": 1, "business": 2, "none": 2}
"""Meetings a licensed host may run at the same time, by plan, without the Concurrent Meetings add-on. Scheduling more
is never refused: the guests of the second one cannot get in. A basic host runs one on every plan. Under ``none``
nothing is known, so nothing more than the largest is called wrong."""

BASIC_MINUTES = 40
"""After so many minutes Zoom ends every meeting of a host without a licence."""

# Zoom's description of the API says Light and its rate-limit page speaks of Medium: keeping the lower rate is safe.
_PACED_AS: Mapping[str, Label] = {"meetings.create": Label.MEDIUM}


def pacing_label(operation: str, label: Label) -> Label:
    """Return the label whose rate to keep for the operation of that name; `label` is the one Zoom describes."""
    return _PACED_AS.get(operation, label)


def rate(plan: str, label: Label) -> Rate | None:
    """Return what `plan` (as in ``ZOOMLINK_PLAN``) allows; None where no limit is kept (``none``)."""
    return RATES[plan][label] if plan in RATES else None


def specials_for(operation: str) -> tuple[SpecialLimit, ...]:
    """Return the special limits the operation of that name counts toward."""
    return tuple(limit for limit in SPECIALS if operation in limit.operations)
