"""The one step that flows about links have besides Zoom's: an operation of the store. No decisions."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from zoomlink.errors import ZoomLinkError
from zoomlink.store.ops import Get
from zoomlink.zoom.flow import Step

if TYPE_CHECKING:
    from zoomlink.store.ops import Move, Moved, Op
    from zoomlink.store.rows import LinkRow

T = TypeVar("T")

__all__ = ["LinkFlow", "LinkStep", "Tx", "changed_by", "fetched"]


class Tx(NamedTuple):
    """Carry out this operation in one transaction, and answer with what it answers."""

    op: Op[Any]


LinkStep: TypeAlias = Step | Tx
LinkFlow: TypeAlias = Generator[LinkStep, Any, T]


def changed_by(move: Move) -> LinkFlow[LinkRow]:
    """Carry out a transition and return the link as it is then: where somebody was faster, as they left it."""
    moved: Moved = yield Tx(move)
    return moved.row or _gone(move.link)


def fetched(link: str) -> LinkFlow[LinkRow]:
    """Return the link as it is now."""
    row: LinkRow | None = yield Tx(Get(link))
    return row or _gone(link)


def _gone(link: str) -> LinkRow:
    raise ZoomLinkError(f"There is no link {link} in the ledger.", slug="not-found")
