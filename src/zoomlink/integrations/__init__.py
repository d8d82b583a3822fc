"""At home in other people's programs: one module each, and none imports another's framework."""

from __future__ import annotations

environment_only = False
"""True while a test uses the fixture `zoom_sandbox`: then the environment alone says where Zoom and the ledger are,
and no account that a framework's settings name is ever touched."""
