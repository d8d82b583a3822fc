"""The sandbox for Django's own tests: a Zoom for each test, and never the account of the settings."""

from __future__ import annotations

import unittest
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as project
from django.test import TestCase, TransactionTestCase

from zoomlink.integrations import django as names
from zoomlink.integrations.django import create_link, link_settings
from zoomlink.integrations.django.testing import ZoomSandboxMixin

START = datetime(2031, 12, 1, 18, 24, tzinfo=UTC)


class Books(ZoomSandboxMixin, TestCase):
    """What people write; pytest leaves it alone, since its names do not begin with test."""

    def book(self) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post("/book", {"start": START.isoformat(), "key": "b1"})
        assert [commit["topic"] for commit in self.zoom_sandbox.ledger] == ["Guitar lesson"]

    def is_empty(self) -> None:
        assert self.zoom_sandbox.ledger == []
        assert link_settings().oauth_url == self.zoom_sandbox.env["ZOOM_OAUTH_URL"]
        assert link_settings().credentials.account_id == "sandbox-account"


class Commits(ZoomSandboxMixin, TransactionTestCase):
    """The same, with commits."""

    def book(self) -> None:
        assert create_link("Piano", start=START).is_ready


def test_each_test_has_a_zoom_of_its_own(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "ZOOMLINK", {"ACCOUNT_ID": "real", "CLIENT_ID": "real", "CLIENT_SECRET": "real"})
    result = unittest.TestResult()
    unittest.TestSuite([Books("book"), Books("is_empty"), Commits("book")]).run(result)
    assert (result.errors, result.failures, result.testsRun) == ([], [], 3)


def test_the_fixture_works_with_djangos_test_client(client: Any, django: Any) -> None:
    assert client.post("/book", {"start": START.isoformat(), "key": "b1"}).status_code == 200
    assert [commit["topic"] for commit in django.ledger] == ["Guitar lesson"]


@pytest.fixture
def client() -> Any:
    """As pytest-django has it."""
    from django.test import Client

    return Client()


def test_every_public_name_is_there() -> None:
    assert dir(names) == names.__all__ == sorted(names.__all__)
    assert all(getattr(names, name) is not None for name in names.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        names.nothing  # noqa: B018 - to see that it is not there
