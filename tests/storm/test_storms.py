"""What must hold in every storm; with ZOOMLINK_TORTURE=1 for long. One alone: ``python -m tests.storm NAME``."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.storm.forms import run
from tests.storm.ground import TORTURE, launch, processes, reap

SEED = 1


def _holds(name: str) -> None:
    verdict = run(name, TORTURE, SEED)
    print(verdict)
    assert not verdict.violations, str(verdict)


def test_the_exit_codes_of_processes_that_many_threads_start_are_the_true_ones() -> None:
    def life(code: int) -> int | None:
        process = processes.Process(target=sys.exit, args=(code,))
        launch(process)
        return reap(process, 60)

    codes = [number % 3 for number in range(300)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(life, codes)) == codes


@pytest.mark.parametrize("name", ["storm-sqlite", "storm-postgres"])
def test_while_workers_are_killed_and_answers_lost_each_key_gets_one_meeting_and_one_link(name: str) -> None:
    _holds(name)


@pytest.mark.parametrize("name", ["batch-sqlite", "batch-postgres"])
def test_a_batch_whose_runners_are_killed_while_answers_are_lost_gives_each_row_one_link(name: str) -> None:
    _holds(name)


def test_a_process_that_dies_before_or_after_any_operation_leaves_what_the_next_one_finishes() -> None:
    _holds("points")


def test_many_callers_of_one_key_get_one_link() -> None:
    _holds("keys")


def test_another_request_under_a_key_in_use_is_refused_at_once() -> None:
    _holds("keys-in-flight")


def test_all_processes_together_fetch_one_token_per_expiry() -> None:
    _holds("token-expiries")


def test_a_stolen_token_is_replaced_once_and_nobody_hears_of_it() -> None:
    _holds("token-stolen")


def test_wrong_credentials_are_tried_once_a_minute_however_many_ask() -> None:
    _holds("token-wrong-secret")


def test_two_installations_that_share_an_app_are_told_so_and_lose_nothing() -> None:
    _holds("token-fight")


def test_processes_use_all_of_a_rate_that_they_learned_and_never_more() -> None:
    _holds("rate")


def test_somebody_who_waits_is_served_soon_beside_a_batch() -> None:
    _holds("rate-interactive")


def test_a_caller_waits_as_long_as_it_said_however_long_zoom_keeps_silent() -> None:
    _holds("waits")


@pytest.mark.parametrize("name", ["days", "days-shared", "days-wrong-clock"])
def test_links_beyond_a_hosts_day_are_parked_and_come_right_after_midnight(name: str) -> None:
    _holds(name)


def test_workers_on_one_database_lose_nothing_and_make_nothing_twice_while_they_and_it_are_killed() -> None:
    _holds("machines")


def test_what_a_dead_worker_held_is_made_by_another() -> None:
    _holds("machines-rescued")
