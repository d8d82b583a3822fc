"""Zoom's figures as data: calls a second and a day by label and plan, and the special limits. No counting here.

Sources: https://developers.zoom.us/docs/api/rate-limits/ and, for 100 a day, the create operation's own page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoomsandbox.options import Plan

LABELS = ("Light", "Medium", "Heavy", "Resource-intensive")

WRITES_PER_HOST = 100
ADDS_PER_REGISTRANT = 3
STATUS_CHANGES_PER_REGISTRANT = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """One label on one plan: `calls` in `seconds`, and at most so many in a UTC day out of the purse called `purse`.

    Labels with the same purse spend from it together. `daily` None: no daily limit.
    """

    calls: int
    seconds: int = 1
    daily: int | None = None
    purse: str = ""


def figures(plan: Plan) -> dict[str, Figure]:
    """Every label's figures on `plan`."""
    return _PLANS[plan]


_TOGETHER = "Heavy and Resource-intensive"
_PLANS: dict[str, dict[str, Figure]] = {
    "free": {
        "Light": Figure(4, daily=6_000, purse="Light"),
        "Medium": Figure(2, daily=2_000, purse="Medium"),
        "Heavy": Figure(1, daily=1_000, purse="Heavy"),
        "Resource-intensive": Figure(10, 60, daily=30_000, purse="Resource-intensive"),
    },
    "pro": {
        "Light": Figure(30),
        "Medium": Figure(20),
        "Heavy": Figure(10, daily=30_000, purse=_TOGETHER),
        "Resource-intensive": Figure(10, 60, daily=30_000, purse=_TOGETHER),
    },
    "business": {
        "Light": Figure(80),
        "Medium": Figure(60),
        "Heavy": Figure(40, daily=60_000, purse=_TOGETHER),
        "Resource-intensive": Figure(20, 60, daily=60_000, purse=_TOGETHER),
    },
}
