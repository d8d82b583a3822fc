"""The installed command as a process of its own, with an empty home and a sandbox of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ZOOMLINK = Path(sys.executable).with_name("zoomlink")


@dataclass(frozen=True)
class Done:
    """A process that has ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home that nothing else uses."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def bare(home: Path) -> dict[str, str]:
    """The environment of a new user: a path, an empty home, nothing else."""
    keep = {"PATH": f"{ZOOMLINK.parent}:{os.environ['PATH']}", "HOME": str(home), "LANG": "C.UTF-8"}
    return {**keep, "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def to_sandbox(bare: dict[str, str], zoom_sandbox: Any) -> dict[str, str]:
    """The same, leading to this test's sandbox."""
    return {**bare, **zoom_sandbox.env}


@pytest.fixture
def zoomlink(to_sandbox: dict[str, str], home: Path) -> Callable[..., Done]:
    """Run the installed command; more environment as keywords, None takes a variable away."""

    def run(*words: str, **more: str | None) -> Done:
        environ = {**to_sandbox, **{name: value for name, value in more.items() if value is not None}}
        for name, value in more.items():
            if value is None:
                environ.pop(name, None)
        done = subprocess.run([ZOOMLINK, *words], env=environ, cwd=home, capture_output=True, text=True, timeout=60)
        return Done(done.returncode, done.stdout, done.stderr)

    return run
