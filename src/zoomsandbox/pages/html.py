"""The look of the pages: frames, tables, chips. Escapes everything it is given, unless it is marked as HTML already."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' "
    "rx='8' fill='%230b57d0'/%3E%3Cpath d='M7 12h11v8H7zM20 14l5-3v10l-5-3z' fill='%23fff'/%3E%3C/svg%3E"
)


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column. `look`: ``tight`` does not wrap, ``right`` stands right, ``far`` is left out on a phone."""

    title: str
    look: str = ""


def page(title: str, body: str, *, script: str = "", small: bool = False, top: str = "") -> str:
    """A whole document. `body` and `top` are HTML, `title` is text, `script` a module's file name."""
    module = f'<script type="module" src="/static/{script}"></script>' if script else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="{_ICON}"><link rel="stylesheet" href="/static/style.css">{module}</head>'
        f"<body>{top}<main{' class=small' if small else ''}>{body}</main></body></html>"
    )


def banner(title: str, words: str, state: str = "") -> str:
    """The coloured head of a page; `title` and `state` are HTML."""
    return f'<header class="top"><div>{title}<p>{escape(words)}</p>{state}</div></header>'


def chip(text: object, look: str = "") -> Html:
    """A small rounded label: ``good``, ``warn``, ``bad`` or plain."""
    return Html(f'<span class="chip {look}">{escape(str(text))}</span>')


def link(text: object, url: str) -> Html:
    """A link that tells its goal nothing of where it stood."""
    return Html(f'<a href="{escape(url)}" rel="noreferrer">{escape(str(text))}</a>')


def address(email: str) -> Html:
    """An e-mail address, which may be broken behind its sign only."""
    return Html(escape(email).replace("@", "@<wbr>"))


def tile(number: object, words: str, *, wide: bool = False) -> str:
    """A figure and what it counts."""
    return f'<div class="tile{" wide" if wide else ""}"><b>{show(number)}</b><span>{escape(words)}</span></div>'


def show(thing: object) -> str:
    """HTML as it is, anything else as escaped text."""
    return thing if isinstance(thing, Html) else escape(str(thing))


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Names and values, one below the other."""
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{show(value)}</dd>" for name, value in pairs) + "</dl>"


def section(name: str, title: str, content: str, note: str = "") -> str:
    """A part of the front page which the script may renew by `name`; `content` is HTML."""
    small = f" <small>{escape(note)}</small>" if note else ""
    return f'<section id="{name}" data-live><h2>{escape(title)}{small}</h2>{content}</section>'


def table(columns: Iterable[Column], rows: Iterable[tuple[object, Iterable[object]]], empty: str) -> str:
    """A table of rows, each a key and its cells; `empty` is said when there is none."""
    columns = list(columns)
    lines = "".join(
        f'<tr data-key="{escape(str(key))}">'
        + "".join(f'<td class="{column.look}">{show(cell)}</td>' for column, cell in zip(columns, cells, strict=True))
        + "</tr>"
        for key, cells in rows
    )
    if not lines:
        return f'<p class="soft">{escape(empty)}</p>'
    head = "".join(f'<th class="{column.look}">{escape(column.title)}</th>' for column in columns)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
