"""``path("", include("zoomlink.integrations.django.urls"))``: the webhook at ``webhooks/zoom``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path

from zoomlink.integrations.django.views import webhook

if TYPE_CHECKING:
    from django.urls import URLPattern

__all__ = ["app_name", "urlpatterns"]

app_name = "zoomlink"
urlpatterns: list[URLPattern] = [path("webhooks/zoom", webhook, name="webhook")]
