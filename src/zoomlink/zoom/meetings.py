"""Meetings: what is asked of Zoom, checked, and what is believed of its answers. Flows; no I/O.

Facts: https://developers.zoom.us/docs/api/meetings/.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zoomlink.config import is_loopback, is_zoom_host
from zoomlink.errors import InvalidInputError, NotFoundError, tidy
from zoomlink.times import When, check_duration
from zoomlink.zoom.answers import read_object
from zoomlink.zoom.calls import call, unknown, write_once
from zoomlink.zoom.flow import AccessToken, Flow, NeedToken
from zoomlink.zoom.models import Meeting
from zoomlink.zoom.paths import host_segment, meeting_segment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.zoom.flow import Response
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["check_agenda", "check_passcode", "check_topic", "create", "delete", "get", "list_page", "meeting_body"]

MAX_TOPIC = 200
MAX_AGENDA = 2000
MAX_PASSCODE = 10


def check_topic(topic: str) -> str:
    """Return the topic without blanks around it. Raises InvalidInputError when empty, too long or not text."""
    return _check_text(topic, "topic", MAX_TOPIC, "A meeting needs a topic.")


def check_agenda(agenda: str, limit: int = MAX_AGENDA) -> str:
    """Return the agenda; line breaks are fine. Raises InvalidInputError when too long or not text."""
    return _check_text(agenda, "agenda", limit, None, multiline=True)


def check_passcode(passcode: str) -> str:
    """Return the passcode. The account may ask for more than this form. Raises InvalidInputError."""
    if not isinstance(passcode, str) or not re.fullmatch(r"[A-Za-z0-9@*_\-!#$%&.+=?^]{1,10}", passcode):
        raise InvalidInputError(
            "The passcode does not have the form Zoom takes.",
            field="passcode",
            hint=f"Up to {MAX_PASSCODE} letters, digits and @ * _ - ! # $ % & . + = ? ^",
        )
    return passcode


def meeting_body(
    topic: str,
    when: When,
    duration: int,
    *,
    agenda: str | None = None,
    passcode: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Build the body that creates one scheduled meeting (type 2).

    The start goes out as an instant in UTC: that form cannot be misread, whereas a wall time depends on Zoom knowing
    the zone by the same name. `timezone` then says in which zone Zoom shows it.
    """
    body: dict[str, Any] = {
        "topic": check_topic(topic),
        "type": 2,
        "start_time": when.utc,
        "duration": check_duration(duration),
    }
    if when.zone is not None:
        body["timezone"] = when.zone
    if agenda:
        body["agenda"] = check_agenda(agenda)
    if passcode is not None:
        body["password"] = check_passcode(passcode)
    if settings:
        body["settings"] = dict(settings)
    return body


def create(host: str, body: Mapping[str, Any], *, policy: RetryPolicy) -> Flow[Meeting]:
    """Create the meeting `body` describes, once, and return it.

    Raises NotFoundError for an unknown host, the APIError of any other refusal, TransportError when it certainly did
    not happen, OutcomeUnknownError when it may have.
    """
    path = f"/users/{host_segment(host)}/meetings"
    token: AccessToken = yield NeedToken()
    response = yield from write_once(token, "POST", path, policy=policy, body=body)
    return read_created(response, host, body, token.api_url)


def read_created(response: Response, host: str, body: Mapping[str, Any], api_url: str) -> Meeting:
    """Read the answer to a create, and believe it only if it fits the question.

    It must be a 201 with an integer id and a join link on Zoom's own hosts, and not speak of another topic or host:
    then the meeting exists. A start that differs is a warning, as the meeting exists all the same. Anything else
    leaves the outcome open and raises OutcomeUnknownError.
    """
    answer = read_object(response)
    meeting = Meeting.from_api(answer)
    doubt = None
    number = answer.get("id")
    if response.status != 201:
        doubt = f"It answered HTTP {response.status} where 201 is due."
    elif not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**63:
        doubt = "Its answer has no meeting id."
    elif not is_join_url(meeting.join_url, api_url):
        doubt = "The join link in its answer does not lead to Zoom."
    elif meeting.topic is not None and _same(meeting.topic) != _same(str(body["topic"])):
        doubt = "Its answer speaks of another topic."
    elif "@" in host and meeting.host_email is not None and _same(meeting.host_email) != _same(host):
        doubt = "Its answer speaks of another host."
    if doubt:
        raise unknown(doubt, response.tracking_id and tidy(response.tracking_id, 120))
    return Meeting.from_api(answer, tuple(_differences(meeting, body)))


def get(meeting: int | str, *, policy: RetryPolicy, occurrence: str | None = None) -> Flow[Meeting]:
    """Fetch a meeting by id (or an instance by uuid). Raises NotFoundError."""
    path = f"/meetings/{meeting_segment(meeting)}"
    response = yield from call("GET", path, policy=policy, query={"occurrence_id": occurrence})
    return Meeting.from_api(read_object(response))


def list_page(
    host: str,
    *,
    policy: RetryPolicy,
    type: str = "scheduled",
    page_size: int = 300,
    next_page_token: str | None = None,
) -> Flow[tuple[list[Meeting], str | None]]:
    """Fetch one page of a host's meetings: the meetings, and the token of the next page or None.

    A page token lives 15 minutes. Lists leave out passcode, settings and `start_url`, and cut the agenda to 250
    characters.
    """
    query = {"type": type, "page_size": page_size, "next_page_token": next_page_token}
    response = yield from call("GET", f"/users/{host_segment(host)}/meetings", policy=policy, query=query)
    body = read_object(response)
    found = body.get("meetings")
    token = body.get("next_page_token")
    meetings = (
        [Meeting.from_api(entry) for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
    )
    return meetings, token if isinstance(token, str) and token else None


def list_all(host: str, *, policy: RetryPolicy, type: str = "scheduled") -> Flow[list[Meeting]]:
    """Fetch all pages of a host's meetings. The filter goes with every page; a token that comes back ends it."""
    found: list[Meeting] = []
    token: str | None = None
    seen: set[str] = set()
    while True:
        page, token = yield from list_page(host, policy=policy, type=type, next_page_token=token)
        found += page
        if token is None or token in seen:
            return found
        seen.add(token)


def update(meeting: int | str, changes: Mapping[str, Any], *, policy: RetryPolicy) -> Flow[None]:
    """Change what `changes` names, in Zoom's field names, and leave the rest alone. Raises NotFoundError."""
    if not changes:
        raise InvalidInputError("There is nothing to change.", hint="Name at least one field.")
    yield from call("PATCH", f"/meetings/{meeting_segment(meeting)}", policy=policy, body=dict(changes))


def delete(meeting: int | str, *, policy: RetryPolicy, notify: bool = False) -> Flow[bool]:
    """Delete a meeting. Returns False when it was gone already, so that repeating does no harm.

    `notify` has Zoom mail the host and the registrants.
    """
    query = {"schedule_for_reminder": notify, "cancel_meeting_reminder": notify}
    try:
        yield from call("DELETE", f"/meetings/{meeting_segment(meeting)}", policy=policy, query=query)
    except NotFoundError as error:
        if error.name == "meeting-not-found":
            return False
        raise
    return True


def is_join_url(url: str | None, api_url: str) -> bool:
    """True when `url` is a link that may be handed out: on Zoom's hosts, or on a sandbox's where the API is one."""
    if not url or not re.fullmatch(r"[\x21-\x7e]{1,2000}", url):
        return False
    if is_zoom_host(url):
        return True
    return is_loopback(api_url) and is_loopback(url) and urlsplit(url).scheme in {"http", "https"} and "@" not in url


def _differences(meeting: Meeting, body: Mapping[str, Any]) -> list[str]:
    found = []
    if meeting.start_time is None:
        found.append("Zoom did not confirm the start.")
    elif f"{meeting.start_time:%Y-%m-%dT%H:%M:%SZ}" != body["start_time"]:
        found.append(f"Zoom set the start to {meeting.start_time:%Y-%m-%d %H:%M} UTC, not {body['start_time']}.")
    if meeting.duration is not None and meeting.duration != body["duration"]:
        found.append(f"Zoom set the duration to {meeting.duration} minutes, not {body['duration']}.")
    return found


def _check_text(value: str, field: str, limit: int, required: str | None, *, multiline: bool = False) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(f"The {field} is a {type(value).__name__}, not text.", field=field)
    text = value if multiline else value.strip()
    if required and not text.strip():
        raise InvalidInputError(required, field=field)
    allowed = "\n\r\t" if multiline else ""
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in allowed for char in text):
        raise InvalidInputError(f"The {field} holds a control character.", field=field, hint="Take it out.")
    if len(text) > limit:
        raise InvalidInputError(
            f"The {field} has {len(text)} characters; Zoom takes {limit}.", field=field, hint="Shorten it."
        )
    return text


def _same(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
