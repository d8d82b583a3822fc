"""API keys and sessions: how they are made, read and refused. Pure: nothing is stored."""

from __future__ import annotations

import hashlib
import pickle
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import settings

from zoomlink.errors import InvalidInputError
from zoomlink.service import sessions
from zoomlink.service.apikeys import (
    RANDOM_BYTES,
    SCOPES,
    ApiKey,
    check_scopes,
    hash_of,
    make_key,
    matches,
    read_key,
    read_span,
)
from zoomlink.service.sessions import (
    LIFE,
    OPERATOR,
    form_token,
    make_session,
    new_visit,
    read_session,
    service_secret,
    visit_hash,
)

RANDOM = random.Random(4711)  # noqa: S311 - the same keys in every run
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def a_key() -> ApiKey:
    return make_key(RANDOM.randbytes(RANDOM_BYTES))


def test_a_key_has_a_form_that_is_recognised_and_reads_as_itself() -> None:
    key = a_key()
    assert re.fullmatch(r"zlk_[0-9a-hjkmnp-tv-z]{68}", key.text.reveal())
    assert key.id == key.text.reveal()[4:14]
    assert read_key(key.text.reveal()) == key


def test_a_key_takes_all_of_its_randomness() -> None:
    zeros = bytearray(RANDOM_BYTES)
    made = {make_key(bytes(zeros)).text.reveal()}
    for bit in range(5 * 62):
        changed = bytearray(zeros)
        changed[-1 - bit // 8] ^= 1 << bit % 8
        made.add(make_key(bytes(changed)).text.reveal())
    assert len(made) == 1 + 5 * 62
    with pytest.raises(ValueError, match="a key takes 40 random bytes"):
        make_key(b"x" * (RANDOM_BYTES - 1))


def test_a_key_of_which_one_character_is_wrong_is_known_without_asking_anybody() -> None:
    for _ in range(3):
        text = a_key().text.reveal()
        for place in range(4, len(text)):
            for other in ALPHABET.replace(text[place], ""):
                assert read_key(text[:place] + other + text[place + 1 :]) is None
        for place in range(len(text)):
            for bit in range(8):
                assert read_key(text[:place] + chr(ord(text[place]) ^ 1 << bit) + text[place + 1 :]) is None


def test_a_key_with_two_characters_exchanged_or_made_up_is_none() -> None:
    text = a_key().text.reveal()
    swapped = [text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(4, len(text) - 1)]
    assert [one for one in swapped if one != text and read_key(one) is not None] == []
    made_up = ("zlk_" + "".join(RANDOM.choices(ALPHABET, k=68)) for _ in range(20_000))
    assert [one for one in made_up if read_key(one) is not None] == []


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text * 2,
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.replace("zlk_", "zls_"),
        lambda text: text.replace("zlk_", "ZLK_"),
        lambda text: text[:20] + "é" + text[21:],
        lambda text: text[:20] + "\0" + text[21:],
        lambda text: "",
        lambda text: "Bearer " + text,
    ],
)
def test_what_has_not_the_form_of_a_key_is_none(change: object) -> None:
    assert read_key(change(a_key().text.reveal())) is None  # type: ignore[operator]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert read_key(text) is None
    assert read_session(text, b"secret", 0) is None


def test_a_key_matches_its_own_hash_only() -> None:
    key, other = a_key(), a_key()
    assert hash_of(key) == hashlib.sha256(key.text.reveal().encode()).hexdigest()
    assert matches(key, hash_of(key))
    assert not matches(other, hash_of(key))
    assert not matches(key, None)
    assert not matches(key, "0" * 64)
    assert not matches(key, "")


def test_a_key_does_not_show_itself() -> None:
    key = a_key()
    secret = key.text.reveal()[14:]
    assert secret not in repr(key)
    assert secret not in f"{key.text} {key}"
    with pytest.raises(TypeError, match="a secret is not pickled"):
        pickle.dumps(key)


def test_scopes_are_read_in_their_order_and_unknown_ones_named() -> None:
    assert check_scopes("links:write, links:read,links:write") == ("links:read", "links:write")
    assert check_scopes(",".join(reversed(SCOPES))) == tuple(SCOPES)
    for wrong, words in {
        "links": "There is no scope 'links'.",
        "": "No scope is named.",
        " , ": "No scope is named.",
    }.items():
        with pytest.raises(InvalidInputError) as caught:
            check_scopes(wrong)
        assert caught.value.message == words
        assert caught.value.field == "scopes"


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("1h", 1),
        ("12h", 12),
        ("90d", 2160),
        ("2w", 336),
        ("1y", 8760),
        (" 7D ", 168),
        ("99999h", 99999),
        ("100y", 876000),
    ],
)
def test_spans_are_read(text: str, hours: int) -> None:
    assert read_span(text, "expires") == hours * 3_600_000


@pytest.mark.parametrize(
    "text", ["", "0d", "-1d", "1", "d", "1.5d", "1m", "101y", "5300w", "100000h", "1d2h", "٣d", "1 d", "01d", "1d\0"]
)
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is no span of time") as caught:
        read_span(text, "overlap")
    assert caught.value.field == "overlap"


# -- sessions ----------------------------------------------------------------------------------------------------------


def test_a_session_is_read_until_it_is_over() -> None:
    made = make_session(OPERATOR, b"secret", 1000.5)
    assert made.expires == 1000 + LIFE
    assert read_session(made.text, b"secret", 1000.5) == made
    assert read_session(made.text, b"secret", made.expires - 0.001) == made
    assert read_session(made.text, b"secret", made.expires) is None
    assert read_session(made.text, b"other", 1000.5) is None


def test_a_session_that_was_changed_anywhere_is_none() -> None:
    key = a_key()
    made = make_session(key.id, b"secret", 1_000_000.0)
    assert made.subject == key.id
    for place in range(len(made.text)):
        for other in ("0", "9", "a", "A", "-", "_", ".", " ", "", "é"):
            changed = made.text[:place] + other + made.text[place + 1 :]
            assert changed == made.text or read_session(changed, b"secret", 1_000_000.0) is None
    expires, _, mac = made.text.split(".")
    for forged in (
        f"{expires}.-.{mac}",
        f"9{expires}.{key.id}.{mac}",
        f"{expires}.{a_key().id}.{mac}",
        f"0{made.text}",
    ):
        assert read_session(forged, b"secret", 1_000_000.0) is None


def test_a_form_token_belongs_to_one_session() -> None:
    one, other = make_session("-", b"secret", 1.0), make_session("-", b"secret", 2.0)
    assert form_token(one, b"secret") == form_token(one, b"secret")
    assert form_token(one, b"secret") != form_token(other, b"secret")
    assert form_token(one, b"secret") not in one.text
    assert form_token(one, b"secret") != form_token(one, b"other")


def test_secrets_of_purposes_differ_and_tell_nothing_of_the_apps() -> None:
    credentials = settings().credentials
    found = {service_secret(credentials, purpose) for purpose in ("page", "callbacks", "x")}
    assert len(found) == 3
    assert credentials.client_secret.reveal().encode() not in b"".join(found)


def test_of_a_one_time_address_only_a_hash_is_kept() -> None:
    code, op = new_visit()
    assert op.hash == visit_hash(code) == hashlib.sha256(code.encode()).hexdigest()
    assert op.expires_at - op.now == sessions.VISIT_LIFE * 1000
    assert code not in repr(op)
    assert new_visit()[0] != code
