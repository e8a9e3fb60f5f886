"""Settings, by environment variables only: README.md lists them."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

from . import environment

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = environment.flag("DEBUG", False)
HTTPS = environment.flag("HTTPS", not DEBUG)
SECRET_KEY = environment.secret_key(
    "SECRET_KEY", "django-insecure-only-for-development-never-for-a-district", debug=DEBUG
)

ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")
TRUSTED_PROXIES = environment.networks("TRUSTED_PROXIES")
DISTRICT_NAME = environment.text("DISTRICT_NAME", "School District")
SEAL_KEY_FILE = environment.file("SEAL_KEY_FILE")
#: How many exports are made at once on this machine, and how many of them one person may have.
EXPORTS_AT_ONCE = environment.number("EXPORTS_AT_ONCE", 3)
EXPORTS_PER_PERSON = environment.number("EXPORTS_PER_PERSON", 2)
#: Set by scripts/run: the pages say that this is a demonstration.
DEMO = environment.flag("CHALKLINE_DEMO", False)

INSTALLED_APPS = [
    "config.apps.ChalklineAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "axes",
    "auditlog",
    "district",
    "crosssite",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PageHeadersMiddleware",
    "config.middleware.PlainTextMiddleware",
    "config.time_limit.TimeLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "auditlog.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.middleware.SignInRequiredMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.BusyMiddleware",
    "axes.middleware.AxesMiddleware",
]

# The tool rights editor has a box for each right on each tool: 1,060 with the shipped tool tree, and a district
# may load a longer one. Django's own limit of 1,000 fields would refuse a form with all of them ticked.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = environment.databases(sys.argv, BASE_DIR / "var" / "chalkline.sqlite3")
#: To this role ``migrate`` gives what serving needs, and of the log no more than reading and adding.
APPLICATION_ROLE = environment.application_role()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "district.UserAccount"
AUTHENTICATION_BACKENDS = ["district.backends.ToolRightsBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{name}Validator"}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarity",
        "district.password_rules.PreferredLength",
        "django.contrib.auth.password_validation.CommonPassword",
        "django.contrib.auth.password_validation.NumericPassword",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"

# Wrong passwords: counted for user name and address together, in the database that all workers share.
AXES_HANDLER = "district.sign_in_limit.SignInLimit"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = "district.sign_in_limit.limit"
AXES_COOLOFF_TIME = datetime.timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "district.sign_in_limit.key_of"
AXES_CLIENT_IP_CALLABLE = "district.sign_in_limit.network_of"
AXES_LOCKOUT_CALLABLE = "config.errors.sign_in_refused"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

AUDITLOG_AREAS = "district.audit.AREAS"
AUDITLOG_FIRST_MONTH = "district.years.FIRST_MONTH"
AUDITLOG_MARKS = "district.marks.RULES"

LANGUAGE_CODE = "en-us"
# No browser turns Django's words into a language that ours do not speak.
LANGUAGES = [("en-us", "English")]
TIME_ZONE = environment.time_zone("TIME_ZONE", "America/Chicago")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "config.logs.JsonLines"}, "plain": {}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain" if DEBUG else "lines"}},
    "root": {"handlers": ["console"], "level": environment.level("LOG_LEVEL", "INFO")},
}
