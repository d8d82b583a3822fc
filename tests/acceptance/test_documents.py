"""Every code block of README and docs runs: Python as a program, shell line by line, tests as tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(
    r"^(?P<note><!-- (?P<word>[a-z-]+)[^\n]*-->\n)?```(?P<language>\w+)?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
# Not programs: settings, output. A block with `<!-- not-run: why -->` above it is not run either, and says why.
SHOWN = {"", "ini", "json", "http", "text", "console", "yaml"}
# These are the product's own recipes, run by their own test or by the run this test is part of.
MAKE = {"make demo", "make test"}


def documents() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks() -> Iterator[Any]:
    for path in documents():
        text = path.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            language = found["language"] or ""
            if language in SHOWN or found["word"] == "not-run":
                continue
            line = text.count("\n", 0, found.start("text")) + 1
            yield pytest.param(language, found["text"], id=f"{path.relative_to(ROOT)}:{line}")


@pytest.mark.parametrize(("language", "text"), list(blocks()))
def test_a_code_block_runs(language: str, text: str, to_sandbox: dict[str, str], home: Path) -> None:
    assert language in {"python", "sh"}, f"no test knows how to run {language}"
    if language == "sh":
        lines = [line for line in text.splitlines() if line.strip() not in MAKE]
        command = ["sh", "-eu", "-c", "\n".join(lines)]
    elif re.search(r"^def test_", text, re.MULTILINE):
        (home / "test_block.py").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_block.py"]
    else:
        (home / "block.py").write_text(text, encoding="utf-8")
        command = [sys.executable, "-W", "error", "block.py"]
    done = subprocess.run(command, env=to_sandbox, cwd=home, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
