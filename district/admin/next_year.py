"""The action of the account and group lists that copies calendar rights to the next school year."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from auditlog.access import trace_refused
from auditlog.pages import Text

from ..giving import may_give_calendar
from ..models import CalendarRights
from ..next_year import Copy, calendar_rights_copy, copy_planned, in_words, usual_year, years_of
from ..rights import rights_of

#: How many rows the page lists; the rest is counted.
LISTED = 200


class CopyCalendarRights(admin.ModelAdmin):
    """A list whose chosen accounts or groups can be carried over. ``copied`` is the model of the rows."""

    screen: Text
    copied: type[CalendarRights]
    copied_owner: str
    actions = ("copy_calendar_rights",)

    def has_copy_calendar_permission(self, request: HttpRequest) -> bool:
        """Nobody, unless the list says who."""
        return False

    def may_copy(self, request: HttpRequest, owner: Any) -> bool:
        """Whether this person may change the calendar rights of one account or group."""
        return True

    @admin.action(
        description=gettext_lazy("Copy calendar rights to the next school year"), permissions=("copy_calendar",)
    )
    def copy_calendar_rights(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """First a page that shows what would be added, then, confirmed, the adding, in one change set."""
        owners = list(queryset)
        self.refuse_untouchable(request, owners)
        years = years_of(self.copied, self.copied_owner, owners)
        if not years:
            self.message_user(request, _("None of them has calendar rights for a school year."), messages.WARNING)
            return None
        year = chosen_year(request, years)
        asked: dict[str, Any] = {"may_give": lambda row: may_give_calendar(rights_of(request.user), row)}
        if "copy" in request.POST and request.POST.get("shown_year") == str(year):
            done = calendar_rights_copy(self.copied, self.copied_owner, owners, year, **asked)
            self.tell_copied(request, done)
            return None
        plan = copy_planned(self.copied, self.copied_owner, owners, year, **asked)
        return self.ask(request, queryset, plan, years)

    def refuse_untouchable(self, request: HttpRequest, owners: list[Any]) -> None:
        if kept := [str(owner) for owner in owners if not self.may_copy(request, owner)]:
            trace_refused(
                request, subject=self.copied.__name__, tried=f"copy calendar rights of {', '.join(kept[:20])}"
            )
            raise PermissionDenied

    def tell_copied(self, request: HttpRequest, done: Copy) -> None:
        count, year = len(done.rows), done.year + 1
        told = ngettext(
            "%(count)d calendar right was added for %(year)d.",
            "%(count)d calendar rights were added for %(year)d.",
            count,
        )
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, told % {"count": count, "year": year}, level)

    def ask(self, request: HttpRequest, queryset: QuerySet[Any], plan: Copy, years: list[int]) -> HttpResponse:
        lines = list(in_words(plan, self.copied_owner))
        passed = [(str(getattr(row, self.copied_owner)), row.what(), why) for row, why in plan.passed_over]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Copy calendar rights to the next school year"),
            "opts": self.opts,
            "screen": self.screen,
            "shown_year": plan.year,
            "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "checkbox": ACTION_CHECKBOX_NAME,
            "across": request.POST.get("select_across", "0"),
            "index": request.POST.get("index", "0"),
            "years": [(year, f"{year - 1}-{year % 100:02d}", year == plan.year) for year in years],
            "to_year": f"{plan.year}-{(plan.year + 1) % 100:02d}",
            "lines": lines[:LISTED],
            "more_lines": len(lines) - LISTED,
            "count": len(lines),
            "passed": passed[:LISTED],
            "more_passed": len(passed) - LISTED,
        }
        return TemplateResponse(request, "district/copy_calendar_rights.html", context)


def chosen_year(request: HttpRequest, years: list[int]) -> int:
    """The year the form names, or the usual one."""
    named = request.POST.get("from_year", "")
    usual = usual_year(years)
    assert usual is not None
    return next((year for year in years if str(year) == named), usual)
