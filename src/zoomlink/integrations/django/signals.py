"""The signals. A receiver that fails is logged by Django and keeps nobody from his link."""

from __future__ import annotations

from django.dispatch import Signal

__all__ = ["link_changed", "link_refused", "webhook_received"]

link_changed = Signal()
"""A link is not what it was: ``link`` (a MeetingLink) and ``before``, its state until now. Sent after the commit, by
the process that found out: after the hand-over, in ``settle``, at a webhook."""

link_refused = Signal()
"""A wish cannot be carried out as it is: ``link`` (a MeetingLink; ``link.problem`` says why in words) and ``error``,
the ZoomLinkError, such as a NoHostError that says when a host is free."""

webhook_received = Signal()
"""Zoom told something for the first time, and its signature is good: ``event`` (a zoomlink.webhooks.Event)."""
