"""Walks through Zoom's lists, page by page: the same filter on every page, a certain end. No fields here."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zoomlink.errors import UnexpectedResponseError
from zoomlink.zoom.answers import read_object
from zoomlink.zoom.calls import call
from zoomlink.zoom.reading import items, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zoomlink.zoom.flow import Flow
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["Pages"]

T = TypeVar("T")


class Pages(Generic[T]):
    """One walk through a list. `more` says whether there is another page; :meth:`fetch` is the flow that gets it.

    Zoom marks the next page with a token that lives 15 minutes; an expired one raises InvalidRequestError. A page that
    comes a second time would go on for ever: it raises UnexpectedResponseError, since a list cut short without a word
    would read as "there is no such meeting".
    """

    def __init__(
        self,
        path: str,
        field: str,
        read: Callable[[Mapping[str, Any]], T],
        *,
        policy: RetryPolicy,
        query: Mapping[str, Any] | None = None,
    ) -> None:
        self.more = True
        self._path = path
        self._field = field
        self._read = read
        self._policy = policy
        self._query = dict(query or {})
        self._token: str | None = None
        self._seen: set[tuple[str | None, bytes]] = set()

    def fetch(self) -> Flow[list[T]]:
        """Fetch the next page."""
        query = {**self._query, "next_page_token": self._token}
        response = yield from call("GET", self._path, policy=self._policy, query=query)
        body = read_object(response)
        following = text(body.get("next_page_token"))
        mark = (self._token, hashlib.sha256(response.body).digest())
        if following is not None and mark in self._seen:
            raise UnexpectedResponseError(
                "Zoom gives the same page of the list again and again.",
                status_code=response.status,
                tracking_id=response.tracking_id,
                body=response.body,
                hint="Start the list again; if it stays, ask for smaller pages.",
            )
        self._seen.add(mark)
        self._token = following
        self.more = following is not None
        return [self._read(entry) for entry in items(body.get(self._field))]

    def rest(self) -> Flow[list[T]]:
        """Fetch all pages that are left."""
        found: list[T] = []
        while self.more:
            found += yield from self.fetch()
        return found
