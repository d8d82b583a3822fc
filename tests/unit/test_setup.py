"""The set-up: what is asked, what is stored, and that nothing is half-done. The person is a script, the file real."""

from __future__ import annotations

import io
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import answer

from zoomlink.errors import AuthenticationError, ConfigurationError, InvalidInputError, TransportError
from zoomlink.setup import STEPS, converse, gather, merge, read_values, scope_lines, store, verify, write_private
from zoomlink.setup.guide import tidy_value
from zoomlink.zoom.scopes import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zoomlink.zoom.flow import Request, Response

GOOD = {"ZOOM_ACCOUNT_ID": "an-account", "ZOOM_CLIENT_ID": "a-client", "ZOOM_CLIENT_SECRET": "a-secret"}
REFUSED = AuthenticationError("Zoom does not know this client ID and client secret.", status_code=400)


@dataclass
class Script:
    """A person who answers by the beginning of the question; a list is used up one by one."""

    answers: Mapping[str, object] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    secret: list[str] = field(default_factory=list)

    def say(self, text: str, *, title: str | None = None) -> None:
        self.said.append(f"{title}\n{text}" if title else text)

    def ask(self, question: str, *, secret: bool = False) -> str:
        self.asked.append(question)
        if secret:
            self.secret.append(question)
        found = next((value for start, value in self.answers.items() if question.startswith(start)), "")
        if isinstance(found, list):
            found = found.pop(0)
        if isinstance(found, BaseException):
            raise found
        assert isinstance(found, str)
        return found

    def agree(self, question: str, *, default: bool) -> bool:
        self.asked.append(question)
        found = next((value for start, value in self.answers.items() if question.startswith(start)), default)
        if isinstance(found, list):
            found = found.pop(0)
        if isinstance(found, BaseException):
            raise found
        assert isinstance(found, bool)
        return found


def ready(**changes: object) -> Script:
    """A person who has made the app and pastes the right values."""
    return Script(
        {
            "Have you made": True,
            "Account ID": "an-account",
            "Client ID": "a-client",
            "Client Secret": "a-secret",
            **changes,
        }
    )


# The file -------------------------------------------------------------------------------------------------------

TEXTS = st.lists(
    st.sampled_from(
        [
            "", "# a comment", "  # another", "A=1", "export B='two words' # why", 'C="three\nlines\nlong"', "D", "=",
            "ZOOM_CLIENT_ID=old", "export ZOOM_CLIENT_ID=old", "'ZOOM_CLIENT_ID'=old", "broken 'line", "E=${A}", "\t",
        ]
    ),
    max_size=8,
).map("\n".join)  # fmt: skip
VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)


@given(text=TEXTS)
def test_file_stays_as_it_is_when_nothing_is_set(text: str) -> None:
    assert merge(text, {}) == text


@given(text=TEXTS, value=VALUES)
def test_value_that_was_set_is_read_back_and_others_keep_theirs(text: str, value: str) -> None:
    before = dotenv_values(stream=io.StringIO(text), interpolate=False)
    after = dotenv_values(stream=io.StringIO(merge(text, {"ZOOM_CLIENT_ID": value})), interpolate=False)
    assert after == {**before, "ZOOM_CLIENT_ID": value}
    assert read_values(merge(text, {"ZOOM_CLIENT_ID": value}))["ZOOM_CLIENT_ID"] == value


@given(text=TEXTS, value=VALUES)
def test_setting_the_same_value_twice_changes_nothing_more(text: str, value: str) -> None:
    once = merge(text, {"ZOOM_CLIENT_ID": value})
    assert merge(once, {"ZOOM_CLIENT_ID": value}) == once


def test_name_is_changed_in_its_place_with_its_export_and_the_blank_line_before_it() -> None:
    text = "A=1\n\nexport ZOOM_CLIENT_ID='old' # of last year\nB=2\nZOOM_CLIENT_ID=older\n"
    assert merge(text, {"ZOOM_CLIENT_ID": "new"}) == "A=1\n\nexport ZOOM_CLIENT_ID=new\nB=2\n"


def test_new_name_comes_at_the_end_even_after_a_line_without_end() -> None:
    assert merge("A=1", {"ZOOM_CLIENT_ID": "new"}) == "A=1\nZOOM_CLIENT_ID=new\n"


def test_line_ends_of_windows_are_kept() -> None:
    assert merge("A=1\r\nB=2\r\n", {"B": "3", "C": "4"}) == "A=1\r\nB=3\r\nC=4\r\n"


def test_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    write_private(path, "A=1\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "A=1\n"


def test_file_that_others_could_read_is_for_its_owner_only_afterwards(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=0\n")
    path.chmod(0o644)
    write_private(path, "A=1\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_link_is_followed_and_stays(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "settings"
    real.parent.mkdir()
    link = tmp_path / ".env"
    link.symlink_to(real)
    write_private(link, "A=1\n")
    assert link.is_symlink()
    assert real.read_text() == "A=1\n"


@pytest.mark.parametrize("place", ["missing/.env", ""])
def test_file_that_cannot_be_written_is_an_error_and_leaves_nothing_behind(tmp_path: Path, place: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_private(tmp_path / place, "A=1\n")
    assert list(tmp_path.iterdir()) == []
    assert [entry for entry in tmp_path.parent.iterdir() if entry.name.startswith(f".{tmp_path.name}")] == []


# Storing --------------------------------------------------------------------------------------------------------


def test_store_keeps_other_lines_and_returns_what_changed(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nDEBUG=1\nZOOM_ACCOUNT_ID=an-account\n")
    assert store(path, GOOD, may_replace=lambda names: False) == ["ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"]
    assert path.read_text() == (
        "# mine\nDEBUG=1\nZOOM_ACCOUNT_ID=an-account\nZOOM_CLIENT_ID=a-client\nZOOM_CLIENT_SECRET=a-secret\n"
    )


def test_store_asks_before_it_replaces_and_leaves_the_file_alone_on_no(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("ZOOM_CLIENT_ID=another\n")
    asked: list[list[str]] = []

    def no(names: list[str]) -> bool:
        asked.append(names)
        return False

    with pytest.raises(ConfigurationError, match="holds another value for ZOOM_CLIENT_ID, and was left as it is"):
        store(path, GOOD, may_replace=no)
    assert asked == [["ZOOM_CLIENT_ID"]]
    assert path.read_text() == "ZOOM_CLIENT_ID=another\n"


def test_store_replaces_on_yes(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("ZOOM_CLIENT_ID=another\n")
    store(path, GOOD, may_replace=lambda names: True)
    assert read_values(path.read_text()) == GOOD


def test_store_of_a_file_that_is_no_text_is_an_error_and_leaves_it(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="cannot be read: it is not text in UTF-8"):
        store(path, GOOD, may_replace=lambda names: True)
    assert path.read_bytes() == b"\xff\xfe"


def test_ctrl_c_at_the_question_leaves_the_file_and_its_folder_alone(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("ZOOM_CLIENT_ID=another\n")

    def interrupt(names: list[str]) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store(path, GOOD, may_replace=interrupt)
    assert path.read_text() == "ZOOM_CLIENT_ID=another\n"
    assert [entry.name for entry in tmp_path.iterdir()] == [".env"]


# Values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pasted", "value"),
    [
        ("abc", "abc"),
        ("  abc \n", "abc"),
        ("'abc'", "abc"),
        ('"abc"', "abc"),
        ("ZOOM_CLIENT_ID=abc", "abc"),
        ('export ZOOM_CLIENT_ID = "abc"', "abc"),
        ("'", "'"),
    ],
)
def test_value_is_taken_as_it_was_meant(pasted: str, value: str) -> None:
    assert tidy_value("ZOOM_CLIENT_ID", pasted) == value


@pytest.mark.parametrize(
    ("name", "pasted", "message"),
    [
        ("ZOOM_CLIENT_ID", "", "The Client ID is empty."),
        ("ZOOM_CLIENT_ID", "''", "The Client ID is empty."),
        ("ZOOM_CLIENT_SECRET", "two words", "The Client Secret holds a blank or a character"),
        ("ZOOM_CLIENT_SECRET", "schlüssel", "The Client Secret holds a blank or a character"),
        ("ZOOM_ACCOUNT_ID", "90001234", "That is the account number."),
    ],
)
def test_value_that_can_be_none_is_refused_without_repeating_it(name: str, pasted: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        tidy_value(name, pasted)
    assert caught.value.message.startswith(message)
    assert caught.value.field == name
    assert len(pasted) < 3 or pasted not in str(caught.value)


def test_options_win_over_the_environment_and_that_over_the_file() -> None:
    stored = {"ZOOM_ACCOUNT_ID": "file", "ZOOM_CLIENT_ID": "file", "ZOOM_CLIENT_SECRET": "file"}
    environ = {"ZOOM_CLIENT_ID": "environment", "ZOOM_CLIENT_SECRET": "environment"}
    assert gather({"ZOOM_CLIENT_SECRET": "option"}, environ, stored) == {
        "ZOOM_ACCOUNT_ID": "file",
        "ZOOM_CLIENT_ID": "environment",
        "ZOOM_CLIENT_SECRET": "option",
    }


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        gather({"ZOOM_CLIENT_ID": "a-client"}, {}, {})
    assert caught.value.message == "ZOOM_ACCOUNT_ID and ZOOM_CLIENT_SECRET are not given."


def test_wrong_hosts_are_refused_before_anything_is_asked() -> None:
    with pytest.raises(ConfigurationError, match="ZOOMLINK_HOSTS"):
        gather({**GOOD, "ZOOMLINK_HOSTS": "a b"}, {}, {})
    person = ready()
    with pytest.raises(ConfigurationError, match="ZOOMLINK_TIMEZONE"):
        converse(person, {"ZOOMLINK_TIMEZONE": "Nowhere"}, {}, try_out=None)
    assert person.asked == []


# The conversation -----------------------------------------------------------------------------------------------


def test_the_three_values_are_asked_without_echo_and_tried() -> None:
    person, tried = ready(), []
    assert converse(person, {}, {}, try_out=lambda values: tried.append(dict(values))) == GOOD
    assert [question.partition(" (")[0] for question in person.secret] == ["Account ID", "Client ID", "Client Secret"]
    assert tried == [GOOD]
    assert "Zoom accepts them." in person.said
    assert not any(value in said for said in person.said for value in GOOD.values())


def test_somebody_without_an_app_is_led_through_every_step_with_exact_scopes() -> None:
    person = ready(**{"Have you made": False})
    converse(person, {}, {}, try_out=None)
    titles = [said.partition("\n")[0] for said in person.said]
    assert [title for title in titles if " of " in title] == [
        f"{number} of {len(STEPS)}: {step.title}" for number, step in enumerate(STEPS, 1)
    ]
    told = "\n".join(person.said)
    assert all(row.granular in told for row in OPERATIONS)


def test_mistyped_value_is_asked_for_again() -> None:
    person = ready(**{"Account ID": ["90001234", "an-account"]})
    assert converse(person, {}, {}, try_out=None) == GOOD
    assert any("That is the account number." in said for said in person.said)


def test_third_mistyped_value_ends_it() -> None:
    person = ready(**{"Client ID": ["", "", ""]})
    with pytest.raises(InvalidInputError):
        converse(person, {}, {}, try_out=None)


def test_refused_values_may_be_entered_again() -> None:
    person = ready(**{"Client Secret": ["wrong", "a-secret"]})

    def try_out(values: Mapping[str, str]) -> None:
        if values["ZOOM_CLIENT_SECRET"] == "wrong":
            raise REFUSED

    assert converse(person, {}, {}, try_out=try_out) == GOOD
    assert any(said.startswith(REFUSED.message) for said in person.said)


def test_refused_values_end_it_when_the_person_gives_up() -> None:
    def try_out(values: Mapping[str, str]) -> None:
        raise REFUSED

    with pytest.raises(AuthenticationError):
        converse(ready(**{"Enter the three": False}), {}, {}, try_out=try_out)


def test_stored_values_are_kept_and_tried_when_the_person_says_so() -> None:
    person, tried = Script(), []
    assert converse(person, {}, GOOD, try_out=lambda values: tried.append(dict(values))) == GOOD
    assert person.secret == []
    assert tried == [GOOD]


def test_what_was_given_as_an_option_is_not_asked_for() -> None:
    person = ready()
    assert converse(person, {"ZOOM_ACCOUNT_ID": "an-account", "ZOOM_CLIENT_ID": "a-client"}, {}, try_out=None) == GOOD
    assert len(person.secret) == 1


def test_hosts_and_time_zone_are_asked_for_until_they_are_right() -> None:
    person = ready(
        **{"E-mail addresses": ["alice at example", "alice@example.com:2"], "Time zone": ["Sao Paulo", "Europe/Lisbon"]}
    )
    values = converse(person, {}, {}, try_out=None)
    assert values == {**GOOD, "ZOOMLINK_HOSTS": "alice@example.com:2", "ZOOMLINK_TIMEZONE": "Europe/Lisbon"}


@pytest.mark.parametrize("question", ["Have you made", "Account ID", "Client Secret", "E-mail addresses", "Time zone"])
def test_ctrl_c_at_any_question_passes_through(question: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        converse(ready(**{question: KeyboardInterrupt()}), {}, {}, try_out=None)


def test_scopes_are_listed_once_each_by_how_much_they_are_wanted() -> None:
    names = [scope for _, scopes in scope_lines() for scope, _ in scopes]
    assert sorted(names) == sorted(row.granular for row in OPERATIONS)
    assert [heading for heading, _ in scope_lines()] == ["Needed for links", "Advised", "Only for what you use"]
    assert [scope for scope, _ in scope_lines()[0][1]] == [
        "meeting:write:meeting:admin",
        "meeting:read:meeting:admin",
        "meeting:read:list_meetings:admin",
        "meeting:delete:meeting:admin",
    ]


# Trying them ----------------------------------------------------------------------------------------------------


@dataclass
class OneAnswer:
    """A network that gives one answer."""

    answer: Response | Exception
    sent: list[Request] = field(default_factory=list)

    def send(self, request: Request, timeout: float) -> Response:
        self.sent.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self) -> None:
        pass


def test_verify_asks_for_a_token_and_nothing_else() -> None:
    network = OneAnswer(answer(200, {"access_token": "token", "expires_in": 3600}))
    verify({**GOOD, "ZOOMLINK_PLAN": "a setting that is wrong does not matter here"}, sender=network)
    assert [request.url for request in network.sent] == ["https://zoom.us/oauth/token"]


def test_verify_raises_what_zoom_says() -> None:
    network = OneAnswer(answer(400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}))
    with pytest.raises(AuthenticationError, match="Zoom does not know this client ID and client secret"):
        verify(GOOD, sender=network)


def test_verify_raises_when_zoom_is_out_of_reach() -> None:
    with pytest.raises(TransportError):
        verify(GOOD, sender=OneAnswer(TransportError("zoom.us cannot be reached.", sent=False, retryable=False)))
