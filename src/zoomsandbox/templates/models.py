"""The templates of all users, and the rules of making one from a meeting. Never sees a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.meetings.exceptions import MeetingNotFoundError
from zoomsandbox.templates.exceptions import (
    NoSuchMeetingError,
    TemplateNameTakenError,
    TooManyTemplatesError,
    UserNotNamedError,
)

if TYPE_CHECKING:
    from zoomsandbox.core.ids import Ids
    from zoomsandbox.core.ledger import Cause, Ledger
    from zoomsandbox.meetings.models import Meetings
    from zoomsandbox.users.models import User, Users

MOST = 40
OWN = 1


class Template:
    """A meeting's settings under a name. `content` is what a meeting made of it would begin with."""

    __slots__ = ("content", "id", "meeting_id", "name", "owner_id")

    def __init__(self, template_id: str, name: str, owner_id: str, meeting_id: int, content: dict[str, Any]) -> None:
        self.id = template_id
        self.name = name
        self.owner_id = owner_id
        self.meeting_id = meeting_id
        self.content = content


class Templates:
    """All templates. The ledger's word is ``template``, the subject a Template."""

    def __init__(self, ids: Ids, users: Users, meetings: Meetings, ledger: Ledger) -> None:
        self._ids = ids
        self._users = users
        self._meetings = meetings
        self._ledger = ledger
        self.reset()

    def reset(self) -> None:
        """No templates."""
        self._by_user: dict[str, dict[str, Template]] = {}

    def of(self, user: User) -> list[Template]:
        """A user's own templates, the oldest first."""
        return list(self._by_user.get(user.id, {}).values())

    def make(self, user_id: str, fields: dict[str, Any], cause: Cause) -> Template:
        """Make a template of a meeting of this user.

        With `overwrite` the one made of the same meeting before is replaced and keeps its id. Raises the errors of
        templates.exceptions, and MayNotHostError.
        """
        user = self._users.find(user_id)
        if user is None:
            raise UserNotNamedError
        user.must_host(elsewhere=True)
        number = fields["meeting_id"]
        try:
            meeting = self._meetings.get(str(number), elsewhere=True)
        except MeetingNotFoundError:
            raise NoSuchMeetingError(number) from None
        if meeting.host is not user:
            raise NoSuchMeetingError(number)
        known = self._by_user.setdefault(user.id, {})
        name = fields.get("name") or meeting.topic
        former = next((one for one in known.values() if one.meeting_id == meeting.id), None)
        replaced = former if fields.get("overwrite") else None
        if any(one.name == name and one is not replaced for one in known.values()):
            raise TemplateNameTakenError(name)
        if replaced is None and len(known) >= MOST:
            raise TooManyTemplatesError(MOST)
        content: dict[str, Any] = {"type": meeting.type, "duration": meeting.duration, "settings": meeting.settings}
        if fields.get("save_recurrence") and "recurrence" in meeting.extra:
            content["recurrence"] = meeting.extra["recurrence"]
        template_id = replaced.id if replaced else self._ids.short_id()
        made = known[template_id] = Template(template_id, name, user.id, meeting.id, content)
        self._ledger.commit(
            "template",
            host=user.email,
            meeting_id=meeting.id,
            topic=name,
            agenda="",
            cause=cause,
            subject=made,
        )
        return made
