"""The commands for a meeting's life, as their user meets them, against the sandbox."""

from __future__ import annotations

import csv
import io
import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from zoomlink.cli.app import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.conftest import Done

    from zoomlink.cli.app import Command

WHEN = ("--start", "2031-12-01 18:24", "--timezone", "America/Sao_Paulo")


@pytest.fixture
def made(zoomlink: Callable[..., Done]) -> dict[str, Any]:
    """A meeting made by the command."""
    link: dict[str, Any] = json.loads(zoomlink("create", "Guitar lesson", *WHEN, "--json").out)
    return link


def test_show_finds_a_meeting_by_its_number_however_it_is_spaced(
    zoomlink: Callable[..., Done], made: dict[str, Any]
) -> None:
    digits = str(made["meeting_id"])
    for ref in (digits, f"{digits[:3]} {digits[3:7]} {digits[7:]}", f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"):
        shown = json.loads(zoomlink("show", ref, "--json").out)
        assert (shown["meeting_id"], shown["join_url"]) == (made["meeting_id"], made["join_url"])


def test_show_tells_people_the_local_time_and_nothing_of_the_host_s_entrance(
    zoomlink: Callable[..., Done], made: dict[str, Any]
) -> None:
    done = zoomlink("show", str(made["meeting_id"]))
    assert "18:24 in America/Sao_Paulo (21:24 UTC)" in done.out
    assert "zak=" not in done.out + done.err


@pytest.mark.parametrize("ref", ["0", "a b", "chávê", "https://zoom.us/j/1", str(2**63), "-1", "lnk_" + "0" * 25])
def test_a_ref_that_is_no_meeting_exits_with_2(zoomlink: Callable[..., Done], ref: str) -> None:
    assert zoomlink("show", "--", ref).code == 2


def test_a_meeting_that_does_not_exist_exits_with_4(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("show", "81234567890")
    assert (done.code, done.out) == (4, "")
    assert "There is no such meeting." in done.err


@pytest.mark.parametrize("command", ["list", "meetings"])
def test_lists_give_the_same_as_a_table_as_json_and_as_csv(
    zoomlink: Callable[..., Done], made: dict[str, Any], command: str
) -> None:
    items = json.loads(zoomlink(command, "--json").out)
    rows = list(csv.DictReader(io.StringIO(zoomlink(command, "--csv").out)))
    table = zoomlink(command).out
    assert [item["meeting_id"] for item in items["items"]] == [made["meeting_id"]]
    assert items["next_cursor"] is None
    assert [(row["meeting_id"], row["start"], row["topic"]) for row in rows] == [
        (str(made["meeting_id"]), "2031-12-01T21:24:00Z", "Guitar lesson")
    ]
    assert made["join_url"] in table


def test_a_topic_that_is_a_formula_is_harmless_in_csv(zoomlink: Callable[..., Done]) -> None:
    zoomlink("create", "=1+1", *WHEN)
    rows = list(csv.DictReader(io.StringIO(zoomlink("list", "--csv").out)))
    assert [row["topic"] for row in rows] == ["'=1+1"]


def test_update_changes_what_is_given_and_leaves_the_rest_alone(
    zoomlink: Callable[..., Done], made: dict[str, Any]
) -> None:
    done = zoomlink("update", str(made["meeting_id"]), "--start", "2031-12-02 09:00", "--json")
    after = json.loads(done.out)
    assert done.code == 0, done.err
    # without --timezone, the time is read in the meeting's own zone
    assert after["start_time"] == "2031-12-02T12:00:00Z"
    assert {name: after[name] for name in ("topic", "duration", "passcode", "join_url", "timezone")} == {
        name: made[name] for name in ("topic", "duration", "passcode", "join_url", "timezone")
    }


def test_update_takes_settings_and_makes_a_meeting_a_series(
    zoomlink: Callable[..., Done], made: dict[str, Any]
) -> None:
    ref = str(made["meeting_id"])
    done = zoomlink("update", ref, "-S", "waiting_room=true", "--repeat", "every monday for 3 times", "--json")
    assert done.code == 0, done.err
    after = json.loads(done.out)
    assert [one["start_time"] for one in after["occurrences"]] == [
        "2031-12-01T21:24:00Z",
        "2031-12-08T21:24:00Z",
        "2031-12-15T21:24:00Z",
    ]
    settings = json.loads(zoomlink("call", "GET", f"/meetings/{ref}").out)["settings"]
    assert settings["waiting_room"] is True


def test_meetings_shows_the_next_24_hours(zoomlink: Callable[..., Done]) -> None:
    zoomlink("create", "Soon", "--start", "in 2 hours")
    zoomlink("create", "Later", *WHEN)
    items = json.loads(zoomlink("meetings", "--type", "next-24-hours", "--json").out)["items"]
    assert [item["topic"] for item in items] == ["Soon"]


def test_help_names_the_scopes_a_command_needs(zoomlink: Callable[..., Done]) -> None:
    assert zoomlink("cancel", "--help").out.endswith(
        "Scopes the Zoom app needs for it:\n  meeting:delete:meeting:admin\n  meeting:read:meeting:admin\n"
    )


def test_meetings_names_the_owner_by_their_address(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    assert [item["host"] for item in json.loads(zoomlink("meetings", "--json").out)["items"]] == [made["host"]]


def test_an_update_of_nothing_exits_with_2(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    assert zoomlink("update", str(made["meeting_id"])).code == 2


def test_a_dry_run_of_an_update_shows_only_what_is_given(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    done = zoomlink("update", str(made["meeting_id"]), "--topic", "Moved", "--dry-run")
    head, _, body = done.out.partition("\n\n")
    assert head.splitlines()[0].startswith("PATCH ")
    assert json.loads(body) == {"topic": "Moved"}


def test_cancel_asks_and_without_a_terminal_wants_yes(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    refused = zoomlink("cancel", str(made["meeting_id"]))
    assert (refused.code, "--yes" in refused.err) == (2, True)
    assert zoomlink("show", str(made["meeting_id"])).code == 0


def test_cancelling_twice_is_no_error(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    first = zoomlink("cancel", str(made["meeting_id"]), "--yes")
    second = zoomlink("cancel", str(made["meeting_id"]), "--yes")
    assert [(done.code, done.err) for done in (first, second)] == [(0, "Cancelled.\n"), (0, "It was gone already.\n")]


def test_start_url_is_fresh_goes_to_stdout_alone_and_is_announced(
    zoomlink: Callable[..., Done], made: dict[str, Any]
) -> None:
    first, second = (zoomlink("start-url", str(made["meeting_id"])) for _ in range(2))
    assert "/s/" in first.out
    assert "zak=" in first.out
    assert first.out != second.out
    assert "whoever opens this address is the host" in first.err
    assert "zak=" not in first.err


def test_invitation_prints_zoom_s_text(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    done = zoomlink("invitation", str(made["meeting_id"]))
    assert "Topic: Guitar lesson" in done.out.splitlines()
    assert made["join_url"] in done.out


def test_sip_prints_the_address_and_how_long_it_lives(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    done = zoomlink("sip", str(made["meeting_id"]), "--passcode", "123456")
    assert done.out.startswith(f"{made['meeting_id']}.123456")
    assert done.out.endswith("@zoomcrc.com\n")
    assert "Good until" in done.err


def test_registrants_are_added_listed_and_decided_on(
    zoomlink: Callable[..., Done], zoom_sandbox: Any, home: Path
) -> None:
    from zoomlink import ZoomClient

    with ZoomClient.from_env() as zoom:
        meeting = zoom.meetings.create(
            "host1@sandbox.example",
            topic="Open evening",
            start="2031-12-01 18:24",
            timezone="America/Sao_Paulo",
            settings={"approval_type": 1},
        )
    ref = str(meeting.id)
    (home / "guests.csv").write_text("email,first_name\nana@example.com,Ana\nrui@example.com,Rui\n", encoding="utf-8")
    added = zoomlink("registrants", "add", ref, "--file", "guests.csv", "--json")
    assert added.code == 0, added.err
    pending = zoomlink("registrants", "list", ref, "--status", "pending", "--json")
    assert {item["email"] for item in json.loads(pending.out)["items"]} == {"ana@example.com", "rui@example.com"}
    assert zoomlink("registrants", "approve", ref, "ana@example.com").code == 0
    approved = json.loads(zoomlink("registrants", "list", ref, "--json").out)["items"]
    assert [item["email"] for item in approved] == ["ana@example.com"]
    assert approved[0]["join_url"].startswith(zoom_sandbox.url)


def test_hosts_shows_the_pool_with_licences_and_what_is_wrong(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("hosts", "--json", ZOOMLINK_HOSTS="host1@sandbox.example:2,nobody@example.com")
    items = json.loads(done.out)["items"]
    assert [(item["host"], item["licence"], item["capacity"]) for item in items] == [
        ("host1@sandbox.example", "licensed", 2),
        ("nobody@example.com", None, 1),
    ]
    assert "There is no such user" in items[1]["problem"]
    everyone = json.loads(zoomlink("hosts", "--all", "--json").out)["items"]
    assert [item["host"] for item in everyone] == [
        "owner@sandbox.example",
        "host1@sandbox.example",
        "host2@sandbox.example",
    ]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help(zoomlink: Callable[..., Done], command: Command) -> None:
    done = zoomlink(command.name, "--help")
    assert done.code == 0, done.err
    assert "usage:" in done.out.lower()
    assert command.name in zoomlink("--help").out


def test_a_series_is_made_from_words_and_shown_before_it_is_created(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink(
        "create", "Choir", "--start", "2031-10-21 18:30", "--tz", "Europe/Lisbon",
        "--repeat", "every tuesday until 4 november 2031", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.err.splitlines()[-1] == "  3 times: Tue 21 Oct 2031 18:30, Tue 28 Oct 2031 18:30, Tue 04 Nov 2031 18:30"
    shown = json.loads(zoomlink("show", str(json.loads(done.out)["meeting_id"]), "--json").out)
    # summer time ends on 26 October: the time on the wall stays
    assert [one["start_time"] for one in shown["occurrences"]] == [
        "2031-10-21T17:30:00Z",
        "2031-10-28T18:30:00Z",
        "2031-11-04T18:30:00Z",
    ]
    occurrence = shown["occurrences"][1]["id"]
    cancelled = zoomlink("cancel", str(shown["meeting_id"]), "--occurrence", occurrence, "--yes")
    assert (cancelled.code, cancelled.err) == (0, "Cancelled.\n")


def test_settings_go_out_by_zoom_s_own_names_and_unknown_ones_are_refused(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("create", "T", *WHEN, "-S", "waiting_room=true", "-S", "auto_recording=cloud", "--dry-run")
    body = json.loads(done.out.partition("\n\n")[2])
    assert body["settings"] == {"waiting_room": True, "auto_recording": "cloud"}
    refused = zoomlink("create", "T", *WHEN, "-S", "wating_room=true")
    assert (refused.code, "waiting_room" in refused.err) == (2, True)


def test_a_calendar_file_is_written_beside_the_link(zoomlink: Callable[..., Done], home: Path) -> None:
    done = zoomlink("create", "Aula de violão", *WHEN, "--ics", "aula.ics", "--json")
    text = (home / "aula.ics").read_bytes().decode("utf-8")
    assert done.code == 0, done.err
    assert f"UID:{json.loads(done.out)['id']}@zoomlink" in text.replace("\r\n ", "")
    assert "DTSTART;TZID=America/Sao_Paulo:20311201T182400" in text


def test_a_calendar_file_that_cannot_be_written_is_found_out_before_the_meeting_is_made(
    zoomlink: Callable[..., Done], zoom_sandbox: Any
) -> None:
    done = zoomlink("create", "T", *WHEN, "--ics", "no/such/folder/x.ics")
    assert (done.code, zoom_sandbox.ledger) == (2, [])


def test_a_deleted_meeting_is_recovered(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    ref = str(made["meeting_id"])
    zoomlink("cancel", ref, "--yes")
    assert zoomlink("recover", ref).err == "It is back.\n"
    assert json.loads(zoomlink("show", ref, "--zoom", "--json").out)["topic"] == "Guitar lesson"
    assert json.loads(zoomlink("show", ref, "--json").out)["state"] == "ready"


def test_end_asks_and_ends(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    ref = str(made["meeting_id"])
    assert zoomlink("end", ref).code == 2
    assert zoomlink("end", ref, "--yes").code in {0, 4}  # Zoom does not say what it answers for one that is not running


def test_invite_makes_a_link_for_each_name(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    items = json.loads(zoomlink("invite", str(made["meeting_id"]), "Ana Silva", "Rui", "--json").out)["items"]
    assert [item["name"] for item in items] == ["Ana Silva", "Rui"]
    assert len({item["join_url"] for item in items}) == 2


def test_templates_are_made_and_listed(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    created = zoomlink("templates", "create", str(made["meeting_id"]), "Lesson")
    assert created.code == 0, created.err
    items = json.loads(zoomlink("templates", "list", "--json").out)["items"]
    assert [item["name"] for item in items] == ["Lesson"]


def test_users_are_listed_and_shown_with_their_settings(zoomlink: Callable[..., Done]) -> None:
    items = json.loads(zoomlink("users", "list", "--json").out)["items"]
    assert [item["email"] for item in items] == [
        "owner@sandbox.example",
        "host1@sandbox.example",
        "host2@sandbox.example",
    ]
    assert json.loads(zoomlink("users", "show", "host1@sandbox.example", "--json").out)["type"] == 2
    assert "schedule_meeting" in json.loads(zoomlink("users", "settings", "me").out)
    assert json.loads(zoomlink("users", "summary").out)["licensed_users_count"] == 3
    for command in ("schedulers", "assistants"):
        assert json.loads(zoomlink("users", command, "me", "--json").out)["items"] == []


def test_a_meeting_that_was_held_is_past(
    zoomlink: Callable[..., Done], made: dict[str, Any], zoom_sandbox: Any
) -> None:
    ref = str(made["meeting_id"])
    for step in ("start", "end"):
        control = urllib.request.Request(
            f"{zoom_sandbox.url}/_sandbox/meetings/{ref}/{step}", data=b"{}", method="POST"
        )
        urllib.request.urlopen(control).close()
    past = json.loads(zoomlink("past", ref, "--json").out)
    assert (past["meeting_id"], past["topic"]) == (made["meeting_id"], "Guitar lesson")
    assert len(json.loads(zoomlink("past", ref, "--instances", "--json").out)["items"]) == 1
    assert zoomlink("past", ref, "--participants", "--json").code == 0


def test_call_reaches_any_address_of_the_api(zoomlink: Callable[..., Done]) -> None:
    assert json.loads(zoomlink("call", "GET", "/users", "-q", "page_size=1").out)["page_size"] == 1
    assert zoomlink("call", "GET", "/v2/users").code == 2
    assert zoomlink("call", "POST", "/users/me/meetings", "--body", "{").code == 2


def test_completion_installs_for_a_shell(zoomlink: Callable[..., Done], home: Path) -> None:
    done = zoomlink("--install-completion", "--shell", "bash")
    assert done.code == 0, done.err
