"""``make demo``, as far as it goes without installing: the whole conversation, and a link."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_the_demo_shows_the_conversation_and_a_link_twice_in_a_row(bare: dict[str, str], home: Path) -> None:
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "zoomlink.cli.demo"],
            env=bare,
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        told = [line.split("  ")[1].strip() for line in done.stderr.splitlines()]
        assert (done.returncode, told) == (
            0,
            ["A local Zoom", "Credentials → token", "Token → meeting", "Meeting → link"],
        )
        assert done.stdout.startswith("Join      http://127.0.0.1:")
        assert "18:24 in America/Sao_Paulo" in done.stdout
        assert "zak=" not in done.stdout + done.stderr
