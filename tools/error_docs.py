"""Writes the pages of the documentation that are made from tables: Zoom's errors, and the scopes to tick.

    python tools/error_docs.py           write them
    python tools/error_docs.py --check   fail if one is out of date

``docs/reference/errors.md`` is made whole from zoomlink.zoom.meanings; of ``marketplace.md``, in English and in
Portuguese, only what stands between the two marks, from zoomlink.zoom.scopes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from zoomlink.problems import PROBLEMS, problem
from zoomlink.setup.steps import scope_lines
from zoomlink.zoom.meanings import API_MEANINGS, TOKEN_MEANINGS
from zoomlink.zoom.scopes import FEATURES, scopes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zoomlink.zoom.meanings import Meaning

ROOT = Path(__file__).resolve().parent.parent
ERRORS = ROOT / "docs" / "reference" / "errors.md"
SCOPES = ROOT / "docs" / "how-to" / "marketplace.md"
CURES = ROOT / "docs" / "troubleshooting.md"
ESCOPOS = ROOT / "docs" / "pt" / "marketplace.md"
BEGIN, END = "<!-- scopes: made by tools/error_docs.py -->", "<!-- end of scopes -->"

PORTUGUESE = {
    "Needed for links": "Necessários para criar links",
    "Advised": "Recomendados",
    "Only for what you use": "Só para o que você usa",
    "In an app with classic scopes": "Em um aplicativo com escopos clássicos",
    "scope": "escopo",
    "what for": "para quê",
    "Mind the order of the words: {} is classic, {} is granular.": (
        "Atenção à ordem das palavras: {} é clássico, {} é granular."
    ),
    "Create links": "Criar links",
    "Find a meeting whose answer was lost": "Encontrar uma reunião cuja resposta se perdeu",
    "Cancel links": "Cancelar links",
    "Change links": "Alterar links",
    "Check and choose hosts": "Conferir e escolher anfitriões",
    "Read a host's settings": "Ler as configurações de um anfitrião",
    "Invitation texts": "Textos de convite",
    "SIP addresses": "Endereços SIP",
    "Personal invite links": "Links de convite pessoais",
    "Registration": "Inscrições",
    "End and recover meetings": "Encerrar e recuperar reuniões",
    "The next 24 hours": "As próximas 24 horas",
    "Past meetings": "Reuniões passadas",
    "Meeting templates": "Modelos de reunião",
    "Who schedules for whom": "Quem agenda para quem",
    "Number of users": "Número de usuários",
}
"""What the tables of scopes say."""

INTRODUCTION = """\
# Errors

<!-- Made by tools/error_docs.py from src/zoomlink/zoom/meanings.py: change that. -->

What zoomlink says when something goes wrong: what happened, what to do, and the tracking id that Zoom's support asks
for. In Python every error is a subclass of `ZoomLinkError`; `str(error)` is the whole sentence, `error.hint` the part
that says what to do, and `error.slug` the kind of problem. An error that is Zoom's own answer is an `APIError`, with
`status_code`, `code`, `zoom_message`, `errors`, `tracking_id`, `retry_after` and `name`, the name by which it is listed
here. No error holds a secret.

`zoomlink doctor` looks for the causes of most of these by itself.
"""

KINDS = """\
## Kinds of problem

Every error belongs to one of these; the link leads to what to do. The slug is `error.slug` in Python and the end of
`type` over HTTP.

| slug | what it means | exit code | HTTP status |
| --- | --- | --- | --- |
"""

BY_NUMBER = """\
## By Zoom's number

Zoom uses one number for several things, so its words decide.

| number | may mean |
| --- | --- |
"""

ZOOM = """\
## Answers of Zoom

Where words are given, they are looked for in Zoom's message, whatever its capitals. Of several rows that fit, the one
that says more counts.
"""

TABLE = """
| name | Zoom's answer | what happened | what to do |
| --- | --- | --- | --- |
"""


def errors_page() -> str:
    """Return the page of all errors."""
    parts = [INTRODUCTION, KINDS + _lines(_kind_row(slug) for slug in PROBLEMS), BY_NUMBER + _lines(_number_rows())]
    token = "### When a token is asked for\n" + TABLE + _lines(_rows(TOKEN_MEANINGS))
    parts += [ZOOM, token]
    groups: dict[tuple[str, str], list[Meaning]] = {}
    for row in API_MEANINGS:
        groups.setdefault((row.slug or row.error.default_slug, row.error.__name__), []).append(row)
    for slug in PROBLEMS:
        for (of, error), rows in groups.items():
            if of == slug:
                kind = problem(slug)
                heading = f"### {kind.title}: `{error}`\n\nKind `{slug}`, exit code {kind.exit_code}.\n"
                parts.append(heading + TABLE + _lines(_rows(rows)))
    return "\n".join(parts)


def scopes_section(words: Mapping[str, str] | None = None) -> str:
    """Return the tables of scopes: what to tick in a new app, and what an older one has instead.

    `words`: what they say in another language. Raises KeyError for a text that has no translation.
    """

    def say(text: str) -> str:
        return text if words is None else words[text]

    head = f"| {say('scope')} | {say('what for')} |\n| --- | --- |\n"
    parts = []
    for heading, scopes in scope_lines():
        rows = (f"| `{scope}` | {say(what)} |" for scope, what in scopes)
        parts.append(f"### {say(heading)}\n\n{head}" + _lines(rows))
    classic: dict[str, list[str]] = {}
    for feature in FEATURES:
        for scope in scopes_of(feature.name, "classic"):
            classic.setdefault(scope, []).append(say(feature.title))
    rows = (f"| `{scope}` | {'; '.join(titles)} |" for scope, titles in classic.items())
    order = say("Mind the order of the words: {} is classic, {} is granular.")
    parts.append(
        f"### {say('In an app with classic scopes')}\n\n{head}"
        + _lines(rows)
        + f"\n{order.format('`meeting:write:admin:sip_dialing`', '`meeting:write:sip_dialing:admin`')}\n"
    )
    return "\n".join(parts)


def with_scopes(page: str, words: Mapping[str, str] | None = None) -> str:
    """Return `page` with the tables of scopes between its marks. Raises ValueError when there are no marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{scopes_section(words)}\n{END}{after}"


def pages() -> dict[Path, str]:
    """Return every page that is made here, with the text it should have."""
    return {
        ERRORS: errors_page(),
        SCOPES: with_scopes(SCOPES.read_text(encoding="utf-8")),
        ESCOPOS: with_scopes(ESCOPOS.read_text(encoding="utf-8"), PORTUGUESE),
    }


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` compare them; returns the exit code."""
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run python tools/error_docs.py")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages()[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def _kind_row(slug: str) -> str:
    kind = PROBLEMS[slug]
    told = re.search(rf"^## {slug}$", CURES.read_text(encoding="utf-8"), re.MULTILINE)
    cure = f"../{CURES.name}#{slug if told else 'only-over-http'}"
    return f"| `{slug}` | [{kind.title}]({cure}) | {kind.exit_code} | {kind.status} |"


def _number_rows() -> Iterable[str]:
    numbers: dict[int, list[str]] = {}
    for row in API_MEANINGS:
        if isinstance(row.code, int) and row.name not in numbers.setdefault(row.code, []):
            numbers[row.code].append(row.name)
    return (f"| {number} | {', '.join(f'`{name}`' for name in names)} |" for number, names in sorted(numbers.items()))


def _rows(meanings: Iterable[Meaning]) -> Iterable[str]:
    """One row for each name; answers that mean the same stand together."""
    answers: dict[tuple[str, str, str], list[str]] = {}
    for row in meanings:
        answers.setdefault((row.name, row.cause, row.cure), []).append(_answer(row))
    return (
        f"| `{name}` | {'; or '.join(found)} | {_cell(cause)} | {_cell(cure) or '–'} |"
        for (name, cause, cure), found in answers.items()
    )


def _answer(row: Meaning) -> str:
    said = [f"HTTP {_statuses(row.statuses)}" if row.statuses else "any status"]
    if row.code is not None:
        said.append(f"`{row.code}`")
    if row.text:
        said.append(f"with {_words(row.text)}")
    return _cell(", ".join(said))


def _statuses(statuses: tuple[int, ...]) -> str:
    """Statuses as people write them: neighbours as a span."""
    spans: list[list[int]] = []
    for status in sorted(statuses):
        if spans and status == spans[-1][-1] + 1:
            spans[-1].append(status)
        else:
            spans.append([status])
    parts = [f"{span[0]}–{span[-1]}" if len(span) > 2 else " or ".join(map(str, span)) for span in spans]
    return " or ".join(parts)


def _words(pattern: str) -> str:
    """A pattern as people read it: alternatives in quotes, and gaps as dots."""
    text = re.sub(r"\^|\\s[*+]\??|\\b|:\?|\$", " ", pattern).replace(".*", " … ")
    text = re.sub(r"\\\[.*", "[…]", text)
    shared = re.fullmatch(r"(.*)\(\?:([^)]*)\)(.*)", text)
    choices = [shared[1] + one + shared[3] for one in shared[2].split("|")] if shared else text.split("|")
    return " or ".join("“" + " ".join(choice.replace("\\", "").split()) + "”" for choice in choices)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _lines(rows: Iterable[str]) -> str:
    return "".join(row + "\n" for row in rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
