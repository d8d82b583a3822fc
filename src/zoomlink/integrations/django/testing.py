"""A local Zoom for tests that Django's own runner runs. With pytest, the fixture `zoom_sandbox` does the same.

::

    class BookingTest(ZoomSandboxMixin, TestCase):
        def test_a_booking_gets_its_link(self):
            with self.captureOnCommitCallbacks(execute=True):
                self.client.post("/lessons/", {"starts_at": "2031-12-01T18:24Z"})
            self.assertEqual(len(self.zoom_sandbox.ledger), 1)
"""

from __future__ import annotations

import os
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar
from unittest import mock

from zoomlink import integrations
from zoomlink.integrations.django.desk import close_desk
from zoomlink.sandbox import threaded

if TYPE_CHECKING:
    _Case = unittest.TestCase
else:
    _Case = object

__all__ = ["ZoomSandboxMixin"]


class ZoomSandboxMixin(_Case):
    """Put it before TestCase: ``self.zoom_sandbox`` is a local Zoom, empty for each test, and the settings lead to it.

    Its ``.ledger`` has every change that took effect; ``.fail(...)`` makes requests fail, ``.advance(seconds)`` moves
    its clock. The account that ``ZOOMLINK`` or the environment names is never touched.
    """

    zoom_sandbox: ClassVar[Any]

    @classmethod
    def setUpClass(cls) -> None:
        """Start it, once for the class."""
        super().setUpClass()
        cls.zoom_sandbox = cls.enterClassContext(threaded())

    def setUp(self) -> None:
        """Empty it, and let the settings lead to it and to an empty ledger."""
        self.zoom_sandbox.reset()
        folder = Path(self.enterContext(TemporaryDirectory(prefix="zoomlink-")))
        leading = {**self.zoom_sandbox.env, "ZOOMLINK_DATABASE": f"sqlite:///{folder / 'ledger.db'}"}
        leading |= {"ZOOMLINK_HOSTS": "me", "ZOOMLINK_SANDBOX": "", "ZOOMLINK_ACCOUNT": ""}
        self.enterContext(mock.patch.dict(os.environ, leading))
        self.enterContext(mock.patch.object(integrations, "environment_only", new=True))
        close_desk()
        self.addCleanup(close_desk)
        super().setUp()
