"""The paths of the limits on the control plane."""

from __future__ import annotations

from zoomsandbox.core.router import Route
from zoomsandbox.limits import responses

ROUTES = [
    Route("GET", "/_sandbox/limits", responses.read, "control.limits"),
    Route("PATCH", "/_sandbox/limits", responses.change, "control.change_limits"),
    Route("DELETE", "/_sandbox/limits", responses.reset, "control.reset_limits"),
]
