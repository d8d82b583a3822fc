"""A framework's configuration over the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zoomlink import ConfigurationError, Secret, integrations
from zoomlink.doctor.visit import KNOWN
from zoomlink.integrations.variables import VARIABLES, laid_over

ENVIRON = {"ZOOM_ACCOUNT_ID": "of-the-environment", "ZOOMLINK_BUFFER": "5", "HOME": "/home/ana"}


def test_what_the_configuration_says_wins_and_none_says_nothing() -> None:
    found = laid_over({"ZOOM_ACCOUNT_ID": "ours", "ZOOMLINK_BUFFER": None, "DEBUG": True}, ENVIRON)
    assert found == {"ZOOM_ACCOUNT_ID": "ours", "ZOOMLINK_BUFFER": "5", "HOME": "/home/ana"}


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("ZOOM_CLIENT_SECRET", Secret("s"), "s"),
        ("ZOOMLINK_HOSTS", ["alice@example.com:2", "bob@example.com"], "alice@example.com:2,bob@example.com"),
        ("ZOOM_WEBHOOK_SECRET", (Secret("new"), "old"), "new,old"),
        ("ZOOMLINK_DATABASE", Path("/srv/ledger.db"), "sqlite:////srv/ledger.db"),
        ("ZOOMLINK_ACCOUNTS", Path("/srv/accounts.toml"), "/srv/accounts.toml"),
        ("ZOOMLINK_SANDBOX", True, "1"),
        ("ZOOMLINK_SANDBOX", False, "0"),
        ("ZOOMLINK_MARKER", False, "off"),
        ("ZOOMLINK_BUFFER", 10, "10"),
    ],
)
def test_values_may_have_the_types_people_give_them(name: str, value: Any, text: str) -> None:
    assert laid_over({name: value}, {}) == {name: text}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZOOM_CLIENT_SECRET", 7),
        ("ZOOM_CLIENT_ID", True),
        ("ZOOMLINK_HOSTS", {"alice@example.com": 2}),
        ("ZOOMLINK_HOSTS", ["alice@example.com", 2]),
        ("ZOOMLINK_TIMEZONE", ["Europe/Lisbon"]),
    ],
)
def test_a_value_of_another_type_is_refused_without_being_shown(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as refused:
        laid_over({name: value}, {})
    assert refused.value.message == f"{name} is a {type(value).__name__}."


def test_an_unknown_key_with_our_prefix_is_a_slip_and_the_right_one_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"no setting ZOOMLINK_HOST. Did you mean ZOOMLINK_HOSTS\?"):
        laid_over({"ZOOMLINK_HOST": "alice@example.com"}, {})
    assert laid_over({"ZOOMLINK_HOST": "alice@example.com"}, {}, own=["ZOOMLINK_HOST"]) == {}


def test_an_account_named_here_is_none_of_a_file() -> None:
    environ = {"ZOOMLINK_ACCOUNTS": "accounts.toml", "ZOOMLINK_ACCOUNT": "school"}
    assert laid_over({"ZOOM_ACCOUNT_ID": "ours"}, environ) == {"ZOOM_ACCOUNT_ID": "ours"}
    assert laid_over({}, environ) == environ


def test_every_variable_that_settings_are_made_of_is_a_key() -> None:
    assert set(VARIABLES) == set(KNOWN) - {"ZOOMLINK_TRACEBACK"}


def test_while_a_test_has_its_sandbox_no_configuration_leads_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrations, "environment_only", True)
    config = {name: "real" for name in VARIABLES if name.startswith("ZOOM_")} | {"ZOOMLINK_TIMEZONE": "Europe/Lisbon"}
    assert laid_over(config, {}) == {"ZOOM_WEBHOOK_SECRET": "real", "ZOOMLINK_TIMEZONE": "Europe/Lisbon"}
