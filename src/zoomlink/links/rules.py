"""How links are issued, as values: whose account, how long to wait for what, which limits to keep. No decisions.

The times and their reasons: a meeting may appear in Zoom up to `settle` after its answer was lost, and in lists a
little later; a watch of 24 hours finds what comes later still.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, Self

from zoomlink.links.marker import make_marker, marker_key
from zoomlink.model import HostSpec
from zoomlink.secret import Secret
from zoomlink.zoom.limits import HOST_WRITES_A_DAY, Label, rate
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from zoomlink.config import Settings
    from zoomlink.store.rows import LinkRow

__all__ = ["Call", "Rules", "Times"]

SHARE = 0.95
"""Of the rate that Zoom allows; what is left is for clocks that tick a little unevenly."""

SHORTEST = 1.0
"""Seconds that a call to Zoom is given however little time is left: one cut off at once may have happened."""


@dataclass(frozen=True, slots=True)
class Times:
    """All in milliseconds."""

    lease: int = 45_000
    """Who is sending is taken for dead after this; longer than any sending takes."""
    settle: int = 90_000
    """``strict``: no meeting is made anew before this time has passed since the answer was lost."""
    looks: tuple[int, ...] = (1_000, 2_000, 4_000, 8_000, 16_000, 20_000)
    """Waits between looks at a host's meetings; the last one again and again."""
    watch: tuple[int, ...] = (300_000, 3_600_000, 86_400_000)
    """When to look for surplus meetings, from the last lost answer on."""
    late: int = 3_600_000
    """A meeting made so long after the last sending is not of our making, whatever its agenda says."""
    early: int = 300_000
    """What Zoom's clock may be behind ours."""
    retries: tuple[int, ...] = (1_000, 2_000, 5_000, 15_000, 30_000, 60_000, 120_000, 300_000)
    """Waits before a link is sent again that did not reach Zoom."""
    hold: int = 60_000
    """For so long nobody else is handed a link that somebody is dealing with."""

    def scaled(self, by: float) -> Self:
        """The same times, so many times as long; for tests that have no 24 hours."""

        def span(value: int) -> int:
            return max(int(value * by), 1)

        return replace(
            self,
            lease=span(self.lease),
            settle=span(self.settle),
            looks=tuple(span(value) for value in self.looks),
            watch=tuple(span(value) for value in self.watch),
            retries=tuple(span(value) for value in self.retries),
            hold=span(self.hold),
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for all links of one desk."""

    account: str
    """Zoom's account id."""
    client: str
    """The app's client id."""
    key: Secret[bytes] = field(repr=False)
    """Under which markers are made."""
    owner: str = ""
    """Whose keys the callers' keys are: empty, or an API key's owner."""
    hosts: tuple[HostSpec, ...] = (HostSpec("me"),)
    plan: str = "pro"
    mode: str = "fast"
    """``fast`` looks once before a meeting is made anew, ``strict`` waits until nothing can come late."""
    marker: bool = True
    buffer: int = 0
    """Minutes kept free between two meetings of a host."""
    foreign: int | None = 600_000
    """Milliseconds for which a list of a host's meetings is good enough to know what it is busy with besides our links;
    None: nobody looks."""
    batch: bool = False
    """True for work that nobody waits for: it leaves room for callers who do."""
    timezone: str | None = None
    times: Times = Times()
    policy: RetryPolicy = field(default_factory=RetryPolicy)

    @classmethod
    def of(cls, settings: Settings, *, policy: RetryPolicy | None = None, owner: str = "") -> Self:
        """The rules that an account's settings make."""
        return cls(
            account=settings.credentials.account_id,
            client=settings.credentials.client_id,
            key=Secret(marker_key(settings.credentials)),
            owner=owner,
            hosts=settings.hosts,
            plan=settings.plan,
            mode=settings.settle,
            marker=settings.marker,
            buffer=settings.buffer,
            timezone=settings.timezone,
            policy=policy or RetryPolicy(),
        )

    def marker_of(self, name: str) -> str:
        """The marker of the request that is called `name`; empty when markers are switched off."""
        return make_marker(self.key.reveal(), self.account, self.owner, name) if self.marker else ""

    def per_second(self, label: Label) -> float | None:
        """Calls a second that we allow ourselves under a label; None where no rate is kept."""
        allowed = rate(self.plan, label)
        return None if allowed is None else allowed.per_second * SHARE

    def may_see(self, row: LinkRow) -> bool:
        """True for a link of this account, and of this owner where there is one."""
        return row.account == self.account and self.owner in {"", row.owner}

    def within(self, left: float | None) -> Self:
        """The same rules for somebody who waits `left` seconds longer (None: for nobody), of which each call to Zoom
        has at least one.
        """
        if left is None:
            return self
        most = max(left, SHORTEST)
        policy = replace(self.policy, timeout=min(self.policy.timeout, most), deadline=min(self.policy.deadline, most))
        return replace(self, policy=policy)

    @property
    def day_limit(self) -> int | None:
        """Creates and updates a day for each host; None where nothing is counted."""
        return None if self.plan == "none" else HOST_WRITES_A_DAY


class Call(NamedTuple):
    """One caller's wish to have flows carried out."""

    draw: str
    """Drawn at random for this call: tells it from all others."""
    until: float = float("-inf")
    """How long somebody waits for it, in ticks of the clock; by default nobody does."""

    def left(self, ticks: float) -> float | None:
        """Seconds that somebody waits longer, less than none when the time is over; None when nobody waits."""
        return None if self.until == float("-inf") else self.until - ticks
