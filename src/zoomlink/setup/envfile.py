"""The ``.env`` file: reading its values, changing some of them, writing it whole and for its owner only."""

from __future__ import annotations

import io
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from zoomlink.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["merge", "read_text", "read_values", "write_private"]


def read_text(path: Path) -> str:
    """Return the file as it is, empty when there is none. Raises ConfigurationError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {_reason(error)}.", hint="Move it away, or name another file with --env-file."
        ) from None


def read_values(text: str) -> dict[str, str]:
    """Return the values a file with this text sets; of several for one name, the last."""
    from dotenv.parser import parse_stream

    bindings = parse_stream(io.StringIO(text, newline=""))
    return {found.key: found.value for found in bindings if found.key is not None and found.value is not None}


def merge(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with `values` set, and every other line as it was.

    A name that is there already is changed in its place, and said once; a new one comes at the end.
    """
    from dotenv.parser import parse_stream

    newline = "\r\n" if "\r\n" in text else "\n"
    left = dict(values)
    parts = []
    for found in parse_stream(io.StringIO(text, newline="")):
        original = found.original.string
        if found.key is None or found.key not in values:
            parts.append(original)
        elif found.key in left:
            blank = original[: len(original) - len(original.lstrip())]
            export = "export " if re.match(r"\s*export\s", original) else ""
            parts.append(f"{blank}{export}{found.key}={_quoted(left.pop(found.key))}{newline}")
    merged = "".join(parts)
    if left and merged and not merged.endswith(("\n", "\r")):
        merged += newline
    return merged + "".join(f"{name}={_quoted(value)}{newline}" for name, value in left.items())


def write_private(path: Path, text: str) -> None:
    """Put a file with this text at `path`, all of it or nothing, readable and writable by its owner only.

    A link is followed, so that the file it leads to is replaced. Raises ConfigurationError.
    """
    target = Path(os.path.realpath(path))
    try:
        # mkstemp makes the file with mode 0600, so there is no moment at which others could open it.
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {_reason(error)}.", hint="Name another file with --env-file."
        ) from None


def _quoted(value: str) -> str:
    """A value as every reader of such files understands it: bare where that is safe, else in single quotes."""
    if re.fullmatch(r"[A-Za-z0-9_@%+=:,./-]*", value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _reason(error: Exception) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else "it is not text in UTF-8"
