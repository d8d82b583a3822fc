"""Leads a person from nothing to working credentials in ``.env``: what is asked and written. No terminal here."""

from __future__ import annotations

from zoomlink.setup.envfile import merge, read_values, write_private
from zoomlink.setup.guide import Person, converse, gather, store, verify
from zoomlink.setup.steps import STEPS, Step, scope_lines

__all__ = [
    "STEPS",
    "Person",
    "Step",
    "converse",
    "gather",
    "merge",
    "read_values",
    "scope_lines",
    "store",
    "verify",
    "write_private",
]
