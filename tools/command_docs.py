"""Writes docs/reference/command.md, the page of all commands and options, from what the command says with --help.

    python tools/command_docs.py           write it
    python tools/command_docs.py --check   fail if it is out of date

Commands are found as the parser finds them: one that is added there is on the page.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from zoomlink.cli.app import COMMANDS, PANELS, build_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import ConsoleOptions

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "command.md"

INTRODUCTION = """\
# The command

<!-- Made by tools/command_docs.py from the command's own help: change that. -->

What `zoomlink --help` and `zoomlink COMMAND --help` say, on one page. For what to do with them, see
[From the command line](../how-to/from-the-command-line.md).
"""


@dataclass
class Help:
    """What one help page holds. The parser hands it over piece by piece, as to a formatter of its own."""

    usage: str = ""
    description: str = ""
    panels: list[HelpPanel] = field(default_factory=list)
    epilogue: str = ""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:  # noqa: ARG002
        """Take a table of arguments, options or commands."""
        self.panels.append(panel)

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:  # noqa: ARG002
        """Take the line of usage."""
        self.usage = _text(usage).removeprefix("Usage: ")

    def render_description(self, console: Console, options: ConsoleOptions, description: Any) -> None:  # noqa: ARG002
        """Take the sentences at the top."""
        self.description = _text(description)

    @classmethod
    def of(cls, *words: str) -> Help:
        """Return the help of a command, by its words."""
        app = build_app([*words, "--help"])
        taken = cls()
        app.help_formatter = taken
        rest = StringIO()
        app.help_print(list(words), console=Console(file=rest, width=200, color_system=None))
        taken.epilogue = "\n".join(line.rstrip() for line in rest.getvalue().strip("\n").splitlines())
        return taken

    @property
    def commands(self) -> list[HelpEntry]:
        """The commands below this one."""
        found = [entry for panel in self.panels if panel.format == "command" for entry in panel.entries]
        return [entry for entry in found if not entry.names[0].startswith("-")]

    @property
    def options(self) -> list[HelpEntry]:
        """Arguments and options, in the order of the help."""
        return [entry for panel in self.panels if panel.format == "parameter" for entry in panel.entries]


def page() -> str:
    """Return the page."""
    whole = Help.of()
    parts = [
        INTRODUCTION,
        f"```text\n{whole.epilogue}\n```\n",
        "| for | command | what it does |\n| --- | --- | --- |\n" + _overview(),
    ]
    for command in COMMANDS:
        words = (command.name,)
        if command.own_help:
            parts.append(f"## zoomlink {command.name}\n\n{command.what}\n\n```text\n{_said(command.name)}\n```\n")
            continue
        parts.extend(_sections(words, level=2))
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` compare it; returns the exit code."""
    text = page()
    fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
    if "--check" in arguments:
        if not fresh:
            print(f"{PAGE.relative_to(ROOT)} is out of date: run python tools/command_docs.py")
        return 0 if fresh else 1
    if not fresh:
        PAGE.write_text(text, encoding="utf-8")
        print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


def _overview() -> str:
    told = {command.name: _cell(command.what) for command in COMMANDS}
    return "".join(
        f"| {'' if turn else title} | [`{name}`](#zoomlink-{name}) | {told[name]} |\n"
        for title, names in PANELS.items()
        for turn, name in enumerate(names)
    )


def _sections(words: tuple[str, ...], level: int) -> Iterator[str]:
    told = Help.of(*words)
    yield f"{'#' * level} zoomlink {' '.join(words)}\n\n{told.description}\n"
    if told.options or not told.commands:
        yield f"```text\n{told.usage}\n```\n"
    if told.options:
        yield "| option | meaning |\n| --- | --- |\n" + "".join(_row(entry) for entry in told.options)
    if told.epilogue and (level == 2 or told.epilogue != Help.of(*words[:-1]).epilogue):
        yield f"```text\n{told.epilogue}\n```\n"
    for entry in told.commands:
        yield from _sections((*words, entry.names[0]), level + 1)


def _row(entry: HelpEntry) -> str:
    names = ", ".join(f"`{label}`" for label in entry.display_labels_with_metavar)
    said = [_text(entry.description)]
    if entry.choices:
        said.append(f"One of {', '.join(f'`{choice}`' for choice in entry.choices)}.")
    if entry.required:
        said.append("Required.")
    if entry.default:
        said.append(f"Default: `{entry.default}`.")
    return f"| {names} | {_cell(' '.join(said))} |\n"


def _said(name: str) -> str:
    """What a command that has a help of its own prints."""
    environ = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "zoomlink", name, "--help"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _text(said: Any) -> str:
    """What the help shows of a text or of something to render, as one line."""
    if not said:
        return ""
    shown = StringIO()
    Console(file=shown, width=10_000, color_system=None).print(said, markup=False, highlight=False)
    return " ".join(shown.getvalue().split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
