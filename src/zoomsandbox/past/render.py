"""A run of a meeting as Zoom writes it afterwards. Reads state, changes none."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from zoomsandbox.core.clock import zulu
from zoomsandbox.meetings.entities import INSTANT, SCREEN_SHARE

if TYPE_CHECKING:
    from zoomsandbox.live.entities import Instance, Participant
    from zoomsandbox.world import World


def whole(world: World, run: Instance) -> dict[str, Any]:
    """The answer about one run. Durations are minutes, begun ones count."""
    end = run.ended_at or run.started_at
    return {
        "uuid": run.uuid,
        "id": run.meeting_id,
        "host_id": run.host.id,
        # A screen share has no number of its own here
        "type": INSTANT if run.type == SCREEN_SHARE else run.type,
        "topic": run.topic,
        "user_name": run.host.display_name,
        "user_email": run.host.email,
        "start_time": zulu(run.started_at),
        "end_time": zulu(end),
        "duration": ceil((end - run.started_at) / 60),
        "total_minutes": sum(ceil(seconds(one) / 60) for one in run.attended),
        "participants_count": len(run.attended),
        "dept": "",
        "source": world.options.client_id,
        "has_meeting_summary": False,
    }


def participants(world: World, run: Instance) -> list[dict[str, Any]]:
    """One row for each stay. Where only one person was there, Zoom shows nobody."""
    people = {one.email.lower() or one.uuid for one in run.attended}
    if len(people) < 2:
        return []
    return [_row(world, run, one) for one in run.attended]


def seconds(one: Participant) -> int:
    """How long somebody was in."""
    if one.joined_at is None or one.left_at is None:
        return 0
    return int(one.left_at - one.joined_at)


def _row(world: World, run: Instance, one: Participant) -> dict[str, Any]:
    registrant = world.registrants.of_meeting(run.meeting_id).find(email=one.email) if one.email else None
    # Zoom shows no address of a guest from elsewhere who did not register
    known = one.user is not None or registrant is not None
    return {
        "id": one.user.id if one.user else "",
        "name": one.name,
        "user_id": str(one.number),
        "registrant_id": registrant.id if registrant else "",
        "user_email": one.email if known else "",
        "join_time": zulu(one.joined_at or run.started_at),
        "leave_time": zulu(one.left_at or run.ended_at or run.started_at),
        "duration": seconds(one),
        "failover": False,
        "status": "in_meeting",
        "internal_user": one.user is not None,
    }
