"""What can be done at once among links that were handed out, and how long to wait after failures. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomlink.links.judging import Errand, errand, searched_hosts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoomlink.store.rows import LinkRow

__all__ = ["TOGETHER", "looks_at_lists", "parted", "patience"]

TOGETHER = 50
"""Links that are handed out at once where one list of a host's meetings serves many of them."""
_LISTED = frozenset({Errand.SETTLE, Errand.WATCH, Errand.LOST})
FIRST, LONGEST = 1.0, 60.0
"""Seconds between attempts while nothing works."""


def looks_at_lists(row: LinkRow, now: int) -> bool:
    """True for a link about which a list of its host's meetings has to be asked for."""
    return errand(row, now) in _LISTED


def parted(rows: Sequence[LinkRow], now: int) -> list[list[LinkRow]]:
    """Part links into what can be done at the same time: those that share a list stay together, in their order."""
    parts: list[list[LinkRow]] = []
    shared: dict[tuple[str, ...], list[LinkRow]] = {}
    for row in rows:
        if not looks_at_lists(row, now):
            parts.append([row])
            continue
        hosts = searched_hosts(row)
        if hosts not in shared:
            shared[hosts] = []
            parts.append(shared[hosts])
        shared[hosts].append(row)
    return parts


def patience(failures: int) -> float:
    """Seconds to wait after so many failures in a row."""
    return min(FIRST * 2.0 ** min(failures - 1, 10), LONGEST) if failures > 0 else 0.0
