"""AsyncZoomClient: Zoom itself, for tasks. Runs flows; every decision stands in them.

Made from `sync_client.py` by ``make twins``: change that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar, assert_never

from zoomlink.client.base import create_flow, request_flow
from zoomlink.client.clock import SystemAsyncClock
from zoomlink.client.http import HTTPAsyncSender
from zoomlink.client.stepper import Stepper
from zoomlink.client.tokens import AsyncMemoryTokens
from zoomlink.config import Settings
from zoomlink.zoom import meetings, oauth, users
from zoomlink.zoom.flow import NeedToken, Now, Send, Sleep
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from types import TracebackType

    from zoomlink.client.clock import AsyncClock
    from zoomlink.client.http import AsyncSender
    from zoomlink.client.tokens import AsyncTokenSource
    from zoomlink.zoom.flow import AccessToken, Flow
    from zoomlink.zoom.models import Meeting, User

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
        self.meetings = AsyncMeetings(self)
        self.users = AsyncUsers(self)

    @classmethod
    def from_env(cls, *, policy: RetryPolicy | None = None) -> Self:
        """Make a client from the environment and ``.env``. Raises ConfigurationError naming all that is missing."""
        return cls(Settings.from_env(), policy=policy)

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
                match step:
                    case Send(request, timeout):
                        answer(await self._sender.send(request, timeout))
                    case Sleep(seconds, jitter):
                        await self._clock.sleep(seconds, jitter)
                        answer(None)
                    case NeedToken(rejected):
                        answer(await self._tokens.get(rejected))
                    case Now():
                        answer(self._clock.now())
                    case _:
                        assert_never(step)
        return stepper.result

    async def aclose(self) -> None:
        """Close the connections."""
        await self._sender.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _fetch_token(self) -> AccessToken:
        return await self.run(oauth.fetch_token(self.settings, self.policy))


class AsyncMeetings:
    """``zoom.meetings``: the meetings of any host of the account."""

    def __init__(self, client: AsyncZoomClient) -> None:
        self._client = client

    async def create(
        self,
        host: str,
        *,
        topic: str,
        start: datetime | str,
        timezone: str | None = None,
        duration: int = 60,
        agenda: str | None = None,
        passcode: str | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> Meeting:
        """Create one scheduled meeting of `host` (e-mail address, user id or ``me``), and send the request once.

        `start`: an aware datetime, or text such as ``2031-12-01T18:24`` with `timezone` (an IANA name). `duration` in
        minutes. `settings`: Zoom's own names, as in its documentation.

        Raises InvalidInputError before anything is sent; the APIError of a refusal; TransportError when the meeting
        was certainly not made; OutcomeUnknownError when it may have been.
        """
        return await self._client.run(
            create_flow(
                host,
                topic=topic,
                start=start,
                timezone=timezone,
                default_timezone=self._client.settings.timezone,
                duration=duration,
                agenda=agenda,
                passcode=passcode,
                settings=settings,
                policy=self._client.policy,
            )
        )

    async def get(self, meeting: int | str, *, occurrence: str | None = None) -> Meeting:
        """Fetch a meeting by its id, or one instance by its uuid. Raises NotFoundError."""
        return await self._client.run(meetings.get(meeting, policy=self._client.policy, occurrence=occurrence))

    async def list(self, host: str, *, type: str = "scheduled") -> list[Meeting]:
        """Fetch all meetings of `host`, all pages, of a `type`: scheduled, live, upcoming or previous_meetings.

        Lists leave out passcode and settings, cut the agenda to 250 characters and never show instant meetings.
        """
        return await self._client.run(meetings.list_all(host, policy=self._client.policy, type=type))

    async def update(self, meeting: int | str, changes: Mapping[str, Any]) -> None:
        """Change what `changes` names, in Zoom's field names, and nothing else. Raises NotFoundError."""
        await self._client.run(meetings.update(meeting, changes, policy=self._client.policy))

    async def delete(self, meeting: int | str, *, notify: bool = False) -> bool:
        """Delete a meeting. False when it was gone already. `notify` has Zoom mail host and registrants."""
        return await self._client.run(meetings.delete(meeting, policy=self._client.policy, notify=notify))


class AsyncUsers:
    """``zoom.users``: the users of the account."""

    def __init__(self, client: AsyncZoomClient) -> None:
        self._client = client

    async def get(self, user: str) -> User:
        """Fetch one user by e-mail address or id; ``me`` is the owner of the account. Raises NotFoundError."""
        return await self._client.run(users.get(user, policy=self._client.policy))

    async def list(self, *, status: str = "active") -> list[User]:
        """Fetch all users of a status, ``active``, ``inactive`` or ``pending``; all pages."""
        return await self._client.run(users.list_all(policy=self._client.policy, status=status))
