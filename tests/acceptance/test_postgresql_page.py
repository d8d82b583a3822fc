"""The page about several machines, followed on a real PostgreSQL: what it shows at a prompt is done, in its order."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

from tests.acceptance.pages import ROOT
from tests.integration.worker.ground import planning
from tests.postgres import postgres, postgres_url

from zoomlink import LinkDesk, Settings

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["postgres", "postgres_url"]

PAGE = ROOT / "docs" / "how-to" / "postgresql.md"
ADDRESS = "postgresql://zoomlink@database.example.com/zoomlink"


def test_a_ledger_in_a_file_is_moved_and_a_worker_goes_on_with_it(
    to_sandbox: dict[str, str], home: Path, postgres_url: str, zoom_sandbox: Any
) -> None:
    prompted = re.findall(r"^\$ (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    commands = [line for line in prompted if not line.startswith("pip ")]
    assert [line.split()[:2] for line in commands] == [
        ["zoomlink", "ledger"],
        ["export", f"ZOOMLINK_DATABASE={ADDRESS}"],
        ["zoomlink", "ledger"],
    ]
    environ = {**to_sandbox, "ZOOMLINK_DATABASE": f"sqlite:///{home / 'ledger.db'}", "ZOOMLINK_PLAN": "none"}
    with LinkDesk(Settings.from_env(environ)) as desk:
        link = desk.run(planning(desk.rules, 1)).row
    script = "\n".join([*commands, "zoomlink worker --once"]).replace(ADDRESS, postgres_url)
    done = subprocess.run(["sh", "-euc", script], env=environ, cwd=home, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    with LinkDesk(Settings.from_env({**environ, "ZOOMLINK_DATABASE": postgres_url})) as desk:
        moved = desk.find(link.key)
        assert moved is not None
        assert (moved.id, moved.state) == (link.id, "ready")
    assert len(zoom_sandbox.ledger) == 1
    assert "postgresql" in done.stdout.lower()
