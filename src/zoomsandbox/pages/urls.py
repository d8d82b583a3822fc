"""The pages' paths: those of Zoom's own links, the front page, and what they are made of."""

from __future__ import annotations

from zoomsandbox.core.router import Route
from zoomsandbox.pages import responses

ROUTES = [
    Route("GET", "/", responses.front, "pages.front"),
    Route("GET", "/static/{name}", responses.static, "pages.static"),
    Route("GET", "/j/{meetingId}", responses.join, "pages.join"),
    Route("GET", "/w/{meetingId}", responses.join, "pages.guest"),
    Route("GET", "/s/{meetingId}", responses.start, "pages.start"),
]
