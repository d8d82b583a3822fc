"""The paths of the webhooks on the control plane."""

from __future__ import annotations

from zoomsandbox.core.router import Route
from zoomsandbox.webhooks import responses

ROUTES = [
    Route("GET", "/_sandbox/webhooks", responses.show, "control.webhooks"),
    Route("POST", "/_sandbox/webhooks", responses.subscribe, "control.subscribe"),
    Route("POST", "/_sandbox/webhooks/replay", responses.replay, "control.replay"),
    Route("POST", "/_sandbox/webhooks/deliver", responses.deliver, "control.deliver"),
    Route("PATCH", "/_sandbox/webhooks/{number}", responses.change, "control.change_webhook"),
    Route("DELETE", "/_sandbox/webhooks/{number}", responses.unsubscribe, "control.unsubscribe"),
    Route("POST", "/_sandbox/webhooks/{number}/validate", responses.validate, "control.validate_webhook"),
]
