"""Pages in Portuguese say what the English ones say: the same blocks, whatever the words in them."""

from __future__ import annotations

import ast
import re
import shlex

import pytest
from tests.acceptance.pages import ROOT, Block, blocks_of

WHOLE = [
    ("docs/tutorial/first-link.md", "docs/pt/first-link.md"),
    ("docs/how-to/marketplace.md", "docs/pt/marketplace.md"),
]


def gist(block: Block) -> tuple[str, str]:
    """A block without its words: no texts, no comments, no values of options."""
    if block.language == "python":
        tree = ast.parse(block.text)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                node.value = ""
        return block.language, ast.dump(tree)
    if block.language in {"sh", "console"}:
        lines = block.text.replace("\\\n", " ").splitlines()
        return block.language, "\n".join(_options(shlex.split(line.removeprefix("$ "))) for line in lines)
    return block.language, "" if block.language == "text" else block.text


def _options(words: list[str]) -> str:
    return " ".join(words[at] for at in range(len(words)) if at < 2 or words[at].startswith("-"))


@pytest.mark.parametrize(("english", "portuguese"), WHOLE)
def test_a_translated_page_has_the_same_blocks_and_sections(english: str, portuguese: str) -> None:
    first, second = ROOT / english, ROOT / portuguese
    assert [gist(block) for block in blocks_of(second)] == [gist(block) for block in blocks_of(first)]
    notes = [[(block.word, block.said) for block in blocks_of(page)] for page in (first, second)]
    assert notes[0] == notes[1]
    levels = [re.findall(r"^(#+) ", page.read_text(encoding="utf-8"), re.MULTILINE) for page in (first, second)]
    assert levels[0] == levels[1]


def test_every_block_of_the_portuguese_readme_is_in_the_english_one_in_the_same_order() -> None:
    rest = iter([gist(block) for block in blocks_of(ROOT / "README.md")])
    missing = [block.name for block in blocks_of(ROOT / "README.pt.md") if gist(block) not in rest]
    assert missing == []


def test_both_languages_list_the_same_scopes() -> None:
    pages = [
        (ROOT / name).read_text(encoding="utf-8") for name in ("docs/how-to/marketplace.md", "docs/pt/marketplace.md")
    ]
    scopes = [re.findall(r"^\| `((?:meeting|user):[^`]+)` \|", page, re.MULTILINE) for page in pages]
    assert len(scopes[0]) > 30
    assert scopes[0] == scopes[1]
