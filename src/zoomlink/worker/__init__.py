"""Hands due links to hands, again and again: in this process, or on many machines through Procrastinate on PostgreSQL.

What is true stands in the ledger alone: whatever is handed out here may be lost or come twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoomlink.worker.sweeping import Chore, Sweeper

__all__ = ["Chore", "Sweeper"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from zoomlink.worker import sweeping

        return getattr(sweeping, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
