"""The host pool on the command line: who is free, who is busy with what, and until when."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.conftest import Done

ONE, TWO = "host1@sandbox.example", "host2@sandbox.example"
POOL = {"ZOOMLINK_HOSTS": f"{ONE},{TWO}:2", "ZOOMLINK_TIMEZONE": "Europe/Lisbon"}


@pytest.fixture
def busy(zoomlink: Callable[..., Done]) -> None:
    """Three lessons at the same time: all that the pool can take."""
    for number in range(3):
        done = zoomlink("create", f"Lesson {number}", "--start", "2031-12-01 09:30", **POOL)
        assert done.code == 0, done.err


@pytest.mark.usefixtures("busy")
def test_when_no_host_is_free_the_command_exits_with_7_and_helps(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("create", "Fourth", "--start", "2031-12-01 10:00", **POOL)
    assert (done.code, done.out) == (7, "")
    assert done.err.startswith("zoomlink: No host is free then: ")
    assert "has “Lesson 0” until 2031-12-01 10:30 (Europe/Lisbon)" in done.err
    assert "The next free time is 2031-12-01 10:30 (Europe/Lisbon)." in done.err
    assert zoomlink("create", "Fourth", "--start", "2031-12-01 10:00", "--allow-overlap", **POOL).code == 0


@pytest.mark.usefixtures("busy")
def test_hosts_free_says_who_or_when(zoomlink: Callable[..., Done]) -> None:
    when = ("hosts", "free", "--start", "2031-12-01 10:00", "--duration", "30")
    refused = zoomlink(*when, "--json", **POOL)
    found = json.loads(refused.out)
    assert (refused.code, found["hosts"], found["next_free"]) == (7, [], "2031-12-01T10:30:00Z")
    assert sorted(one["topic"] for one in found["busy"]) == ["Lesson 0", "Lesson 1", "Lesson 2"]
    told = zoomlink(*when, **POOL)
    assert told.err == "The next free time: Monday, 1 December 2031, 10:30 in Europe/Lisbon (10:30 UTC)\n"
    free = zoomlink("hosts", "free", "--start", "2031-12-01 18:00", "--json", **POOL)
    assert (free.code, json.loads(free.out)) == (0, {"hosts": [ONE, TWO], "busy": [], "next_free": None})


@pytest.mark.usefixtures("busy")
def test_the_timeline_of_a_day_shows_who_is_busy(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("hosts", "--day", "2031-12-01", **POOL)
    assert done.code == 0, done.err
    lines = {line.split("  ")[0]: line.split("  ")[-1] for line in done.out.splitlines() if "·" in line}
    assert lines[ONE] == "·" * 19 + "██" + "·" * 27
    assert lines[TWO] == "·" * 19 + "██" + "·" * 27
    items = json.loads(zoomlink("hosts", "--day", "2031-12-01", "--json", **POOL).out)["items"]
    assert [(item["host"], item["capacity"], len(item["busy"])) for item in items] == [(ONE, 1, 1), (TWO, 2, 2)]
    assert sorted(item["writes_left"] for item in items) == [98, 99]
    assert zoomlink("hosts", "--day", "tomorrow", **POOL).code == 2


def test_hosts_are_discovered_by_licence_and_pattern(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("hosts", "discover", "--match", "HOST*")
    assert (done.code, done.err) == (0, f"ZOOMLINK_HOSTS={ONE},{TWO}\n")
    assert json.loads(zoomlink("hosts", "discover", "--match", "nobody*", "--json").out)["items"] == []
    assert json.loads(zoomlink("hosts", "discover", "--group", "no-such", "--json").out)["items"] == []


def test_several_accounts_are_never_mixed(
    zoomlink: Callable[..., Done], to_sandbox: dict[str, str], home: Path
) -> None:
    url = to_sandbox["ZOOM_OAUTH_URL"]
    credentials = (
        f'account_id = "{to_sandbox["ZOOM_ACCOUNT_ID"]}"\nclient_id = "{to_sandbox["ZOOM_CLIENT_ID"]}"\n'
        f'client_secret = "{to_sandbox["ZOOM_CLIENT_SECRET"]}"\noauth_url = "{url}"\napi_url = "{url}"\n'
    )
    other = credentials.replace(to_sandbox["ZOOM_ACCOUNT_ID"], "another-account")
    (home / "accounts.toml").write_text(
        f'[school]\n{credentials}hosts = "{ONE}"\n[clinic]\n{other}hosts = ["{TWO}"]\n', encoding="utf-8"
    )
    gone = dict.fromkeys(("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET", "ZOOM_OAUTH_URL", "ZOOM_API_URL"))
    where = {"ZOOMLINK_ACCOUNTS": "accounts.toml", "ZOOMLINK_DATABASE": f"sqlite:///{home / 'both.db'}", **gone}
    start = ("--start", "2031-12-01T09:00Z", "--key", "b1", "--json")
    made = zoomlink("create", "Lesson", *start, "--account", "school", **where)
    assert (made.code, json.loads(made.out)["host"]) == (0, ONE), made.err
    assert [len(json.loads(zoomlink("--account", name, "list", "--json", **where).out)["items"])
            for name in ("school", "clinic")] == [1, 0]  # fmt: skip
    refused = zoomlink("show", json.loads(made.out)["id"], "--account=clinic", **where)
    assert (refused.code, "There is no link" in refused.err) == (4, True)
    unclear = zoomlink("list", **where)
    assert (unclear.code, "accounts.toml has clinic, school" in unclear.err) == (3, True)
