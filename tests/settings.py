"""The real settings, under an environment fit for tests: a key, plain HTTP, quick password hashes."""

from __future__ import annotations

import os

os.environ.setdefault("SECRET_KEY", "only-for-the-tests")
os.environ.setdefault("HTTPS", "0")

from config.settings import *  # noqa: F403 (all of them)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
