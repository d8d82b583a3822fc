"""The sandbox's README: that it names every option and operation there is, and none besides."""

from __future__ import annotations

import re
from pathlib import Path

import zoomsandbox
from zoomsandbox.__main__ import parser
from zoomsandbox.app import ROUTES

TEXT = (Path(zoomsandbox.__file__).parent / "README.md").read_text("utf-8")


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_readme_names_every_option() -> None:
    options = {name for action in parser()._actions for name in action.option_strings if name.startswith("--")}
    assert set(re.findall(r"^\| `(--[a-z-]+)", section("Options"), re.MULTILINE)) == options - {"--help"}


def test_readme_names_every_operation_imitated() -> None:
    named = set(re.findall(r"`([A-Z]+ /[^`]*)`", section("What it imitates")))
    imitated = {f"{route.method} {route.template.removeprefix('/v2')}" for route in ROUTES if route.imitates_zoom}
    assert named == imitated
