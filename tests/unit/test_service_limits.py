"""Limits of one process: calls a minute of a key, exactly, and mistaken keys from an address."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zoomlink.service.limits import MISTAKES, Limits


def test_as_many_calls_as_allowed_go_on_and_the_next_says_how_long_to_wait() -> None:
    limits = Limits()
    assert [limits.call("k", 3, now) for now in (0.0, 10.0, 20.0)] == [0.0, 0.0, 0.0]
    assert limits.call("k", 3, 20.0) == 40.0
    assert limits.call("k", 3, 59.5) == 0.5
    assert limits.call("k", 3, 60.0) == 0.0
    assert limits.call("k", 3, 60.0) == 10.0


@given(st.lists(st.floats(0, 30), max_size=200), st.integers(1, 20))
def test_no_minute_holds_more_calls_than_allowed_and_none_waits_without_need(pauses: list[float], most: int) -> None:
    limits = Limits()
    now = 0.0
    gone: list[float] = []
    for pause in pauses:
        now += pause
        wait = limits.call("k", most, now)
        recent = [one for one in gone if one + 60 - now > 0]
        assert (wait == 0) == (len(recent) < most)
        if not wait:
            gone.append(now)
        else:
            assert limits.call("k", most, now + wait) == 0
            gone.append(now + wait)
            now += wait


def test_keys_do_not_share_their_calls_and_zero_is_no_limit() -> None:
    limits = Limits()
    assert limits.call("a", 1, 0.0) == limits.call("b", 1, 0.0) == 0.0
    assert limits.call("a", 1, 0.0) == 60.0
    assert {limits.call("c", 0, 0.0) for _ in range(1000)} == {0.0}


def test_a_limit_that_was_changed_counts_the_calls_before() -> None:
    limits = Limits()
    for _ in range(5):
        limits.call("a", 5, 0.0)
    assert limits.call("a", 3, 1.0) == 59.0
    assert limits.call("a", 10, 1.0) == 0.0


def test_mistakes_are_counted_by_address_and_forgotten_in_time() -> None:
    limits = Limits()
    assert {limits.mistake("192.0.2.1", 0.0) for _ in range(MISTAKES)} == {0.0}
    assert limits.mistake("192.0.2.1", 0.0) == 60 / MISTAKES
    assert limits.mistake("192.0.2.2", 0.0) == 0.0
    assert limits.mistake("192.0.2.1", 60 / MISTAKES) == 0.0


def test_of_many_addresses_the_oldest_are_forgotten() -> None:
    limits = Limits()
    for number in range(20_000):
        limits.mistake(str(number), 0.0)
    assert len(limits._buckets) == 10_000
