"""The arithmetic of docs/explanation/scaling.md, done again from the limits that are kept, and by the planner."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zoomlink.links.planning import Wanted, plan_batch
from zoomlink.links.pool import Calendar, Host
from zoomlink.links.rules import SHARE, Times
from zoomlink.spans import Span
from zoomlink.store.memory import MemoryStore
from zoomlink.store.ops import Pacing, TakeRate
from zoomlink.worker.engine import DEAD, LOOK
from zoomlink.worker.queue_tables import schema_name
from zoomlink.zoom.limits import HOST_WRITES_A_DAY, Label, rate

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "explanation" / "scaling.md").read_text(encoding="utf-8")
HOUR = 3_600_000


def table(first: str) -> dict[str, dict[str, str]]:
    """The table whose head begins with these cells: row → column → cell."""
    lines = PAGE[PAGE.index(first) :].split("\n\n")[0].splitlines()
    head, _, *rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def number(text: str) -> float:
    return float(text.split(maxsplit=1)[0].replace(",", ""))


def days(links: int, hosts: int) -> int:
    return -(-links // (hosts * HOST_WRITES_A_DAY))


def per_second(plan: str) -> float:
    allowed = rate(plan, Label.MEDIUM)
    assert allowed is not None
    return allowed.per_second * SHARE


def hours(links: int, plan: str) -> float:
    return links / per_second(plan) / 3600


def free_a_day() -> int:
    allowed = rate("free", Label.MEDIUM)
    assert allowed is not None
    assert allowed.a_day is not None
    return allowed.a_day


def test_the_days_by_hosts_are_right() -> None:
    found = table("| links | 1 host |")
    assert set(found) == {"300", "10,000", "1,000,000", "100,000,000"}
    for links, row in found.items():
        for hosts, said in row.items():
            assert number(said) == days(int(number(links)), int(number(hosts))), (links, hosts)


def test_the_hours_by_plan_are_right() -> None:
    found = table("| links | `free` |")
    assert set(found) == {"10,000", "1,000,000", "100,000,000"}
    for links, row in found.items():
        for plan, said in row.items():
            assert said == f"{hours(int(number(links)), plan):,.1f}", (links, plan)


@pytest.mark.parametrize("hosts", [1, 10, 100])
def test_the_planner_needs_as_many_days_for_ten_thousand_links(hosts: int) -> None:
    wanted = [Wanted((Span(at // hosts * HOUR, at // hosts * HOUR + HOUR),)) for at in range(10_000)]
    pool = [Host(f"host{at}", 1) for at in range(hosts)]
    plan = plan_batch(wanted, pool, Calendar(), spread=True)
    assert plan.days == days(10_000, hosts)
    assert all(one.host is not None for one in plan.placed)


@pytest.mark.parametrize("plan", ["free", "pro", "business"])
def test_the_ledger_lets_ten_thousand_calls_pass_in_as_many_hours(plan: str) -> None:
    store, pacing = MemoryStore(), Pacing("Medium", per_second(plan))
    now = began = 1_938_362_400_000
    for _ in range(10_000):
        turn = store.carry_out(TakeRate("an-account", pacing, now))
        assert turn.retry is None
        now += turn.wait or 0
    assert (now - began) / HOUR == pytest.approx(hours(10_000, plan), rel=0.01)


@pytest.mark.parametrize(
    ("said", "found", "expected"),
    [
        ("19 and 57", [per_second("pro"), per_second("business")], [19, 57]),
        ("19 × 0.3 ≈ 6", round(per_second("pro") * 0.3), 6),
        ("57 × 0.3 ≈ 17", round(per_second("business") * 0.3), 17),
        ("2,000 calls a day besides: 5 days", (free_a_day(), 10_000 // free_a_day()), (2000, 5)),
        ("done in nine minutes on Pro", round(hours(10_000, "pro") * 60), 9),
        ("1.5 hours of calls on each on Pro", round(hours(1_000_000 // 10, "pro"), 1), 1.5),
        ("4.9 hours of calls", round(hours(1_000_000, "business"), 1), 4.9),
        ("2,740 hosts", days(100_000_000, 365), 2740),
        ("487 hours of calls on Business", round(hours(100_000_000, "business")), 487),
    ],
)
def test_the_sentences_are_right(said: str, found: object, expected: object) -> None:
    assert said in " ".join(PAGE.split())
    assert found == expected


def test_the_times_it_names_are_kept() -> None:
    text = " ".join(PAGE.split())
    hold, lease = Times().hold / 1000, Times().lease / 1000
    assert f"handed to one worker at a time, for {hold:g} seconds; whoever sends it holds it for {lease:g}" in text
    assert f"one whose heartbeat stops for {DEAD:g} seconds" in text
    assert LOOK == 0.5
    assert "twice a second one of the workers looks" in text


def test_the_schema_is_named_as_it_is() -> None:
    (said,) = set(re.findall(r"`([a-z_]+)…`", PAGE))
    assert schema_name().startswith(said)
