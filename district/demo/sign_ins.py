"""The demo accounts one can sign in with."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

#: One password for all of them; every other demo account has none.
PASSWORD = "chalkline-demo"  # noqa: S105 (meant to be known)

#: User name and what the person may do.
SIGN_INS = {
    "admin": _("administrator: every right on every tool, all schools"),
    "auditor": _("reads the Audit Log and nothing else; the account expires"),
    "registrar.millbrook": _(
        "registrar of Millbrook High School, for the Data Sync Log, which is not built yet: opens no tool so far"
    ),
    "registrar.harlow": _("registrar of Harlow Ridge High School, likewise"),
    "no.rights": _("a person without any right"),
}
