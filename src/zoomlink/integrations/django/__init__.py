"""The Django app: put ``"zoomlink.integrations.django"`` into INSTALLED_APPS. Names are loaded when first used.

A link is a row of Django's own database, committed with the caller's work and handed to the desk afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoomlink.integrations.django.conf import link_settings
    from zoomlink.integrations.django.desk import close_desk, get_desk
    from zoomlink.integrations.django.fields import MeetingLinkField
    from zoomlink.integrations.django.handover import hand_over, settle
    from zoomlink.integrations.django.models import MeetingLink
    from zoomlink.integrations.django.outbox import cancel_link, change_link, create_link, retry_link
    from zoomlink.integrations.django.signals import link_changed, link_refused, webhook_received

__all__ = [
    "MeetingLink",
    "MeetingLinkField",
    "cancel_link",
    "change_link",
    "close_desk",
    "create_link",
    "get_desk",
    "hand_over",
    "link_changed",
    "link_refused",
    "link_settings",
    "retry_link",
    "settle",
    "webhook_received",
]

_HOMES = {
    "MeetingLink": "models",
    "MeetingLinkField": "fields",
    "cancel_link": "outbox",
    "change_link": "outbox",
    "close_desk": "desk",
    "create_link": "outbox",
    "get_desk": "desk",
    "hand_over": "handover",
    "link_changed": "signals",
    "link_refused": "signals",
    "link_settings": "conf",
    "retry_link": "outbox",
    "settle": "handover",
    "webhook_received": "signals",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
