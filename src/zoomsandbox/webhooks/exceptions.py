"""What can go wrong with a webhook: in the asking (control plane), and on the way (delivery)."""

from __future__ import annotations

from zoomsandbox.control.exceptions import BadRequestError
from zoomsandbox.core.exceptions import ZoomError


class NoSuchThingError(ZoomError):
    """The control plane was asked about a subscription or delivery that is not there."""

    def __init__(self, what: str, number: object) -> None:
        super().__init__(404, 404, f"There is no {what} {number}. GET /_sandbox/webhooks lists what there is.")

    def body(self) -> dict[str, object]:
        return {"error": self.message}


class NotAReceiverError(BadRequestError):
    """The URL is none to which the sandbox sends."""


class DeliveryError(Exception):
    """No HTTP answer came; the message says why."""
