from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

SETTINGS = Path(__file__).resolve().parents[2] / "config" / "settings.py"
VARIABLES = [
    "DATABASE_URL",
    "OWNER_DATABASE_URL",
    "SECRET_KEY",
    "DEBUG",
    "HTTPS",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "TIME_ZONE",
    "DISTRICT_NAME",
    "TRUSTED_PROXIES",
    "SEAL_KEY_FILE",
    "EXPORTS_AT_ONCE",
    "EXPORTS_PER_PERSON",
    "LOG_LEVEL",
    "CHALKLINE_DEMO",
]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Reads the settings as a new process would, under these variables and no others."""

    def read(*arguments: str, **variables: str) -> dict[str, Any]:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        given = {"SECRET_KEY": "k" * 60, "DATABASE_URL": f"sqlite:///{tmp_path}/some.sqlite3", **variables}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["manage.py", *(arguments or ("check",))])
        spec = importlib.util.spec_from_file_location("config.started", SETTINGS)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return vars(module)

    return read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "django-insecure-only-for-development-never-for-a-district"),
        ("DEBUG", "maybe"),
        ("HTTPS", "2"),
        ("CHALKLINE_DEMO", "demo"),
        ("ALLOWED_HOSTS", "https://chalkline.example.org"),
        ("ALLOWED_HOSTS", "good.example.org, bad.example.org:8000"),
        ("CSRF_TRUSTED_ORIGINS", "chalkline.example.org"),
        ("CSRF_TRUSTED_ORIGINS", "https://"),
        ("CSRF_TRUSTED_ORIGINS", "https://chalkline.example.org/path"),
        ("TRUSTED_PROXIES", "10.0.0.300"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TIME_ZONE", "America/Nowhere"),
        ("TIME_ZONE", "America"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("LOG_LEVEL", "loud"),
        ("EXPORTS_AT_ONCE", "0"),
        ("EXPORTS_AT_ONCE", "-1"),
        ("EXPORTS_AT_ONCE", "²"),
        ("EXPORTS_AT_ONCE", "9" * 5000),
        ("EXPORTS_PER_PERSON", "many"),
        ("SEAL_KEY_FILE", "/nowhere/seal_private.pem"),
        ("SEAL_KEY_FILE", "seal_private.pem"),
        ("DATABASE_URL", "sqlite:///relative.sqlite3"),
        ("DATABASE_URL", "sqlite://:memory:"),
        ("DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3"),
        ("DATABASE_URL", "sqlite:////tmp"),
        ("DATABASE_URL", "mysql://user:hidden@host/name"),
        ("DATABASE_URL", "postgres://user:hidden@host:port/name"),
        ("DATABASE_URL", "postgres://user:hidden@host/"),
        ("DATABASE_URL", "nonsense"),
        ("OWNER_DATABASE_URL", "nonsense"),
        ("OWNER_DATABASE_URL", "postgres://owner:hidden@host/name"),
    ],
)
def test_a_wrong_value_stops_the_start_with_a_message_that_names_its_variable(start: Any, name: str, value: str):
    with pytest.raises(ImproperlyConfigured, match=f"^{name}: ") as refused:
        start(**{name: value})
    assert "hidden" not in str(refused.value)


def test_without_any_variable_but_the_key_the_settings_are_those_of_a_small_district(start: Any):
    found = start(DATABASE_URL="")
    assert found["DATABASES"]["default"]["NAME"] == str(found["BASE_DIR"] / "var" / "chalkline.sqlite3")
    assert found["TIME_ZONE"] == "America/Chicago"
    assert found["DEBUG"] is False
    assert found["DEMO"] is False
    assert found["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert found["TRUSTED_PROXIES"] == []
    assert (found["EXPORTS_AT_ONCE"], found["EXPORTS_PER_PERSON"]) == (3, 2)
    assert start(EXPORTS_AT_ONCE=" 12 ")["EXPORTS_AT_ONCE"] == 12


def test_cookies_redirect_and_hsts_follow_https_which_is_on_unless_debug_is(start: Any):
    names = ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS"]
    for variables, secure in [({}, True), ({"DEBUG": "1"}, False), ({"HTTPS": "0"}, False)]:
        found = start(**variables)
        assert [bool(found[name]) for name in names] == [secure] * 4


def test_debug_alone_starts_on_the_default_key(start: Any):
    assert start(SECRET_KEY="", DEBUG="yes")["SECRET_KEY"].startswith("django-insecure")


def test_lists_are_read_at_their_commas(start: Any, tmp_path: Path):
    key = tmp_path / "seal_private.pem"
    key.touch()
    found = start(
        ALLOWED_HOSTS="a.example.org, .b.example.org,[::1]",
        CSRF_TRUSTED_ORIGINS="https://a.example.org,https://b.example.org:8443",
        TRUSTED_PROXIES="10.0.0.0/8, 192.0.2.7, 2001:db8::/32",
        SEAL_KEY_FILE=str(key),
        LOG_LEVEL="warning",
        DISTRICT_NAME="Prairie Rose Schools",
        TIME_ZONE="America/New_York",
    )
    assert found["ALLOWED_HOSTS"] == ["a.example.org", ".b.example.org", "[::1]"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://a.example.org", "https://b.example.org:8443"]
    assert list(map(str, found["TRUSTED_PROXIES"])) == ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]
    assert found["SEAL_KEY_FILE"] == str(key)
    assert found["LOGGING"]["root"]["level"] == "WARNING"
    assert found["DISTRICT_NAME"] == "Prairie Rose Schools"
    assert found["TIME_ZONE"] == "America/New_York"


@pytest.mark.parametrize(
    ("command", "user"),
    [
        (("migrate",), "owner"),
        (("migrate", "auditlog"), "owner"),
        (("audit_seal", "purge"), "owner"),
        (("audit_seal", "verify"), "web"),
        (("sync_rosters", "migrate"), "web"),
        (("shell",), "web"),
    ],
)
def test_only_migrations_and_the_purge_use_the_owners_role(start: Any, command: tuple[str, ...], user: str):
    found = start(*command, DATABASE_URL="postgres://web@host/name", OWNER_DATABASE_URL="postgres://owner@host/name")
    assert found["DATABASES"]["default"]["USER"] == user


def test_where_no_owner_is_named_migrations_use_the_one_database(start: Any):
    assert start("migrate", DATABASE_URL="postgres://web@host/name")["DATABASES"]["default"]["USER"] == "web"


@pytest.mark.parametrize(
    ("web", "owner", "role"),
    [
        ("postgres://web:hidden@host/name", "postgres://owner:hidden@host/name", "web"),
        ("postgres://web:hidden@host/name", "postgres://web:hidden@host/name", ""),
        ("postgres://web:hidden@host/name", "", ""),
        ("", "", ""),
        ("sqlite:////tmp/some.sqlite3", "sqlite:////tmp/some.sqlite3", ""),
    ],
)
def test_the_role_that_migrate_gives_its_rights_to_is_the_one_that_serves_where_another_owns(
    start: Any, web: str, owner: str, role: str
):
    assert start("migrate", DATABASE_URL=web, OWNER_DATABASE_URL=owner)["APPLICATION_ROLE"] == role
