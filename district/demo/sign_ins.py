"""The demo accounts one can sign in with."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

#: One password for all of them; every other demo account has none.
PASSWORD = "chalkline-demo"  # noqa: S105 (meant to be known)

#: User name and what the person may do.
SIGN_INS = {
    "admin": _("administrator: every right on every tool, all schools"),
    "auditor": _("reads the Audit Log and the Rights Report, nothing else; the account expires"),
    "registrar.millbrook": _(
        "registrar of Millbrook High School: its part of the Data Sync Log, to read and to review"
    ),
    "registrar.harlow": _("registrar of Harlow Ridge High School, likewise"),
    "registrar.district": _("the Data Sync Log of all schools, confirms held runs, sets up serving districts"),
    "no.rights": _("a person without any right"),
}
