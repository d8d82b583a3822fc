"""The control plane's paths."""

from __future__ import annotations

from zoomsandbox.control import responses
from zoomsandbox.core.router import Route

ROUTES = [
    Route("POST", "/_sandbox/reset", responses.reset, "control.reset"),
    Route("GET", "/_sandbox/clock", responses.read_clock, "control.clock"),
    Route("POST", "/_sandbox/clock", responses.set_clock, "control.set_clock"),
    Route("GET", "/_sandbox/ledger", responses.ledger, "control.ledger"),
    Route("GET", "/_sandbox/requests", responses.requests, "control.requests"),
]
