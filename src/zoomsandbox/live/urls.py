"""The paths by which a test plays host and guests."""

from __future__ import annotations

from zoomsandbox.core.router import Route
from zoomsandbox.live import responses

ROUTES = [
    Route("POST", "/_sandbox/meetings/{meetingId}/start", responses.start, "control.start"),
    Route("POST", "/_sandbox/meetings/{meetingId}/join", responses.join, "control.join"),
    Route("POST", "/_sandbox/meetings/{meetingId}/admit", responses.admit, "control.admit"),
    Route("POST", "/_sandbox/meetings/{meetingId}/leave", responses.leave, "control.leave"),
    Route("POST", "/_sandbox/meetings/{meetingId}/end", responses.end, "control.end"),
    Route("GET", "/_sandbox/meetings/{meetingId}/live", responses.show, "control.live"),
]
