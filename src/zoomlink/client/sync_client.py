"""ZoomClient: Zoom itself, for threads. Runs flows; every decision stands in them.

`async_client.py` is made from this file by ``make twins``: change this one.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar, assert_never

from zoomlink.client.base import nothing, request_flow
from zoomlink.client.clock import SystemClock
from zoomlink.client.http import HTTPSender
from zoomlink.client.meeting_resources import Meetings
from zoomlink.client.stepper import Stepper
from zoomlink.client.tokens import MemoryTokens
from zoomlink.zoom import oauth
from zoomlink.zoom.flow import NeedToken, Now, Send, Sleep
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from zoomlink.client.clock import Clock
    from zoomlink.client.http import Sender
    from zoomlink.client.people_resources import Past, Registrants, Templates, Users
    from zoomlink.client.tokens import TokenSource
    from zoomlink.config import Settings
    from zoomlink.zoom.flow import AccessToken, Flow, Step
    from zoomlink.zoom.paging import Pages

T = TypeVar("T")

__all__ = ["ZoomClient"]


class ZoomClient:
    """Zoom's API with the token, retries, deadlines and errors taken care of; no ledger, no pacing, no counting.

    One client may be used by many at once. It fetches a token at the first call and keeps its connections; close it,
    or use it in a ``with`` block.

    `settings`: whose account, and where Zoom is. `policy`: how often and how long a call is tried. `tokens`, `sender`
    and `clock` replace where the token comes from, the network and time, for sharing and for tests.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        policy: RetryPolicy | None = None,
        tokens: TokenSource | None = None,
        sender: Sender | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.policy = policy or RetryPolicy()
        self._sender = sender or HTTPSender()
        self._clock = clock or SystemClock()
        self._tokens = tokens or MemoryTokens(self._fetch_token, self._clock.now)
        self._release: Callable[[], None] = nothing
        self.meetings = Meetings(self)

    @classmethod
    def from_env(cls, account: str | None = None, *, policy: RetryPolicy | None = None) -> Self:
        """Make a client from the environment and ``.env``; `account` is the name of one of ``ZOOMLINK_ACCOUNTS``.

        Raises ConfigurationError naming all that is missing.

        With ``ZOOMLINK_SANDBOX=1`` it speaks to a local Zoom, which runs until the client is closed.
        """
        from zoomlink.sandbox import from_env

        settings, release = from_env(account)
        client = cls(settings, policy=policy)
        client._release = release
        return client

    # These are loaded when they are first used: most processes make one link and need none of them.

    @cached_property
    def registrants(self) -> Registrants:
        """Who registered for a meeting."""
        from zoomlink.client.people_resources import Registrants

        return Registrants(self)

    @cached_property
    def past(self) -> Past:
        """What took place."""
        from zoomlink.client.people_resources import Past

        return Past(self)

    @cached_property
    def templates(self) -> Templates:
        """Templates to make meetings from."""
        from zoomlink.client.people_resources import Templates

        return Templates(self)

    @cached_property
    def users(self) -> Users:
        """The users of the account."""
        from zoomlink.client.people_resources import Users

        return Users(self)

    def request(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        """Call any endpoint, with the same token, retries and errors: ``request("GET", "/users/me/settings")``.

        `path` stands below ``/v2``; `body` is sent as JSON. Returns the answer's JSON, None when it is empty. A POST
        is sent once: OutcomeUnknownError says that its answer was lost.
        """
        return self.run(request_flow(method, path, query=query, body=body, policy=self.policy))

    def token(self) -> AccessToken:
        """Return the token in use, fetching one if there is none. Raises AuthenticationError."""
        return self._tokens.get(None)

    def run(self, flow: Flow[T]) -> T:
        """Carry out a flow of :mod:`zoomlink.zoom` and return its result."""
        stepper = Stepper(flow)
        while (step := stepper.step) is not None:
            with stepper.answering() as answer:
                answer(self.carry_out(step))
        return stepper.result

    def carry_out(self, step: Step) -> Any:
        """Carry out one step of a flow and return its answer."""
        match step:
            case Send(request, timeout):
                return self._sender.send(request, timeout)
            case Sleep(seconds, jitter):
                self._clock.sleep(seconds, jitter)
                return None
            case NeedToken(rejected):
                return self._tokens.get(rejected)
            case Now():
                return self._clock.now()
            case _:
                assert_never(step)

    def each(self, pages: Pages[T]) -> Iterator[T]:
        """Give out the entries of a list one by one, fetching each page when it is needed."""
        while pages.more:
            yield from self.run(pages.fetch())

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _fetch_token(self, _rejected: AccessToken | None) -> AccessToken:
        return self.run(oauth.fetch_token(self.settings, self.policy))
