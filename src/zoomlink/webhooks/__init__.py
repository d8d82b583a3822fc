"""Webhooks: Zoom's events, verified, kept and applied to links and pool. Names only; each is loaded when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoomlink.webhooks.async_receiver import AsyncWebhooks
    from zoomlink.webhooks.events import SUBSCRIBED, Event
    from zoomlink.webhooks.inbox import Reply
    from zoomlink.webhooks.receiver import Webhooks
    from zoomlink.webhooks.signature import verify

    verify_webhook = verify

__all__ = ["SUBSCRIBED", "AsyncWebhooks", "Event", "Reply", "Webhooks", "verify", "verify_webhook"]

_HOMES = {
    "SUBSCRIBED": "events",
    "AsyncWebhooks": "async_receiver",
    "Event": "events",
    "Reply": "inbox",
    "Webhooks": "receiver",
    "verify": "signature",
    "verify_webhook": "signature",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'zoomlink.webhooks' has no attribute {name!r}")
    return getattr(import_module(f"zoomlink.webhooks.{_HOMES[name]}"), name.removesuffix("_webhook"))
