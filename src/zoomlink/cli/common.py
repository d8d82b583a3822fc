"""What several commands share: which Zoom they speak to. No output."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zoomlink.config import Settings, read_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["settings_for", "wants_sandbox"]


def wants_sandbox(flag: bool, environ: dict[str, str]) -> bool:
    """True when the command is to use the sandbox: by its flag, or by ``ZOOMLINK_SANDBOX=1``."""
    return flag or environ.get("ZOOMLINK_SANDBOX", "").strip().lower() in {"1", "true", "yes", "on"}


@contextmanager
def settings_for(*, sandbox: bool) -> Iterator[Settings]:
    """Give the settings of the account to speak to; with the sandbox, one that runs while the block does."""
    environ = read_environment()
    if not wants_sandbox(sandbox, environ):
        yield Settings.from_env(environ)
        return
    from zoomlink.sandbox import embedded

    with embedded(environ) as sandbox_environ:
        yield Settings.from_env(sandbox_environ)
