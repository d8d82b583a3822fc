"""AsyncWebhooks: the same, for tasks. Runs flows; every decision stands in them.

Made from its sync twin by ``make twins``: change that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomlink.errors import InvalidInputError
from zoomlink.secret import Secret
from zoomlink.webhooks import inbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zoomlink.links.async_desk import AsyncLinkDesk
    from zoomlink.webhooks.events import Event
    from zoomlink.webhooks.inbox import Reply

__all__ = ["AsyncWebhooks"]


class AsyncWebhooks:
    """What stands behind the address to which Zoom sends its events.

    `desk`: the desk whose account it is, and in whose ledger events are kept. `secrets`: the Secret Tokens of its app,
    by default the settings' (``ZOOM_WEBHOOK_SECRET``); without one, everything is answered with 503.
    """

    def __init__(self, desk: AsyncLinkDesk, *, secrets: Iterable[str | Secret[str]] | None = None) -> None:
        self.desk = desk
        given = desk.settings.webhook_secrets if secrets is None else secrets
        self._secrets = (given,) if isinstance(given, str | Secret) else tuple(given)

    async def receive(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Take in one request, and return what to answer. `body` are the bytes as they came; `headers` with names in
        any case.

        Nothing is asked of Zoom: it takes one write to the ledger. Raises nothing for bad input. A genuine event is
        answered with 204, but only once it is stored; what cannot be stored now with 503, and Zoom sends it again.
        """
        return await self.desk.run(inbox.receive(self.desk.rules, self._secrets, body, headers))

    async def work(self, limit: int = 100) -> list[Event]:
        """Apply what the inbox holds to links and hosts, at most `limit` (1–1000) events, and return those that are
        done, without join links and passcodes; an empty list when there is nothing to do now.

        To be called from time to time, outside of the request. Raises AuthenticationError and LedgerError; what could
        not be applied is tried again later.
        """
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 1000:
            raise InvalidInputError("limit is no whole number from 1 to 1000.", field="limit")
        return await self.desk.run(inbox.work(self.desk.rules, limit=limit))
