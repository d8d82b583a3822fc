"""The desk of a process: made when it is first wanted, again after a fork, closed at the end. No rows here."""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from zoomlink.config import Settings
from zoomlink.integrations.django import conf

if TYPE_CHECKING:
    from zoomlink.integrations.django.conf import Snapshot
    from zoomlink.links.desk import LinkDesk

__all__ = ["close_desk", "get_desk"]


class _Held(NamedTuple):
    made_from: Snapshot
    desk: LinkDesk
    resources: ExitStack


class _Holder:
    """The one desk of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.held: _Held | None = None
        self.left: list[_Held] = []
        """Desks of the processes we were forked from: closing them would end what they still use."""

    def get(self) -> LinkDesk:
        wanted = conf.snapshot()
        with self.lock:
            if self.held is not None and self.held.made_from != wanted:
                self._put_away()
            if self.held is None:
                self.held = _Held(wanted, *_open())
            return self.held.desk

    def close(self) -> None:
        with self.lock:
            self._put_away()

    def leave(self) -> None:
        self.lock = threading.Lock()
        if self.held is not None:
            self.left.append(self.held)
        self.held = None

    def _put_away(self) -> None:
        held, self.held = self.held, None
        if held is not None:
            held.resources.close()


_holder = _Holder()
atexit.register(_holder.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_holder.leave)


def get_desk() -> LinkDesk:
    """Return this process's desk; it serves all threads, and is not to be closed by who asked for it.

    Raises ConfigurationError naming all that is missing, and LedgerError when the ledger cannot be used.
    """
    return _holder.get()


def close_desk() -> None:
    """Close the desk; the next who asks gets a new one. At the end of the process this happens by itself."""
    _holder.close()


def _open() -> tuple[LinkDesk, ExitStack]:
    from zoomlink.links.desk import LinkDesk

    environ = conf.environment()
    with ExitStack() as stack:
        if conf.is_sandbox(environ):
            from zoomlink.sandbox import embedded

            environ = stack.enter_context(embedded(environ))
        desk = stack.enter_context(LinkDesk(Settings.from_env(environ)))
        return desk, stack.pop_all()
    raise AssertionError("a desk is made, or the reason raised")
