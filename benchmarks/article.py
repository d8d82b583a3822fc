"""The way people do it today, after the tutorials: requests, a token for every meeting, no session.

Run as a script it is the whole of such a program: one meeting, from the environment. It keeps their habits on purpose.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import requests


def create_meeting(topic: str, duration: str, start_date: str, start_time: str) -> dict[str, Any]:
    """Make one meeting the way the tutorials do (but for the time, which they get wrong)."""
    answer = requests.post(
        os.environ["ZOOM_OAUTH_URL"] + "/oauth/token",
        auth=(os.environ["ZOOM_CLIENT_ID"], os.environ["ZOOM_CLIENT_SECRET"]),
        data={"account_id": os.environ["ZOOM_ACCOUNT_ID"], "grant_type": "account_credentials"},
    )
    if answer.status_code != 200:
        print("Unable to get access token")
    token = answer.json()["access_token"]
    meeting = requests.post(
        os.environ["ZOOM_API_URL"] + "/v2/users/me/meetings",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        json={
            "topic": topic,
            "duration": duration,
            "start_time": f"{start_date}T{start_time}:00",
            "timezone": "America/Sao_Paulo",
            "type": 2,
        },
    )
    if meeting.status_code != 201:
        print("Unable to generate meeting link")
    made = meeting.json()
    return {
        "meeting_url": made["join_url"],
        "password": made["password"],
        "meetingTime": made["start_time"],
        "purpose": made["topic"],
        "duration": made["duration"],
        "message": "Success",
        "status": 1,
    }


if __name__ == "__main__":
    print(create_meeting(*sys.argv[1:5]))
