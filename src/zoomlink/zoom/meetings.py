"""Meetings: the operations of their life, and what is believed of Zoom's answers. Flows; no I/O.

What a request consists of stands in :mod:`zoomlink.zoom.bodies`. Facts: https://developers.zoom.us/docs/api/meetings/.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zoomlink.config import is_loopback, is_zoom_host
from zoomlink.errors import InvalidInputError, NotFoundError, UnexpectedResponseError, ZoomLinkError, tidy
from zoomlink.zoom.answers import read_object
from zoomlink.zoom.calls import call, unknown, write_once
from zoomlink.zoom.checks import check_choice, check_date, check_page_size
from zoomlink.zoom.differences import differences, same_text
from zoomlink.zoom.flow import AccessToken, Flow, Moment, NeedToken, Now
from zoomlink.zoom.models import Meeting
from zoomlink.zoom.paging import Pages
from zoomlink.zoom.paths import host_segment, meeting_number, number_segment
from zoomlink.zoom.reading import items

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from zoomlink.secret import Secret
    from zoomlink.zoom.flow import Response
    from zoomlink.zoom.retry import RetryPolicy

__all__ = [
    "create",
    "delete",
    "end",
    "get",
    "pages",
    "recover",
    "start_url",
    "upcoming",
    "update",
]

LIST_TYPES = ("scheduled", "live", "upcoming", "upcoming_meetings", "previous_meetings")


def create(host: str, body: Mapping[str, Any], *, policy: RetryPolicy) -> Flow[Meeting]:
    """Create the meeting `body` describes, once, and return it.

    Raises NotFoundError for an unknown host, the APIError of any other refusal, TransportError when it certainly did
    not happen, OutcomeUnknownError when it may have.
    """
    path = f"/users/{host_segment(host)}/meetings"
    started: Moment = yield Now()
    token: AccessToken = yield NeedToken()
    response = yield from write_once(token, "POST", path, policy=policy, body=body, started=started)
    return read_created(response, host, body, token.api_url)


def read_created(response: Response, host: str, body: Mapping[str, Any], api_url: str) -> Meeting:
    """Read the answer to a create, and believe it only if it fits the question.

    It must be a 201 with an integer id and a join link on Zoom's own hosts, and not speak of another topic or host:
    then the meeting exists. A start that differs is a warning, as the meeting exists all the same. Anything else
    leaves the outcome open and raises OutcomeUnknownError.
    """
    tracking_id = response.tracking_id and tidy(response.tracking_id, 120)
    try:
        # Not kept in a variable: it holds the start_url, and tracebacks may be shown with their variables.
        meeting = Meeting.from_api(read_object(response))
    except UnexpectedResponseError as error:  # a success without a word, such as 204
        raise unknown(error.message, tracking_id) from error
    doubt = None
    owner = str(body.get("schedule_for", host))
    number = meeting.raw.get("id")
    if response.status != 201:
        doubt = f"It answered HTTP {response.status} where 201 is due."
    elif not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**63:
        doubt = "Its answer has no meeting id."
    elif not is_join_url(meeting.join_url, api_url):
        doubt = "The join link in its answer does not lead to Zoom."
    elif meeting.topic is not None and not same_text(meeting.topic, str(body["topic"])):
        doubt = "Its answer speaks of another topic."
    elif "@" in owner and meeting.host_email is not None and not same_text(meeting.host_email, owner):
        doubt = "Its answer speaks of another host."
    if doubt:
        raise unknown(doubt, tracking_id)
    return replace(meeting, warnings=tuple(differences(meeting, body)))


def get(
    meeting: int | str,
    *,
    policy: RetryPolicy,
    occurrence: str | None = None,
    previous_occurrences: bool = False,
) -> Flow[Meeting]:
    """Fetch a meeting by its id, or one `occurrence` of it. Raises NotFoundError."""
    query = {"occurrence_id": occurrence, "show_previous_occurrences": previous_occurrences or None}
    try:
        response = yield from call("GET", f"/meetings/{number_segment(meeting)}", policy=policy, query=query)
    except NotFoundError as error:
        raise _speaking_of(occurrence, error) from None
    return Meeting.from_api(read_object(response))


def start_url(meeting: int | str, *, policy: RetryPolicy) -> Flow[Secret[str]]:
    """Fetch a fresh `start_url`, which lives two hours. Raises NotFoundError."""
    path = f"/meetings/{number_segment(meeting)}"
    response = yield from call("GET", path, policy=policy)
    url = Meeting.from_api(read_object(response)).start_url
    if url is None:
        raise NotFoundError(
            "Zoom gives no start link for this meeting.",
            status_code=response.status,
            tracking_id=response.tracking_id,
            hint="Only the account that owns the meeting is given one.",
        )
    return url


def pages(
    host: str,
    *,
    policy: RetryPolicy,
    type: str = "scheduled",
    page_size: int = 300,
    from_date: date | str | None = None,
    to_date: date | str | None = None,
    timezone: str | None = None,
) -> Pages[Meeting]:
    """Walk through a host's meetings. Lists leave out passcode, settings and `start_url`, and cut the agenda to 250
    characters.
    """
    query = {
        "type": check_choice(type, "type", LIST_TYPES),
        "page_size": check_page_size(page_size),
        "from": None if from_date is None else check_date(from_date, "from_date"),
        "to": None if to_date is None else check_date(to_date, "to_date"),
        "timezone": timezone,
    }
    return Pages(f"/users/{host_segment(host)}/meetings", "meetings", Meeting.from_api, policy=policy, query=query)


def upcoming(host: str, *, policy: RetryPolicy) -> Flow[list[Meeting]]:
    """Fetch the next 24 hours of a user's meetings, those they are only invited to included."""
    try:
        response = yield from call("GET", f"/users/{host_segment(host)}/upcoming_meetings", policy=policy)
    except NotFoundError as error:
        if error.name == "meeting-not-found":  # Zoom's answer for an unknown *user* here
            cure = "Check the e-mail address, and that the person has accepted the invitation to the account."
            raise reworded(error, "There is no such user in this Zoom account.", cure, "host-not-found") from None
        raise
    return [Meeting.from_api(entry) for entry in items(read_object(response).get("meetings"))]


def update(
    meeting: int | str, changes: Mapping[str, Any], *, policy: RetryPolicy, occurrence: str | None = None
) -> Flow[Meeting]:
    """Change what `changes` names, in Zoom's field names, and leave the rest alone; then read the meeting back.

    The meeting returned carries a warning for all that Zoom silently ignored. Once Zoom has said yes nothing raises:
    a meeting that cannot be read back is returned with a warning and its id alone. Raises NotFoundError.
    """
    if not changes:
        raise InvalidInputError("There is nothing to change.", hint="Name at least one field.")
    moment = yield Now()
    path = f"/meetings/{number_segment(meeting)}"
    query = {"occurrence_id": occurrence}
    try:
        yield from call("PATCH", path, policy=policy, query=query, body=dict(changes))
    except NotFoundError as error:
        raise _speaking_of(occurrence, error) from None
    try:
        answer = read_object((yield from call("GET", path, policy=policy, query=query)))
    except ZoomLinkError as error:
        warning = f"The change was made, but could not be read back: {error.message}"
        return Meeting.from_api({"id": meeting_number(meeting)}, (warning,))
    found = differences(Meeting.from_api(answer), changes, now=moment.wall)
    return Meeting.from_api(answer, tuple(found))


def delete(
    meeting: int | str, *, policy: RetryPolicy, occurrence: str | None = None, notify: bool = False
) -> Flow[bool]:
    """Delete a meeting, or one `occurrence`. Returns False when it was gone already, so that repeating does no harm.

    `notify` has Zoom mail the host and the registrants. Raises NotFoundError for an occurrence that never was.
    """
    path = f"/meetings/{number_segment(meeting)}"
    query = {"occurrence_id": occurrence, "schedule_for_reminder": notify, "cancel_meeting_reminder": notify}
    try:
        yield from call("DELETE", path, policy=policy, query=query)
    except NotFoundError as error:
        if occurrence is None and error.name == "meeting-not-found":
            return False
        if occurrence is not None and (yield from _was_deleted(meeting, occurrence, policy)):
            return False
        raise _speaking_of(occurrence, error) from None
    return True


def end(meeting: int | str, *, policy: RetryPolicy) -> Flow[None]:
    """End a running meeting for all. Raises NotFoundError, ConflictError where it runs on the account's own servers."""
    yield from _set_status(meeting, "end", policy)


def recover(meeting: int | str, *, policy: RetryPolicy) -> Flow[None]:
    """Bring a deleted meeting back. Raises NotFoundError when Zoom no longer has it."""
    yield from _set_status(meeting, "recover", policy)


def _set_status(meeting: int | str, action: str, policy: RetryPolicy) -> Flow[None]:
    path = f"/meetings/{number_segment(meeting)}/status"
    yield from call("PUT", path, policy=policy, body={"action": action})


def _was_deleted(meeting: int | str, occurrence: str, policy: RetryPolicy) -> Flow[bool]:
    """True when the series lists this occurrence as deleted, or is gone altogether."""
    try:
        found = yield from get(meeting, policy=policy, previous_occurrences=True)
    except NotFoundError:
        return True
    return any(one.id == occurrence and one.status == "deleted" for one in found.occurrences)


def _speaking_of(occurrence: str | None, error: NotFoundError) -> NotFoundError:
    """Where an occurrence was asked for, Zoom's "no such meeting" may well mean the occurrence."""
    if occurrence is not None and error.name == "meeting-not-found":
        return reworded(
            error, "There is no such meeting, or it has no such occurrence.", "Fetch the meeting and look.", error.name
        )
    return error


def reworded(error: NotFoundError, message: str, hint: str, name: str) -> NotFoundError:
    """The same error in other words, with all its evidence, where the table's words fit the case badly."""
    return NotFoundError(
        message,
        status_code=error.status_code,
        code=error.code,
        zoom_message=error.zoom_message,
        tracking_id=error.tracking_id,
        body=error.body,
        hint=hint,
        name=name,
    )


def is_join_url(url: str | None, api_url: str) -> bool:
    """True when `url` is a link that may be handed out: on Zoom's hosts, or on a sandbox's where the API is one."""
    if not url or not re.fullmatch(r"[\x21-\x7e]{1,2000}", url):
        return False
    if is_zoom_host(url):
        return True
    return is_loopback(api_url) and is_loopback(url) and urlsplit(url).scheme in {"http", "https"} and "@" not in url
