"""How to make the app in Zoom's marketplace, step by step, as data. Nothing is asked or shown here.

Facts: https://developers.zoom.us/docs/internal-apps/create/ and https://developers.zoom.us/docs/internal-apps/.
"""

from __future__ import annotations

from dataclasses import dataclass

from zoomlink.zoom.scopes import FEATURES, scopes_of

__all__ = ["STEPS", "Step", "scope_lines"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do in the browser."""

    title: str
    text: str
    scopes: bool = False
    """True for the step at which the list of scopes is needed."""


STEPS: tuple[Step, ...] = (
    Step(
        "Get the right to do it",
        "Sign in at https://zoom.us as an owner or administrator of the account. Under User Management → Roles → your "
        "role → Role Settings → Advanced features, tick View and Edit for “Server-to-Server OAuth app”. The role also "
        "needs the right Users: View, and for creating meetings Users: Edit. The account's owner has all of this.",
    ),
    Step(
        "Begin an app",
        "Sign in at https://marketplace.zoom.us with the same user. Choose Develop → Build App (in the newer layout: "
        "Developer at the lower left, then Develop → Build an app). If the entry is missing, the right of the first "
        "step is.",
    ),
    Step(
        "Choose its type",
        "Take “Server-to-Server OAuth App”, press Create, and give it a name such as “zoomlink”. Not “General App”: "
        "that one has no Account ID.",
    ),
    Step(
        "Leave the page App Credentials open",
        "It shows Account ID, Client ID and Client Secret, for which you will be asked. The Account ID has letters in "
        "it; it is not the account number.",
    ),
    Step(
        "Fill in the page Information",
        "Short description, company name, and the name and e-mail address of a developer contact. Zoom does not "
        "activate an app without them; nobody reviews them.",
    ),
    Step(
        "Events, if you want them",
        "The page Feature holds event subscriptions and the Secret Token that goes into ZOOM_WEBHOOK_SECRET. You can "
        "come back to it at any time.",
    ),
    Step(
        "Tick the scopes",
        "On the page Scopes press Add Scopes, and put each of these names into the search box:",
        scopes=True,
    ),
    Step(
        "Activate it",
        "On the page Activation press “Activate your app”. Before that there is no token. Nothing is published: the "
        "app belongs to your account alone.",
    ),
)


def scope_lines() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the scopes by how much they are wanted: (heading, [(exact name, what for)]), each scope once."""
    groups = (
        ("Needed for links", [feature for feature in FEATURES if feature.required]),
        ("Advised", [feature for feature in FEATURES if feature.advised and not feature.required]),
        ("Only for what you use", [feature for feature in FEATURES if not feature.advised]),
    )
    return [
        (heading, [(scope, feature.title) for feature in features for scope in scopes_of(feature.name)])
        for heading, features in groups
    ]
