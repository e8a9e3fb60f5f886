"""Accounts whose password is published are found before anybody else finds them."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

from district.demo.sign_ins import PASSWORD
from district.models import UserAccount

pytestmark = pytest.mark.django_db


def found(deploy=True):
    messages = run_checks(databases=["default"], include_deployment_checks=deploy)
    return [message for message in messages if message.id.startswith("district.")]


def test_demonstration_accounts_are_named_with_what_to_do():
    UserAccount.objects.create_user("auditor", PASSWORD)
    UserAccount.objects.create_user("admin", PASSWORD)
    (message,) = found()
    assert message.id == "district.E001"
    assert message.msg.startswith("Accounts of the demonstration can sign in: admin, auditor.")
    assert "Disable them" in message.hint
    assert found(deploy=False) == []


def test_accounts_of_the_same_name_with_a_password_of_their_own_are_fine():
    UserAccount.objects.create_user("admin", "chalk-and-slate-1")
    UserAccount.objects.create_user("auditor", None)
    assert found() == []


def test_a_disabled_account_of_the_demonstration_is_fine():
    UserAccount.objects.create_user("admin", PASSWORD, disable=True)
    assert found() == []
