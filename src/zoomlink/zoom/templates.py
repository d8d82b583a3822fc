"""Meeting templates of a user: a meeting's settings to start others from. Flows and their value.

Facts: https://developers.zoom.us/docs/api/meetings/.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from zoomlink.zoom.answers import read_object
from zoomlink.zoom.calls import call, read_written
from zoomlink.zoom.checks import check_flag, check_text
from zoomlink.zoom.paths import host_segment, meeting_number
from zoomlink.zoom.reading import items, mapping, number, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.zoom.flow import Flow
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["Template", "create", "list_all"]


@dataclass(frozen=True, slots=True)
class Template:
    """A meeting template."""

    id: str | None
    """For `template_id` when a meeting is created."""
    name: str | None
    type: int | None
    """1 the user's own, 2 the administrator's; None where the call does not say."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_api(cls, body: Mapping[str, Any]) -> Self:
        """Read Zoom's JSON object; never raises."""
        body = mapping(body)
        key = body.get("id")
        return cls(
            id=str(key) if isinstance(key, int) and not isinstance(key, bool) else text(key),
            name=text(body.get("name")),
            type=number(body.get("type")),
            raw=dict(body),
        )


def list_all(user: str, *, policy: RetryPolicy) -> Flow[list[Template]]:
    """Fetch the templates a user may choose from."""
    response = yield from call("GET", f"/users/{host_segment(user)}/meeting_templates", policy=policy)
    return [Template.from_api(entry) for entry in items(read_object(response).get("templates"))]


def create(
    user: str,
    meeting: int | str,
    *,
    name: str,
    save_recurrence: bool = False,
    overwrite: bool = False,
    policy: RetryPolicy,
) -> Flow[Template]:
    """Make a template from a meeting; a user may have 40. `overwrite` replaces one of the same name."""
    body = {
        "meeting_id": meeting_number(meeting),
        "name": check_text(name, "name", 255, required="A template needs a name."),
        "save_recurrence": check_flag(save_recurrence, "save_recurrence"),
        "overwrite": check_flag(overwrite, "overwrite"),
    }
    response = yield from call("POST", f"/users/{host_segment(user)}/meeting_templates", policy=policy, body=body)
    return Template.from_api(read_written(response))
