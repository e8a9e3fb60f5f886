"""What the last sheet says about the file, and the criteria of an export in words."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.forms import Form
from django.utils.translation import gettext as _

from ..access import Who
from ..areas import ITSELF, own_key
from ..models import AuditLogEntrySubject
from ..of.record import newest_by
from ..ranges import today_here, told
from ..texts import moment, visible
from ..unrecorded import Period
from .export import Line, Table


def about_lines(table: Table, criteria: Iterable[str], who: Who, at: datetime.datetime) -> Iterator[Line]:
    """Which log or report, by which criteria, in which time zone, by whom, when."""
    yield str(table.kind), table.title
    yield _("District"), settings.DISTRICT_NAME
    for criterion in list(criteria) or [str(table.unlimited)]:
        yield _("Criteria"), criterion
    yield _("Time zone"), settings.TIME_ZONE
    yield _("Exported by"), f"{who.changed_by} ({who.changed_by_name})" if who.changed_by_name else who.changed_by
    yield _("Exported at"), moment(at)


def unrecorded_lines(periods: Iterable[Period]) -> Iterator[Line]:
    """The periods in which something was not recorded, or that there are none."""
    nothing = True
    for period in periods:
        nothing = False
        start = moment(period.start) if period.start else _("before the first entry")
        end = moment(period.end) if period.end else _("still not recorded")
        yield (
            _("%(what)s not recorded") % {"what": period.what},
            _("from %(start)s to %(end)s")
            % {
                "start": start,
                "end": end,
            },
        )
    if nothing:
        yield _("Periods not recorded"), _("none in this range")


def in_words(form: Form, leave_out: Iterable[str] = ()) -> list[str]:
    """The criteria of a valid form as people read them: ``Table: UserAccount, UserGroup``."""
    given = [(name, form.cleaned_data.get(name)) for name in form.fields if name not in set(leave_out)]
    return [
        f"{form[name].label}: {_for_later(form, name, value)}" for name, value in given if value not in (None, "", [])
    ]


def _for_later(form: Form, name: str, value: Any) -> str:
    """What is printed or exported is read on another day: a period that moves along says where it was."""
    text = value_in_words(form, name, value)
    if name != "range":
        return text
    return f"{text} ({told(value, today_here())})"


def value_in_words(form: Form, name: str, value: Any) -> str:
    """One value of a criterion, or all of it: days and times as people write them, choices by their names."""
    if isinstance(value, datetime.date):
        return value.strftime("%m/%d/%Y")
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M")
    labels = {str(key): str(label) for key, label in getattr(form.fields[name], "choices", ())}
    values = value if isinstance(value, list | tuple) else [value]
    if name == "by":
        return ", ".join(map(_account_in_words, values))
    if name.endswith("subject"):
        return ", ".join(_subject_in_words(str(one)) for one in values)
    return ", ".join(labels.get(str(one), str(one)) for one in values)


def _account_in_words(pk: int) -> str:
    """The user name under which an account last did something, with its id: names are given to others later."""
    newest = newest_by(pk)
    return _("%(name)s (account %(id)d)") % {"name": visible(newest.changed_by), "id": pk} if newest else str(pk)


def _subject_in_words(subject: str) -> str:
    """What a record was called last, with its area."""
    area = subject.partition(":")[0]
    found = AuditLogEntrySubject.objects.filter(subject=own_key(subject.removesuffix(ITSELF))).order_by(
        "-timestamp", "-entry"
    )
    name = found.values_list("entry__affected_object", flat=True).first()
    return f"{area} {visible(name)}" if name else subject
