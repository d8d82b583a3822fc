"""A tutor's booking page in FastAPI. With a local Zoom: ``ZOOMLINK_SANDBOX=1 uvicorn examples.fastapi.app:app``."""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from examples.shared import bookings, tutor
from examples.shared.bookings import Booking
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from zoomlink import CalendarEntry, Link, LinkState, NoHostError, ZoomLinkError, calendar_file
from zoomlink.integrations.fastapi import Desk, desk_lifespan, webhook_router

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SHARED = Path(__file__).resolve().parents[1] / "shared"
app = FastAPI(title="Guitar lessons", lifespan=desk_lifespan(), default_response_class=Response)
app.include_router(webhook_router())  # pages follow what is changed in Zoom itself
app.mount("/static", StaticFiles(directory=SHARED / "static"))
pages = Jinja2Templates(SHARED / "templates")

ON_ITS_WAY = {LinkState.PLANNED, LinkState.SENDING, LinkState.UNKNOWN}
TAKEN = "Somebody was faster: that time has just been taken. Please choose another one."


async def booking_of(token: str) -> Booking:
    booking = await run_in_threadpool(bookings.find, token)
    if booking is None:
        raise HTTPException(404)
    return booking


async def form_of(request: Request) -> dict[str, str]:
    async with request.form() as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


ABooking = Annotated[Booking, Depends(booking_of)]
Form = Annotated[dict[str, str], Depends(form_of)]


async def free_days(desk: Desk) -> list[tutor.Day]:
    now = datetime.now(UTC)
    hosts = await desk.hosts(None, *tutor.horizon(now))
    return tutor.coming_days(now, ([(time.start, time.end) for time in host.busy] for host in hosts))


async def link_of(booking: Booking, desk: Desk) -> Link:
    """The link of a booking: the one it has; or made, or gone on with. The same booking never gets two."""
    link = await desk.find(booking.token)
    if link is not None and link.state not in ON_ITS_WAY:
        return link
    topic, start = f"Guitar lesson: {booking.name}", datetime.fromisoformat(booking.start)
    return await desk.create(topic, start=start, timezone=tutor.ZONE, duration=tutor.MINUTES, key=booking.token, wait=3)


def page(request: Request, template: str, status: int = 200, **shown: object) -> Response:
    return pages.TemplateResponse(request, template, {"tutor": tutor.TUTOR, **shown}, status)


async def show_calendar(
    request: Request, desk: Desk, problem: str | None = None, status: int = 200, **typed: str
) -> Response:
    days = await free_days(desk)
    chosen = tutor.chosen_day(days, request.query_params.get("day"))
    shown = {"days": days, "chosen": chosen, "form_id": secrets.token_urlsafe(16), "problem": problem}
    return page(request, "index.html", status, **shown, **typed)


async def show_booking(
    request: Request, booking: Booking, desk: Desk, problem: str | None = None, status: int = 200
) -> Response:
    link = await link_of(booking, desk)
    shown = {"booking": booking, "link": link, "when": tutor.spoken(link.start_time), "problem": problem}
    return page(request, "booking.html", status, **shown, days=await free_days(desk))


@app.get("/")
async def calendar(request: Request, desk: Desk) -> Response:
    return await show_calendar(request, desk)


@app.post("/book")
async def book(request: Request, form: Form, desk: Desk) -> Response:
    typed = {name: form.get(name, "") for name in ("start", "name", "email")}
    try:
        wish = tutor.read_wish(form, datetime.now(UTC))
    except ValueError as error:
        return await show_calendar(request, desk, str(error), 422, **typed)
    booking = Booking(tutor.booking_token(form, wish), wish.name, wish.email, wish.start.isoformat())
    await run_in_threadpool(bookings.keep, booking)  # a form that is sent twice is one booking
    try:
        await link_of(booking, desk)
    except NoHostError:
        await run_in_threadpool(bookings.forget, booking.token)
        return await show_calendar(request, desk, TAKEN, 409, **typed)
    return RedirectResponse(f"/booking/{booking.token}", 303)


@app.get("/booking/{token}.ics")
async def calendar_entry(booking: ABooking, desk: Desk) -> Response:
    link = await link_of(booking, desk)
    if link.join_url is None and link.state not in {LinkState.CANCELLED, LinkState.DELETED}:
        raise HTTPException(404)
    entry = CalendarEntry.from_link(link, sequence=link.sequence)
    headers = {"Content-Disposition": 'attachment; filename="lesson.ics"'}
    return Response(calendar_file(entry), headers=headers, media_type="text/calendar")


@app.get("/booking/{token}")
async def booking_page(request: Request, booking: ABooking, desk: Desk) -> Response:
    return await show_booking(request, booking, desk)


@app.post("/booking/{token}/move")
async def move(request: Request, booking: ABooking, form: Form, desk: Desk) -> Response:
    link = await link_of(booking, desk)
    if link.state is not LinkState.READY:  # cancelled meanwhile, in another tab or in Zoom
        return RedirectResponse(f"/booking/{booking.token}", 303)
    try:
        start = tutor.read_start(form.get("start", ""), datetime.now(UTC))
        link = await desk.update(link, start=start)
    except NoHostError:
        return await show_booking(request, booking, desk, TAKEN, 409)
    except ValueError as error:
        return await show_booking(request, booking, desk, str(error), 422)
    await run_in_threadpool(bookings.move, booking.token, link.start_time.isoformat())
    return RedirectResponse(f"/booking/{booking.token}", 303)


@app.post("/booking/{token}/cancel")
async def cancel(booking: ABooking, desk: Desk) -> Response:
    await desk.cancel(await link_of(booking, desk))
    return RedirectResponse(f"/booking/{booking.token}", 303)


@app.middleware("http")
async def keep_private(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    if request.url.path.startswith("/booking/"):
        response.headers["Cache-Control"] = "no-store"  # whoever has the page has the link
    return response


@app.exception_handler(404)
async def not_found(request: Request, _: Exception) -> Response:
    words = "This booking does not exist. Please check the address."
    return page(request, "sorry.html", 404, heading="Nothing is here", words=words)


@app.exception_handler(ZoomLinkError)
async def zoom_trouble(request: Request, error: Exception) -> Response:
    logging.getLogger("uvicorn.error").error("%s", error)
    words = "We cannot reach Zoom at the moment. Nothing is lost: please try again in a minute."
    return page(request, "sorry.html", 503, heading="One moment, please", words=words)
