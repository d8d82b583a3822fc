"""The address to which Zoom sends its events, as a blueprint; each event is a signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blinker import Namespace
from flask import Blueprint, Response, current_app, request

from zoomlink.errors import ZoomLinkError
from zoomlink.integrations.flask.desk import held_by
from zoomlink.integrations.webhook_apps import hand_over
from zoomlink.webhooks import Webhooks
from zoomlink.webhooks.events import MAX_BODY

if TYPE_CHECKING:
    from flask import Flask

    from zoomlink.webhooks import Event

__all__ = ["webhooks", "work_off", "zoom_event"]

zoom_event = Namespace().signal(
    "zoom-event",
    doc="Sent by an application with `event`, a genuine event of Zoom's that came for the first time and is stored.",
)
webhooks = Blueprint("zoomlink_webhooks", __name__)


@webhooks.post("/webhooks/zoom")
def receive() -> Response:
    """Take in one event. Zoom waits three seconds for the answer."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - blinker's senders are real
    body = request.stream.read(MAX_BODY + 1)
    reply = Webhooks(held_by(app).get()).receive(body, dict(request.headers))

    def send(event: Event) -> None:
        zoom_event.send(app, event=event)

    hand_over(reply, send)
    response = Response(reply.body, reply.status, content_type=reply.content_type)
    if reply.event is not None:
        response.call_on_close(lambda: work_off(app))
    return response


def work_off(app: Flask) -> None:
    """Apply what the inbox holds to links and hosts. What cannot be done now is kept for the next time."""
    try:
        while Webhooks(held_by(app).get()).work():
            pass
    except ZoomLinkError as error:
        app.logger.warning("Zoom's events wait: %s", error)
