"""AsyncLinkDesk: issues links exactly once, for tasks. Runs flows; every decision stands in them.

Made from its sync twin by ``make twins``: change that one.
"""

from __future__ import annotations

import os
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from zoomlink.client.async_client import AsyncZoomClient
from zoomlink.client.base import nothing
from zoomlink.client.clock import SystemAsyncClock
from zoomlink.client.stepper import Stepper
from zoomlink.client.tokens import AsyncMemoryTokens
from zoomlink.errors import InvalidInputError, ZoomLinkError
from zoomlink.links import flows, taking_in
from zoomlink.links.advance import sweep
from zoomlink.links.base import between, carried, host_name, host_names, in_thread, issued, list_op, reference
from zoomlink.links.hosting import survey
from zoomlink.links.request import check_wait
from zoomlink.links.rules import Call, Rules
from zoomlink.links.steps import Tx
from zoomlink.links.tokens import shared_token
from zoomlink.links.view import LinkPage, cursor_of, event_of, link_of
from zoomlink.store.opening import open_store
from zoomlink.store.ops import Counts, FindMeeting, Get, History, HostOf
from zoomlink.zoom.checks import check_flag
from zoomlink.zoom.flow import Moment, Now

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from types import TracebackType

    from zoomlink.client.clock import AsyncClock
    from zoomlink.client.http import AsyncSender
    from zoomlink.config import Settings
    from zoomlink.links.steps import LinkFlow, LinkStep
    from zoomlink.links.view import Availability, HostInfo, LinkEvent
    from zoomlink.model import Link, LinkState
    from zoomlink.store.ops import Op
    from zoomlink.store.records import Store
    from zoomlink.store.rows import LinkRow
    from zoomlink.zoom.extras import TrackingFields
    from zoomlink.zoom.flow import AccessToken
    from zoomlink.zoom.recurrence import Recurrence
    from zoomlink.zoom.retry import RetryPolicy
    from zoomlink.zoom.settings import MeetingSettings

T = TypeVar("T")

__all__ = ["AsyncLinkDesk"]


class AsyncLinkDesk:
    """Issues links: one request, one meeting, one join link, whatever happens on the way.

    What was asked is written into the ledger before Zoom is asked, and what came of it afterwards; so the same key
    gives the same link for ever, and a lost answer or a killed process loses nothing. One desk serves many tasks.
    Close it, or use it in an ``async with`` block.

    `settings`: whose account, and where Zoom and the ledger are. `store`: an open ledger, instead of the settings'.
    `rules`: times and limits, instead of the settings'. `policy`, `sender` and `clock` as for AsyncZoomClient.
    `zoom` is a client of the same account that shares the token.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store | None = None,
        rules: Rules | None = None,
        policy: RetryPolicy | None = None,
        sender: AsyncSender | None = None,
        clock: AsyncClock | None = None,
        owner: str = "",
    ) -> None:
        self.settings = settings
        self.rules = rules or Rules.of(settings, policy=policy, owner=owner)
        self._store: Store = store or open_store(settings.database)
        self._own_store = store is None
        self._clock = clock or SystemAsyncClock()
        tokens = AsyncMemoryTokens(self._fetch_token, self._now)
        self.zoom = AsyncZoomClient(settings, policy=policy, tokens=tokens, sender=sender, clock=self._clock)
        self._release: Callable[[], None] = nothing
        self._borrowed = False

    @classmethod
    def from_env(cls, account: str | None = None, *, policy: RetryPolicy | None = None) -> Self:
        """Make a desk from the environment and ``.env``; `account` is the name of one of ``ZOOMLINK_ACCOUNTS``.

        Raises ConfigurationError naming all that is missing, and LedgerError when the ledger cannot be used.

        With ``ZOOMLINK_SANDBOX=1`` it speaks to a local Zoom, which runs until the desk is closed.
        """
        from zoomlink.sandbox import from_env

        settings, release = from_env(account)
        try:
            desk = cls(settings, policy=policy)
        except BaseException:
            release()
            raise
        desk._release = release
        return desk

    def as_owner(self, owner: str) -> Self:
        """Return a desk for another owner's keys and links, over the same ledger, connections and token: for a service
        whose callers shall not see each other's. To close it closes nothing.
        """
        twin = copy(self)
        twin.rules = replace(self.rules, owner=owner)
        twin._borrowed = True  # noqa: SLF001 - our own twin
        return twin

    async def create(
        self,
        topic: str,
        *,
        start: datetime | str,
        timezone: str | None = None,
        duration: int | str = 60,
        host: str | None = None,
        key: str | None = None,
        passcode: str | None = None,
        agenda: str | None = None,
        settings: Mapping[str, Any] | MeetingSettings | None = None,
        recurrence: Recurrence | Mapping[str, Any] | None = None,
        allow_overlap: bool = False,
        wait: float = 10,
        default_password: bool | None = None,
        registration: str | None = None,
        alternative_hosts: str | Iterable[str] | None = None,
        invitees: Iterable[str] | None = None,
        tracking_fields: TrackingFields | None = None,
        template_id: str | None = None,
        schedule_for: str | None = None,
        pre_schedule: bool | None = None,
    ) -> Link:
        """Return the link of this request, made now or found by its `key`.

        `key`: your own name for the request, such as a booking number: 1–255 visible ASCII characters. The same key and
        request give the same link for ever; the same key with another request is refused. Without a key every call is a
        request of its own. `host`: by default the host of the pool that is free; with `allow_overlap` none need be.
        `wait`: seconds to wait at most, from 0 on. The other arguments as for ``zoom.meetings.create``; the agenda ends
        in a line by which a lost meeting is found again.

        The link is ``ready``; or, when `wait` was over or Zoom out of reach, ``planned`` or ``unknown``; or ``parked``
        when the host's day is used up. Then :meth:`settle` goes on, or another call with the same key.

        Raises InvalidInputError (``slug`` ``key-reused`` for a key that belongs to another request),
        ConfigurationError, AuthenticationError, NoHostError (which says when one is free): nothing was stored. Raises
        the APIError of a refusal: the same key may try again. Raises LedgerError when the ledger fails.
        """
        flow = flows.create(
            self.rules,
            self._call(),
            key=key,
            randomness=int.from_bytes(os.urandom(10)),
            wait=check_wait(wait),
            allow_overlap=check_flag(allow_overlap, "allow_overlap"),
            topic=topic,
            start=start,
            timezone=timezone,
            duration=duration,
            host=host,
            passcode=passcode,
            agenda=agenda,
            settings=settings,
            recurrence=recurrence,
            default_password=default_password,
            registration=registration,
            alternative_hosts=alternative_hosts,
            invitees=invitees,
            tracking_fields=tracking_fields,
            template_id=template_id,
            schedule_for=schedule_for,
            pre_schedule=pre_schedule,
        )
        return issued(await self.run(flow))

    async def get(self, link: str | int | Link) -> Link:
        """Return a link by its id (``lnk_…``) or its meeting's id, as the ledger has it. Raises ZoomLinkError with the
        slug ``not-found``.
        """
        return link_of(await self._row(link))

    async def find(self, key: str) -> Link | None:
        """Return the link of a key, or None."""
        row = await self.run(flows.find(self.rules, key))
        return None if row is None else link_of(row)

    async def list(
        self,
        *,
        state: LinkState | str | Iterable[LinkState | str] | None = None,
        host: str | None = None,
        start_from: datetime | None = None,
        start_to: datetime | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> LinkPage:
        """Return links in the order of their start, at most `limit` (1–1000), and the cursor of the next page.

        `start_from` and `start_to` are aware datetimes, the second not included.
        """
        if host is not None:  # links stand under the address that Zoom answers
            host = await self.do(HostOf(self.rules.account, host_name(host)))
        op = list_op(self.rules, state, host, start_from, start_to, limit, cursor)
        rows = await self.do(op)
        more = len(rows) == op.limit
        return LinkPage(tuple(link_of(row) for row in rows[: op.limit - 1]), cursor_of(rows[:-1]) if more else None)

    async def history(self, link: str | int | Link) -> builtins.list[LinkEvent]:
        """Return all that happened to a link, in order and in words."""
        row = await self._row(link)
        return [event_of(event) for event in await self.do(History(row.id))]

    async def counts(self) -> dict[str, int]:
        """Return how many links there are, by state."""
        return await self.do(Counts(self.rules.account, self.rules.owner or None))

    async def update(
        self,
        link: str | int | Link,
        *,
        topic: str | None = None,
        start: datetime | str | None = None,
        timezone: str | None = None,
        duration: int | str | None = None,
        agenda: str | None = None,
        passcode: str | None = None,
        settings: Mapping[str, Any] | MeetingSettings | None = None,
        recurrence: Recurrence | Mapping[str, Any] | None = None,
        registration: str | None = None,
        alternative_hosts: str | Iterable[str] | None = None,
        invitees: Iterable[str] | None = None,
        tracking_fields: TrackingFields | None = None,
        host: str | None = None,
        allow_overlap: bool = False,
        wait: float = 10,
    ) -> Link:
        """Change what is given and nothing else, in Zoom and in the ledger. The join link stays the same.

        It stays with its host, unless another `host` is named: Zoom moves the meeting where both are licensed and the
        first may schedule for the second, and refuses it otherwise. A time without a zone is in the link's own.

        Raises InvalidInputError, NoHostError when the host is busy at the new time (unless `allow_overlap`), the
        APIError of a refusal. After any other error the change is still carried out, by :meth:`settle`.
        """
        wait, allow_overlap = check_wait(wait), check_flag(allow_overlap, "allow_overlap")
        row = await self._row(link)
        flow = flows.update(
            self.rules,
            self._call(),
            row.id,
            wait=wait,
            allow_overlap=allow_overlap,
            topic=topic,
            start=start,
            timezone=timezone,
            duration=duration,
            agenda=agenda,
            passcode=passcode,
            settings=settings,
            recurrence=recurrence,
            registration=registration,
            alternative_hosts=alternative_hosts,
            invitees=invitees,
            tracking_fields=tracking_fields,
            host=host,
        )
        return link_of(await self.run(flow))

    async def cancel(self, link: str | int | Link, *, notify: bool = False, wait: float = 10) -> Link:
        """Take a link back: its meeting is deleted in Zoom. Repeating does no harm; an unknown link can be cancelled,
        and its meeting is removed when it turns up.

        `notify` has Zoom mail the host and the registrants. Raises TransportError when Zoom is out of reach: after that
        :meth:`settle` carries it out.
        """
        wait, notify = check_wait(wait), check_flag(notify, "notify")
        row = await self._row(link)
        return link_of(await self.run(flows.cancel(self.rules, self._call(), row.id, wait=wait, notify=notify)))

    async def settle(self, *, limit: int = 50, watches: bool = True) -> builtins.list[Link]:
        """Go on with the links that are due (unknown, planned, parked, to be changed or cancelled), at most `limit`,
        and return them as they are then; an empty list when there is nothing to do now. A desk with an owner goes on
        with everybody's, and returns its own.

        `watches`: also look for surplus meetings of links whose answer was lost once, and remove them. Raises
        AuthenticationError and LedgerError.
        """
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 1000:
            raise InvalidInputError("limit is no whole number from 1 to 1000.", field="limit")
        rows = await self.run(sweep(self.rules, self._call(), limit=limit, watches=check_flag(watches, "watches")))
        return [link_of(row) for row in rows if self.rules.may_see(row)]

    async def hosts(
        self, hosts: Iterable[str] | None, start_from: datetime, start_to: datetime
    ) -> builtins.list[HostInfo]:
        """Return what is known of hosts, by default the pool's, and how busy they are between two aware datetimes."""
        names, span = host_names(self.rules, hosts), between(start_from, start_to)
        return await self.run(survey(names, *span, self.rules)) if names else []

    async def availability(
        self,
        *,
        start: datetime | str,
        timezone: str | None = None,
        duration: int | str = 60,
        recurrence: Recurrence | Mapping[str, Any] | None = None,
        hosts: Iterable[str] | None = None,
    ) -> Availability:
        """Say which hosts, by default the pool's, are free for a meeting; if none is, who is busy with what, and the
        next time at which one is free. Arguments as for `create`; nothing is stored.
        """
        flow = flows.available(
            self.rules,
            host_names(self.rules, hosts),
            start=start,
            timezone=timezone,
            duration=duration,
            recurrence=recurrence,
        )
        return await self.run(flow)

    async def adopt(self, meeting: int | str, *, key: str | None = None) -> Link:
        """Take a meeting that exists in Zoom into the ledger, or return the link it has already. Zoom is only read.

        Raises NotFoundError.
        """
        draw = int.from_bytes(os.urandom(10))
        return link_of(await self.run(taking_in.adopt(self.rules, meeting, key=key, randomness=draw)))

    async def rebuild(self, hosts: Iterable[str] | None = None) -> builtins.list[Link]:
        """Make links again for the meetings of `hosts` (by default the pool's) that carry our marker and are not in the
        ledger: after it was lost. A caller's key finds its link again. Returns the new ones.
        """
        names = host_names(self.rules, hosts)
        draw = int.from_bytes(os.urandom(9)) << 8
        return [link_of(row) for row in await self.run(taking_in.rebuild(self.rules, names, draw=draw))]

    async def erase(self, text: str) -> builtins.list[str]:
        """Take topics, agendas, addresses, links and passcodes out of every link in which `text` (a person's address or
        name) stands, and return the links' ids. Zoom's own copies are not touched: cancel what shall go there too.

        Raises InvalidInputError naming links that still have to be made.
        """
        return [row.id for row in await self.run(flows.erase(self.rules, text))]

    @property
    def store(self) -> Store:
        """The ledger's store, for operations of those who build on a desk."""
        return self._store

    async def run(self, flow: LinkFlow[T]) -> T:
        """Carry out a flow of :mod:`zoomlink.links` and return its result."""
        stepper = Stepper(flow)
        while (step := stepper.step) is not None:
            with stepper.answering() as answer:
                answer(await self._carry_out(step))
        return stepper.result

    async def do(self, op: Op[T]) -> T:
        """Carry out one operation of the store."""
        return await carried(self._store, op)

    async def aclose(self) -> None:
        """Close connections and ledger."""
        if self._borrowed:
            return
        await self.zoom.aclose()
        if self._own_store:
            await in_thread(
                self._store.close,
            )
        self._release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _carry_out(self, step: LinkStep) -> Any:
        if isinstance(step, Tx):
            return await self.do(step.op)
        if isinstance(step, Now):
            return self._now()
        return await self.zoom.carry_out(step)

    def _now(self) -> Moment:
        moment = self._clock.now()
        return Moment(moment.wall + self._store.ahead, moment.ticks)

    def _call(self) -> Call:
        return Call(os.urandom(8).hex())

    async def _fetch_token(self, rejected: AccessToken | None) -> AccessToken:
        return await self.run(shared_token(self.settings, self.rules, self._call(), rejected))

    async def _row(self, link: str | int | Link) -> LinkRow:
        name = reference(link)
        found = await self.do(Get(name) if isinstance(name, str) else FindMeeting(self.rules.account, name))
        if found is None or not self.rules.may_see(found):
            raise ZoomLinkError(f"There is no link {name} in the ledger.", hint=_NO_LINK, slug="not-found")
        return found


_NO_LINK = "zoomlink list shows all of them; to take in a meeting of Zoom's: zoomlink adopt."
