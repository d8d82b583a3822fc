"""Zoom's limits as data."""

from __future__ import annotations

import pytest

from zoomlink.config import PLANS
from zoomlink.zoom.limits import (
    CAPACITY,
    HOST_WRITES_A_DAY,
    RATES,
    SPECIALS,
    Label,
    Rate,
    pacing_label,
    rate,
    specials_for,
)
from zoomlink.zoom.meanings import API_MEANINGS
from zoomlink.zoom.scopes import OPERATIONS


def test_every_plan_but_none_has_a_rate_for_every_label() -> None:
    assert set(RATES) == set(PLANS) - {"none"}
    assert all(set(rates) == set(Label) for rates in RATES.values())
    assert set(CAPACITY) == set(PLANS)


@pytest.mark.parametrize(
    ("plan", "label", "expected"),
    [
        ("free", Label.LIGHT, Rate(4, 1, 6_000)),
        ("free", Label.MEDIUM, Rate(2, 1, 2_000)),
        ("pro", Label.MEDIUM, Rate(20, 1)),
        ("pro", Label.HEAVY, Rate(10, 1, 30_000, shared=True)),
        ("business", Label.LIGHT, Rate(80, 1)),
        ("business", Label.RESOURCE_INTENSIVE, Rate(20, 60, 60_000, shared=True)),
    ],
)
def test_rate_of_plan_and_label_is_the_published_one(plan: str, label: Label, expected: Rate) -> None:
    assert rate(plan, label) == expected


def test_plan_none_keeps_no_rate() -> None:
    assert rate("none", Label.LIGHT) is None


def test_rate_by_the_minute_is_known_by_the_second() -> None:
    assert RATES["pro"][Label.RESOURCE_INTENSIVE].per_second == pytest.approx(1 / 6)


def test_a_larger_plan_never_allows_less() -> None:
    for label in Label:
        speeds = [RATES[plan][label].per_second for plan in ("free", "pro", "business")]
        assert speeds == sorted(speeds)


def test_create_and_update_count_together_toward_the_hosts_hundred() -> None:
    assert specials_for("meetings.create") == specials_for("meetings.update")
    (limit,) = specials_for("meetings.create")
    assert (limit.count, limit.per) == (HOST_WRITES_A_DAY, "host") == (100, "host")


@pytest.mark.parametrize(("name", "count"), [("registrants.add", 3), ("registrants.set_status", 10)])
def test_registrant_limits_go_by_registrant(name: str, count: int) -> None:
    (limit,) = specials_for(name)
    assert (limit.count, limit.per) == (count, "registrant")


def test_delete_counts_toward_no_special_limit() -> None:
    assert specials_for("meetings.delete") == ()


def test_special_limits_name_operations_and_meanings_that_exist() -> None:
    assert {name for limit in SPECIALS for name in limit.operations} <= {row.name for row in OPERATIONS}
    assert {limit.meaning for limit in SPECIALS} <= {row.name for row in API_MEANINGS}


def test_only_create_is_paced_under_another_label() -> None:
    assert [row.name for row in OPERATIONS if pacing_label(row.name, row.label) is not row.label] == ["meetings.create"]
