"""The control plane's paths."""

from __future__ import annotations

from zoomsandbox.control import accounts, faulting, responses
from zoomsandbox.core.router import Route

ROUTES = [
    Route("GET", "/_sandbox/", responses.index, "control.index"),
    Route("POST", "/_sandbox/reset", responses.reset, "control.reset"),
    Route("GET", "/_sandbox/clock", responses.read_clock, "control.clock"),
    Route("POST", "/_sandbox/clock", responses.set_clock, "control.set_clock"),
    Route("GET", "/_sandbox/faults", faulting.read, "control.faults"),
    Route("POST", "/_sandbox/faults", faulting.change, "control.set_faults"),
    Route("DELETE", "/_sandbox/faults", faulting.clear, "control.clear_faults"),
    Route("GET", "/_sandbox/faults/kinds", faulting.kinds, "control.fault_kinds"),
    Route("GET", "/_sandbox/ledger", responses.ledger, "control.ledger"),
    Route("GET", "/_sandbox/requests", responses.requests, "control.requests"),
    Route("DELETE", "/_sandbox/requests", responses.forget_requests, "control.forget_requests"),
    Route("GET", "/_sandbox/users", accounts.list_users, "control.users"),
    Route("POST", "/_sandbox/users", accounts.add_user, "control.add_user"),
    Route("GET", "/_sandbox/users/{userId}", accounts.show_user, "control.user"),
    Route("PATCH", "/_sandbox/users/{userId}", accounts.change_user, "control.change_user"),
    Route("DELETE", "/_sandbox/users/{userId}", accounts.remove_user, "control.remove_user"),
    Route("GET", "/_sandbox/apps", accounts.list_apps, "control.apps"),
    Route("POST", "/_sandbox/apps", accounts.add_app, "control.add_app"),
    Route("GET", "/_sandbox/apps/{clientId}", accounts.show_app, "control.app"),
    Route("PATCH", "/_sandbox/apps/{clientId}", accounts.change_app, "control.change_app"),
]
