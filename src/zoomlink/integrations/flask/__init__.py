"""zoomlink in a Flask application: what people import. The work stands in the modules beside this one.

::

    zoomlink = ZoomLink()


    def create_app():
        app = Flask(__name__)
        zoomlink.init_app(app)
        app.register_blueprint(webhooks)
        return app


    @app.post("/lessons")
    def book():
        link = current_desk.create("Guitar lesson", start=request.form["start"], key=request.form["lesson"])
        return redirect(link.join_url)
"""

from __future__ import annotations

from zoomlink.integrations.flask.extension import ZoomLink, current_desk, problem_response
from zoomlink.integrations.flask.webhooks import webhooks, zoom_event

__all__ = ["ZoomLink", "current_desk", "problem_response", "webhooks", "zoom_event"]
