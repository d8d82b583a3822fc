"""``zoomlink create`` as its user meets it: output, exit codes, and that nothing secret shows."""

from __future__ import annotations

import json
import re
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.conftest import Done

WHEN = ("--start", "2031-12-01 18:24", "--timezone", "America/Sao_Paulo")
FIELDS = [
    "id", "key", "state", "topic", "start_time", "timezone", "duration", "join_url", "passcode", "meeting_id", "host",
    "created_at", "updated_at", "next_try_at", "warnings", "problem",
]  # fmt: skip


def test_create_prints_one_json_document_with_every_field_of_a_link(
    zoomlink: Callable[..., Done], zoom_sandbox: Any
) -> None:
    done = zoomlink("create", "Test Zoom Meeting", *WHEN, "--key", "booking-4711", "--json")
    link = json.loads(done.out)
    made = zoom_sandbox.ledger
    assert (done.code, list(link)) == (0, FIELDS)
    assert re.fullmatch(r"lnk_[0-9a-z]{26}", link["id"])
    assert link["meeting_id"] == made[0]["meeting_id"]
    assert {name: link[name] for name in ("key", "state", "topic", "start_time", "timezone", "duration", "host")} == {
        "key": "booking-4711",
        "state": "ready",
        "topic": "Test Zoom Meeting",
        "start_time": "2031-12-01T21:24:00Z",
        "timezone": "America/Sao_Paulo",
        "duration": 60,
        "host": "owner@sandbox.example",
    }
    assert link["join_url"].startswith(f"{zoom_sandbox.url}/j/{link['meeting_id']}")
    assert (link["next_try_at"], link["warnings"], link["problem"], len(made)) == (None, [], None, 1)


def test_create_shows_people_the_join_link_first_and_the_time_as_it_was_written(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("create", "Olá, São Paulo", *WHEN)
    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[0].startswith("Join      http://127.0.0.1:")
    assert "When      Monday, 1 December 2031, 18:24 in America/Sao_Paulo (21:24 UTC)" in lines
    assert "Host      owner@sandbox.example" in lines
    assert "zak=" not in done.out + done.err
    assert "start_url" not in done.out + done.err


def test_words_for_a_time_are_said_back_before_anything_is_created(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("create", "Aula", "--start", "1 de dezembro de 2031 18h24", "--tz", "America/Sao_Paulo", "--json")
    assert done.err == "Start: Monday, 1 December 2031, 18:24 in America/Sao_Paulo (21:24 UTC)\n"
    assert json.loads(done.out)["start_time"] == "2031-12-01T21:24:00Z"


def test_a_dry_run_shows_the_request_and_sends_nothing(zoomlink: Callable[..., Done], zoom_sandbox: Any) -> None:
    done = zoomlink("create", "Aula", *WHEN, "--dry-run")
    head, _, body = done.out.partition("\n\n")
    assert done.code == 0
    assert head.splitlines()[0] == f"POST {zoom_sandbox.url}/v2/users/me/meetings"
    assert json.loads(body)["start_time"] == "2031-12-01T21:24:00Z"
    assert zoom_sandbox.ledger == []


def test_a_dry_run_needs_no_credentials(zoomlink: Callable[..., Done]) -> None:
    assert zoomlink("create", "Aula", *WHEN, "--dry-run", ZOOM_CLIENT_SECRET=None, ZOOM_CLIENT_ID=None).code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("create", "", *WHEN), "A meeting needs a topic."),
        (("create", "x" * 201, *WHEN), "The topic has 201 characters; Zoom takes 200."),
        (("create", "T", *WHEN, "--duration", "0"), "A duration of 0 minutes is not possible."),
        (("create", "T", *WHEN, "--duration", "-1"), "duration"),
        (("create", "T", *WHEN, "--duration", "1.5"), "The duration '1.5' is not a whole number of minutes."),
        (("create", "T", *WHEN, "--duration", "abc"), "The duration 'abc' is not a whole number of minutes."),
        (("create", "T", *WHEN, "--duration", "1441"), "A duration of 1441 minutes is not possible."),
        (("create", "T", "--start", "2031-12-01T18:24"), "has no time zone"),
        (("create", "T", "--start", "2031-12-01T24:00Z"), "24:00 on 2031-12-01 is the next day's midnight."),
        (("create", "T", "--start", "2026-02-30T10:00Z"), "2026-02-30 does not exist: February 2026 has 28 days."),
        (("create", "T", "--start", "2021-12-01T18:24Z"), "has passed"),
        (("create", "T", "--start", "2031-12-01T18:24", "--tz", "America"), 'There is no time zone "America".'),
        (("create", "T", "--start", "2031-12-01T18:24", "--tz", "../../etc/passwd"), "There is no time zone"),
        (("create", "T", "--start", "2031-12-01T18:24", "--tz", ""), "The time zone is empty."),
        (("create", "T", *WHEN, "--key", "two words"), "The key does not have the form of a key."),
        (("create", "T", *WHEN, "--passcode", "12345678901"), "The passcode has 11 characters; Zoom takes 10."),
        (("create", "T", *WHEN, "--host", "a/b"), "is no Zoom user"),
        (("create", "T"), "--start"),
        (("create", "T", "--strat", "now"), "--start"),
        (("crate",), "crate"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_bad_input_exits_with_2_says_why_and_sends_nothing(
    zoomlink: Callable[..., Done], zoom_sandbox: Any, words: tuple[str, ...], says: str
) -> None:
    done = zoomlink(*words)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert "Traceback" not in done.err
    assert zoom_sandbox.ledger == []


def test_200_emoji_are_a_topic(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("create", "🎸" * 200, *WHEN, "--json")
    assert json.loads(done.out)["topic"] == "🎸" * 200


def test_missing_credentials_are_named_all_at_once(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("create", "T", *WHEN, ZOOM_ACCOUNT_ID=None, ZOOM_CLIENT_ID="", ZOOM_CLIENT_SECRET=None)
    assert (done.code, done.out) == (3, "")
    assert "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET are not set." in done.err


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ZOOM_CLIENT_SECRET", "Zoom does not know this client ID and client secret."),
        ("ZOOM_CLIENT_ID", "Zoom does not know this client ID and client secret."),
        ("ZOOM_ACCOUNT_ID", "Zoom does not accept the account ID."),
    ],
)
def test_wrong_credentials_exit_with_3_and_say_which(zoomlink: Callable[..., Done], name: str, says: str) -> None:
    done = zoomlink("create", "T", *WHEN, **{name: "canary-of-a-wrong-value"})
    assert (done.code, done.out) == (3, "")
    assert says in done.err
    assert "canary" not in done.err


def test_a_secret_with_a_newline_at_its_end_is_the_secret(zoomlink: Callable[..., Done]) -> None:
    assert zoomlink("create", "T", *WHEN, ZOOM_CLIENT_SECRET="sandbox-secret\n").code == 0


def test_a_host_that_zoom_does_not_know_exits_with_4_and_the_tracking_id(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("create", "T", *WHEN, "--host", "nobody@example.com")
    assert (done.code, done.out) == (4, "")
    assert "There is no such user in this Zoom account." in done.err
    assert "Zoom code 1001" in done.err
    assert "tracking id v=2.0;" in done.err


def test_an_unreachable_zoom_exits_with_6(zoomlink: Callable[..., Done]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = zoomlink("create", "T", *WHEN, ZOOM_OAUTH_URL=url, ZOOM_API_URL=url)
    assert (done.code, done.out) == (6, "")
    assert "cannot be reached" in done.err


def test_create_with_sandbox_needs_neither_account_nor_network(zoomlink: Callable[..., Done]) -> None:
    gone = dict.fromkeys(("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET", "ZOOM_OAUTH_URL", "ZOOM_API_URL"))
    by_flag = zoomlink("create", "T", *WHEN, "--sandbox", "--json", **gone)
    by_environment = zoomlink("create", "T", *WHEN, "--json", "--allow-overlap", ZOOMLINK_SANDBOX="1", **gone)
    assert [json.loads(done.out)["state"] for done in (by_flag, by_environment)] == ["ready", "ready"]


def test_output_for_programs_has_no_colours_and_respects_a_narrow_terminal(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("create", "T", *WHEN, COLUMNS="0", NO_COLOR="1")
    assert done.code == 0
    assert "\x1b" not in done.out + done.err


@pytest.mark.parametrize("words", [("--help",), ("create", "--help"), ("sandbox", "--help"), ("-h",)])
def test_every_help_exits_with_0_and_shows_how_to_use_it(zoomlink: Callable[..., Done], words: tuple[str, ...]) -> None:
    done = zoomlink(*words)
    assert done.code == 0
    assert "usage" in done.out.lower()


def test_no_command_at_all_shows_the_help(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink()
    assert done.code == 0
    assert "create" in done.out


def test_version_is_the_package_s(zoomlink: Callable[..., Done]) -> None:
    from zoomlink import __version__

    assert zoomlink("--version").out.strip() == __version__


def test_a_terminal_that_speaks_only_ascii_still_gets_its_link(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("create", "Aula de violão ギター", *WHEN, LANG="C", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert (done.code, "Aula de viol?o ???" in done.out) == (0, True)


def test_a_lost_answer_is_found_again_and_nothing_is_made_twice(
    zoomlink: Callable[..., Done], zoom_sandbox: Any
) -> None:
    zoom_sandbox.fail("reset-after-commit", route="meetings.create")
    done = zoomlink("create", "T", *WHEN, "--json")
    made = [commit["meeting_id"] for commit in zoom_sandbox.ledger]
    assert (done.code, made) == (0, [json.loads(done.out)["meeting_id"]])


def test_an_outcome_that_stays_unknown_exits_with_6_and_says_how_to_go_on(
    zoomlink: Callable[..., Done], zoom_sandbox: Any
) -> None:
    zoom_sandbox.fail("reset-after-commit", route="meetings.create")
    zoom_sandbox.fail("503-before-commit", route="meetings.list", times=None)
    done = zoomlink("create", "T", *WHEN, "--key", "booking-4711", "--wait", "0.5", "--json")
    assert (done.code, json.loads(done.out)["state"]) == (6, "unknown")
    when = datetime.fromisoformat(json.loads(done.out)["next_try_at"])
    assert done.err == (
        "zoomlink: It is not known yet whether the meeting exists; nothing is lost. "
        f"To go on from {when:%H:%M:%S} UTC on: zoomlink settle --wait 60, "
        "or the same command again with --key booking-4711.\n"
    )
    zoom_sandbox.mend()
    again = zoomlink("create", "T", *WHEN, "--key", "booking-4711", "--json")
    assert (again.code, json.loads(again.out)["state"], len(zoom_sandbox.ledger)) == (0, "ready", 1)


def test_a_link_that_is_not_made_yet_says_why(zoomlink: Callable[..., Done], zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("429-per-second", route="meetings.create")
    done = zoomlink("create", "T", *WHEN, "--wait", "0.2", "--json")
    told = json.loads(done.out)
    when = datetime.fromisoformat(told["next_try_at"])
    assert (done.code, told["state"]) == (6, "planned")
    assert done.err == (
        f"zoomlink: Not made yet: {told['problem'].rstrip('.')}; nothing is lost. "
        f"To go on from {when:%H:%M:%S} UTC on: zoomlink settle --wait 60.\n"
    )


def test_the_same_key_and_request_give_the_same_link(zoomlink: Callable[..., Done], zoom_sandbox: Any) -> None:
    first, second = (zoomlink("create", "T", *WHEN, "--key", "booking-4711", "--json") for _ in range(2))
    assert (first.code, second.out, len(zoom_sandbox.ledger)) == (0, first.out, 1)


def test_the_same_key_with_another_request_exits_with_2_and_names_the_difference(
    zoomlink: Callable[..., Done], zoom_sandbox: Any
) -> None:
    zoomlink("create", "T", *WHEN, "--key", "booking-4711")
    done = zoomlink("create", "T", *WHEN, "--key", "booking-4711", "--duration", "30")
    assert (done.code, done.out, len(zoom_sandbox.ledger)) == (2, "", 1)
    assert done.err.startswith("zoomlink: The key booking-4711 belongs to another request, which has another duration.")


def test_a_ledger_that_cannot_be_kept_exits_with_3_and_nothing_is_sent(
    zoomlink: Callable[..., Done], zoom_sandbox: Any
) -> None:
    done = zoomlink("create", "T", *WHEN, ZOOMLINK_DATABASE="sqlite:////dev/null/ledger.db")
    assert (done.code, done.out, zoom_sandbox.ledger) == (3, "", [])
    assert "set ZOOMLINK_DATABASE to another place" in done.err


def test_a_limit_reached_exits_with_5_and_says_until_when(zoomlink: Callable[..., Done], zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("429-host-daily", route="meetings.create")
    before = datetime.now(UTC).date()
    done = zoomlink("create", "T", *WHEN)
    after = datetime.now(UTC).date()
    assert (done.code, done.out.splitlines()[0]) == (5, "Join     (parked)")
    # two days only where midnight came in between
    assert any(f"the link is made at {day + timedelta(days=1)} 00:0" in done.err for day in {before, after})
