"""Every code block of README and docs runs: Python and JavaScript as programs, shell line by line, tests as tests.

The usual address of a sandbox in them is led to the one of the test.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.test_sandbox_flag import running

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(
    r"^(?P<note><!-- (?P<word>[a-z-]+)[^\n]*-->\n)?```(?P<language>\w+)?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
# Not programs: settings, output. A block with `<!-- not-run: why -->` above it is not run either, and says why.
SHOWN = {"", "ini", "json", "http", "text", "toml", "console", "yaml"}
# These are the product's own recipes, run by their own test or by the run this test is part of.
MAKE = {"make demo", "make test"}
USUAL = "http://127.0.0.1:8765"


def documents() -> list[Path]:
    first = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "src" / "zoomsandbox" / "README.md"]
    return [*first, *sorted((ROOT / "docs").rglob("*.md"))]


def blocks() -> list[Any]:
    found = []
    for path in documents():
        text = path.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            language = block["language"] or ""
            if language in SHOWN or block["word"] == "not-run":
                continue
            line = text.count("\n", 0, block.start("text")) + 1
            found.append(pytest.param(language, block["text"], id=f"{path.relative_to(ROOT)}:{line}"))
    return found


def command_for(language: str, text: str, home: Path) -> list[str]:
    if language == "sh":
        return ["sh", "-eu", "-c", "\n".join(line for line in text.splitlines() if line.strip() not in MAKE)]
    if language == "js":
        (home / "block.mjs").write_text(text, encoding="utf-8")
        return ["node", "block.mjs"]
    assert language == "python", f"no test knows how to run {language}"
    if re.search(r"^def test_", text, re.MULTILINE):
        (home / "test_block.py").write_text(text, encoding="utf-8")
        return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_block.py"]
    (home / "block.py").write_text(text, encoding="utf-8")
    return [sys.executable, "-W", "error", "block.py"]


@pytest.mark.parametrize(("language", "text"), blocks())
def test_a_code_block_runs(language: str, text: str, to_sandbox: dict[str, str], home: Path) -> None:
    command = command_for(language, text.replace(USUAL, to_sandbox["ZOOM_API_URL"]), home)
    done = subprocess.run(command, env=to_sandbox, cwd=home, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"code":' not in done.stdout, "a refusal by Zoom"


def test_a_reader_who_pastes_all_blocks_twice_against_one_sandbox_gets_links(bare: dict[str, str], home: Path) -> None:
    # The sandbox's own page is left out: it plants a fault on purpose.
    read = [block for block in blocks() if str(block.id).startswith(("README.md", "docs/"))]
    failed = []
    with running(bare, home) as printed:
        for round in ("first", "second"):
            for block in read:
                language, text = block.values
                command = command_for(language, text.replace(USUAL, printed["ZOOM_API_URL"]), home)
                done = subprocess.run(command, env={**bare, **printed}, cwd=home, capture_output=True, text=True)
                if done.returncode:
                    failed.append((round, block.id, done.stderr[-300:]))
    assert failed == []
