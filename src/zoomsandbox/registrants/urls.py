"""The paths of registration."""

from __future__ import annotations

from zoomsandbox.core.router import Route
from zoomsandbox.registrants import responses

_READ = ("meeting:read:admin", "meeting:read")
_WRITE = ("meeting:write:admin", "meeting:write")
_ALL = "/v2/meetings/{meetingId}/registrants"
_ONE = "/v2/meetings/{meetingId}/registrants/{registrantId}"
_QUESTIONS = "/v2/meetings/{meetingId}/registrants/questions"


def _granular(name: str) -> tuple[str, str]:
    return (f"meeting:{name}", f"meeting:{name}:admin")


ROUTES = [
    Route("POST", _ALL, responses.add, "registrants.add", "Light", _granular("write:registrant"), _WRITE),
    Route("GET", _ALL, responses.list_all, "registrants.list", "Medium", _granular("read:list_registrants"), _READ),
    Route(
        "POST",
        "/v2/meetings/{meetingId}/batch_registrants",
        responses.add_batch,
        "registrants.add_batch",
        "Heavy",
        _granular("write:batch_registrants"),
        _WRITE[::-1],
    ),
    Route(
        "PUT",
        "/v2/meetings/{meetingId}/registrants/status",
        responses.decide,
        "registrants.status",
        "Medium",
        _granular("update:registrant_status"),
        _WRITE,
    ),
    Route("GET", _ONE, responses.get, "registrants.get", "Light", _granular("read:registrant"), _READ),
    Route("DELETE", _ONE, responses.remove, "registrants.delete", "Light", _granular("delete:registrant"), _WRITE),
    Route(
        "GET",
        _QUESTIONS,
        responses.get_questions,
        "registrants.questions",
        "Light",
        _granular("read:list_registration_questions"),
        _READ[::-1],
    ),
    Route(
        "PATCH",
        _QUESTIONS,
        responses.set_questions,
        "registrants.set_questions",
        "Light",
        _granular("update:registration_question"),
        _WRITE[::-1],
    ),
]
