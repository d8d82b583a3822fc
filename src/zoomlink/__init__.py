"""zoomlink: a topic and a time in, a working Zoom join link out. Once. No consent screen.

Names are loaded when they are first used, so that ``import zoomlink`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from zoomlink.batches.engine import BatchDesk
    from zoomlink.calendar import CalendarEntry, calendar_file
    from zoomlink.client.async_client import AsyncZoomClient
    from zoomlink.client.sync_client import ZoomClient
    from zoomlink.config import Credentials, Settings
    from zoomlink.errors import (
        APIError,
        AuthenticationError,
        BusyTime,
        ConfigurationError,
        ConflictError,
        InvalidInputError,
        InvalidRequestError,
        LedgerError,
        MissingScopeError,
        NoHostError,
        NotFoundError,
        OutcomeUnknownError,
        PermissionDeniedError,
        RateLimitError,
        ServerError,
        TransportError,
        UnexpectedResponseError,
        WebhookError,
        ZoomLinkError,
    )
    from zoomlink.links.article import create_meeting
    from zoomlink.links.async_desk import AsyncLinkDesk
    from zoomlink.links.desk import LinkDesk
    from zoomlink.links.view import Availability, HostInfo, LinkEvent, LinkPage
    from zoomlink.model import HostSpec, Link, LinkState
    from zoomlink.secret import Secret
    from zoomlink.webhooks.async_receiver import AsyncWebhooks
    from zoomlink.webhooks.receiver import Webhooks
    from zoomlink.webhooks.signature import verify as verify_webhook
    from zoomlink.zoom.invitations import Invitation, InviteLink, SipUri
    from zoomlink.zoom.models import Meeting, Occurrence, User
    from zoomlink.zoom.past import Participant, PastInstance, PastMeeting
    from zoomlink.zoom.recurrence import Recurrence
    from zoomlink.zoom.registration import AddedRegistrant, CustomQuestion, Registrant, RegistrationQuestions
    from zoomlink.zoom.retry import RetryPolicy
    from zoomlink.zoom.settings import MeetingSettings
    from zoomlink.zoom.templates import Template
    from zoomlink.zoom.user_settings import PasscodePolicy, UserSettings
    from zoomlink.zoom.users import Scheduler, UserSummary

__all__ = [
    "APIError",
    "AddedRegistrant",
    "AsyncLinkDesk",
    "AsyncWebhooks",
    "AsyncZoomClient",
    "AuthenticationError",
    "Availability",
    "BatchDesk",
    "BusyTime",
    "CalendarEntry",
    "ConfigurationError",
    "ConflictError",
    "Credentials",
    "CustomQuestion",
    "HostInfo",
    "HostSpec",
    "InvalidInputError",
    "InvalidRequestError",
    "Invitation",
    "InviteLink",
    "LedgerError",
    "Link",
    "LinkDesk",
    "LinkEvent",
    "LinkPage",
    "LinkState",
    "Meeting",
    "MeetingSettings",
    "MissingScopeError",
    "NoHostError",
    "NotFoundError",
    "Occurrence",
    "OutcomeUnknownError",
    "Participant",
    "PasscodePolicy",
    "PastInstance",
    "PastMeeting",
    "PermissionDeniedError",
    "RateLimitError",
    "Recurrence",
    "Registrant",
    "RegistrationQuestions",
    "RetryPolicy",
    "Scheduler",
    "Secret",
    "ServerError",
    "Settings",
    "SipUri",
    "Template",
    "TransportError",
    "UnexpectedResponseError",
    "User",
    "UserSettings",
    "UserSummary",
    "WebhookError",
    "Webhooks",
    "ZoomClient",
    "ZoomLinkError",
    "__version__",
    "calendar_file",
    "create_meeting",
    "verify_webhook",
]

_HOMES = {
    "AddedRegistrant": "zoomlink.zoom.registration",
    "AsyncLinkDesk": "zoomlink.links.async_desk",
    "AsyncWebhooks": "zoomlink.webhooks.async_receiver",
    "AsyncZoomClient": "zoomlink.client.async_client",
    "Availability": "zoomlink.links.view",
    "BatchDesk": "zoomlink.batches.engine",
    "CalendarEntry": "zoomlink.calendar",
    "Credentials": "zoomlink.config",
    "CustomQuestion": "zoomlink.zoom.registration",
    "HostInfo": "zoomlink.links.view",
    "HostSpec": "zoomlink.model",
    "Invitation": "zoomlink.zoom.invitations",
    "InviteLink": "zoomlink.zoom.invitations",
    "Link": "zoomlink.model",
    "LinkDesk": "zoomlink.links.desk",
    "LinkEvent": "zoomlink.links.view",
    "LinkPage": "zoomlink.links.view",
    "LinkState": "zoomlink.model",
    "Meeting": "zoomlink.zoom.models",
    "MeetingSettings": "zoomlink.zoom.settings",
    "Occurrence": "zoomlink.zoom.models",
    "Participant": "zoomlink.zoom.past",
    "PasscodePolicy": "zoomlink.zoom.user_settings",
    "PastInstance": "zoomlink.zoom.past",
    "PastMeeting": "zoomlink.zoom.past",
    "Recurrence": "zoomlink.zoom.recurrence",
    "Registrant": "zoomlink.zoom.registration",
    "RegistrationQuestions": "zoomlink.zoom.registration",
    "RetryPolicy": "zoomlink.zoom.retry",
    "Scheduler": "zoomlink.zoom.users",
    "Secret": "zoomlink.secret",
    "Settings": "zoomlink.config",
    "SipUri": "zoomlink.zoom.invitations",
    "Template": "zoomlink.zoom.templates",
    "User": "zoomlink.zoom.models",
    "UserSettings": "zoomlink.zoom.user_settings",
    "UserSummary": "zoomlink.zoom.users",
    "Webhooks": "zoomlink.webhooks.receiver",
    "ZoomClient": "zoomlink.client.sync_client",
    "calendar_file": "zoomlink.calendar",
    "create_meeting": "zoomlink.links.article",
    "verify_webhook": "zoomlink.webhooks",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'zoomlink' has no attribute {name!r}")
    value = getattr(import_module(_HOMES.get(name, "zoomlink.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
