"""The installed command as a process of its own, with an empty home and a sandbox of its own."""

from __future__ import annotations

import os
import pty
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


@pytest.fixture
def at_terminal(to_sandbox: dict[str, str], home: Path) -> Callable[..., tuple[int, str]]:
    """Run the command at a terminal and type `typed`: its exit code and all that appears there."""

    def run(*words: str, typed: str = "", **more: str) -> tuple[int, str]:
        mine, theirs = pty.openpty()
        environ = {**to_sandbox, "TERM": "xterm", "NO_COLOR": "1", **more}
        process = subprocess.Popen(
            [ZOOMLINK, *words],
            env=environ,
            cwd=home,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.write(mine, typed.encode())
        shown = b""
        try:
            while piece := os.read(mine, 65536):
                shown += piece
        except OSError:  # how the end of the other side reads on Linux
            pass
        os.close(mine)
        return process.wait(timeout=60), shown.decode(errors="replace")

    return run
