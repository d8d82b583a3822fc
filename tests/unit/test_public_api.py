"""What `import zoomlink` offers, and what it costs."""

# ruff: noqa: E501 - tables read better whole

from __future__ import annotations

import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import zoomlink

ROOT = Path(__file__).resolve().parents[2]
HEAVY = "httpcore2 httpx2 h11 anyio pydantic cyclopts rich cryptography starlette uvicorn dateparser dotenv sqlite3 zoomsandbox"


def test_the_names_are_sorted_and_once_each() -> None:
    assert list(zoomlink.__all__) == sorted(set(zoomlink.__all__))


@pytest.mark.parametrize("name", zoomlink.__all__)
def test_every_name_is_there_and_documented(name: str) -> None:
    value = getattr(zoomlink, name)
    if name != "__version__":
        assert inspect.getdoc(value)
        assert value.__module__.startswith("zoomlink")


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        zoomlink.nothing  # noqa: B018
    assert not hasattr(zoomlink, "_HOMELESS")


def test_dir_lists_the_names() -> None:
    assert set(zoomlink.__all__) <= set(dir(zoomlink))


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert zoomlink.__version__ == project["version"]


def loaded_after(statement: str) -> set[str]:
    """The modules a fresh process has loaded after `statement`, less those it starts with."""
    program = f"import sys; before = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_zoomlink_loads_nothing_heavy() -> None:
    assert loaded_after("import zoomlink") & set(HEAVY.split()) == set()


def test_the_errors_load_nothing_heavy() -> None:
    assert loaded_after("from zoomlink import ZoomLinkError, Settings, Link, Secret") & set(HEAVY.split()) == set()


def test_the_client_loads_its_network_and_nothing_else() -> None:
    assert loaded_after("from zoomlink import ZoomClient, AsyncZoomClient") & set(HEAVY.split()) == {
        "httpcore2",
        "h11",
        "anyio",
    }


def test_a_star_gives_all_of_it() -> None:
    names: dict[str, object] = {}
    exec("from zoomlink import *", names)  # noqa: S102 - a star is allowed on a module's level only
    assert set(zoomlink.__all__) <= set(names)
