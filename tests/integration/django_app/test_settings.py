"""The settings ``ZOOMLINK``: laid over the environment, checked all at once, and no secret in what is said."""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as project

from zoomlink import ConfigurationError, Secret
from zoomlink.integrations.django import create_link, get_desk, link_settings
from zoomlink.integrations.django.checks import check_settings
from zoomlink.integrations.django.conf import OWN, VARIABLES, default_timezone

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import CompletedProcess

ACCOUNT = {"ACCOUNT_ID": "an-account", "CLIENT_ID": "a-client", "CLIENT_SECRET": "canary-secret"}


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the project say this, and nothing else."""
    return lambda **given: monkeypatch.setattr(project, "ZOOMLINK", given)


def found() -> list[tuple[str, str]]:
    return [(str(message.id), message.msg) for message in check_settings()]


def test_the_dict_is_laid_over_the_environment(say: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_ACCOUNT_ID", "another")
    monkeypatch.setenv("ZOOMLINK_BUFFER", "5")
    say(
        **ACCOUNT,
        HOSTS=["alice@example.com:2", "bob@example.com"],
        DATABASE=Path("/folder/ledger.db"),
        MARKER=False,
        PLAN="business",
        TIMEZONE="Europe/Lisbon",
        SETTLE="strict",
        WEBHOOK_SECRET=["one", "two"],
    )
    found = link_settings()
    assert (found.credentials.account_id, found.buffer, found.marker) == ("an-account", 5, False)
    assert [(host.name, host.capacity) for host in found.hosts] == [("alice@example.com", 2), ("bob@example.com", 1)]
    assert (found.database, found.plan, found.settle) == (Secret("sqlite:////folder/ledger.db"), "business", "strict")


def test_the_file_env_is_read_too(say: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "ZOOMLINK_TIMEZONE=America/Bahia\nZOOM_CLIENT_SECRET=of-the-file\n", encoding="utf-8"
    )
    say(**{**ACCOUNT, "CLIENT_SECRET": None})
    assert link_settings().credentials.client_secret == Secret("of-the-file")
    assert default_timezone() == "America/Bahia"


def test_none_leaves_it_to_the_environment(say: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_CLIENT_SECRET", "from-the-environment")
    say(**{**ACCOUNT, "CLIENT_SECRET": None})
    assert link_settings().credentials.client_secret == Secret("from-the-environment")


def test_a_test_with_the_sandbox_never_touches_the_account_of_the_settings(
    say: Callable[..., None], zoom_sandbox: Any
) -> None:
    say(**ACCOUNT, HOSTS="alice@example.com", DATABASE="sqlite:////folder/real.db", BUFFER=5, SANDBOX=True)
    found = link_settings()
    assert found.credentials.account_id == zoom_sandbox.env["ZOOM_ACCOUNT_ID"]
    assert (found.oauth_url, found.hosts[0].name, found.buffer) == (zoom_sandbox.env["ZOOM_OAUTH_URL"], "me", 5)
    assert "real.db" not in found.database.reveal()


# System checks --------------------------------------------------------------------------------------------------------


def test_all_is_well(say: Callable[..., None]) -> None:
    say(**ACCOUNT)
    assert found() == []


def test_all_that_is_missing_is_named_at_once(say: Callable[..., None]) -> None:
    say()
    assert found() == [
        ("zoomlink.E006", 'ZOOMLINK["ACCOUNT_ID"], ZOOMLINK["CLIENT_ID"] and ZOOMLINK["CLIENT_SECRET"] are not set.')
    ]
    assert '"SANDBOX": True' in str(check_settings()[0].hint)


def test_all_that_is_wrong_is_named_at_once_and_no_secret_with_it(
    say: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "USE_TZ", False)
    say(
        **{**ACCOUNT, "CLIENT_SECRET": "canary secret"},
        HOST="alice@example.com",
        PLAN="gold",
        BUFFER="soon",
        TIMEZONE="Europe/Lisboa",
        OAUTH_URL="https://zoom.example",
        WAIT=-1,
        HAND_OVER="later",
    )
    said = found()
    assert [number for number, _ in said] == [
        "zoomlink.E001",
        "zoomlink.E005",
        "zoomlink.E003",
        "zoomlink.E003",
        *["zoomlink.E006"] * 5,
    ]
    words = " ".join(f"{message.msg} {message.hint}" for message in check_settings())
    for name in ("HOST", "PLAN", "BUFFER", "TIMEZONE", "OAUTH_URL", "WAIT", "CLIENT_SECRET"):
        assert f'ZOOMLINK["{name}"]' in words
    assert 'Did you mean "HOSTS"?' in words
    assert "canary" not in words


def test_a_value_of_a_wrong_type_is_named(say: Callable[..., None]) -> None:
    say(**{**ACCOUNT, "CLIENT_SECRET": b"canary"}, HOSTS=3)
    assert found() == [("zoomlink.E004", 'ZOOMLINK["CLIENT_SECRET"] is a bytes; ZOOMLINK["HOSTS"] is a int.')]


def test_settings_that_are_no_dict_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "ZOOMLINK", ["ACCOUNT_ID"])
    assert found() == [("zoomlink.E002", "ZOOMLINK is a list.")]


def test_a_sandbox_needs_no_credentials(say: Callable[..., None]) -> None:
    say(SANDBOX=True)
    assert found() == []


def test_what_the_environment_says_is_told_by_its_own_name(
    say: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    say(**ACCOUNT)
    monkeypatch.setenv("ZOOMLINK_PLAN", "gold")
    assert found() == [("zoomlink.E006", "ZOOMLINK_PLAN is 'gold'.")]


def test_the_command_check_tells_it(manage: Callable[..., CompletedProcess[str]]) -> None:
    assert manage("check").returncode == 0
    done = manage("check", ZOOM_CLIENT_SECRET="", ZOOM_ACCOUNT_ID="")
    assert done.returncode == 1
    assert 'ZOOMLINK["ACCOUNT_ID"] and ZOOMLINK["CLIENT_SECRET"] are not set.' in done.stderr


def test_every_key_has_its_own_variable() -> None:
    assert len({*VARIABLES, *OWN}) == len(VARIABLES) + len(OWN)
    assert len(set(VARIABLES.values())) == len(VARIABLES)


def test_the_page_names_every_key() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "how-to" / "django.md").read_text(encoding="utf-8")
    table = page.partition("| key of `ZOOMLINK`")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (`[^|]*)\|", table, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)]
    assert sorted(named) == sorted([*VARIABLES, *OWN])


# The desk -------------------------------------------------------------------------------------------------------------


def test_one_desk_serves_all_threads_of_a_process(django: Any) -> None:
    assert get_desk() is get_desk()


def test_other_settings_mean_another_desk(django: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = get_desk()
    monkeypatch.setenv("ZOOMLINK_DATABASE", f"sqlite:///{tmp_path / 'other.db'}")
    assert get_desk() is not first


def test_no_desk_without_credentials(say: Callable[..., None]) -> None:
    say()
    with pytest.raises(ConfigurationError, match="ZOOM_ACCOUNT_ID"):
        get_desk()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_has_a_desk_of_its_own(django: Any) -> None:
    start = datetime(2031, 12, 1, 18, 24, tzinfo=UTC)
    parents = get_desk()
    parents.create("Piano", start=start, key="b1")
    child = os.fork()
    if child == 0:  # pragma: no cover - it ends at once
        code = 1
        try:
            code = 0 if get_desk() is not parents and get_desk().create("Piano", start=start, key="b1") else 2
        finally:
            os._exit(code)
    until = time.monotonic() + 30
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < until:
        time.sleep(0.01)  # how a child's end is waited for
    assert ended == (child, 0)
    assert (get_desk() is parents, len(django.ledger)) == (True, 1)
    assert create_link("Guitar", start=start.replace(day=2)).is_ready


def test_the_settings_can_start_a_sandbox_of_their_own(
    manage: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    taken = dict.fromkeys(
        ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET", "ZOOM_OAUTH_URL", "ZOOM_API_URL"), ""
    )
    done = manage(
        *("zoomlink", "create", "Piano", "--start", "2031-12-01T18:24", "--json"),
        **{**taken, "ZOOMLINK_SANDBOX": "1", "XDG_DATA_HOME": str(tmp_path / "data"), "ZOOMLINK_DATABASE": ""},
    )
    assert done.returncode == 0, done.stderr
    assert '"state": "ready"' in done.stdout
