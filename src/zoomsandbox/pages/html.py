"""The look of the pages: one frame, and a table. Escapes everything it is given."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2733;--soft:#5d6b7a;--line:#d9e0e7;--card:#fff;--back:#f3f6f9;--blue:#0b5cff}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#9aa8b7;--line:#2f3b48;--card:#1a222c;--back:#11171e;--blue:#7aa7ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem}
main.small{max-width:34rem}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.5rem;
margin:0 0 1.25rem;overflow-x:auto}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:0 0 .75rem}
p{margin:.4rem 0}.soft{color:var(--soft)}
dl{display:grid;grid-template-columns:8rem 1fr;gap:.45rem 1rem;margin:1rem 0 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;white-space:pre-line}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th{text-align:left;color:var(--soft);font-weight:500}
th,td{padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
code{font:.95em ui-monospace,monospace}a{color:var(--blue)}
"""


def page(title: str, sections: Iterable[str], *, small: bool = False) -> str:
    """A whole document of `sections`, which are HTML already; `title` is text."""
    body = "".join(f"<section>{section}</section>" for section in sections)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main{' class=small' if small else ''}>{body}</main></body></html>"
    )


def heading(text: str, below: str = "") -> str:
    """A title and a quieter line below it."""
    return f"<h1>{escape(text)}</h1>" + (f'<p class="soft">{escape(below)}</p>' if below else "")


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values, one below the other."""
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs) + "</dl>"


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]], empty: str) -> str:
    """A table under a title; `empty` is said when it has no rows."""
    lines = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    if not lines:
        return f'<h2>{escape(title)}</h2><p class="soft">{escape(empty)}</p>'
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
