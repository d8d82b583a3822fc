"""Where things are: the admin, the webhook, and a view that books."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from zoomlink.integrations.django import create_link

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver


@transaction.atomic
def book(request: HttpRequest) -> HttpResponse:
    """Make a link in a transaction, as a form would."""
    create_link("Guitar lesson", start=datetime.fromisoformat(request.POST["start"]), key=request.POST["key"])
    return HttpResponse("booked")


urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("", include("zoomlink.integrations.django.urls")),
    path("book", book),
]
