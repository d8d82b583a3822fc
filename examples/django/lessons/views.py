"""The pages: a calendar to choose from, and a booking to keep, move and cancel."""

import logging
import secrets
from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST
from examples.django.lessons.models import Lesson
from examples.shared import tutor

from zoomlink import LinkState, ZoomLinkError
from zoomlink.integrations.django import cancel_link, get_desk, settle

TAKEN = "Somebody was faster: that time has just been taken. Please choose another one."


def free_days() -> list[tutor.Day]:
    now = datetime.now(UTC)
    hosts = get_desk().hosts(None, *tutor.horizon(now))
    return tutor.coming_days(now, ([(time.start, time.end) for time in host.busy] for host in hosts))


def calendar(request: HttpRequest, problem: str | None = None, status: int = 200) -> HttpResponse:
    days = free_days()
    typed: dict[str, Any] = {name: request.POST.get(name, "") for name in ("start", "name", "email")}
    chosen = tutor.chosen_day(days, request.GET.get("day"))
    typed |= {"days": days, "chosen": chosen, "form_id": secrets.token_urlsafe(16), "problem": problem}
    return render(request, "index.html", {"tutor": tutor.TUTOR, **typed}, status=status)


@cache_control(no_store=True)  # whoever has the page has the link
def booking(request: HttpRequest, token: str, problem: str | None = None, status: int = 200) -> HttpResponse:
    lesson = get_object_or_404(Lesson, token=token)
    row = lesson.zoom
    if row.is_pending or row.state in {"planned", "sending", "unknown"}:
        settle()
        row.refresh_from_db()
    start = row.meeting_start or row.start
    state = LinkState(row.state) if row.state != "waiting" else LinkState.PLANNED
    link = {"state": state, "start_time": start, "join_url": row.join_url, "passcode": row.passcode}
    shown: dict[str, Any] = {"link": link, "when": tutor.spoken(start), "days": free_days(), "problem": problem}
    return render(request, "booking.html", {"tutor": tutor.TUTOR, "booking": lesson, **shown}, status=status)


@require_POST
def book(request: HttpRequest) -> HttpResponse:
    try:
        wish = tutor.read_wish(request.POST, datetime.now(UTC))
    except ValueError as error:
        return calendar(request, str(error), 422)
    # A form that is sent twice is one booking. When it is saved, its link is made.
    lesson, _ = Lesson.objects.get_or_create(token=tutor.booking_token(request.POST, wish), defaults=vars(wish))
    if lesson.zoom.problem_kind == "no-host":
        lesson.delete()
        return calendar(request, TAKEN, 409)
    return redirect(f"/booking/{lesson.token}")


@cache_control(no_store=True)
def calendar_entry(_: HttpRequest, token: str) -> HttpResponse:
    link = get_object_or_404(Lesson, token=token).zoom
    if not link.is_ready and not link.is_cancelled:
        raise Http404
    headers = {"Content-Disposition": 'attachment; filename="lesson.ics"'}
    return HttpResponse(link.calendar_file(), headers=headers, content_type="text/calendar; charset=utf-8")


@require_POST
def move(request: HttpRequest, token: str) -> HttpResponse:
    lesson = get_object_or_404(Lesson, token=token)
    try:
        lesson.start = tutor.read_start(request.POST.get("start", ""), datetime.now(UTC))
        lesson.save()
    except ValueError as error:
        return booking(request, token, str(error), 422)
    if lesson.zoom.problem_kind == "no-host":
        lesson.start = lesson.zoom.meeting_start or lesson.start
        lesson.save()
        return booking(request, token, TAKEN, 409)
    return redirect(f"/booking/{token}")


@require_POST
def cancel(_: HttpRequest, token: str) -> HttpResponse:
    cancel_link(get_object_or_404(Lesson, token=token).zoom)
    return redirect(f"/booking/{token}")


def sorry(request: HttpRequest, heading: str, words: str, status: int) -> HttpResponse:
    return render(request, "sorry.html", {"tutor": tutor.TUTOR, "heading": heading, "words": words}, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - as Django calls it
    return sorry(request, "Nothing is here", "This booking does not exist. Please check the address.", 404)


def kind_words(get_response: Any) -> Any:
    """Middleware: when Zoom cannot be asked, visitors hear so, and nothing else."""

    def answer(request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ZoomLinkError):
            return None
        logging.getLogger(__name__).error("%s", error)
        words = "We cannot reach Zoom at the moment. Nothing is lost: please try again in a minute."
        return sorry(request, "One moment, please", words, 503)

    get_response.process_exception = answer
    return get_response
