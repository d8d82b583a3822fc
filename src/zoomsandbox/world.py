"""The whole state of one sandbox in one place, and its `reset`. Holds no rule of its own and never sees a request."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from zoomsandbox.core.clock import Clock
from zoomsandbox.core.ids import Ids
from zoomsandbox.core.ledger import Ledger
from zoomsandbox.core.recorder import Recorder
from zoomsandbox.core.timers import Timers
from zoomsandbox.faults.plan import Faults
from zoomsandbox.faults.wire import Wire
from zoomsandbox.limits.models import Limits
from zoomsandbox.live.models import Live
from zoomsandbox.meetings.models import Meetings
from zoomsandbox.oauth.models import OAuth
from zoomsandbox.options import Options
from zoomsandbox.registrants.models import Registrants
from zoomsandbox.templates.models import Templates
from zoomsandbox.users.models import Users
from zoomsandbox.webhooks.courier import Courier
from zoomsandbox.webhooks.models import Webhooks

if TYPE_CHECKING:
    from zoomsandbox.state.journal import Journal

CLUSTER = "us05"


class World:
    """One Zoom: clock, ids, account, services.

    A new service adds its model here and its routes to `app.ROUTES`; nothing else has to know it.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        # Where the sandbox was last spoken to, for links in what it says unasked
        self.base_url = "http://127.0.0.1:8765"
        self.clock = Clock(self.options.clock)
        self.timers = Timers(self.clock)
        self.wire = Wire()
        self.ids = Ids(self.options.seed)
        self.ledger = Ledger(self.clock)
        self.recorder = Recorder(self.clock)
        self.oauth = OAuth(self.options, self.clock, self.ids)
        self.users = Users(self.options, self.clock, self.ids)
        self.limits = Limits(self.options, self.clock)
        self.meetings = Meetings(self.options, self.clock, self.ids, self.users, self.ledger)
        self.live = Live(self.options, self.clock, self.timers, self.ids, self.users, self.meetings, self.ledger)
        self.registrants = Registrants(self.clock, self.ids, self.meetings, self.ledger)
        self.templates = Templates(self.ids, self.users, self.meetings, self.ledger)
        self.faults = Faults(self)
        self.journal: Journal | None = None
        self.webhooks = Webhooks(self)
        self.courier = Courier(self)

    def reset(self) -> None:
        """Back to the state right after the start; with a seed and a frozen clock, to the byte."""
        with self.journal.renewal() if self.journal is not None else nullcontext():
            self._reset()

    def _reset(self) -> None:
        self.wire.reset()
        self.timers.reset()
        self.clock.reset()
        self.ids.reset()
        self.ledger.reset()
        self.recorder.reset()
        self.oauth.reset()
        self.users.reset()
        self.limits.reset()
        self.meetings.reset()
        self.live.reset()
        self.registrants.reset()
        self.templates.reset()
        self.faults.reset()
        self.webhooks.reset()

    def public_base(self, base_url: str) -> str:
        """Where join and start URLs point: the sandbox itself, or Zoom's own host with `zoom_urls`."""
        return f"https://{CLUSTER}web.zoom.us" if self.options.zoom_urls else base_url
