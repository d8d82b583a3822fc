"""Entrances other than the join URL: addresses for room systems, links for single guests. Made, never stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.meetings.render import number_of

if TYPE_CHECKING:
    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.world import World

SIP_LIFE = 7200


def sip_dialing(world: World, meeting: Meeting, passcode: str) -> dict[str, Any]:
    """The answer for a room system. Zoom embeds the passcode unchecked; a paid account's code is embedded too."""
    paid = world.options.plan != "free"
    code = world.ids.derived_hex("sip", meeting.id, int(world.clock.now()) // SIP_LIFE)[:9] if paid else ""
    body: dict[str, Any] = {
        "sip_dialing": f"{number_of(meeting)}.{passcode}....{code}@zoomcrc.com",
        "paid_crc_plan_participant": paid,
    }
    if paid:
        body["participant_identifier_code"] = code
    return body | {"expire_in": SIP_LIFE}


def invite_links(
    world: World, meeting: Meeting, attendees: list[dict[str, Any]], ttl: int, base_url: str
) -> list[dict[str, str]]:
    """One link for each of `attendees`, good for `ttl` seconds (0: as long as the meeting)."""
    expires = int(world.clock.now()) + ttl if ttl else 0
    public = world.public_base(base_url)
    made = []
    for at, one in enumerate(attendees):
        flags = int(one.get("disable_video", False)), int(one.get("disable_audio", False))
        token = world.ids.derived_hex("invite", meeting.id, at, one["name"], expires, *flags)
        made.append({"join_url": f"{public}/w/{number_of(meeting)}?tk={token}.DQ", "name": one["name"]})
    return made
