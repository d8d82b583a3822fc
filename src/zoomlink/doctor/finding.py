"""What the doctor says: one finding for each thing it looked at, as data. No checks, no output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from zoomlink.errors import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoomlink.errors import ZoomLinkError

__all__ = [
    "Finding",
    "Findings",
    "Status",
    "failed",
    "from_error",
    "listed",
    "ok",
    "skipped",
    "summary",
    "warning",
    "without",
]


class Status(StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    """It works, but perhaps not as you expect."""
    FAILED = "failed"
    """zoomlink cannot do its work until this is mended."""
    SKIPPED = "skipped"
    """Not looked at, for the reason given."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the doctor looked at."""

    check: str
    """Name of the check, as in :data:`zoomlink.doctor.CHECKS`."""
    status: Status
    what: str
    """What was found, in a sentence or two."""
    cure: str | None = None
    """What to do about it; None when there is nothing to do."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """The same for programs: names and numbers that fit into JSON."""

    def to_dict(self) -> dict[str, Any]:
        """Everything, as values that fit into JSON."""
        return {
            "check": self.check,
            "status": self.status.value,
            "what": self.what,
            "cure": self.cure,
            "details": dict(self.details),
        }


Findings: TypeAlias = Iterator[Finding]


def ok(check: str, what: str, cure: str | None = None, **details: Any) -> Finding:
    """A finding that all is well."""
    return Finding(check, Status.OK, what, cure, details)


def warning(check: str, what: str, cure: str | None, **details: Any) -> Finding:
    """A finding of something that works, but perhaps not as expected."""
    return Finding(check, Status.WARNING, what, cure, details)


def failed(check: str, what: str, cure: str | None, **details: Any) -> Finding:
    """A finding of something that has to be mended."""
    return Finding(check, Status.FAILED, what, cure, details)


def skipped(check: str, what: str, cure: str | None = None, **details: Any) -> Finding:
    """A finding that something was not looked at."""
    return Finding(check, Status.SKIPPED, what, cure, details)


def from_error(check: str, error: ZoomLinkError, **details: Any) -> Finding:
    """The finding an error means; its number and tracking id go into the details."""
    evidence = {name: getattr(error, name, None) for name in ("status_code", "code", "tracking_id")}
    known = {name: value for name, value in evidence.items() if value is not None}
    return failed(check, error.message, error.hint, problem=error.slug, **known, **details)


def listed(names: list[str]) -> str:
    """Names as they stand in a sentence: ``A, B and C``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def summary(findings: Iterable[Finding]) -> dict[str, int]:
    """Count findings by status; every status is there."""
    counts = dict.fromkeys((status.value for status in Status), 0)
    for finding in findings:
        counts[finding.status.value] += 1
    return counts


def without(finding: Finding, secrets: Iterable[str]) -> Finding:
    """The same finding, fit to show: on one line each, and none of `secrets` in it."""
    known = sorted((secret for secret in secrets if len(secret) > 3), key=len, reverse=True)

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            for secret in known:
                value = value.replace(secret, "***")
            return tidy(value, 1000)
        if isinstance(value, Mapping):
            return {clean(name): clean(entry) for name, entry in value.items()}
        if isinstance(value, list | tuple):
            return [clean(entry) for entry in value]
        return value

    return replace(
        finding,
        what=clean(finding.what),
        cure=clean(finding.cure) if finding.cure else None,
        details=clean(finding.details),
    )
