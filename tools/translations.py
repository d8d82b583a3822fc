"""Keeps the Django app's translations: the sources' words stand in every ``.po``, and every ``.mo`` is made of its own.

``python tools/translations.py`` takes new words in and compiles; ``--check`` only says what is missing.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

APP = Path(__file__).resolve().parent.parent / "src" / "zoomlink" / "integrations" / "django"
LANGUAGES = ("en", "pt")
HEADER = "# The Django app of zoomlink."
DAY = datetime(2026, 11, 26, tzinfo=UTC)  # always the same, so that the same words make the same file
NAMES = {"project": "zoomlink", "version": "1", "last_translator": "", "language_team": "", "msgid_bugs_address": ""}


def words() -> Catalog:
    """Everything the app says to people."""
    found = Catalog(charset="utf-8")
    for path in sorted([*APP.rglob("*.py"), *APP.rglob("*.html")]):
        if "migrations" in path.parts:
            continue
        with path.open("rb") as file:
            source = BytesIO(_as_python(file.read())) if path.suffix == ".html" else file
            for _, message, _, context in extract("python", source, keywords={"_": None, "ngettext": (1, 2)}):
                found.add(message, context=context)
    return found


def po_of(language: str) -> Path:
    """Where a language's words stand."""
    return APP / "locale" / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """A language's words as they stand."""
    if not po_of(language).exists():
        return Catalog(locale=language, charset="utf-8")
    with po_of(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """What Django reads."""
    made = BytesIO()
    write_mo(made, catalog)
    return made.getvalue()


def problems() -> list[str]:
    """What is missing or old."""
    wanted = {message.id for message in words() if message.id}
    found = []
    for language in LANGUAGES:
        catalog = read(language)
        there = {message.id: message for message in catalog if message.id}
        found += [f"{language}: {identity!r} is missing" for identity in sorted(wanted - there.keys(), key=str)]
        found += [f"{language}: {identity!r} is said nowhere" for identity in sorted(there.keys() - wanted, key=str)]
        for message in there.values():
            said = [message.string] if isinstance(message.string, str) else list(message.string or [""])
            if message.fuzzy or not all(said):
                found.append(f"{language}: {message.id!r} is not translated")
        mo = po_of(language).with_suffix(".mo")
        if not mo.exists() or mo.read_bytes() != compiled(catalog):
            found.append(f"{language}: {mo.name} is not made of {po_of(language).name}")
    return found


def renew() -> None:
    """Take new words in, old ones out, and compile."""
    wanted = words()
    for language in LANGUAGES:
        old = read(language)
        new = Catalog(language, header_comment=HEADER, creation_date=DAY, revision_date=DAY, fuzzy=False, **NAMES)
        for message in wanted:
            if message.id:
                known = old.get(message.id)
                said = known.string if known is not None and known.string else ""
                if language == "en":
                    said = message.id
                new.add(message.id, said)
        path = po_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, new, width=110, omit_header=False, sort_output=True, no_location=True)
        with path.open("rb") as file:
            path.with_suffix(".mo").write_bytes(compiled(read_po(file, locale=language)))


def _as_python(template: bytes) -> bytes:
    """The words of a template, as a program that says them."""
    said = re.findall(r'\{% translate ("[^"]+") %\}', template.decode())
    return "\n".join(f"_({one})" for one in said).encode()


if __name__ == "__main__":
    if "--check" not in sys.argv[1:]:
        renew()
    wrong = problems()
    for line in wrong:
        print(line)
    sys.exit(bool(wrong))
