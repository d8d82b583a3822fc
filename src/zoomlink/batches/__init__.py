"""Many links from one file: a table in, a plan, links out in the same table. Names only; each is loaded when used.

:mod:`~zoomlink.batches.reading` and :mod:`~zoomlink.batches.rows` read, :mod:`~zoomlink.batches.plan` plans,
:mod:`~zoomlink.batches.engine` runs, :mod:`~zoomlink.batches.writing` writes. Nothing of the command or the service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoomlink.batches.engine import BatchDesk
    from zoomlink.batches.opened import BatchView, OpenBatch
    from zoomlink.batches.plan import Forecast
    from zoomlink.batches.rows import Options
    from zoomlink.batches.table import Fault, FaultsError, Limits

__all__ = ["BatchDesk", "BatchView", "Fault", "FaultsError", "Forecast", "Limits", "OpenBatch", "Options"]

_HOMES = {
    "BatchDesk": "engine",
    "BatchView": "opened",
    "Fault": "table",
    "FaultsError": "table",
    "Forecast": "plan",
    "Limits": "table",
    "OpenBatch": "opened",
    "Options": "rows",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"zoomlink.batches.{_HOMES[name]}"), name)
