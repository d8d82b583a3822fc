"""The extension, the proxy for the desk of the running application, and errors as answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Response, current_app
from werkzeug.local import LocalProxy

from zoomlink.errors import ZoomLinkError
from zoomlink.http_problems import MEDIA_TYPE, problem_document
from zoomlink.integrations.flask.commands import commands
from zoomlink.integrations.flask.desk import NAME, PROBLEMS, DeskOf, held_by

if TYPE_CHECKING:
    from flask import Flask

    from zoomlink.links.desk import LinkDesk

__all__ = ["ZoomLink", "current_desk", "problem_response"]


class ZoomLink:
    """The extension. One serves many applications; each has its own desk in each process.

    Configuration: the names of the environment variables (``ZOOM_ACCOUNT_ID``, ``ZOOM_CLIENT_ID``,
    ``ZOOM_CLIENT_SECRET``, ``ZOOMLINK_HOSTS``, ``ZOOMLINK_DATABASE`` and so on). What the application does not say, or
    says with None, the environment and ``.env`` say. ``ZOOMLINK_PROBLEMS = True``, set before `init_app`, answers every
    ZoomLinkError that nobody catches with problem details.
    """

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Give a configured application its desk and the commands ``flask zoomlink``. Nothing is opened yet."""
        app.extensions[NAME] = DeskOf(app)
        app.cli.add_command(commands)
        # A handler of the application's own stands, wherever it was registered.
        if app.config.get(PROBLEMS) and ZoomLinkError not in app.error_handler_spec[None][None]:
            app.register_error_handler(ZoomLinkError, problem_response)


def problem_response(error: ZoomLinkError) -> Response:
    """Answer an error with problem details (RFC 9457): what happened, what to do, no secret."""
    status, headers, body = problem_document(error)
    return Response(json.dumps(body), status, headers, content_type=MEDIA_TYPE)


def _desk() -> LinkDesk:
    return held_by(current_app).get()


current_desk: LinkDesk = LocalProxy(_desk)  # type: ignore[assignment]
"""The desk of the running application."""
