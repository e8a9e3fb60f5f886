"""Why a run stands as it does, in words for one person: what was decided is never told as if it still waited."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from auditlog.pages import Text
from auditlog.texts import moment, visible

from ..models import SyncRun
from .scope import Scope

Outcome = SyncRun.Outcome

#: What readers of single schools are told in place of a reason: that may name other schools and the district's size.
NEUTRAL: dict[str, Text] = {
    Outcome.RUNNING: gettext_lazy("This run is under way, or it broke off before its end."),
    Outcome.FAILED: gettext_lazy("This run failed and nothing was applied. The district’s technician is told why."),
    Outcome.HELD: gettext_lazy(
        "This run is held because it would remove unusually much. Nothing is applied until a person who has "
        "all schools decides."
    ),
    Outcome.DISCARDED: gettext_lazy("This run was held and then discarded. Nothing was applied."),
    Outcome.REPLACED: gettext_lazy("This run was held; a later bundle took its place. Nothing was applied."),
}


def reason(run: SyncRun, scope: Scope) -> str:
    """Why it failed, is held, or was held; empty for a run that went its way."""
    if run.outcome == Outcome.APPLIED and run.decided_at:
        return _confirmed(run, scope)
    if not scope.all_schools:
        return str(NEUTRAL.get(run.outcome, ""))
    if run.outcome in (Outcome.DISCARDED, Outcome.REPLACED):
        return was_held(run)
    return visible(run.reason)


def _confirmed(run: SyncRun, scope: Scope) -> str:
    held = was_held(run) if scope.all_schools else _("It was held because it would remove unusually much.")
    assert run.decided_at is not None
    confirmed = _("Confirmed by %(who)s, %(when)s.") % {
        "who": who(run.decided_by, run.decided_by_name),
        "when": moment(run.decided_at),
    }
    return f"{held} {confirmed}"


def was_held(run: SyncRun) -> str:
    """The kept reason, which says that the run is held, of one that is not held any more."""
    reasons = run.reason.removeprefix(_("Held: %(reasons)s") % {"reasons": ""})
    return _("It was held: %(reasons)s") % {"reasons": visible(reasons)}


def who(name: str, person: str) -> str:
    return visible(f"{name} ({person})" if person else name)
