"""What ``check --deploy`` says about settings; each hint names the variable and what to set it to."""

from __future__ import annotations

import ipaddress
import secrets

import pytest
from django.core.checks import run_checks

#: As docs/install.md has it.
FIT = {
    "DEBUG": False,
    "DEMO": False,
    "HTTPS": True,
    "ALLOWED_HOSTS": ["chalkline.example.org"],
    "SECRET_KEY": secrets.token_urlsafe(50),
    "TRUSTED_PROXIES": [ipaddress.ip_network("127.0.0.1")],
}


@pytest.fixture
def found(settings):
    """Our messages, by id, under settings as in production with these changes."""

    def check(deploy=True, **changes):
        for name, value in {**FIT, **changes}.items():
            setattr(settings, name, value)
        messages = run_checks(include_deployment_checks=deploy)
        return {message.id: message for message in messages if message.id.startswith("config.")}

    return check


def networks(*texts):
    return [ipaddress.ip_network(text) for text in texts]


def test_settings_as_in_the_installation_page_are_fine(found):
    assert found() == {}


@pytest.mark.parametrize(
    ("changes", "code", "variable"),
    [
        ({"DEBUG": True}, "config.E001", "DEBUG=0"),
        ({"DEMO": True}, "config.E002", "CHALKLINE_DEMO"),
        ({"ALLOWED_HOSTS": ["*"]}, "config.E003", "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ["chalkline.example.org", "*"]}, "config.E003", "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": []}, "config.E003", "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"]}, "config.E003", "ALLOWED_HOSTS"),
        ({"SECRET_KEY": secrets.token_urlsafe(50)[:49]}, "config.E004", "SECRET_KEY"),
        ({"SECRET_KEY": "abcd" * 20}, "config.E004", "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + secrets.token_urlsafe(50)}, "config.E004", "SECRET_KEY"),
        ({"TRUSTED_PROXIES": networks("0.0.0.0/0")}, "config.E005", "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": networks("127.0.0.1", "::/0")}, "config.E005", "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": networks("10.0.0.0/8")}, "config.W006", "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": networks("10.1.0.0/23")}, "config.W006", "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": []}, "config.W007", "TRUSTED_PROXIES"),
    ],
)
def test_what_is_no_good_on_a_network_is_told_with_the_variable_to_set(found, changes, code, variable):
    messages = found(**changes)
    assert list(messages) == [code]
    assert variable in messages[code].msg + messages[code].hint
    assert messages[code].hint.endswith((".", "))"))


@pytest.mark.parametrize(
    "changes",
    [
        {"ALLOWED_HOSTS": ["localhost", "chalkline.example.org"]},
        {"TRUSTED_PROXIES": networks("10.1.0.0/24", "192.0.2.7", "2001:db8::7")},
        {"TRUSTED_PROXIES": [], "HTTPS": False},
        {"SECRET_KEY": "0123456789" * 5},
    ],
)
def test_what_is_fine_is_not_told(found, changes):
    assert found(**changes) == {}


def test_without_deploy_nothing_is_asked_of_a_machine_for_development(found):
    assert found(deploy=False, DEBUG=True, ALLOWED_HOSTS=["*"], SECRET_KEY="x", TRUSTED_PROXIES=[]) == {}
