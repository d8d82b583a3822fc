"""The Django app's translations: complete, without old words, and compiled from what is committed."""

from __future__ import annotations

import gettext

import pytest
from tools.translations import LANGUAGES, po_of, problems, read, words


def test_every_word_is_translated_and_compiled() -> None:
    assert problems() == []


def test_the_words_of_code_and_templates_are_found() -> None:
    found = {message.id for message in words()}
    assert {"ready", "Back to the list", ("%d link cancelled.", "%d links cancelled.")} <= found


@pytest.mark.parametrize("language", LANGUAGES)
def test_pythons_own_reader_reads_what_the_file_says(language: str) -> None:
    with po_of(language).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in read(language):
        if isinstance(message.id, str) and message.id:
            assert compiled.gettext(message.id) == message.string


def test_one_and_many_are_told_apart() -> None:
    with po_of("pt").with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    said = [compiled.ngettext("%d link cancelled.", "%d links cancelled.", count) for count in (1, 2)]
    assert said == ["%d link cancelado.", "%d links cancelados."]
