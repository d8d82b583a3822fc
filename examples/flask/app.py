"""A tutor's booking page in Flask. With a local Zoom: ``ZOOMLINK_SANDBOX=1 flask --app examples.flask.app run``."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from examples.shared import bookings, tutor
from examples.shared.bookings import Booking
from flask import Flask, Response, abort, redirect, render_template, request

from zoomlink import CalendarEntry, Link, LinkState, NoHostError, ZoomLinkError, calendar_file
from zoomlink.integrations.flask import ZoomLink, current_desk, webhooks

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

app = Flask(__name__, template_folder="../shared/templates", static_folder="../shared/static")
app.config.from_prefixed_env()
ZoomLink(app)
app.register_blueprint(webhooks)  # pages follow what is changed in Zoom itself

ON_ITS_WAY = {LinkState.PLANNED, LinkState.SENDING, LinkState.UNKNOWN}
TAKEN = "Somebody was faster: that time has just been taken. Please choose another one."


def free_days() -> list[tutor.Day]:
    now = datetime.now(UTC)
    hosts = current_desk.hosts(None, *tutor.horizon(now))
    return tutor.coming_days(now, ([(time.start, time.end) for time in host.busy] for host in hosts))


def link_of(booking: Booking) -> Link:
    """The link of a booking: the one it has; or made, or gone on with. The same booking never gets two."""
    link = current_desk.find(booking.token)
    if link is not None and link.state not in ON_ITS_WAY:
        return link
    topic, start = f"Guitar lesson: {booking.name}", datetime.fromisoformat(booking.start)
    return current_desk.create(
        topic, start=start, timezone=tutor.ZONE, duration=tutor.MINUTES, key=booking.token, wait=3
    )


def booking_or_404(token: str) -> Booking:
    return bookings.find(token) or abort(404)


def show_calendar(problem: str | None = None, status: int = 200, **typed: str) -> tuple[str, int]:
    days = free_days()
    chosen = tutor.chosen_day(days, request.args.get("day"))
    shown = {"days": days, "chosen": chosen, "form_id": secrets.token_urlsafe(16), "problem": problem}
    return render_template("index.html", tutor=tutor.TUTOR, **shown, **typed), status


def show_booking(booking: Booking, problem: str | None = None, status: int = 200) -> tuple[str, int]:
    link = link_of(booking)
    shown: dict[str, Any] = {"link": link, "when": tutor.spoken(link.start_time), "days": free_days()}
    return render_template("booking.html", tutor=tutor.TUTOR, booking=booking, problem=problem, **shown), status


@app.get("/")
def calendar() -> tuple[str, int]:
    return show_calendar()


@app.post("/book")
def book() -> AnyResponse | tuple[str, int]:
    typed = {name: request.form.get(name, "") for name in ("start", "name", "email")}
    try:
        wish = tutor.read_wish(request.form, datetime.now(UTC))
    except ValueError as error:
        return show_calendar(str(error), 422, **typed)
    booking = Booking(tutor.booking_token(request.form, wish), wish.name, wish.email, wish.start.isoformat())
    bookings.keep(booking)  # a form that is sent twice is one booking
    try:
        link_of(booking)
    except NoHostError:
        bookings.forget(booking.token)
        return show_calendar(TAKEN, 409, **typed)
    return redirect(f"/booking/{booking.token}", 303)


@app.get("/booking/<token>")
def booking_page(token: str) -> tuple[str, int]:
    return show_booking(booking_or_404(token))


@app.get("/booking/<token>.ics")
def calendar_entry(token: str) -> Response:
    booking = booking_or_404(token)
    link = link_of(booking)
    if link.join_url is None and link.state not in {LinkState.CANCELLED, LinkState.DELETED}:
        abort(404)
    entry = CalendarEntry.from_link(link, sequence=link.sequence)
    headers = {"Content-Disposition": 'attachment; filename="lesson.ics"'}
    return Response(calendar_file(entry), headers=headers, content_type="text/calendar; charset=utf-8")


@app.post("/booking/<token>/move")
def move(token: str) -> AnyResponse | tuple[str, int]:
    booking = booking_or_404(token)
    link = link_of(booking)
    if link.state is not LinkState.READY:  # cancelled meanwhile, in another tab or in Zoom
        return redirect(f"/booking/{token}", 303)
    try:
        start = tutor.read_start(request.form.get("start", ""), datetime.now(UTC))
        link = current_desk.update(link, start=start)
    except NoHostError:
        return show_booking(booking, TAKEN, 409)
    except ValueError as error:
        return show_booking(booking, str(error), 422)
    bookings.move(token, link.start_time.isoformat())
    return redirect(f"/booking/{token}", 303)


@app.post("/booking/<token>/cancel")
def cancel(token: str) -> AnyResponse:
    current_desk.cancel(link_of(booking_or_404(token)))
    return redirect(f"/booking/{token}", 303)


@app.after_request
def keep_private(response: Response) -> Response:
    if request.path.startswith("/booking/"):
        response.headers["Cache-Control"] = "no-store"  # whoever has the page has the link
    return response


@app.errorhandler(404)
def not_found(_: Exception) -> tuple[str, int]:
    words = "This booking does not exist. Please check the address."
    return render_template("sorry.html", tutor=tutor.TUTOR, heading="Nothing is here", words=words), 404


@app.errorhandler(ZoomLinkError)
def zoom_trouble(error: ZoomLinkError) -> tuple[str, int]:
    app.logger.error("%s", error)
    words = "We cannot reach Zoom at the moment. Nothing is lost: please try again in a minute."
    return render_template("sorry.html", tutor=tutor.TUTOR, heading="One moment, please", words=words), 503
