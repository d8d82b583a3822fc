"""``zoomlink sandbox``: a local Zoom in the foreground. Its options are zoomsandbox's own."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from zoomlink.sandbox import run

__all__ = ["sandbox"]


def sandbox(*options: Annotated[str, Parameter(allow_leading_hyphen=True, show=False)]) -> int:
    """Run a local Zoom until Ctrl-C. All options go to zoomsandbox."""
    return run(options)
