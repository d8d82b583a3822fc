"""A batch at hand, and how callers see it: its rows with their links, its figures, its result. Values; no I/O."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zoomlink.batches import flows
from zoomlink.batches.table import Dialect, Format, text_of
from zoomlink.batches.writing import Outcome, result_of
from zoomlink.links.problem import problem_text
from zoomlink.links.transitions import utc
from zoomlink.links.view import link_of
from zoomlink.model import LinkState
from zoomlink.problems import Exit

if TYPE_CHECKING:
    from datetime import datetime

    from zoomlink.batches.rows import Batch, Options
    from zoomlink.batches.table import Fault
    from zoomlink.model import Link
    from zoomlink.store.batches import BatchRow
    from zoomlink.store.rows import LinkRow

__all__ = ["BatchView", "OpenBatch"]


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch as callers see it."""

    id: str
    name: str
    state: str
    """``planned``, ``running``, ``done``, ``cancelling`` or ``cancelled``."""
    rows: int
    states: dict[str, int]
    """How many of its links are in which state."""
    done: int
    """Links that need nothing more."""
    problems: dict[int, str]
    """What is in the way of rows, by line."""
    parked_until: datetime | None
    created_at: datetime
    exit_code: int = 0
    """As the command ends: what is still to come, or was refused."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "rows": self.rows,
            "done": self.done,
            "states": self.states,
            "parked_until": None if self.parked_until is None else f"{self.parked_until:%Y-%m-%dT%H:%M:%SZ}",
            "problems": [{"line": line, "problem": words} for line, words in sorted(self.problems.items())],
            "created_at": f"{self.created_at:%Y-%m-%dT%H:%M:%SZ}",
        }


@dataclass
class OpenBatch:
    """A batch that is at hand: its file, what was read of it, and its links as they were seen last."""

    row: BatchRow
    batch: Batch
    options: Options
    source: bytes = field(repr=False)
    links: dict[int, LinkRow] = field(default_factory=dict)
    """By the row's place in the table."""
    problems: dict[int, str] = field(default_factory=dict)
    """By line."""
    faulty: frozenset[int] = frozenset()
    """Lines that are at fault themselves."""
    faults: tuple[Fault, ...] = ()
    """Every fault that was found in the file."""
    kept: bool = False
    """Its file is in the ledger."""

    @property
    def id(self) -> str:
        """Its id, ``bat_…``."""
        return self.row.id

    @property
    def to_make(self) -> int:
        """Rows whose link is still to be made, or to be tried again."""
        return sum(
            (wish.at not in self.links or self.links[wish.at].state == LinkState.REFUSED)
            and wish.line not in self.faulty
            for wish in self.batch.wishes
        )

    @property
    def named(self) -> dict[int, str]:
        """The links that the file itself names, by the row's place: it is a result that was written before."""
        return {wish.at: wish.link for wish in self.batch.wishes if wish.link is not None}

    def view(self) -> BatchView:
        """The batch as it was seen last."""
        rows = self.links.values()
        done = sum(row.state in flows.FINAL and row.wish is None for row in rows)
        waiting = [row for row in rows if row.state not in flows.FINAL]
        parked = [row.due_at or 0 for row in waiting if row.state == LinkState.PARKED]
        problems = dict(self.problems)
        for wish in self.batch.wishes:
            row = self.links.get(wish.at)
            said = None if row is None else problem_text(row.problem)
            if said:
                problems[wish.line] = said
        return BatchView(
            self.row.id,
            self.row.name,
            self.row.state,
            len(self.batch.table.rows),
            flows.counts(self.links),
            done,
            dict(sorted(problems.items())),
            utc(min(parked)) if parked else None,
            utc(self.row.created_at),
            self._exit_code(),
        )

    def warnings(self) -> list[str]:
        """What could not be found out when links were planned."""
        return list(dict.fromkeys(words for row in self.links.values() for words in json.loads(row.warnings)))

    def ready(self) -> list[Link]:
        """The links that can be joined, in the order of the file."""
        return [link_of(row) for _, row in sorted(self.links.items()) if row.state == LinkState.READY]

    def items(self) -> list[tuple[int, Link | None, str | None]]:
        """(line, link, problem) of every row, in the order of the file."""
        by_place = {wish.at: wish for wish in self.batch.wishes}
        found: list[tuple[int, Link | None, str | None]] = []
        for at, row in enumerate(self.batch.table.rows):
            link = self.links.get(at) if at in by_place else None
            said = None if link is None else problem_text(link.problem)
            found.append((row.line, None if link is None else link_of(link), said or self.problems.get(row.line)))
        return found

    def result(self) -> bytes:
        """The file with its links filled in."""
        return result_of(self.batch.table, self.batch.columns, self._outcomes(), self.source)

    def result_as_csv(self) -> bytes:
        """The same as CSV, whatever kind of file it was."""
        table = self.batch.table
        if table.format is not Format.CSV:
            rows = tuple(row._replace(cells=tuple(text_of(cell) for cell in row.cells), blanks=0) for row in table.rows)
            table = dataclasses.replace(table, format=Format.CSV, rows=rows, dialect=Dialect(), blanks=(0, 0))
        return result_of(table, self.batch.columns, self._outcomes())

    def _outcomes(self) -> list[Outcome]:
        outcomes = []
        for _, link, problem in self.items():
            if link is None:
                outcomes.append(Outcome(problem=problem))
                continue
            outcomes.append(
                Outcome(
                    link.id,
                    str(link.state),
                    link.join_url,
                    link.passcode,
                    link.meeting_id if link.state is LinkState.READY else None,
                    link.host,
                    problem,
                )
            )
        return outcomes

    def _exit_code(self) -> int:
        """What is still to come first, then what cannot be."""
        states = {row.state for row in self.links.values()}
        if states & {LinkState.PLANNED, LinkState.SENDING, LinkState.UNKNOWN} or any(
            row.wish is not None for row in self.links.values()
        ):
            return Exit.NOT_KNOWN_YET
        if self.row.state in {"running", "cancelling"} and any(
            wish.at not in self.links and wish.line not in self.problems for wish in self.batch.wishes
        ):
            return Exit.NOT_KNOWN_YET  # some are not even recorded
        if LinkState.PARKED in states:
            return Exit.LIMIT
        clashed = [line for line in self.problems if line not in self.faulty]
        if self.row.state != "planned" and clashed:
            return Exit.NO_HOST
        if LinkState.REFUSED in states or any(row.problem for row in self.links.values()):
            return Exit.REFUSED
        return Exit.BAD_INPUT if self.faulty else Exit.DONE
