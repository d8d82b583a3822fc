"""The documents, their code blocks, and how a page is followed from top to bottom. No tests here.

A comment above a block says more about it than its language does::

    <!-- not-run: why -->     nobody can run it in a test
    <!-- file: app.py -->     it is this file, in the folder of the reader
    <!-- append: app.py -->   it is added to the end of this file
    <!-- server: 5000 -->     a command that runs until the end of the page, and answers at this port

A page that has files is *followed*: its blocks run in their order, in one folder, with the packages that its own
``pip install`` lines name and no others. The ports of its servers are led to free ones. Other blocks stand for
themselves.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from tests.acceptance.fresh import fresh

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(
    r"^(?:<!-- (?P<word>[a-z-]+)(?:: (?P<said>[^\n]*?))? -->\n)?```(?P<language>\w+)?[^\n]*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# Not programs: settings, output.
SHOWN = {"", "ini", "json", "http", "text", "toml", "console", "yaml", "html", "css"}
# These are the product's own recipes, run by their own test or by the run this test is part of.
MAKE = {"make demo", "make test"}
USUAL = "http://127.0.0.1:8765"
JOIN_LINK = re.compile(r"http://127\.0\.0\.1:\d+/j/\d+\?pwd=[\w.-]+")
PATIENCE = 90.0
"""Seconds a server may take until it answers."""


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str
    word: str = ""
    said: str = ""

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def runs(self) -> bool:
        return self.word != "not-run" and self.language not in SHOWN


def documents() -> list[Path]:
    first = ("README.md", "README.pt.md", "CONTRIBUTING.md", "src/zoomsandbox/README.md")
    return [*(ROOT / name for name in first), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, found.start("text")) + 1,
            found["language"] or "",
            found["text"],
            found["word"] or "",
            found["said"] or "",
        )
        for found in BLOCK.finditer(text)
    ]


def is_followed(page: Path) -> bool:
    return any(block.word == "file" for block in blocks_of(page))


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


def requirements(page: Path) -> list[str]:
    """What the ``pip install`` lines of a page name."""
    consoles = "".join(block.text for block in blocks_of(page) if block.language == "console")
    lines = re.findall(r"^\$ pip install (.+)$", consoles, re.MULTILINE)
    return [word for line in lines for word in shlex.split(line) if not word.startswith("-")]


def follow(page: Path, environ: Mapping[str, str], folder: Path, programs: Path) -> list[str]:
    """Do what a page says, in `folder`; return all that its commands printed. Every join link among it is opened.

    `programs`: the commands of the environment to do it in, from :func:`environment_for`. Fails where a command does.
    """
    environ = {**environ, "PATH": f"{programs}:{os.defpath}:/usr/local/bin", "PYTHONUNBUFFERED": "1"}
    blocks = blocks_of(page)
    ports = {block.said: str(free_port()) for block in blocks if block.word == "server"}
    printed = []
    with ExitStack() as running:
        for block in blocks:
            text = block.text.replace(USUAL, environ.get("ZOOM_API_URL", USUAL))
            for usual, port in ports.items():
                text = re.sub(rf"\b{usual}\b", port, text)
            if block.word in {"file", "append"}:
                path = folder / block.said
                path.parent.mkdir(parents=True, exist_ok=True)
                before = path.read_text(encoding="utf-8") + "\n\n" if block.word == "append" else ""
                path.write_text(before + text, encoding="utf-8")
            elif block.word == "server":
                running.enter_context(served(block.name, text, int(ports[block.said]), environ, folder))
            elif block.runs:
                command = command_for(block.language, text, folder)
                if command[0] == sys.executable:
                    command[0] = str(programs / "python")
                done = subprocess.run(command, env=environ, cwd=folder, capture_output=True, text=True, timeout=120)
                assert done.returncode == 0, f"{block.name}\n{done.stdout}{done.stderr}"
                printed.append(done.stdout)
                for link in JOIN_LINK.findall(done.stdout):
                    with urlopen(link, timeout=10) as answer:
                        assert answer.status == 200, link
    return printed


def environment_for(page: Path, folder: Path) -> Path:
    """An environment with what the page has its reader install."""
    return fresh(requirements(page), folder)


@contextmanager
def served(
    name: str, text: str, port: int, environ: Mapping[str, str], folder: Path, log: Path | None = None
) -> Iterator[None]:
    """Run a server until the block ends, and wait until it answers."""
    log = log or folder / f"server-{port}.log"
    environ = {**environ, "FLASK_RUN_PORT": str(port), "UVICORN_PORT": str(port)}  # where the page leaves the usual one
    text = re.sub(r"^zoomlink sandbox$", f"zoomlink sandbox --port {port}", text, flags=re.MULTILINE)
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            ["sh", "-euc", text], env=environ, cwd=folder, stdout=file, stderr=file, start_new_session=True
        )
    try:
        until = time.monotonic() + PATIENCE
        while not answers(port):
            assert process.poll() is None, f"{name}\n{log.read_text(encoding='utf-8')}"
            assert time.monotonic() < until, f"{name} does not answer\n{log.read_text(encoding='utf-8')}"
            time.sleep(0.05)
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
