"""Every table of the ledger with its columns, for whoever copies one. No statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomlink.store.batches import BATCH_FILES, BATCH_PARTS, BATCHES
from zoomlink.store.inbox import INBOX
from zoomlink.store.keys import API_KEYS, CALLBACKS, USES, VISITS
from zoomlink.store.rows import ApiTokenRow, DayRow, LinkRow, PaceRow, PoolRow

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TABLES"]

TABLES: Mapping[str, tuple[str, ...]] = {
    "zoomlink_links": (*LinkRow._fields, "history"),
    "zoomlink_hosts": ("account", "name", "email"),
    "zoomlink_bookings": ("account", "host", "start_at", "end_at", "link", "meeting"),
    "zoomlink_pool": PoolRow._fields,
    "zoomlink_paces": PaceRow._fields,
    "zoomlink_days": DayRow._fields,
    "zoomlink_tokens": ApiTokenRow._fields,
    **{
        table.name: table.columns
        for table in (API_KEYS, USES, VISITS, CALLBACKS, INBOX, BATCHES, BATCH_FILES, BATCH_PARTS)
    },
}
