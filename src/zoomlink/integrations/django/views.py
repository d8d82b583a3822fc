"""Zoom's webhook: what is genuine is stored, answered, told by signals, and applied once Zoom has its answer.

Applying asks Zoom what became of a meeting, and Zoom waits three seconds for an answer: so one comes after the other.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from zoomlink.errors import ZoomLinkError
from zoomlink.integrations.django import conf
from zoomlink.integrations.django.desk import get_desk
from zoomlink.integrations.django.handover import take_in
from zoomlink.integrations.django.signals import webhook_received
from zoomlink.webhooks import Webhooks

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ["webhook"]

_log = logging.getLogger("zoomlink.django")


class _Taken(HttpResponse):
    """The answer to an event; servers close it once it is sent."""

    def close(self) -> None:
        """Apply what was told."""
        if not self.closed and conf.hand_over_when() == conf.HandOver.ON_COMMIT:
            try:
                take_in(get_desk())
            except Exception as error:  # noqa: BLE001 - it is stored, and settle takes it in; the answer is on its way
                _log.warning("a webhook waits for settle: %s", getattr(error, "slug", type(error).__name__))
        super().close()


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Take an event of Zoom's. What is not genuine is refused, and nothing is answered with 2xx that is not stored.

    The signature takes the place of Django's token against forged requests.
    """
    try:
        body = request.body
    except RequestDataTooBig:
        return HttpResponse(status=413)
    try:
        reply = Webhooks(get_desk()).receive(body, request.headers)
    except ZoomLinkError as error:  # the settings or the ledger: Zoom tries again later
        _log.warning("a webhook cannot be taken: %s", error.slug)
        return HttpResponse(status=503)
    kind = HttpResponse if reply.event is None else _Taken
    if reply.event is not None:
        webhook_received.send_robust(sender=type(reply.event), event=reply.event)
    return kind(reply.body, status=reply.status, content_type=reply.content_type)
