"""What the coded fields of the district's records may hold."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuthenticationType(models.TextChoices):
    LOCAL = "local", _("Local authentication")
    LDAP = "ldap", _("LDAP")
    SAML = "saml", _("SAML single sign-on")
    OIDC = "oidc", _("OpenID Connect single sign-on")


class Homepage(models.TextChoices):
    TOOLS = "tools", _("Chalkline tools")
    INSTRUCTION = "instruction", _("Instruction")
    PORTAL = "portal", _("Portal")


class Right(models.TextChoices):
    """What one may do with a tool; All is the four together."""

    READ = "Read", _("Read")
    WRITE = "Write", _("Write")
    ADD = "Add", _("Add")
    DELETE = "Delete", _("Delete")
