"""A tutor's booking page in Django: its settings. How to run it, ``examples/README.md`` says."""

import os
from pathlib import Path

from examples.shared import tutor

SHARED = Path(__file__).resolve().parents[1] / "shared"
SECRET_KEY = os.environ.get("SECRET_KEY", "an-example-keeps-no-secrets")
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "examples.django.urls"
STATIC_URL, STATICFILES_DIRS = "static/", [SHARED / "static"]
TIME_ZONE = tutor.ZONE
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("BOOKINGS", "bookings.db")}}
_OWN = [f"django.contrib.{name}" for name in ["admin", "auth", "contenttypes", "messages", "sessions", "staticfiles"]]
INSTALLED_APPS = [*_OWN, "zoomlink.integrations.django", "examples.django.lessons"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "examples.django.lessons.views.kind_words",
]
_SEEN = [f"django.contrib.{name}.context_processors.{name}" for name in ("auth", "messages")]
_ADMINS = {"context_processors": ["django.template.context_processors.request", *_SEEN]}
TEMPLATES = [
    {"BACKEND": "django.template.backends.jinja2.Jinja2", "DIRS": [SHARED / "templates"]},
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": _ADMINS},
]
ZOOMLINK = {"WAIT": 5}
