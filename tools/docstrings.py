"""Reads docstrings for the documentation's site: turns the marks of reStructuredText in them into Markdown's.

An extension of griffe, which mkdocstrings uses; named in ``mkdocs.yml``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from griffe import Extension

if TYPE_CHECKING:
    from griffe import Object

__all__ = ["Markdown"]

_ROLE = re.compile(r":(?:class|meth|func|attr|mod|data|exc):`~?\.?([^`]+)`")
_LITERAL = re.compile(r"::$", re.MULTILINE)


def markdown(text: str) -> str:
    """Return a docstring in Markdown: ``:meth:`create``` becomes `` `create` ``, and ``::`` before a block ``:``."""
    return _LITERAL.sub(":", _ROLE.sub(r"`\1`", text))


class Markdown(Extension):
    """Changes each docstring as it is collected."""

    def on_instance(self, *, obj: Object, **_: Any) -> None:
        """Change the docstring of one module, class, function or attribute."""
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)
