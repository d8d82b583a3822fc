"""The pages' paths: those of Zoom's own links, and the front page."""

from __future__ import annotations

from zoomsandbox.core.router import Route
from zoomsandbox.pages import responses

ROUTES = [
    Route("GET", "/", responses.front, "pages.front"),
    Route("GET", "/j/{meetingId}", responses.join, "pages.join"),
    Route("GET", "/s/{meetingId}", responses.start, "pages.start"),
]
