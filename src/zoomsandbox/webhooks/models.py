"""Who gets which event, when it is tried, and what an attempt's outcome means. Sends nothing itself: see courier.py.

As Zoom has it: a URL gets nothing before it was validated, and is validated anew every 72 hours; an attempt succeeds
with 200 or 204; otherwise it is repeated 5 minutes later, 20 after that, 60 after that, and then dropped.
"""

from __future__ import annotations

import json
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from zoomsandbox.webhooks.entities import PLAIN, Attempt, Delivery, Disturbance, Subscription
from zoomsandbox.webhooks.events import Happening, payload_of
from zoomsandbox.webhooks.exceptions import NoSuchThingError
from zoomsandbox.webhooks.sending import check_url
from zoomsandbox.webhooks.signing import encrypted_token, signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from zoomsandbox.core.ledger import Entry
    from zoomsandbox.world import World

RETRIES = (300.0, 1200.0, 3600.0)
VALID_FOR = 72 * 3600.0
KEPT = 1000
_AGENT = "Zoom Marketplace/1.0a"
_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


class Webhooks:
    """All subscriptions and the last deliveries.

    `wake` is called with a subscription for which something is to be sent now; `settled` is awaited where a clock that
    stands still must not go on before that is done. Both are the courier's.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.wake: Callable[[Subscription], None] = lambda subscription: None  # noqa: ARG005 - nobody carries yet
        world.ledger.listeners.append(self._on_commit)
        self._subscriptions: dict[int, Subscription] = {}
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT)
        self.reset()

    def reset(self) -> None:
        """The subscriptions of the options, not validated yet; no deliveries."""
        for number in list(self._subscriptions):
            self.unsubscribe(number)
        self.deliveries.clear()
        self._last_subscription = 0
        self._last_delivery = 0
        for url in self._world.options.webhooks:
            self.subscribe(url)

    # -- subscriptions -----------------------------------------------------------------------------------------------

    def subscribe(
        self, url: str, events: Iterable[str] | None = None, secret: str = "", *, machine_time: bool = False
    ) -> Subscription:
        """A new subscription, to be validated at once; raises NotAReceiverError.

        `events` None: all. `secret` empty: the sandbox's webhook secret.
        """
        check_url(url, anywhere=self._world.options.webhooks_anywhere)
        self._last_subscription += 1
        made = Subscription(
            self._last_subscription,
            url,
            secret or self._world.options.webhook_secret,
            None if events is None else frozenset(events),
        )
        made.machine_time = machine_time
        self._subscriptions[made.number] = made
        self.wake(made)
        return made

    def subscription(self, number: int) -> Subscription:
        """The subscription with this number; raises NoSuchThingError."""
        try:
            return self._subscriptions[number]
        except KeyError:
            raise NoSuchThingError("subscription", number) from None

    def all(self) -> list[Subscription]:
        """All subscriptions, the oldest first."""
        return list(self._subscriptions.values())

    def unsubscribe(self, number: int) -> None:
        """End a subscription; what it still waited for is dropped."""
        subscription = self.subscription(number)
        del self._subscriptions[number]
        subscription.state = "invalid"
        self._drop_all(subscription)
        if subscription.timer is not None:
            subscription.timer.cancel()

    def validate(self, subscription: Subscription) -> None:
        """Ask the URL again whether it is the receiver's."""
        subscription.check_due = True
        self.wake(subscription)

    def release(self, subscription: Subscription) -> None:
        """Hold back no more: what was held goes out in its order."""
        subscription.hold = False
        for delivery in [one for one in self.deliveries if one.state == "held" and one.subscription is subscription]:
            delivery.state = "waiting"
            subscription.queue.append(delivery)
        self.wake(subscription)

    # -- events ------------------------------------------------------------------------------------------------------

    def _on_commit(self, entry: Entry, subject: Any, before: Mapping[str, Any] | None) -> None:
        if not self._subscriptions:
            return
        found = payload_of(Happening(self._world, entry, subject, before or {}))
        if found is not None:
            self.publish(found[0], found[1], int(entry.at * 1000))

    def body(self, event: str, payload: Mapping[str, Any], event_ts: int) -> bytes:
        """The bytes of an event. `event_ts` is in milliseconds."""
        return _body({"event": event, "payload": payload, "event_ts": event_ts})

    def publish(self, event: str, payload: Mapping[str, Any], event_ts: int) -> None:
        """Tell all subscriptions that want it."""
        body = self.body(event, payload, event_ts)
        for subscription in self.all():
            if subscription.state != "invalid" and subscription.wants(event):
                self.send(subscription, event, body, subscription.disturbance, hold=subscription.hold)

    def send(
        self,
        subscription: Subscription,
        event: str,
        body: bytes,
        disturbance: Disturbance = PLAIN,
        *,
        hold: bool = False,
        replay_of: int | None = None,
    ) -> list[Delivery]:
        """Make deliveries of `body` and send them, after the delay if there is one."""
        made = []
        for _ in range(disturbance.copies):
            self._last_delivery += 1
            one = Delivery(self._last_delivery, subscription, event, body, self._world.clock.now())
            one.signature, one.age, one.replay_of = disturbance.signature, disturbance.age, replay_of
            self.deliveries.append(one)
            made.append(one)
            if hold:
                one.state = "held"
            elif disturbance.delay:
                self._later(one, disturbance.delay)
            else:
                subscription.queue.append(one)
        self.wake(subscription)
        return made

    def delivery(self, number: int) -> Delivery:
        """One of the last deliveries; raises NoSuchThingError."""
        for one in self.deliveries:
            if one.number == number:
                return one
        raise NoSuchThingError("delivery", number)

    def replay(self, number: int, disturbance: Disturbance) -> list[Delivery]:
        """Send a delivery's bytes again; one that is held goes out itself. Raises NoSuchThingError."""
        one = self.delivery(number)
        if one.state != "held":
            return self.send(one.subscription, one.event, one.body, disturbance, replay_of=number)
        one.state, one.signature, one.age = "waiting", disturbance.signature, disturbance.age
        if disturbance.delay:
            self._later(one, disturbance.delay)
        else:
            one.subscription.queue.append(one)
            self.wake(one.subscription)
        again = Disturbance(disturbance.copies - 1, disturbance.delay, disturbance.signature, disturbance.age)
        return [one, *self.send(one.subscription, one.event, one.body, again, replay_of=number)]

    def _later(self, delivery: Delivery, seconds: float) -> None:
        delivery.next_at = self._world.clock.now() + seconds
        delivery.timer = self._world.timers.at(delivery.next_at, lambda: self._now(delivery))

    def _now(self, delivery: Delivery) -> Any:
        delivery.next_at = delivery.timer = None
        if delivery.state == "waiting":
            delivery.subscription.queue.append(delivery)
            self.wake(delivery.subscription)
        return self._world.courier.settled_if_frozen()

    # -- what the courier asks and reports ---------------------------------------------------------------------------

    def headers(self, subscription: Subscription, delivery: Delivery | None, body: bytes) -> list[tuple[str, str]]:
        """The headers of a request made now; `delivery` None: of a validation."""
        now = time.time() if subscription.machine_time else self._world.clock.now()
        stamp = str(int(now - (delivery.age if delivery else 0.0)))
        made = [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", _AGENT)]
        made.append(("x-zm-request-timestamp", stamp))
        kind = delivery.signature if delivery else "right"
        if kind != "none":
            secret = subscription.secret if kind == "right" else f"not {subscription.secret}"
            made.append(("x-zm-signature", signature(secret, stamp, body)))
        return made

    def challenge(self, subscription: Subscription) -> tuple[str, bytes]:
        """The plain token of the next validation, and its body."""
        subscription.check_due = False
        subscription.checks += 1
        token = self._world.ids.derived_hex("validation", subscription.number, subscription.checks)[:22]
        event_ts = int(self._world.clock.now() * 1000)
        body = {"event": "endpoint.url_validation", "payload": {"plainToken": token}, "event_ts": event_ts}
        return token, _body(body)

    def validated(self, subscription: Subscription, token: str, status: int, body: bytes, problem: str) -> None:
        """Note what the URL answered to a validation; the next one comes 72 hours later either way."""
        if self._subscriptions.get(subscription.number) is not subscription:
            return  # ended meanwhile
        problem = problem or _wrong(status, body, token, encrypted_token(subscription.secret, token))
        subscription.problem = problem
        now = self._world.clock.now()
        if problem:
            subscription.state = "invalid"
            self._drop_all(subscription)
        else:
            subscription.state, subscription.validated_at = "valid", now
        if subscription.timer is not None:
            subscription.timer.cancel()
        subscription.timer = self._world.timers.at(now + VALID_FOR, lambda: self._again(subscription))

    def _again(self, subscription: Subscription) -> Any:
        self.validate(subscription)
        return self._world.courier.settled_if_frozen()

    def attempted(self, delivery: Delivery, at: float, status: int, problem: str) -> None:
        """Note an attempt's outcome, and plan the next one if there is to be one."""
        if not problem and status not in {200, 204}:
            problem = f"answered {status}" + ("; redirects are not followed" if 300 <= status < 400 else "")
        delivery.attempts.append(Attempt(at, status, problem))
        if not problem:
            delivery.state = "delivered"
        elif delivery.state == "waiting":
            tries = len(delivery.attempts)
            if tries > len(RETRIES):
                delivery.state = "dropped"
            else:
                delivery.next_at = at + RETRIES[tries - 1]
                delivery.timer = self._world.timers.at(delivery.next_at, lambda: self._now(delivery))

    def _drop_all(self, subscription: Subscription) -> None:
        subscription.queue.clear()
        for one in self.deliveries:
            if one.subscription is subscription and one.state in {"waiting", "held"}:
                one.state, one.next_at = "dropped", None
                if one.timer is not None:
                    one.timer.cancel()


def _wrong(status: int, body: bytes, plain: str, encrypted: str) -> str:
    """What is wrong with the answer to a validation; empty when it is right."""
    if status != 200:
        return f"answered {status} where 200 was wanted"
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return "answered something that is not JSON"
    if not isinstance(answer, dict) or answer.get("plainToken") != plain:
        return "did not answer with the plainToken it was sent"
    if answer.get("encryptedToken") != encrypted:
        return "answered a wrong encryptedToken: hex HMAC-SHA256 of plainToken, keyed with the secret token"
    return ""


def _body(value: Mapping[str, Any]) -> bytes:
    return _ENCODER.encode(value).encode("utf-8", "replace")
