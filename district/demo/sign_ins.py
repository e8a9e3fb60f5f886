"""The demo accounts one can sign in with."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

#: One password for all of them; every other demo account has none.
PASSWORD = "chalkline-demo"  # noqa: S105 (meant to be known)

#: User name and what the person may do.
SIGN_INS = {
    "admin": _("administrator: every right on every tool, all schools"),
    "auditor": _("reads the Audit Log and nothing else; the account expires"),
    "registrar.millbrook": _("reads and reviews the Data Sync Log of Millbrook High School"),
    "registrar.harlow": _("reads and reviews the Data Sync Log of Harlow Ridge High School"),
    "no.rights": _("a person without any right"),
}
