"""A subscription, a delivery and its attempts, as plain values. Decides nothing and sends nothing."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from zoomsandbox.core.clock import zulu

if TYPE_CHECKING:
    from zoomsandbox.core.timers import Timer

Signature = Literal["right", "wrong", "none"]
SIGNATURES: tuple[Signature, ...] = ("right", "wrong", "none")


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What shall be odd about a delivery: sent so many times, so many seconds late, signed so, its timestamp so old."""

    copies: int = 1
    delay: float = 0.0
    signature: Signature = "right"
    age: float = 0.0


PLAIN = Disturbance()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `at` is an instant of the sandbox's clock; `status` 0: no answer, and `problem` says why."""

    at: float
    status: int
    problem: str

    def as_dict(self) -> dict[str, Any]:
        """As the control plane shows it."""
        return {"time": zulu(self.at), "status": self.status, "problem": self.problem}


class Delivery:
    """One event for one subscription: the same bytes at each attempt."""

    __slots__ = ("age", "attempts", "body", "event", "made_at", "next_at", "number", "replay_of", "signature", "state",
                 "subscription", "timer")  # fmt: skip

    def __init__(self, number: int, subscription: Subscription, event: str, body: bytes, made_at: float) -> None:
        self.number = number
        self.subscription = subscription
        self.event = event
        self.body = body
        self.made_at = made_at
        self.signature: Signature = "right"
        self.age = 0.0
        self.attempts: list[Attempt] = []
        self.state: Literal["held", "waiting", "delivered", "dropped"] = "waiting"
        self.next_at: float | None = None
        self.timer: Timer | None = None
        self.replay_of: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """As the control plane shows it."""
        return {
            "delivery": self.number,
            "subscription": self.subscription.number,
            "event": self.event,
            "time": zulu(self.made_at),
            "state": self.state,
            "attempts": [one.as_dict() for one in self.attempts],
            "next_attempt": None if self.next_at is None else zulu(self.next_at),
            "replay_of": self.replay_of,
            "signature": self.signature,
            "body": self.body.decode("utf-8", "replace"),
        }


class Subscription:
    """One URL. `events` None: all of them. It gets events once its URL was validated, and as long as that holds.

    `machine_time`: the timestamp header shows the machine's time, not the sandbox's, for receivers that know no other.
    """

    __slots__ = ("check_due", "checks", "disturbance", "events", "hold", "machine_time", "number", "problem", "queue",
                 "secret", "state", "timer", "url", "validated_at")  # fmt: skip

    def __init__(self, number: int, url: str, secret: str, events: frozenset[str] | None) -> None:
        self.number = number
        self.url = url
        self.secret = secret
        self.events = events
        self.machine_time = False
        self.state: Literal["pending", "valid", "invalid"] = "pending"
        self.problem = ""
        self.validated_at: float | None = None
        self.check_due = True
        self.checks = 0
        self.timer: Timer | None = None
        self.hold = False
        self.disturbance = PLAIN
        self.queue: deque[Delivery] = deque()

    def wants(self, event: str) -> bool:
        """Whether it asked for this kind of event."""
        return self.events is None or event in self.events

    def as_dict(self) -> dict[str, Any]:
        """As the control plane shows it; without its secret."""
        return {
            "subscription": self.number,
            "url": self.url,
            "events": "all" if self.events is None else sorted(self.events),
            "state": self.state,
            "problem": self.problem,
            "validated_at": None if self.validated_at is None else zulu(self.validated_at),
            "timestamps": "machine" if self.machine_time else "sandbox",
            "hold": self.hold,
            "copies": self.disturbance.copies,
            "delay": self.disturbance.delay,
            "signature": self.disturbance.signature,
            "age": self.disturbance.age,
        }
