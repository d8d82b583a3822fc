"""AsyncZoomClient: Zoom itself, for tasks. Runs flows; every decision stands in them.

Made from its sync twin by ``make twins``: change that one.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar, assert_never

from zoomlink.client.async_meeting_resources import AsyncMeetings
from zoomlink.client.base import nothing, request_flow
from zoomlink.client.clock import SystemAsyncClock
from zoomlink.client.http import HTTPAsyncSender
from zoomlink.client.stepper import Stepper
from zoomlink.client.tokens import AsyncMemoryTokens
from zoomlink.zoom import oauth
from zoomlink.zoom.flow import NeedToken, Now, Send, Sleep
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from types import TracebackType

    from zoomlink.client.async_people_resources import AsyncPast, AsyncRegistrants, AsyncTemplates, AsyncUsers
    from zoomlink.client.clock import AsyncClock
    from zoomlink.client.http import AsyncSender
    from zoomlink.client.tokens import AsyncTokenSource
    from zoomlink.config import Settings
    from zoomlink.zoom.flow import AccessToken, Flow, Step
    from zoomlink.zoom.paging import Pages

T = TypeVar("T")

__all__ = ["AsyncZoomClient"]


class AsyncZoomClient:
    """Zoom's API with the token, retries, deadlines and errors taken care of; no ledger, no pacing, no counting.

    One client may be used by many at once. It fetches a token at the first call and keeps its connections; close it,
    or use it in an ``async with`` block.

    `settings`: whose account, and where Zoom is. `policy`: how often and how long a call is tried. `tokens`, `sender`
    and `clock` replace where the token comes from, the network and time, for sharing and for tests.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        policy: RetryPolicy | None = None,
        tokens: AsyncTokenSource | None = None,
        sender: AsyncSender | None = None,
        clock: AsyncClock | None = None,
    ) -> None:
        self.settings = settings
        self.policy = policy or RetryPolicy()
        self._sender = sender or HTTPAsyncSender()
        self._clock = clock or SystemAsyncClock()
        self._tokens = tokens or AsyncMemoryTokens(self._fetch_token, self._clock.now)
        self._release: Callable[[], None] = nothing
        self.meetings = AsyncMeetings(self)

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
    def registrants(self) -> AsyncRegistrants:
        """Who registered for a meeting."""
        from zoomlink.client.async_people_resources import AsyncRegistrants

        return AsyncRegistrants(self)

    @cached_property
    def past(self) -> AsyncPast:
        """What took place."""
        from zoomlink.client.async_people_resources import AsyncPast

        return AsyncPast(self)

    @cached_property
    def templates(self) -> AsyncTemplates:
        """Templates to make meetings from."""
        from zoomlink.client.async_people_resources import AsyncTemplates

        return AsyncTemplates(self)

    @cached_property
    def users(self) -> AsyncUsers:
        """The users of the account."""
        from zoomlink.client.async_people_resources import AsyncUsers

        return AsyncUsers(self)

    async def request(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        """Call any endpoint, with the same token, retries and errors: ``request("GET", "/users/me/settings")``.

        `path` stands below ``/v2``; `body` is sent as JSON. Returns the answer's JSON, None when it is empty. A POST
        is sent once: OutcomeUnknownError says that its answer was lost.
        """
        return await self.run(request_flow(method, path, query=query, body=body, policy=self.policy))

    async def token(self) -> AccessToken:
        """Return the token in use, fetching one if there is none. Raises AuthenticationError."""
        return await self._tokens.get(None)

    async def run(self, flow: Flow[T]) -> T:
        """Carry out a flow of :mod:`zoomlink.zoom` and return its result."""
        stepper = Stepper(flow)
        while (step := stepper.step) is not None:
            with stepper.answering() as answer:
                answer(await self.carry_out(step))
        return stepper.result

    async def carry_out(self, step: Step) -> Any:
        """Carry out one step of a flow and return its answer."""
        match step:
            case Send(request, timeout):
                return await self._sender.send(request, timeout)
            case Sleep(seconds, jitter):
                await self._clock.sleep(seconds, jitter)
                return None
            case NeedToken(rejected):
                return await self._tokens.get(rejected)
            case Now():
                return self._clock.now()
            case _:
                assert_never(step)

    async def each(self, pages: Pages[T]) -> AsyncIterator[T]:
        """Give out the entries of a list one by one, fetching each page when it is needed."""
        while pages.more:
            for item in await self.run(pages.fetch()):
                yield item

    async def aclose(self) -> None:
        """Close the connections."""
        await self._sender.aclose()
        self._release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _fetch_token(self, _rejected: AccessToken | None) -> AccessToken:
        return await self.run(oauth.fetch_token(self.settings, self.policy))
