"""A user's settings as Zoom answers them: a mapping that bends, with names for what a link depends on. No flows.

Facts: https://developers.zoom.us/docs/api/users/ (get user settings).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from zoomlink.zoom.reading import flag, mapping, number, text

__all__ = ["PasscodePolicy", "UserSettings"]


@dataclass(frozen=True, slots=True)
class PasscodePolicy:
    """What the account asks of a passcode; None where it does not say."""

    length: int | None = None
    """Characters at least."""
    have_letter: bool | None = None
    have_number: bool | None = None
    have_special_character: bool | None = None
    have_upper_and_lower_characters: bool | None = None
    only_allow_numeric: bool | None = None
    consecutive_characters_length: int | None = None
    """How many characters in a row (``1234``, ``1111``) are too many, 4 to 8; 0 means that it does not matter."""

    @classmethod
    def from_api(cls, body: Mapping[str, Any]) -> Self:
        """Read Zoom's JSON object; never raises."""
        body = mapping(body)
        return cls(
            length=number(body.get("length")),
            have_letter=flag(body.get("have_letter")),
            have_number=flag(body.get("have_number")),
            have_special_character=flag(body.get("have_special_character")),
            have_upper_and_lower_characters=flag(body.get("have_upper_and_lower_characters")),
            only_allow_numeric=flag(body.get("only_allow_numeric")),
            consecutive_characters_length=number(body.get("consecutive_characters_length")),
        )

    def problems(self, passcode: str) -> tuple[str, ...]:
        """Say what the passcode lacks, one sentence each; empty when it will do. Never shows the passcode."""
        found = []
        if self.length and len(passcode) < self.length:
            found.append(f"It needs at least {self.length} characters.")
        if self.only_allow_numeric and not (passcode.isascii() and passcode.isdigit()):
            found.append("It may hold digits only.")
        if not self.only_allow_numeric:
            if self.have_letter and not any(char.isalpha() for char in passcode):
                found.append("It needs a letter.")
            if self.have_upper_and_lower_characters and not (
                any(char.isupper() for char in passcode) and any(char.islower() for char in passcode)
            ):
                found.append("It needs capital and small letters.")
            if self.have_special_character and passcode.isalnum():
                found.append("It needs a special character, such as ! or #.")
        if self.have_number and not any(char.isdigit() for char in passcode):
            found.append("It needs a digit.")
        longest = self.consecutive_characters_length or 0
        if longest > 1 and _longest_run(passcode) >= longest:
            found.append(f"It has {longest} or more characters in a row.")
        return tuple(found)


class UserSettings(Mapping[str, Any]):
    """A user's settings: a mapping with Zoom's own names, ``settings["schedule_meeting"]["host_video"]``.

    The properties are None where Zoom does not say.
    """

    __slots__ = ("_body",)

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = dict(mapping(body))

    def __getitem__(self, name: str) -> Any:
        return self._body[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._body)

    def __len__(self) -> int:
        return len(self._body)

    def __repr__(self) -> str:
        # The personal meeting's passcode stands among them.
        return f"UserSettings({', '.join(sorted(map(str, self._body)))})"

    def find(self, *names: str) -> Any:
        """Return what stands at this path, None when nothing does: ``find("feature", "meeting_capacity")``."""
        value: Any = self._body
        for name in names:
            value = mapping(value).get(name)
        return value

    @property
    def passcode_policy(self) -> PasscodePolicy:
        """What a passcode of one's own must be like."""
        rules = self.find("schedule_meeting", "meeting_password_requirement")
        return PasscodePolicy.from_api(rules or self.find("meeting_security", "meeting_password_requirement"))

    @property
    def passcode_required(self) -> bool | None:
        """Whether new meetings get a passcode unasked."""
        return flag(self.find("schedule_meeting", "require_password_for_scheduling_new_meetings"))

    @property
    def embed_password_in_join_link(self) -> bool | None:
        """Whether the join link carries the passcode; if not, guests have to type it."""
        return flag(self.find("schedule_meeting", "embed_password_in_join_link"))

    @property
    def waiting_room(self) -> bool | None:
        """Whether guests wait until the host lets them in."""
        found = flag(self.find("in_meeting", "waiting_room"))
        return flag(self.find("meeting_security", "waiting_room")) if found is None else found

    @property
    def join_before_host(self) -> bool | None:
        """Whether guests may meet before the host comes."""
        return flag(self.find("schedule_meeting", "join_before_host"))

    @property
    def use_pmi_for_scheduled_meetings(self) -> bool | None:
        """Whether all meetings share the user's personal meeting id."""
        return flag(self.find("schedule_meeting", "use_pmi_for_scheduled_meetings"))

    @property
    def concurrent_meeting(self) -> str | None:
        """The Concurrent Meetings add-on: ``Basic``, ``Plus`` or ``None`` (the word)."""
        return text(self.find("feature", "concurrent_meeting"))

    @property
    def meeting_capacity(self) -> int | None:
        """How many people a meeting may hold."""
        return number(self.find("feature", "meeting_capacity"))


def _longest_run(passcode: str) -> int:
    """Length of the longest run of equal or neighbouring characters: 3 for ``abc``, ``321`` and ``777``."""
    best = run = 1 if passcode else 0
    last_step: int | None = None
    for one, following in pairwise(passcode):
        step = ord(following) - ord(one)
        run = run + 1 if step in {-1, 0, 1} and step == last_step else 2 if step in {-1, 0, 1} else 1
        last_step = step
        best = max(best, run)
    return best
