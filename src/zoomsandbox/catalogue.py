"""Paths that Zoom has and the sandbox does not imitate, as data: asked for one, it says so (501)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomsandbox.core.exceptions import NothingHereError, NotImitatedError, UnknownEndpointError
from zoomsandbox.core.router import Route

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.world import World

# One path a line: methods by first letter (G get, O post, U put, A patch, D delete), then the path below /v2.
# Placeholders carry no name here: what stands there does not matter.
_LETTERS = {"G": "GET", "O": "POST", "U": "PUT", "A": "PATCH", "D": "DELETE"}
_PATHS = """
GA /accounts/{}/lock_settings
G /accounts/{}/managed_domains
GA /accounts/{}/settings
G /accounts/{}/trusted_domains
G /archive_files
G /archive_files/download_audit
G /archive_files/statistics
A /archive_files/{}
GO /contacts/groups
GAD /contacts/groups/{}
GOD /contacts/groups/{}/members
GO /devices
G /devices/groups
O /devices/zpa/assignment
G /devices/zpa/settings
O /devices/zpa/upgrade
D /devices/zpa/vendors/{}/mac_addresses/{}
G /devices/zpa/zdm_groups/{}/versions
GAD /devices/{}
A /devices/{}/assign_group
A /devices/{}/assignment
GO /divisions
GAD /divisions/{}
GO /divisions/{}/users
GO /groups
GAD /groups/{}
GO /groups/{}/admins
D /groups/{}/admins/{}
G /groups/{}/channels
GA /groups/{}/lock_settings
GO /groups/{}/members
AD /groups/{}/members/{}
GA /groups/{}/settings
GA /groups/{}/settings/registration
OD /groups/{}/settings/virtual_backgrounds
GO /h323/devices
AD /h323/devices/{}
AD /live_meetings/{}/chat/messages/{}
A /live_meetings/{}/events
A /live_meetings/{}/rtms_app/status
D /live_webinars/{}/chat/messages/{}
G /meetings/meeting_summaries
GAD /meetings/{}
O /meetings/{}/batch_polls
O /meetings/{}/batch_registrants
G /meetings/{}/invitation
O /meetings/{}/invite_links
G /meetings/{}/jointoken/live_streaming
G /meetings/{}/jointoken/local_archiving
G /meetings/{}/jointoken/local_recording
GA /meetings/{}/livestream
A /meetings/{}/livestream/status
GD /meetings/{}/meeting_summary
OD /meetings/{}/open_apps
GO /meetings/{}/polls
GUD /meetings/{}/polls/{}
GD /meetings/{}/recordings
G /meetings/{}/recordings/analytics_details
G /meetings/{}/recordings/analytics_summary
GO /meetings/{}/recordings/registrants
GA /meetings/{}/recordings/registrants/questions
U /meetings/{}/recordings/registrants/status
GA /meetings/{}/recordings/settings
D /meetings/{}/recordings/{}
U /meetings/{}/recordings/{}/status
GO /meetings/{}/registrants
GA /meetings/{}/registrants/questions
U /meetings/{}/registrants/status
GD /meetings/{}/registrants/{}
O /meetings/{}/sip_dialing
U /meetings/{}/status
GAD /meetings/{}/survey
G /meetings/{}/token
GD /meetings/{}/transcript
U /meetings/{}/recordings/status
G /past_meetings/{}
G /past_meetings/{}/instances
G /past_meetings/{}/participants
G /past_meetings/{}/polls
G /past_meetings/{}/qa
GD /past_meetings/{}/archive_files
G /past_webinars/{}/absentees
G /past_webinars/{}/instances
G /past_webinars/{}/participants
G /past_webinars/{}/polls
G /past_webinars/{}/qa
G /report/activities
G /report/billing
G /report/billing/invoices
G /report/cloud_recording
G /report/daily
G /report/disclaimer
G /report/history_meetings
G /report/meeting_activities
G /report/meetings/{}
G /report/meetings/{}/participants
G /report/meetings/{}/polls
G /report/meetings/{}/qa
G /report/meetings/{}/survey
G /report/operationlogs
G /report/remote_support
G /report/telephone
G /report/upcoming_events
G /report/users
G /report/users/{}/meetings
G /report/webinars/{}
G /report/webinars/{}/participants
G /report/webinars/{}/polls
G /report/webinars/{}/qa
G /report/webinars/{}/survey
GO /roles
GAD /roles/{}
GO /sip_phones/phones
AD /sip_phones/phones/{}
GO /tracking_fields
GAD /tracking_fields/{}
GA /tsp
GO /users
G /users/email
O /users/features
G /users/me/zak
G /users/summary
G /users/vanity_name
GAD /users/{}
GOD /users/{}/assistants
D /users/{}/assistants/{}
G /users/{}/collaboration_devices
G /users/{}/collaboration_devices/{}
U /users/{}/email
G /users/{}/meeting_summaries
G /users/{}/meeting_summary_templates
GO /users/{}/meeting_templates
G /users/{}/meeting_templates/{}
GO /users/{}/meetings
G /users/{}/pac
U /users/{}/password
G /users/{}/permissions
OD /users/{}/picture
GU /users/{}/presence_status
G /users/{}/recordings
GD /users/{}/schedulers
D /users/{}/schedulers/{}
GA /users/{}/settings
OD /users/{}/settings/virtual_backgrounds
U /users/{}/status
GD /users/{}/token
GO /users/{}/tsp
A /users/{}/tsp/settings
GAD /users/{}/tsp/{}
G /users/{}/upcoming_meetings
GO /users/{}/webinar_templates
GO /users/{}/webinars
GAD /webinars/{}
O /webinars/{}/batch_registrants
G /webinars/{}/branding
OD /webinars/{}/branding/name_tags
A /webinars/{}/branding/name_tags/{}
OAD /webinars/{}/branding/virtual_backgrounds
OD /webinars/{}/branding/wallpaper
O /webinars/{}/invite_links
G /webinars/{}/jointoken/live_streaming
G /webinars/{}/jointoken/local_archiving
G /webinars/{}/jointoken/local_recording
GA /webinars/{}/livestream
A /webinars/{}/livestream/status
GOD /webinars/{}/panelists
D /webinars/{}/panelists/{}
GO /webinars/{}/polls
GUD /webinars/{}/polls/{}
GO /webinars/{}/registrants
GA /webinars/{}/registrants/questions
U /webinars/{}/registrants/status
GD /webinars/{}/registrants/{}
O /webinars/{}/sip_dialing
U /webinars/{}/status
GAD /webinars/{}/survey
G /webinars/{}/token
G /webinars/{}/tracking_sources
"""

# Whole products of Zoom of which the sandbox knows no single path
FAMILIES = frozenset(
    {
        "accounts",
        "ai_companion",
        "calendars",
        "chat",
        "clips",
        "contact_center",
        "crc",
        "docs",
        "events",
        "h323",
        "iam",
        "im",
        "iq",
        "mail",
        "marketplace",
        "metrics",
        "number_management",
        "phone",
        "presence",
        "qss",
        "report",
        "rooms",
        "scheduler",
        "scim2",
        "sip_trunk",
        "team_chat",
        "tasks",
        "video_management",
        "videosdk",
        "virtual_agent",
        "whiteboards",
        "workforce_management",
        "workspaces",
        "zoom_events",
    }
)


def catalogue_routes(imitated: Collection[tuple[str, str]]) -> Iterator[Route]:
    """A route answering 501 for every listed operation that is not in `imitated` (method and template below ``/``)."""
    known = {(method, _anonymous(template)) for method, template in imitated}
    for line in _PATHS.split("\n"):
        methods, _, path = line.partition(" ")
        for letter in methods:
            method, template = _LETTERS[letter], f"/v2{path}"
            if (method, template) not in known:
                yield Route(method, template, refuse, "not_imitated")


def fallback(path: str) -> Route:
    """The route of a path that no table names: another product of Zoom, unknown to Zoom, or not Zoom's at all."""
    parts = path.split("/")
    if len(parts) < 3 or parts[1] != "v2":
        return _ELSEWHERE
    return _FAMILY if parts[2] in FAMILIES else _UNKNOWN


def refuse(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """Say that Zoom has this and the sandbox does not."""
    raise NotImitatedError(exchange.method, exchange.path)


def _unknown(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    raise UnknownEndpointError


def _elsewhere(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    raise NothingHereError(exchange.path)


_FAMILY = Route("*", "/v2/…", refuse, "not_imitated")
_UNKNOWN = Route("*", "/v2/…", _unknown, "unknown")
_ELSEWHERE = Route("*", "/…", _elsewhere, "pages.nothing")


def _anonymous(template: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in template.split("/"))
