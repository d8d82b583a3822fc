"""What the tests of the store share: a link, a moment, and processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoomlink.store.rows import LinkRow

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ACCOUNT", "DAY", "NOW", "ROOT", "TORTURE", "link", "python", "python_command"]

ACCOUNT = "an-account"
NOW = 1_938_362_400_000
"""2031-06-04T18:00Z, in milliseconds."""
DAY = 86_400_000
ROOT = Path(__file__).resolve().parents[3]
TORTURE = os.environ.get("ZOOMLINK_TORTURE") == "1"


def link(number: int, **changes: Any) -> LinkRow:
    """A planned link; `number` makes its id and its key."""
    row = LinkRow(
        id=f"lnk_{number:026d}",
        account=ACCOUNT,
        owner="",
        key=f"key-{number}",
        fingerprint=f"print-{number}",
        marker=f"zl-{number}",
        state="planned",
        version=1,
        attempt=0,
        mode="fast",
        host="me",
        asked='{"topic":"Lesson"}',
        body='{"topic":"Lesson","type":2}',
        topic="Lesson",
        start_at=NOW + DAY,
        timezone="Europe/Berlin",
        duration=60,
        due_at=NOW,
        created_at=NOW,
        updated_at=NOW,
    )
    return row._replace(**changes)


def python_command(code: str, *arguments: str) -> list[str]:
    """How a piece of Python is started as a process."""
    return [sys.executable, "-c", code, *arguments]


def python(code: str, *arguments: str, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python as a process of its own, to its end."""
    command = [*prefix, *python_command(code, *arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)
