"""``zoomlink doctor``: shows what the doctor found, as a table for people or as JSON. No checks here."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from zoomlink.cli.options import Sandbox
from zoomlink.cli.output import print_json, say
from zoomlink.config import read_environment, wants_sandbox
from zoomlink.doctor import CHECKS, Status, checkup, summary
from zoomlink.errors import ConfigurationError
from zoomlink.problems import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import Console

    from zoomlink.doctor import Finding

__all__ = ["doctor", "show"]

_TITLES = {check.name: check.title for check in CHECKS}
_MARKS = {Status.OK: "✓", Status.WARNING: "!", Status.FAILED: "✗", Status.SKIPPED: "–"}
_PLAIN_MARKS = {Status.OK: "+", Status.WARNING: "!", Status.FAILED: "x", Status.SKIPPED: "-"}
_STYLES = {Status.OK: "green", Status.WARNING: "yellow", Status.FAILED: "bold red", Status.SKIPPED: "dim"}
_WIDEST = 110


def doctor(
    *,
    json: Annotated[bool, Parameter(negative="")] = False,
    sandbox: Sandbox = False,
) -> int:
    """Look at everything zoomlink needs, and say what is wrong and how to mend it.

    Parameters
    ----------
    json
        Print the findings as one JSON document.
    """
    try:
        environ = read_environment()
    except ConfigurationError:
        environ = dict(os.environ)  # a finding will say what is wrong with the file
    with _environment(environ, sandbox=sandbox) as chosen:
        return show(checkup(chosen), json=json)


def show(findings: Iterable[Finding], *, json: bool = False) -> int:
    """Show findings, and return the exit code they mean: 0, or 3 when something has to be mended."""
    if json:
        found = list(findings)
        counts = summary(found)
        healthy = counts[Status.FAILED.value] == 0
        items = [finding.to_dict() for finding in found]
        print_json({"items": items, "next_cursor": None, "healthy": healthy, "counts": counts})
        return Exit.DONE if healthy else Exit.CONFIGURATION
    found = _show_table(findings) if sys.stdout.isatty() else _show_lines(findings)
    counts = summary(found)
    say(_verdict(counts))
    return Exit.CONFIGURATION if counts[Status.FAILED.value] else Exit.DONE


@contextmanager
def _environment(environ: Mapping[str, str], *, sandbox: bool) -> Iterator[Mapping[str, str]]:
    if not (sandbox or wants_sandbox(environ)):
        yield environ
        return
    from zoomlink.sandbox import embedded

    with embedded(environ) as sandbox_environ:
        yield sandbox_environ


def _show_lines(findings: Iterable[Finding]) -> list[Finding]:
    """One line for each finding and one for its cure, for files and pipes."""
    found = []
    width = max(len(title) for title in _TITLES.values())
    for finding in findings:
        found.append(finding)
        line = f"{finding.status.value:<7}  {_TITLES[finding.check]:<{width}}  {finding.what}"
        sys.stdout.write(_fit(line, sys.stdout.encoding) + "\n")
        if finding.cure:
            sys.stdout.write(_fit(f"{'':<7}  {'':<{width}}  -> {finding.cure}", sys.stdout.encoding) + "\n")
    return found


def _show_table(findings: Iterable[Finding]) -> list[Finding]:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    console.width = min(console.width, _WIDEST)
    found = list(_watched(findings, console))
    plain = "utf" not in console.encoding
    marks, arrow = (_PLAIN_MARKS, "->") if plain else (_MARKS, "→")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for title, status, what, cure in _rows(found):
        text = Text(_fit(what, console.encoding), style="dim" if status is Status.SKIPPED else "")
        if cure:
            text.append(_fit(f"\n{arrow} {cure}", console.encoding), style="cyan" if status is not Status.OK else "dim")
        table.add_row(Text(marks[status], style=_STYLES[status]), title, text)
    console.print(table)
    return found


def _watched(findings: Iterable[Finding], console: Console) -> Iterator[Finding]:
    """The same findings, with a word on the terminal about what comes next while it is awaited."""
    names = list(_TITLES)
    with console.status("Looking …", spinner="dots" if "utf" in console.encoding else "line") as status:
        for finding in findings:
            following = names[min(names.index(finding.check) + 1, len(names) - 1)]
            status.update(f"{_TITLES[following]} …")
            yield finding


def _rows(found: list[Finding]) -> Iterator[tuple[str, Status, str, str | None]]:
    """Rows for people: a title once, and checks that were not made for the same reason together."""
    last = ""
    for (status, what, cure), group in groupby(found, key=lambda finding: (finding.status, finding.what, finding.cure)):
        titles = [_TITLES[finding.check] for finding in group]
        together = f" (So too: {', '.join(titles[1:])}.)" if len(titles) > 1 else ""
        yield titles[0] if titles[0] != last else "", status, what + together, cure
        last = titles[-1]


def _fit(text: str, encoding: str) -> str:
    """The same text in characters that the place it goes to can hold."""
    if encoding.lower().startswith("utf"):
        return text
    return (
        text.translate({0x201C: '"', 0x201D: '"', 0x2019: "'", 0x2192: ">"})
        .encode(encoding, "replace")
        .decode(encoding)
    )


def _verdict(counts: Mapping[str, int]) -> str:
    failures, warnings = counts[Status.FAILED.value], counts[Status.WARNING.value]
    more = f"{warnings} warning{'' if warnings == 1 else 's'}"
    if failures:
        said = f"{failures} thing{'' if failures == 1 else 's'} to mend"
        return f"{said}, {more}." if warnings else f"{said}."
    return f"zoomlink can work; {more}." if warnings else "All is well."
