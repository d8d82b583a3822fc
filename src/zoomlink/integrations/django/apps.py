"""The app as Django knows it. Nothing is opened or sent when it starts."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

__all__ = ["ZoomLinkConfig"]


class ZoomLinkConfig(AppConfig):
    """``"zoomlink.integrations.django"`` in INSTALLED_APPS finds this."""

    name = "zoomlink.integrations.django"
    label = "zoomlink"
    verbose_name = _("Zoom links")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the system checks known."""
        from zoomlink.integrations.django import checks

        checks.register()
