"""Walks through Zoom's lists, page by page: the same filter on every page, a certain end. No fields here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zoomlink.errors import UnexpectedResponseError
from zoomlink.zoom.answers import read_object, unreadable
from zoomlink.zoom.calls import call
from zoomlink.zoom.reading import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomlink.zoom.flow import Flow, Response
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["Pages", "entries"]

T = TypeVar("T")


_SIGNS = frozenset({"page_count", "page_number", "page_size", "total_records", "next_page_token"})


def entries(response: Response, body: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    """Return the entries of one page of a list.

    Raises UnexpectedResponseError for what cannot be read: taken for an empty list, it would say that a meeting does
    not exist which does.
    """
    found = body.get(field)
    if found is None and _SIGNS & body.keys():
        return []
    if not isinstance(found, list) or not all(isinstance(entry, Mapping) for entry in found):
        raise unreadable(response, f"an answer without a list of {field} that can be read")
    return found


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
        found = entries(response, body, self._field)
        following = text(body.get("next_page_token"))
        import hashlib  # loads the cryptography of OpenSSL; only lists need it

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
        return [self._read(entry) for entry in found]

    def rest(self) -> Flow[list[T]]:
        """Fetch all pages that are left."""
        found: list[T] = []
        while self.more:
            found += yield from self.fetch()
        return found
