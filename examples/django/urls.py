"""Where things are."""

from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import include, path
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
    path("static/<path:path>", serve, {"insecure": True}),  # here is no other server that would
]
handler404 = views.not_found
