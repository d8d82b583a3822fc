"""Whether a passcode meets a host's policy (`meeting_password_requirement`). Pure."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import Any


def meets(passcode: str, rule: dict[str, Any]) -> bool:
    """True when `passcode` is good enough for `rule`."""
    letters = [one for one in passcode if one.isalpha()]
    checks = (
        len(passcode) >= (rule.get("length") or 0),
        not rule.get("have_letter") or bool(letters),
        not rule.get("have_number") or any(one.isdigit() for one in passcode),
        not rule.get("have_special_character") or any(not one.isalnum() for one in passcode),
        not rule.get("have_upper_and_lower_characters")
        or (any(one.isupper() for one in letters) and any(one.islower() for one in letters)),
        not rule.get("only_allow_numeric") or passcode.isdigit(),
    )
    longest = rule.get("consecutive_characters_length") or 0
    return all(checks) and not (longest and _longest_run(passcode) >= longest)


def _longest_run(passcode: str) -> int:
    """The longest stretch like 1111 or 1234 or abcd."""
    steps = [ord(after) - ord(before) for before, after in pairwise(passcode)]
    runs = [sum(1 for _ in run) for step, run in groupby(steps) if step in {0, 1, -1}]
    return max(runs, default=0) + 1
