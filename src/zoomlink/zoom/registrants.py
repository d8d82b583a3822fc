"""Registrants of a meeting: adding, listing, approving, and the questions they are asked. Flows; values and checks
stand in :mod:`zoomlink.zoom.registration`.

Registration needs a licensed host and a meeting that asks for it (`approval_type` 0 or 1).
Facts: https://developers.zoom.us/docs/api/meetings/ (registrants).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

from zoomlink.errors import (
    APIError,
    ConflictError,
    InvalidInputError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    ZoomLinkError,
)
from zoomlink.zoom.answers import read_object
from zoomlink.zoom.calls import call, read_written
from zoomlink.zoom.checks import check_choice, check_flag, check_list, check_occurrence, check_page_size
from zoomlink.zoom.paging import Pages
from zoomlink.zoom.paths import number_segment, plain_segment
from zoomlink.zoom.reading import items, text
from zoomlink.zoom.registration import (
    AddedRegistrant,
    CustomQuestion,
    Registrant,
    RegistrationQuestions,
    questions_body,
    registrant_body,
    status_entry,
)

if TYPE_CHECKING:
    from zoomlink.zoom.flow import Flow
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["add", "add_many", "change_status", "delete", "get", "pages", "questions", "set_questions"]

PART = 30
"""Registrants Zoom takes in one call, when adding and when changing their status."""
STATUSES = ("pending", "approved", "denied")
_IN_A_BATCH = {"email", "first_name", "last_name"}


def add(
    meeting: int | str,
    values: Mapping[str, Any],
    *,
    occurrences: Iterable[str | int] = (),
    policy: RetryPolicy,
) -> Flow[Registrant]:
    """Register one person, once; `values` as in :func:`~zoomlink.zoom.registration.registrant_body`.

    `occurrences`: for a series, the ids of those they register for. The `join_url` is None while the host has to
    approve. Raises NotFoundError, ConflictError (registration off, meeting full or over), OutcomeUnknownError.
    """
    return _add(number_segment(meeting), registrant_body(values), _occurrence_list(occurrences), policy)


def add_many(
    meeting: int | str,
    people: Iterable[Mapping[str, Any]],
    *,
    auto_approve: bool | None = None,
    confirmation_email: bool | None = None,
    policy: RetryPolicy,
) -> Flow[list[AddedRegistrant]]:
    """Register any number of people, 30 to a call, and say of each what became of it, in their order.

    A part that Zoom refuses, and all of a series (whose registrants Zoom takes only singly), is sent person by person,
    so that one who is refused costs the others nothing. An error of the whole meeting, the token or the network ends
    the run: those not sent carry it too. Raises InvalidInputError before anything is sent.
    """
    number = number_segment(meeting)
    bodies = [registrant_body(one) for one in check_list(people, "registrants", "people")]
    _refuse_doubles(bodies)
    options: dict[str, Any] = {}
    if auto_approve is not None:
        options["auto_approve"] = check_flag(auto_approve, "auto_approve")
    if confirmation_email is not None:
        options["registrants_confirmation_email"] = check_flag(confirmation_email, "confirmation_email")
    return _add_many(number, bodies, options, policy)


def pages(
    meeting: int | str,
    *,
    status: str = "approved",
    occurrence: str | int | None = None,
    page_size: int = 300,
    policy: RetryPolicy,
) -> Pages[Registrant]:
    """Walk through the registrants of a status: ``approved``, ``pending`` or ``denied``."""
    query = {
        "status": check_choice(status, "status", STATUSES),
        "occurrence_id": None if occurrence is None else check_occurrence(occurrence),
        "page_size": check_page_size(page_size),
    }
    path = f"/meetings/{number_segment(meeting)}/registrants"
    return Pages(path, "registrants", Registrant.from_api, policy=policy, query=query)


def get(meeting: int | str, registrant: str, *, policy: RetryPolicy) -> Flow[Registrant]:
    """Fetch one registrant by id. Raises NotFoundError."""
    key = plain_segment(registrant, "registrant", "registrant's id")
    response = yield from call("GET", f"/meetings/{number_segment(meeting)}/registrants/{key}", policy=policy)
    return Registrant.from_api(read_object(response))


def change_status(
    meeting: int | str,
    action: str,
    registrants: Iterable[Registrant | Mapping[str, Any] | str] | Registrant | str,
    *,
    occurrence: str | int | None = None,
    policy: RetryPolicy,
) -> Flow[None]:
    """``approve``, ``deny`` or ``cancel`` any number of registrants, 30 to a call. Doing it again does no harm."""
    path = f"/meetings/{number_segment(meeting)}/registrants/status"
    check_choice(action, "action", ("approve", "deny", "cancel"))
    given = [registrants] if isinstance(registrants, Registrant | str | Mapping) else registrants
    entries = [status_entry(one) for one in check_list(given, "registrants", "registrants")]
    if not entries:
        raise InvalidInputError("No registrant is named.", field="registrants")
    query = {"occurrence_id": None if occurrence is None else check_occurrence(occurrence)}
    for start in range(0, len(entries), PART):
        body = {"action": action, "registrants": entries[start : start + PART]}
        try:
            yield from call("PUT", path, policy=policy, query=query, body=body)
        except ZoomLinkError as error:
            if start:
                done = f"The first {start} of {len(entries)} were done; doing it again does no harm."
                error.hint = f"{error.hint} {done}" if error.hint else done
            raise


def delete(
    meeting: int | str, registrant: str, *, occurrence: str | int | None = None, policy: RetryPolicy
) -> Flow[bool]:
    """Delete a registrant for good. False when there was none any more. Raises NotFoundError for the meeting."""
    key = plain_segment(registrant, "registrant", "registrant's id")
    query = {"occurrence_id": None if occurrence is None else check_occurrence(occurrence)}
    path = f"/meetings/{number_segment(meeting)}/registrants/{key}"
    try:
        yield from call("DELETE", path, policy=policy, query=query)
    except (NotFoundError, InvalidRequestError) as error:
        # Zoom says "The value that you entered for the Registrant ID field is invalid" of one that is gone.
        if re.search(r"registrant\b.*(?:invalid|not)\b", error.zoom_message, re.IGNORECASE):
            return False
        raise
    return True


def questions(meeting: int | str, *, policy: RetryPolicy) -> Flow[RegistrationQuestions]:
    """Fetch what people are asked who register."""
    response = yield from call("GET", f"/meetings/{number_segment(meeting)}/registrants/questions", policy=policy)
    return RegistrationQuestions.from_api(read_object(response))


def set_questions(
    meeting: int | str,
    *,
    standard: Mapping[str, bool] | Iterable[str] = (),
    custom: Iterable[CustomQuestion | Mapping[str, Any]] = (),
    policy: RetryPolicy,
) -> Flow[None]:
    """Set what people are asked who register, in place of what they were asked before."""
    path = f"/meetings/{number_segment(meeting)}/registrants/questions"
    yield from call("PATCH", path, policy=policy, body=questions_body(standard, custom))


def _add(number: str, body: Mapping[str, Any], occurrences: str | None, policy: RetryPolicy) -> Flow[Registrant]:
    query = {"occurrence_ids": occurrences}
    path = f"/meetings/{number}/registrants"
    response = yield from call("POST", path, policy=policy, query=query, body=dict(body))
    return Registrant.from_api(read_written(response), body)


def _add_many(
    number: str, bodies: list[dict[str, Any]], options: Mapping[str, Any], policy: RetryPolicy
) -> Flow[list[AddedRegistrant]]:
    results: dict[int, AddedRegistrant] = {}
    together = [index for index, body in enumerate(bodies) if body.keys() <= _IN_A_BATCH]
    singly = [index for index in range(len(bodies)) if index not in set(together)]
    stop: ZoomLinkError | None = None
    lost = 0
    while together and stop is None:
        part, together = together[:PART], together[PART:]
        try:
            found = yield from _add_part(number, [bodies[index] for index in part], options, policy)
        except ZoomLinkError as error:
            if _concerns_some(error):
                singly += part
                if error.name == "single-meetings-only":
                    singly, together = singly + together, []
                continue
            results.update({index: AddedRegistrant(bodies[index]["email"], None, error) for index in part})
            lost = lost + 1 if isinstance(error, OutcomeUnknownError) else 0
            stop = error if lost != 1 else None
        else:
            lost = 0
            results.update(zip(part, found, strict=True))
    extra = {name: value for name, value in options.items() if name == "auto_approve"}
    for index in sorted(singly):
        email = bodies[index]["email"]
        if stop is not None:
            break
        try:
            one = yield from _add(number, extra | bodies[index], None, policy)
            results[index], lost = AddedRegistrant(email, one), 0
        except ZoomLinkError as error:
            results[index] = AddedRegistrant(email, None, error)
            lost = lost + 1 if isinstance(error, OutcomeUnknownError) else 0
            stop = None if lost == 1 or (lost == 0 and _concerns_some(error)) else error
    return [results.get(index) or AddedRegistrant(body["email"], None, stop) for index, body in enumerate(bodies)]


def _add_part(
    number: str, part: list[dict[str, Any]], options: Mapping[str, Any], policy: RetryPolicy
) -> Flow[list[AddedRegistrant]]:
    body = {**options, "registrants": part}
    response = yield from call("POST", f"/meetings/{number}/batch_registrants", policy=policy, body=body)
    by_email = {
        (text(entry.get("email")) or "").casefold(): entry for entry in items(read_written(response).get("registrants"))
    }
    results = []
    for one in part:
        entry = by_email.get(one["email"].casefold())
        if entry is None:
            error = OutcomeUnknownError("Zoom's answer does not name this registrant.", hint="Look at the list first.")
            results.append(AddedRegistrant(one["email"], None, error))
        else:
            results.append(AddedRegistrant(one["email"], Registrant.from_api(entry, one)))
    return results


def _concerns_some(error: ZoomLinkError) -> TypeGuard[APIError]:
    """True when Zoom refused some of the registrants, and may well take others."""
    if isinstance(error, RateLimitError):
        return error.name == "registrant-daily-limit"
    if isinstance(error, ConflictError):
        return error.name not in {"registration-over", "registration-off", "meeting-full"}
    return isinstance(error, InvalidRequestError)


def _refuse_doubles(bodies: list[dict[str, Any]]) -> None:
    seen: dict[str, int] = {}
    for index, body in enumerate(bodies, 1):
        email = body["email"].casefold()
        if email in seen:
            raise InvalidInputError(
                f"Registrants {seen[email]} and {index} have the same e-mail address, {body['email']}.",
                field="registrants",
                hint="Leave one of them out.",
            )
        seen[email] = index


def _occurrence_list(occurrences: Iterable[str | int]) -> str | None:
    found = [check_occurrence(one) for one in check_list(occurrences, "occurrences", "occurrence ids")]
    return ",".join(found) or None
