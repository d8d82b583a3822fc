"""Where things are."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.static import serve
from examples.django.lessons import views

urlpatterns = [
    path("", views.calendar),
    path("book", views.book),
    path("booking/<slug:token>", views.booking),
    path("booking/<slug:token>.ics", views.calendar_entry),
    path("booking/<slug:token>/move", views.move),
    path("booking/<slug:token>/cancel", views.cancel),
    path("admin/", admin.site.urls),
    path("", include("zoomlink.integrations.django.urls")),
    path("static/<path:path>", serve, {"document_root": settings.SHARED / "static"}),
]
handler404 = views.not_found
