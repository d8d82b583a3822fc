"""Settings: what is missing is named at once, what is wrong is refused before anything is sent."""

# ruff: noqa: E501 - tables read better whole

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import settings

from zoomlink.config import (
    Credentials,
    Settings,
    default_database,
    is_loopback,
    is_zoom_host,
    parse_hosts,
    read_environment,
)
from zoomlink.errors import ConfigurationError
from zoomlink.model import HostSpec
from zoomlink.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"ZOOM_ACCOUNT_ID": "an-account", "ZOOM_CLIENT_ID": "a-client", "ZOOM_CLIENT_SECRET": "a-secret"}


def refused(environ: dict[str, str]) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env(environ)
    assert "a-secret" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        ({}, "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET are not set."),
        ({"ZOOM_CLIENT_ID": "c"}, "ZOOM_ACCOUNT_ID and ZOOM_CLIENT_SECRET are not set."),
        ({**GOOD, "ZOOM_CLIENT_SECRET": ""}, "ZOOM_CLIENT_SECRET is not set."),
        ({**GOOD, "ZOOM_CLIENT_SECRET": " \n"}, "ZOOM_CLIENT_SECRET is not set."),
        ({**GOOD, "ZOOM_ACCOUNT_ID": "an account"}, "ZOOM_ACCOUNT_ID holds a blank or a character that such a value never has."),
        ({**GOOD, "ZOOM_ACCOUNT_ID": "an\naccount", "ZOOM_CLIENT_ID": "é"}, "ZOOM_ACCOUNT_ID and ZOOM_CLIENT_ID hold a blank or a character that such a value never has."),
        ({**GOOD, "ZOOM_CLIENT_SECRET": "x" * 513}, "ZOOM_CLIENT_SECRET holds a blank or a character that such a value never has."),
        ({**GOOD, "ZOOMLINK_PLAN": "gold"}, "ZOOMLINK_PLAN is 'gold'."),
        ({**GOOD, "ZOOMLINK_SETTLE": "slow"}, "ZOOMLINK_SETTLE is 'slow'."),
        ({**GOOD, "ZOOMLINK_MARKER": "yes"}, "ZOOMLINK_MARKER is 'yes'."),
        ({**GOOD, "ZOOMLINK_TIMEZONE": "America"}, 'ZOOMLINK_TIMEZONE: There is no time zone "America".'),
        ({**GOOD, "ZOOMLINK_HOSTS": "a@example.com:0"}, "ZOOMLINK_HOSTS: 'a@example.com:0' is not a host."),
        ({**GOOD, "ZOOM_API_URL": "http://api.zoom.us"}, "ZOOM_API_URL is 'http://api.zoom.us', which is no address of Zoom."),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_named(given_: dict[str, str], sentence: str) -> None:
    error = refused(given_)
    assert error.message == sentence
    assert error.hint


def test_defaults() -> None:
    found = Settings.from_env(GOOD)
    there = Secret(default_database(GOOD))
    assert found == Settings(Credentials("an-account", "a-client", Secret("a-secret")), database=there)
    assert (found.settle, found.marker) == ("fast", True)
    assert (found.oauth_url, found.api_url, found.hosts, found.plan, found.timezone) == (
        "https://zoom.us", None, (HostSpec("me"),), "pro", None,
    )  # fmt: skip


def test_blanks_and_line_ends_around_a_value_are_not_part_of_it() -> None:
    around = {name: f"  {value}\r\n" for name, value in GOOD.items()}
    assert Settings.from_env(around) == Settings.from_env(GOOD)


def test_everything_is_read() -> None:
    found = Settings.from_env(
        {
            **GOOD,
            "ZOOM_OAUTH_URL": "http://127.0.0.1:8765/",
            "ZOOM_API_URL": " http://127.0.0.1:8765 ",
            "ZOOMLINK_HOSTS": "alice@example.com:2,bob@example.com",
            "ZOOMLINK_PLAN": " Business ",
            "ZOOMLINK_TIMEZONE": "America/Sao_Paulo\n",
            "ZOOMLINK_DATABASE": " postgresql://zoom@localhost/links ",
            "ZOOMLINK_SETTLE": "Strict",
            "ZOOMLINK_MARKER": "off",
        }
    )
    assert found.oauth_url == found.api_url == "http://127.0.0.1:8765"
    assert found.hosts == (HostSpec("alice@example.com", 2), HostSpec("bob@example.com", 1))
    assert (found.plan, found.timezone) == ("business", "America/Sao_Paulo")
    assert (found.settle, found.marker) == ("strict", False)
    assert found.database.reveal() == "postgresql://zoom@localhost/links"


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"HOME": "/home/ana"}, "sqlite:////home/ana/.local/share/zoomlink/ledger.db"),
        ({"HOME": "/home/ana", "XDG_DATA_HOME": "/data"}, "sqlite:////data/zoomlink/ledger.db"),
        ({"HOME": "/home/ana", "ZOOM_OAUTH_URL": "http://127.0.0.1:8765"}, "sqlite:////home/ana/.local/share/zoomlink/sandbox.db"),
    ],
)  # fmt: skip
def test_a_sandbox_has_a_ledger_of_its_own(environ: dict[str, str], place: str) -> None:
    assert default_database(environ) == place


@pytest.mark.parametrize("plan", ["free", "pro", "business", "none", "PRO", ""])
def test_plans(plan: str) -> None:
    assert Settings.from_env({**GOOD, "ZOOMLINK_PLAN": plan}).plan == (plan.lower() or "pro")


def test_settings_made_by_hand_are_checked_and_lose_a_last_slash() -> None:
    assert settings(oauth_url="http://127.0.0.1:1/", api_url="https://api.zoom.us//").oauth_url == "http://127.0.0.1:1"
    assert settings(api_url="https://api.zoom.us/").api_url == "https://api.zoom.us"
    with pytest.raises(ConfigurationError, match="ZOOM_OAUTH_URL"):
        settings(oauth_url="https://zoom.us.evil.example")


@pytest.mark.parametrize(
    "url",
    [
        "https://zoom.us", "https://api.zoom.us", "https://api-eu.zoom.us", "https://zoomgov.com", "https://api.zoomgov.com",
        "https://acme.zoom.us:443", "HTTPS://API.ZOOM.US", "http://127.0.0.1:8765", "https://127.0.0.1", "http://localhost:1",
        "http://[::1]:8765", "http://127.9.9.9:80", "http://127.0.0.1:8765/prefix",
    ],
)  # fmt: skip
def test_addresses_that_are_taken(url: str) -> None:
    assert settings(oauth_url=url, api_url=url).oauth_url == url


@pytest.mark.parametrize(
    "url",
    [
        "", "zoom.us", "api.zoom.us", "//zoom.us", "http://zoom.us", "http://api.zoom.us", "ftp://zoom.us", "file:///etc/passwd",
        "javascript:alert(1)", "https://", "https://evil.example", "https://zoom.us.evil.example", "https://evilzoom.us",
        "https://notzoomgov.com", "https://zoom.us@evil.example", "https://user:pass@zoom.us", "https://evil.example@zoom.us",
        "https://evil.example#@zoom.us", "https://evil.example?@zoom.us", "https://evil.example\\@zoom.us",
        "https://evil.example\\.zoom.us", "https://zoom.us\\.evil.example", "https://evil.example/.zoom.us",
        "https://zoom.us:8443", "https://zoom.us:99999", "https://zoom.us:x", "https://zoom.us.", "https://.zoom.us.evil.example",
        "https://zoom.us?x=1", "https://zoom.us#x", "https://zo\nom.us", "https://evil.example\t.zoom.us", "https://zoom.us\x00",
        "https://[::1", "https://zoom。us", "https://ｚoom.us", "http://0.0.0.0:1", "http://10.0.0.1", "http://localhost.evil.example",
        "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example", "http://127.0.0.1:99999", "http://127.0.0.1\\@evil.example",
        "ftp://127.0.0.1", "http://user@127.0.0.1", "http://169.254.169.254",
    ],
)  # fmt: skip
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="which is no address of Zoom"):
        settings(api_url=url)


@pytest.mark.parametrize(
    ("name", "url", "hint"),
    [
        ("api_url", "https://api.zoom.us/v2", "Leave out /v2: it is added."),
        ("api_url", "https://api.zoom.us/v2/", "Leave out /v2: it is added."),
        ("api_url", "http://127.0.0.1:8765/v2", "Leave out /v2: it is added."),
        ("oauth_url", "https://zoom.us/oauth/token", "Leave out /oauth/token: it is added."),
        ("oauth_url", "https://zoom.us/oauth", "Leave out /oauth: it is added."),
    ],
)
def test_an_address_with_the_part_that_is_added_is_refused_with_that_hint(name: str, url: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(**{name: url})
    assert caught.value.hint == hint


def test_a_secret_in_an_address_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(api_url="https://evil.example/?access_token=canary")
    assert "canary" not in str(caught.value)


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z.@:\\\\/#?0-9\[\]-]{0,30}", fullmatch=True))
def test_no_address_makes_the_checks_raise(url: str) -> None:
    assert {is_zoom_host(url), is_loopback(url)} <= {True, False}


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("", [("me", 1)]),
        ("  ", [("me", 1)]),
        (",,", [("me", 1)]),
        ("me", [("me", 1)]),
        ("me:2", [("me", 2)]),
        ("alice@example.com", [("alice@example.com", 1)]),
        (" alice@example.com : 2 , bob@example.com,", [("alice@example.com", 2), ("bob@example.com", 1)]),
        ("o'brien+zoom@example.com", [("o'brien+zoom@example.com", 1)]),
        ("Ab1Cd2Ef3Gh4Ij5Kl6Mn7Q:999", [("Ab1Cd2Ef3Gh4Ij5Kl6Mn7Q", 999)]),
    ],
)
def test_hosts_are_read(text: str, hosts: list[tuple[str, int]]) -> None:
    assert [(host.name, host.capacity) for host in parse_hosts(text)] == hosts


@pytest.mark.parametrize(
    "text",
    ["a b", "a:0", "a:-1", "a:x", "a:1:2", "a:1.5", "a:1000", "a:２", ":2", "a/b", "a?b", "a#b", "a%2f", "x" * 129,
     "Alice <alice@example.com>", '"alice@example.com"', "a\\b", "<a@example.com>", "a,A", "a@example.com,A@EXAMPLE.COM:2"],
)  # fmt: skip
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="ZOOMLINK_HOSTS"):
        parse_hosts(text)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_in_the_folder_is_read_and_the_environment_wins(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text(
        "# Zoom\nexport ZOOM_ACCOUNT_ID=from-file\nZOOM_CLIENT_ID='from-file'\n"
        'ZOOM_CLIENT_SECRET="from${HOME}file"\nZOOMLINK_PLAN=free\nNO_VALUE\n'
    )
    monkeypatch.setenv("ZOOM_ACCOUNT_ID", "from-environment")
    found = Settings.from_env()
    assert found.credentials == Credentials("from-environment", "from-file", Secret("from${HOME}file"))
    assert found.plan == "free"


def test_a_mapping_is_taken_as_it_is(folder: Path) -> None:
    (folder / ".env").write_text("ZOOMLINK_PLAN=free\n")
    assert Settings.from_env(GOOD).plan == "pro"


def test_a_file_saved_by_notepad_is_read(folder: Path) -> None:
    (folder / ".env").write_bytes("\ufeffZOOMLINK_PLAN=free\r\n".encode())
    assert read_environment()["ZOOMLINK_PLAN"] == "free"


@pytest.mark.parametrize("content", ["ZOOM_ACCOUNT_ID=é".encode("utf-16"), b"ZOOM_ACCOUNT_ID=\xff\xfe\n"])
def test_a_file_that_is_no_text_is_called_unreadable(folder: Path, content: bytes) -> None:
    (folder / ".env").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"^\.env cannot be read: UnicodeDecodeError"):
        read_environment()


def test_a_folder_of_that_name_is_passed_over(folder: Path) -> None:
    (folder / ".env").mkdir()
    with pytest.raises(ConfigurationError, match="are not set"):
        Settings.from_env()


def test_an_empty_variable_does_not_hide_what_the_file_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("ZOOM_CLIENT_ID=from-the-file\nZOOM_ACCOUNT_ID=from-the-file\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZOOM_CLIENT_ID", "")
    monkeypatch.setenv("ZOOM_ACCOUNT_ID", "from-the-environment")
    found = read_environment()
    assert (found["ZOOM_CLIENT_ID"], found["ZOOM_ACCOUNT_ID"]) == ("from-the-file", "from-the-environment")
