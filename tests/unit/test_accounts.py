"""Several accounts in one file: chosen by name, never mixed, and every mistake named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zoomlink.accounts import account_names, for_account
from zoomlink.config import Settings
from zoomlink.errors import ConfigurationError
from zoomlink.model import HostSpec

if TYPE_CHECKING:
    from pathlib import Path

TWO = """
[school]
account_id = "school-account"
client_id = "school-client"
client_secret_env = "SCHOOL_SECRET"
hosts = ["alice@example.com:2", "bob@example.com"]
timezone = "Europe/Lisbon"
plan = "business"
buffer = 10

[clinic]
account_id = "clinic-account"
client_id = "clinic-client"
client_secret = "clinic-secret"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.toml"
    path.write_text(TWO, encoding="utf-8")
    return path


def environ(file: Path, **more: str) -> dict[str, str]:
    return {"ZOOMLINK_ACCOUNTS": str(file), "SCHOOL_SECRET": "school-secret", **more}


def test_an_account_is_chosen_by_its_name(file: Path) -> None:
    school = Settings.from_env(environ(file, ZOOMLINK_ACCOUNT="school"))
    assert (school.credentials.account_id, school.credentials.client_secret.reveal()) == (
        "school-account", "school-secret",
    )  # fmt: skip
    assert school.hosts == (HostSpec("alice@example.com", 2), HostSpec("bob@example.com"))
    assert (school.timezone, school.plan, school.buffer) == ("Europe/Lisbon", "business", 10)


def test_what_belongs_to_one_account_does_not_stand_in_for_another(file: Path) -> None:
    usual = {
        "ZOOM_ACCOUNT_ID": "usual", "ZOOM_CLIENT_ID": "c", "ZOOM_CLIENT_SECRET": "usual-secret",
        "ZOOMLINK_HOSTS": "usual@example.com", "ZOOMLINK_TIMEZONE": "UTC", "ZOOM_API_URL": "https://api.zoom.us",
    }  # fmt: skip
    clinic = Settings.from_env(environ(file, ZOOMLINK_ACCOUNT="clinic", **usual))
    assert (clinic.credentials.account_id, clinic.hosts, clinic.timezone, clinic.api_url) == (
        "clinic-account", (HostSpec("me"),), None, None,
    )  # fmt: skip
    assert Settings.from_env(environ(file, **usual)).credentials.account_id == "usual"


def test_the_only_account_of_a_file_needs_no_choice(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(TWO.partition("[clinic]")[0], encoding="utf-8")
    assert Settings.from_env(environ(path)).credentials.account_id == "school-account"


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ("", "It is not said which account is meant: {file} has clinic, school."),
        ("bakery", "There is no account 'bakery': {file} has clinic, school."),
    ],
)
def test_an_account_that_is_not_there_is_named_with_those_that_are(file: Path, chosen: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        for_account(environ(file, ZOOMLINK_ACCOUNT=chosen))
    assert refused.value.message == sentence.format(file=file)
    assert account_names(environ(file)) == ["clinic", "school"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[school", "is not TOML"),
        ('account_id = "x"', "stands outside of any account"),
        ('[school]\nacount_id = "canary"', "acount_id, which means nothing"),
        ("[school]\nplan = true", "plan of the account school is not text"),
        ("[school]\nplan = 1.5", "plan of the account school is not text"),
    ],
)
def test_a_mistake_in_the_file_is_named_and_no_value_shown(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        for_account({"ZOOMLINK_ACCOUNTS": str(path), "ZOOMLINK_ACCOUNT": "school"})
    assert says in str(refused.value)
    assert "canary" not in str(refused.value)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"/no/such/file cannot be read: No such file or directory"):
        for_account({"ZOOMLINK_ACCOUNTS": "/no/such/file"})
    with pytest.raises(ConfigurationError, match="The account school is wanted, and ZOOMLINK_ACCOUNTS is not set"):
        for_account({"ZOOMLINK_ACCOUNT": "school"})


@pytest.mark.parametrize("said", ["-1", "1.5", "241", "ten"])
def test_a_buffer_that_is_no_number_of_minutes_is_refused(said: str) -> None:
    good = {"ZOOM_ACCOUNT_ID": "a", "ZOOM_CLIENT_ID": "c", "ZOOM_CLIENT_SECRET": "s"}
    with pytest.raises(ConfigurationError, match="ZOOMLINK_BUFFER"):
        Settings.from_env({**good, "ZOOMLINK_BUFFER": said})
    assert Settings.from_env({**good, "ZOOMLINK_BUFFER": "15"}).buffer == 15
