"""Ways into a meeting beside its join link: invitation text, SIP address, personal links. Flows and their values.

Facts: https://developers.zoom.us/docs/api/meetings/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from zoomlink.errors import InvalidInputError, UnexpectedResponseError
from zoomlink.zoom.answers import read_object
from zoomlink.zoom.calls import call, read_written
from zoomlink.zoom.checks import check_flag, check_integer, check_list, check_names, check_passcode, check_text
from zoomlink.zoom.flow import Now
from zoomlink.zoom.paths import number_segment
from zoomlink.zoom.reading import flag, items, mapping, number, text, without

if TYPE_CHECKING:
    from zoomlink.zoom.flow import Flow
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["Invitation", "InviteLink", "SipUri", "invitation", "invite_links", "sip_uri"]

MAX_ATTENDEES = 500
MAX_NAME = 64
LONGEST_TTL = 7_776_000
"""Seconds: 90 days."""
SIP_LIFETIME = 7200
"""Seconds a SIP address lives when Zoom does not say."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """The text Zoom would mail to guests, after the account's own template."""

    text: str = field(repr=False)
    """Holds the join link and the passcode."""
    sip_links: tuple[str, ...] = field(default=(), repr=False)
    """Addresses for room systems; empty without a Conference Room Connector plan."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_api(cls, body: Mapping[str, Any]) -> Self:
        """Read Zoom's JSON object; never raises."""
        body = mapping(body)
        links = body.get("sip_links")
        return cls(
            text=text(body.get("invitation")) or "",
            sip_links=tuple(link for link in links if isinstance(link, str)) if isinstance(links, list) else (),
            raw=dict(body),
        )


@dataclass(frozen=True, slots=True)
class SipUri:
    """A meeting's encoded SIP address. It lives two hours, then ask again."""

    uri: str = field(repr=False)
    """``<meeting id>.<passcode>....<code>@zoomcrc.com``: holds the passcode."""
    expires_at: datetime
    """Aware, UTC; counted from before Zoom was asked, so never too late."""
    paid_crc_plan: bool | None
    """Whether the account has a Conference Room Connector plan, without which room systems cannot dial in."""
    participant_code: str | None = field(default=None, repr=False)
    """The participant identifier code, part of the address where there is a plan."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_api(cls, body: Mapping[str, Any], asked_at: datetime) -> Self:
        """Read Zoom's JSON object; never raises. `asked_at` is when Zoom was asked: aware, UTC."""
        body = mapping(body)
        seconds = number(body.get("expire_in"))
        lifetime = seconds if seconds is not None and 0 < seconds <= LONGEST_TTL else SIP_LIFETIME
        return cls(
            uri=text(body.get("sip_dialing")) or "",
            expires_at=asked_at + timedelta(seconds=lifetime),
            paid_crc_plan=flag(body.get("paid_crc_plan_participant")),
            participant_code=text(body.get("participant_identifier_code")),
            raw=without(body, "sip_dialing"),
        )


@dataclass(frozen=True, slots=True)
class InviteLink:
    """One person's own way in: whoever opens it appears under this name."""

    name: str
    join_url: str | None = field(repr=False)
    """None when Zoom's answer names no link for this person."""
    expires_at: datetime | None
    """Aware, UTC; None when it never expires."""


def invitation(meeting: int | str, *, policy: RetryPolicy) -> Flow[Invitation]:
    """Fetch the invitation text. Raises NotFoundError."""
    response = yield from call("GET", f"/meetings/{number_segment(meeting)}/invitation", policy=policy)
    return Invitation.from_api(read_object(response))


def sip_uri(meeting: int | str, *, passcode: str | None = None, policy: RetryPolicy) -> Flow[SipUri]:
    """Fetch the SIP address, with the `passcode` in it if one is given; Zoom does not check that it is the right one.

    Asking changes nothing in Zoom, so a lost answer is asked for again although it is a POST. Raises NotFoundError.
    """
    path = f"/meetings/{number_segment(meeting)}/sip_dialing"
    body = {} if passcode is None else {"passcode": check_passcode(passcode)}
    moment = yield Now()
    response = yield from call("POST", path, policy=policy, body=body, repeatable=True)
    found = SipUri.from_api(read_object(response), moment.wall)
    if not found.uri:
        raise UnexpectedResponseError(
            "Zoom's answer holds no SIP address.",
            status_code=response.status,
            tracking_id=response.tracking_id,
            body=response.body,
        )
    return found


def invite_links(
    meeting: int | str,
    attendees: Iterable[str | Mapping[str, Any]],
    *,
    ttl: int = 7200,
    policy: RetryPolicy,
) -> Flow[list[InviteLink]]:
    """Make a personal link for each of up to 500 attendees, in their order, and ask for them once.

    An attendee is a name, or ``{"name": …, "disable_video": True, "disable_audio": True}``. `ttl`: seconds the links
    live, 0 for ever, at most 7,776,000 (90 days). Raises InvalidInputError, NotFoundError, OutcomeUnknownError.
    """
    path = f"/meetings/{number_segment(meeting)}/invite_links"
    asked = [_attendee(one) for one in check_list(attendees, "attendees", "names")]
    if not 1 <= len(asked) <= MAX_ATTENDEES:
        raise InvalidInputError(
            f"Links for {len(asked)} attendees cannot be made at once." if asked else "There is nobody to invite.",
            field="attendees",
            hint=f"Zoom takes 1 to {MAX_ATTENDEES}.",
        )
    check_integer(ttl, "ttl", 0, LONGEST_TTL, "seconds; 0 means for ever")
    moment = yield Now()
    response = yield from call("POST", path, policy=policy, body={"attendees": asked, "ttl": ttl})
    urls: dict[str, list[str]] = {}
    for entry in items(read_written(response).get("attendees")):
        name, url = text(entry.get("name")), text(entry.get("join_url"))
        if name is not None and url is not None:
            urls.setdefault(name, []).append(url)
    expires_at = moment.wall + timedelta(seconds=ttl) if ttl else None
    return [
        InviteLink(one["name"], urls[one["name"]].pop(0) if urls.get(one["name"]) else None, expires_at)
        for one in asked
    ]


def _attendee(given: object) -> dict[str, Any]:
    entry: Mapping[str, Any] = {"name": given} if isinstance(given, str) else {}
    if isinstance(given, Mapping):
        entry = given
    elif not isinstance(given, str):
        raise InvalidInputError(
            f"An attendee is a {type(given).__name__}.", field="attendees", hint='Give a name, or {"name": "Ana"}.'
        )
    check_names(entry, ("name", "disable_video", "disable_audio"), "attendees", "An attendee")
    name = check_text(
        entry.get("name", ""), "attendees", MAX_NAME, required="An attendee needs a name.", name="attendee's name"
    )
    flags = {field: check_flag(entry[field], f"attendees.{field}") for field in entry if field != "name"}
    return {"name": name, **flags}
