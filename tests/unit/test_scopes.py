"""The table of operations and scopes: agreement with Zoom's description, and what an app lacks by exact name."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from zoomlink.zoom.limits import Label
from zoomlink.zoom.scopes import FEATURES, OPERATIONS, Operation, app_kind, is_classic, lacking, operation, scopes_of

EVERY_GRANULAR = {row.granular for row in OPERATIONS}
EVERY_CLASSIC = {"meeting:read:admin", "meeting:write:admin", "meeting:write:admin:sip_dialing", "user:read:admin"}


def described(row: Operation) -> dict[str, Any]:
    """Zoom's own description of the operation."""
    folder = Path(os.environ["ZOOM_OPENAPI_DIR"])
    for name in ("meetings.json", "users.json"):
        paths = json.loads((folder / name).read_text(encoding="utf-8"))["paths"]
        if row.path in paths:
            found: dict[str, Any] = paths[row.path][row.method.lower()]
            return found
    raise AssertionError(f"Zoom describes no {row.path}")


@pytest.mark.zoom_openapi
@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_operation_has_the_scopes_and_label_zoom_describes(row: Operation) -> None:
    found = described(row)
    accepted = set(found["security"][0]["openapi_oauth"])
    label = re.search(r"Rate Limit Label.{0,100}?:\*\*[^`]{0,20}`([A-Za-z_ -]+)`", found["description"])
    assert {row.granular, *row.classic} <= accepted
    assert label is not None
    assert label[1].replace("_", "-").lower() == row.label.value.lower()


def test_names_of_operations_and_features_are_unique_and_every_feature_is_served() -> None:
    assert len({row.name for row in OPERATIONS}) == len(OPERATIONS)
    assert len({row.name for row in FEATURES}) == len(FEATURES)
    assert {row.feature for row in OPERATIONS} == {row.name for row in FEATURES}


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_every_scope_is_for_the_whole_account_and_of_its_kind(row: Operation) -> None:
    assert row.granular.endswith(":admin")
    assert not is_classic(row.granular)
    assert all(is_classic(scope) for scope in row.classic)


def test_the_two_names_of_the_sip_scope_are_told_apart() -> None:
    assert not is_classic("meeting:write:sip_dialing:admin")
    assert is_classic("meeting:write:admin:sip_dialing")
    assert scopes_of("sip", "granular") == ("meeting:write:sip_dialing:admin",)
    assert scopes_of("sip", "classic") == ("meeting:write:admin:sip_dialing",)


def test_create_is_described_as_light_and_paced_as_medium() -> None:
    create = operation("meetings.create")
    assert (create.label, create.pace) == (Label.LIGHT, Label.MEDIUM)
    assert operation("meetings.get").pace is Label.LIGHT


def test_unknown_operation_raises_key_error() -> None:
    with pytest.raises(KeyError, match=r"meetings\.dance"):
        operation("meetings.dance")


@pytest.mark.parametrize(
    ("granted", "kind"),
    [
        (set(), "none"),
        ({"meeting:write:meeting:admin"}, "granular"),
        ({"meeting:write:meeting"}, "granular"),
        ({"meeting:write:admin"}, "classic"),
        ({"meeting:write"}, "classic"),
        ({"user_profile"}, "classic"),
        ({"meeting:master", "meeting:write:admin:sip_dialing"}, "classic"),
        ({"meeting:write:admin", "user:read:user:admin"}, "mixed"),
    ],
)
def test_kind_of_app_is_told_by_its_scopes(granted: set[str], kind: str) -> None:
    assert app_kind(granted) == kind


@pytest.mark.parametrize("granted", [EVERY_GRANULAR, EVERY_CLASSIC], ids=["granular", "classic"])
def test_nothing_is_lacking_with_every_scope(granted: set[str]) -> None:
    assert lacking(granted) == ()


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_one_missing_granular_scope_is_named_exactly(row: Operation) -> None:
    (gap,) = lacking(EVERY_GRANULAR - {row.granular})
    assert (gap.feature.name, gap.scopes) == (row.feature, (row.granular,))


def test_classic_app_without_the_sip_scope_is_told_its_classic_name() -> None:
    (gap,) = lacking(EVERY_CLASSIC - {"meeting:write:admin:sip_dialing"})
    assert (gap.feature.name, gap.scopes) == ("sip", ("meeting:write:admin:sip_dialing",))


def test_classic_user_write_is_enough_to_read_users() -> None:
    assert lacking(EVERY_CLASSIC - {"user:read:admin"} | {"user:write:admin"}) == ()


def test_scope_for_one_user_only_does_not_count_and_is_pointed_out() -> None:
    granted = EVERY_GRANULAR - {"meeting:write:meeting:admin"} | {"meeting:write:meeting"}
    (gap,) = lacking(granted)
    assert gap.scopes == ("meeting:write:meeting:admin",)
    assert gap.near == ("meeting:write:meeting",)


def test_app_without_scopes_is_told_granular_names_since_new_apps_have_those() -> None:
    gaps = lacking(())
    assert [gap.feature for gap in gaps] == list(FEATURES)
    assert {scope for gap in gaps for scope in gap.scopes} == EVERY_GRANULAR


def test_app_of_the_article_lacks_nothing_that_is_required() -> None:
    gaps = lacking({"meeting:read:admin", "meeting:write:admin", "meeting:write:admin:sip_dialing"})
    assert {gap.feature.name for gap in gaps} == {"hosts", "host-settings", "schedulers", "summary"}
    assert not any(gap.feature.required for gap in gaps)
