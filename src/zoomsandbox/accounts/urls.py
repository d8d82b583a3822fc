"""The paths of the account."""

from __future__ import annotations

from zoomsandbox.accounts import responses
from zoomsandbox.core.router import Route

ROUTES = [
    Route(
        "GET",
        "/v2/accounts/{accountId}/settings",
        responses.get_settings,
        "accounts.settings",
        "Medium",
        ("account:read:settings:admin", "account:read:settings:master"),
        ("account:read:admin",),
    ),
    Route(
        "GET",
        "/v2/accounts/{accountId}/lock_settings",
        responses.get_locks,
        "accounts.lock_settings",
        "Medium",
        # Zoom's description has this granular scope for master accounts alone; a classic one reads the locks
        ("account:read:lock_settings:master",),
        ("account:read:admin",),
    ),
    Route(
        "GET",
        "/v2/tracking_fields",
        responses.list_tracking_fields,
        "accounts.tracking_fields",
        "Medium",
        ("tracking_field:read:list_tracking_fields:admin",),
        ("tracking_fields:read:admin",),
    ),
]
