"""What holds for every test: no setting of this machine reaches it, and what needs Zoom's own description is named."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # so that `tests.helpers` can be imported however pytest was started
    sys.path.insert(0, str(ROOT))

# The same examples every time and on every machine; `--hypothesis-profile=default` looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")

_SETTINGS = ("ZOOM_", "ZOOMLINK_")
_OTHERS = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_LEFT_OUT = pytest.StashKey[int]()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every setting of Zoom, zoomlink and the network away, but the folder of Zoom's description."""
    for name in list(os.environ):
        upper = name.upper()
        if name == "ZOOM_OPENAPI_DIR":
            continue
        if upper.startswith(_SETTINGS) or upper.endswith("_PROXY") or upper in _OTHERS:
            monkeypatch.delenv(name)


def pytest_configure(config: pytest.Config) -> None:
    """Make the project's marker known."""
    config.addinivalue_line("markers", "zoom_openapi: needs Zoom's own API description in ZOOM_OPENAPI_DIR")
    # A shell that runs the tests in its background lets them ignore Ctrl-C, and the programs they start would too.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs Zoom's description where it is not there."""
    if os.environ.get("ZOOM_OPENAPI_DIR"):
        return
    out = [item for item in items if item.get_closest_marker("zoom_openapi")]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if not item.get_closest_marker("zoom_openapi")]
        config.stash[_LEFT_OUT] = len(out)


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[None]:
    """Say how many tests were left out, and why."""
    yield
    if not os.environ.get("ZOOM_OPENAPI_DIR"):
        # Where worker processes collect, only they know how many there were.
        count = config.stash.get(_LEFT_OUT, None)
        terminalreporter.write_line(
            f"{'The' if count is None else count} tests that compare with Zoom's own API description were deselected: "
            "ZOOM_OPENAPI_DIR does not name a folder that holds it."
        )
