"""What Zoom's error answers mean, as one table: who is at fault, and what to do. No requests, no retries.

Client, doctor, help and documentation read this table; nobody else keeps knowledge of Zoom's codes.
Facts: https://developers.zoom.us/docs/api/errors, https://developers.zoom.us/docs/integrations/oauth-error-messages/
and Zoom's OpenAPI descriptions. Matching is by HTTP status, code and text together, since Zoom reuses its codes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from zoomlink import errors

__all__ = [
    "API_MEANINGS",
    "LIMIT_CODES",
    "SCOPES_TEXT",
    "TOKEN_CODES",
    "TOKEN_MEANINGS",
    "Meaning",
    "api_meaning",
    "token_meaning",
]

SCOPES_TEXT = re.compile(r"does not contain scopes\s*:?\s*\[([^\]]*)", re.IGNORECASE)
LIMIT_CODES = frozenset({429, 4001})
"""Zoom's own numbers for "too many calls"; gateways pass them on under other HTTP statuses too."""
TOKEN_CODES = frozenset({124, 4700, 4741})
"""Zoom's own numbers for "this token is not good": invalid or expired, missing, revoked."""


class Meaning(NamedTuple):
    """One kind of error answer."""

    name: str
    """Ours, unique."""
    statuses: tuple[int, ...]
    """HTTP statuses it comes with; empty = any."""
    code: int | str | None
    """Zoom's number (or the token endpoint's ``error`` word); None = any."""
    text: str
    """Regular expression found in Zoom's message, case ignored; empty = any."""
    error: type[errors.APIError]
    cause: str
    """What happened, in one sentence without Zoom's jargon."""
    cure: str
    """What to do about it."""
    slug: str | None = None
    """Kind of problem, where it differs from the error class's own."""
    daily: bool = False


_APP = "your Server-to-Server OAuth app on marketplace.zoom.us"

TOKEN_MEANINGS: tuple[Meaning, ...] = (
    Meaning(
        "app-disabled",
        (),
        None,
        r"disabled|deactivated|not activated",
        errors.AuthenticationError,
        "The Zoom app is switched off.",
        f"Activate it on the Activation page of {_APP}.",
    ),
    Meaning(
        "wrong-client",
        (400, 401),
        "invalid_client",
        "",
        errors.AuthenticationError,
        "Zoom does not know this client ID and client secret.",
        f"Copy ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET again from the App Credentials page of {_APP}.",
    ),
    Meaning(
        "wrong-grant",
        (400, 401),
        "unsupported_grant_type",
        "",
        errors.AuthenticationError,
        "These credentials belong to another type of app.",
        'Create an app of the type "Server-to-Server OAuth" (not General or Meeting SDK) and use its credentials.',
    ),
    Meaning(
        "wrong-account",
        (400, 401),
        "invalid_request",
        "",
        errors.AuthenticationError,
        "Zoom does not accept the account ID.",
        f"Copy ZOOM_ACCOUNT_ID again from the App Credentials page of {_APP}; it is not the account number.",
    ),
    Meaning(
        "bad-grant",
        (400, 401),
        "invalid_grant",
        "",
        errors.AuthenticationError,
        "Zoom does not grant a token.",
        f"Check that {_APP} is activated.",
    ),
    Meaning(
        "token-rate-limited",
        (429,),
        None,
        "",
        errors.RateLimitError,
        "Zoom was asked for tokens too often.",
        "Wait a little; share one token between processes.",
    ),
    Meaning(
        "token-server-error",
        (408, *range(500, 600)),
        None,
        "",
        errors.ServerError,
        "Zoom's token service failed.",
        "Try again in a moment; https://status.zoom.us shows known trouble.",
    ),
    Meaning(
        "token-refused",
        (),
        None,
        "",
        errors.AuthenticationError,
        "Zoom refused to give a token.",
        f"Check account ID, client ID and client secret against the App Credentials page of {_APP}, "
        "and that it is activated.",
    ),
)

API_MEANINGS: tuple[Meaning, ...] = (
    # Access ---------------------------------------------------------------------------------------------------
    Meaning(
        "missing-scope",
        (),
        None,
        SCOPES_TEXT.pattern,
        errors.MissingScopeError,
        "The Zoom app lacks a scope.",
        f"Add it on the Scopes page of {_APP}; tokens fetched afterwards have it.",
    ),
    Meaning(
        "token-in-query",
        (401,),
        124,
        r"query parameter",
        errors.AuthenticationError,
        "The token was sent in the address, which Zoom refuses.",
        "Send it in the Authorization header.",
    ),
    Meaning(
        "token-expired",
        (400, 401),
        124,
        r"expired",
        errors.AuthenticationError,
        "Zoom says that the token has expired, and a new one did not help.",
        "Check this machine's clock, and whether another installation uses the same app.",
    ),
    Meaning(
        "token-invalid",
        (400, 401),
        124,
        "",
        errors.AuthenticationError,
        "Zoom does not accept the token, and a new one did not help.",
        "Check whether the app was deactivated, or another installation uses the same app.",
    ),
    Meaning(
        "wrong-token-kind",
        (400,),
        200,
        r"api key or secret",
        errors.AuthenticationError,
        "The token was made for something else.",
        f"Use the credentials of {_APP}.",
    ),
    Meaning(
        "api-denied",
        (403,),
        None,
        r"access to the zoom rest api has been denied",
        errors.PermissionDeniedError,
        "Zoom has closed its API for this account.",
        "Only Zoom's support can open it again.",
    ),
    Meaning(
        "others-hidden",
        (403,),
        2306,
        "",
        errors.PermissionDeniedError,
        "Meetings scheduled for others may not be shown.",
        'Switch on the account setting "Display meetings scheduled for others".',
    ),
    # Limits ---------------------------------------------------------------------------------------------------
    Meaning(
        "host-daily-limit",
        (429,),
        None,
        r"daily rate limit.*(?:create/update|this particular user)",
        errors.RateLimitError,
        "This host has used up the day's 100 meetings created or changed.",
        "Use another host, or wait until 00:00 UTC.",
        slug="daily-limit",
        daily=True,
    ),
    Meaning(
        "registrant-daily-limit",
        (429,),
        None,
        r"daily rate limit.*registrant",
        errors.RateLimitError,
        "This registrant was added as often as Zoom allows in a day.",
        "Wait until 00:00 UTC.",
        slug="daily-limit",
        daily=True,
    ),
    Meaning(
        "account-daily-limit",
        (429,),
        None,
        r"daily",
        errors.RateLimitError,
        "The account has used up the day's calls of this kind.",
        "Wait until the time Zoom names; other apps of the account use the same allowance.",
        slug="daily-limit",
        daily=True,
    ),
    Meaning(
        "concurrent-requests",
        (429,),
        None,
        r"concurrent",
        errors.RateLimitError,
        "Zoom is still busy with another change to the same user.",
        "Try again in a moment.",
    ),
    Meaning(
        "too-fast",
        (429,),
        None,
        "",
        errors.RateLimitError,
        "More calls a second than Zoom allows.",
        "Slow down; set ZOOMLINK_PLAN to the account's plan.",
    ),
    # Users ----------------------------------------------------------------------------------------------------
    Meaning(
        "host-not-found",
        (404, 400),
        1001,
        r"^\s*user",
        errors.NotFoundError,
        "There is no such user in this Zoom account.",
        "Check the e-mail address, and that the person has accepted the invitation to the account.",
    ),
    Meaning(
        "host-not-found",
        (404,),
        3001,
        r"^\s*user",
        errors.NotFoundError,
        "There is no such user in this Zoom account.",
        "Check the e-mail address, and that the person has accepted the invitation to the account.",
    ),
    Meaning(
        "host-in-other-account",
        (400, 401, 404),
        1010,
        "",
        errors.NotFoundError,
        "The user belongs to another Zoom account.",
        "Use a user of the account whose credentials are set.",
    ),
    Meaning(
        "invitation-pending",
        (400,),
        1120,
        "",
        errors.NotFoundError,
        "The user has not accepted the invitation to the account yet.",
        "Ask them to, or invite them again.",
    ),
    Meaning(
        "user-exists",
        (409,),
        1005,
        "",
        errors.ConflictError,
        "A Zoom user with this e-mail address exists already.",
        "Use that one.",
    ),
    Meaning(
        "host-may-not-schedule",
        (400,),
        3161,
        "",
        errors.PermissionDeniedError,
        "This user may not host meetings.",
        "Give them a licence or Meetings Basic (User Management → Users), or choose another host.",
    ),
    Meaning(
        "schedule-for-refused",
        (400,),
        3000,
        r"cannot schedule a meeting for",
        errors.PermissionDeniedError,
        "The host may not schedule for that user.",
        "Name the real host as host instead of schedule_for.",
    ),
    Meaning(
        "users-blocked",
        (400,),
        3000,
        r"blocked from joining",
        errors.InvalidRequestError,
        "Some of the people named are blocked in this account.",
        "Unblock them on the account's Settings page, or leave them out.",
    ),
    Meaning(
        "paid-only",
        (400,),
        200,
        r"only available for paid",
        errors.PermissionDeniedError,
        "Zoom offers this to paid users only.",
        "Give the host a licence.",
    ),
    Meaning(
        "no-permission",
        (400,),
        200,
        r"no permission",
        errors.PermissionDeniedError,
        "The app's owner has no right to this.",
        "Check the role of the app's creator (User Management → Roles).",
    ),
    # Meetings -------------------------------------------------------------------------------------------------
    Meaning(
        "meeting-not-found",
        (404, 400),
        3001,
        "",
        errors.NotFoundError,
        "There is no such meeting.",
        "It was deleted, it has expired, or the number is wrong.",
    ),
    Meaning(
        "meeting-not-found",
        (404,),
        1001,
        r"^\s*meeting",
        errors.NotFoundError,
        "There is no such meeting.",
        "It was deleted, it has expired, or the number is wrong.",
    ),
    Meaning(
        "meeting-not-found",
        (404,),
        300,
        r"meeting id",
        errors.NotFoundError,
        "There is no such meeting.",
        "It was deleted, it has expired, or the number is wrong.",
    ),
    Meaning(
        "bad-meeting-id",
        (400,),
        300,
        r"invalid meeting id",
        errors.InvalidRequestError,
        "That is no number of a meeting.",
        "Give the meeting's id, 9 to 11 digits.",
    ),
    Meaning(
        "is-webinar",
        (400,),
        3000,
        r"webinar info",
        errors.InvalidRequestError,
        "The number belongs to a webinar.",
        "zoomlink handles meetings.",
    ),
    Meaning(
        "no-sip-uri",
        (400,),
        3000,
        r"sip uri does not exist",
        errors.NotFoundError,
        "The meeting has no SIP address.",
        "The account needs a Conference Room Connector plan.",
    ),
    Meaning(
        "prescheduling",
        (400,),
        3000,
        r"prescheduling",
        errors.InvalidRequestError,
        "Only single meetings and series without fixed time can be pre-scheduled.",
        "Leave pre_schedule out.",
    ),
    Meaning(
        "instant-schedule-for",
        (400,),
        3000,
        r"instant meetings do not support",
        errors.InvalidRequestError,
        "An instant meeting cannot be scheduled for somebody else.",
        "Leave schedule_for out.",
    ),
    Meaning(
        "meeting-running",
        (400, 409),
        3002,
        "",
        errors.ConflictError,
        "The meeting is running.",
        "Wait for its end, or end it first.",
    ),
    Meaning(
        "not-the-host",
        (400, 403),
        3003,
        "",
        errors.PermissionDeniedError,
        "The meeting belongs to another host.",
        "Use that host.",
    ),
    Meaning("meeting-over", (400,), 3007, "", errors.ConflictError, "The meeting is over.", "Create a new one."),
    Meaning(
        "personal-meeting",
        (400,),
        3018,
        "",
        errors.ConflictError,
        "A personal meeting room cannot be deleted.",
        "Leave it.",
    ),
    Meaning(
        "personal-audio",
        (400,),
        3037,
        "",
        errors.ConflictError,
        "A personal audio conference cannot be deleted.",
        "Leave it.",
    ),
    Meaning(
        "on-premise",
        (400,),
        3063,
        "",
        errors.ConflictError,
        "The meeting runs on the account's own servers and cannot be ended from here.",
        "The host can end it.",
    ),
    # Registration ---------------------------------------------------------------------------------------------
    Meaning(
        "registration-over",
        (400,),
        3038,
        "",
        errors.ConflictError,
        "The meeting is over; nobody can register any more.",
        "Create a new one.",
    ),
    Meaning(
        "meeting-full",
        (400,),
        3043,
        "",
        errors.ConflictError,
        "The meeting is full.",
        "Give the host a larger licence.",
    ),
    Meaning(
        "registration-off",
        (400, 404),
        404,
        "",
        errors.ConflictError,
        "The meeting takes no registrations.",
        "Set approval_type to 0 or 1 first.",
    ),
    Meaning(
        "registration-off",
        (400, 404),
        300,
        r"not registration required|registration has not been enabled",
        errors.ConflictError,
        "The meeting takes no registrations.",
        "Set approval_type to 0 or 1 first.",
    ),
    Meaning(
        "single-meetings-only",
        (400,),
        303,
        "",
        errors.InvalidRequestError,
        "Zoom offers this for single scheduled meetings only.",
        "Add registrants to a series one by one.",
    ),
    # Past meetings and lists ----------------------------------------------------------------------------------
    Meaning(
        "too-long-ago",
        (400,),
        12702,
        "",
        errors.InvalidRequestError,
        "Zoom shows past meetings for one year only.",
        "Ask for a later one.",
    ),
    Meaning(
        "page-expired",
        (400,),
        300,
        r"next page token",
        errors.InvalidRequestError,
        "The list's page token has expired; it lives 15 minutes.",
        "Start the list again.",
    ),
    # Fields ---------------------------------------------------------------------------------------------------
    Meaning(
        "bad-schedule-for",
        (400,),
        300,
        r"schedule_for",
        errors.InvalidRequestError,
        "Zoom refuses the user in schedule_for.",
        "Name the real host as host instead.",
    ),
    Meaning(
        "bad-occurrence",
        (400,),
        300,
        r"occurrence_id",
        errors.NotFoundError,
        "The series has no such occurrence.",
        "Fetch the meeting and use one of its occurrences.",
    ),
    Meaning(
        "bad-login-domains",
        (400,),
        300,
        r"enforce_login_domains",
        errors.InvalidRequestError,
        "Zoom refuses the login domains.",
        "Separate them with semicolons.",
    ),
    Meaning(
        "not-json",
        (400,),
        300,
        r"valid json object",
        errors.InvalidRequestError,
        "Zoom could not read the request as JSON.",
        "This is a fault of the program that sent it.",
    ),
    Meaning(
        "invalid-fields",
        (400,),
        300,
        "",
        errors.InvalidRequestError,
        "Zoom refuses a value.",
        "Correct what Zoom names.",
    ),
    # The rest -------------------------------------------------------------------------------------------------
    Meaning(
        "unauthorised",
        (401,),
        None,
        "",
        errors.AuthenticationError,
        "Zoom does not accept the token.",
        "Check whether the app was deactivated.",
    ),
    Meaning(
        "not-permitted",
        (403,),
        None,
        "",
        errors.PermissionDeniedError,
        "Zoom does not permit this.",
        "Check the role of the app's creator (User Management → Roles) and the app's scopes.",
    ),
    Meaning(
        "unknown-endpoint",
        (400, 404),
        2300,
        "",
        errors.NotFoundError,
        "Zoom has no such address in its API.",
        "Check the path.",
    ),
    Meaning(
        "not-imitated",
        (501,),
        None,
        "",
        errors.ServerError,
        "The sandbox does not imitate this part of Zoom.",
        "Its README lists what it does.",
    ),
    Meaning(
        "zoom-failed",
        (408, *range(500, 600)),
        None,
        "",
        errors.ServerError,
        "Zoom's servers could not deal with the request.",
        "Try again in a moment; https://status.zoom.us shows known trouble.",
    ),
    Meaning("conflict", (409,), None, "", errors.ConflictError, "The request clashes with another.", "Fetch it anew."),
    Meaning("not-found", (404,), None, "", errors.NotFoundError, "It does not exist in this Zoom account.", ""),
    Meaning("refused", (), None, "", errors.InvalidRequestError, "Zoom refused the request.", ""),
)


def token_meaning(status: int, error: str | None, reason: str) -> Meaning:
    """Return the row for an answer of the token endpoint: HTTP status, its ``error`` word and ``reason`` text."""
    return _find(TOKEN_MEANINGS, status, error, reason)


def api_meaning(status: int, code: int | None, message: str) -> Meaning:
    """Return the row for an answer of the API: HTTP status, Zoom's code and message."""
    if code in LIMIT_CODES and status < 500:
        status = 429
    return _find(API_MEANINGS, status, code, message)


def _find(table: tuple[Meaning, ...], status: int, code: int | str | None, text: str) -> Meaning:
    for row in table:
        if row.statuses and status not in row.statuses:
            continue
        if row.code is not None and row.code != code:
            continue
        if row.text and not re.search(row.text, text, re.IGNORECASE):
            continue
        return row
    return table[-1]
