"""The entries of each area in a sentence of plain words, made of what the log keeps with them alone.

Accounts, groups, tools and schools may all be gone; what the columns are called is known as long as there are columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from auditlog.areas import area_named
from auditlog.entry.sentence import Part, Sentence, compose, plainly
from auditlog.texts import visible

from .catalogue import AUDIT_USERS, CATALOGUE
from .roles import ROLES

if TYPE_CHECKING:
    from auditlog.entry.stored import Stored
    from auditlog.models import AuditLogEntryDetail

#: From how many changed properties on they are not all named.
MOST_NAMED = 6

SWITCHED_ON, SWITCHED_OFF = ("false", "true"), ("true", "false")


def preference(told: Stored) -> Sentence:
    """A preference is only ever changed; a reset is a change back to its default."""
    detail = told.detail("value")
    if detail is None:
        return plainly(told)
    name, old, new = told.line("Preference name"), detail.existing_value or "", detail.new_value or ""
    sentence = compose(_preference_words(name, old, new), who=told.entry.changed_by, preference=name, old=old, new=new)
    if name in CATALOGUE and CATALOGUE[name].default == new:
        sentence.append(Part(" " + _("That is its default.")))
    return sentence


def _preference_words(name: str, old: str, new: str) -> str:
    if (old, new) == SWITCHED_OFF and name == AUDIT_USERS:
        return _("%(who)s switched the recording of user changes off (preference %(preference)s).")
    if (old, new) == SWITCHED_ON and name == AUDIT_USERS:
        return _("%(who)s switched the recording of user changes on (preference %(preference)s).")
    if (old, new) == SWITCHED_OFF:
        return _("%(who)s switched the preference %(preference)s off.")
    if (old, new) == SWITCHED_ON:
        return _("%(who)s switched the preference %(preference)s on.")
    if not new:
        return _("%(who)s emptied the preference %(preference)s, which was “%(old)s”.")
    if not old:
        return _("%(who)s set the preference %(preference)s, which was empty, to “%(new)s”.")
    return _("%(who)s changed the preference %(preference)s from “%(old)s” to “%(new)s”.")


def account(told: Stored) -> Sentence:
    user = told.line("User name")
    if told.entry.action == "change":
        if len(told.details) == 1 and (words := _account_words(told.details[0])):
            values = {"old": told.details[0].existing_value or "", "new": told.details[0].new_value or ""}
            return compose(words, who=told.entry.changed_by, user=user, **values)
        return _changed(told, compose(_("the account %(user)s"), user=user))
    person = f"{told.value('firstName')} {told.value('lastName')}".strip()
    named = compose(_("%(user)s (%(person)s)"), user=user, person=person) if person else user
    added = told.entry.action == "add"
    words = _("%(who)s added the account %(user)s.") if added else _("%(who)s deleted the account %(user)s.")
    return compose(words, who=told.entry.changed_by, user=named)


def _account_words(detail: AuditLogEntryDetail) -> str | None:
    """What a change of one property says where “changed this from that to that” says it badly."""
    old, new = detail.existing_value or "", detail.new_value or ""
    match detail.property_name, bool(old), bool(new):
        case "password", *_values:
            return _("%(who)s changed the password of the account %(user)s; it is not shown.")
        case "username", True, True:
            return _("%(who)s renamed the account %(old)s to %(new)s.")
        case "securityRole", False, True:
            return _("%(who)s gave %(user)s the product security role %(new)s.")
        case "securityRole", True, False:
            return _("%(who)s took the product security role %(old)s from %(user)s.")
        case "securityRole", True, True:
            return _("%(who)s exchanged the product security role %(old)s of %(user)s for %(new)s.")
        case "expiresDate", False, True:
            return _("%(who)s set the account %(user)s to expire; its last day is %(new)s.")
        case "expiresDate", True, False:
            return _("%(who)s removed the expiration date of the account %(user)s, which was %(old)s.")
    return {
        ("disable", *SWITCHED_ON): _("%(who)s disabled the account %(user)s."),
        ("disable", *SWITCHED_OFF): _("%(who)s enabled the account %(user)s."),
        ("forcePasswordChange", *SWITCHED_ON): _(
            "%(who)s required %(user)s to choose a new password at the next sign-in."
        ),
    }.get((detail.property_name, old, new))


def group(told: Stored) -> Sentence:
    name, who = told.line("Group name"), told.entry.changed_by
    if told.entry.action == "add":
        return compose(_("%(who)s added the group %(group)s."), who=who, group=name)
    if told.entry.action == "delete":
        return compose(_("%(who)s deleted the group %(group)s."), who=who, group=name)
    renamed = told.detail("name")
    if renamed and len(told.details) == 1:
        names = {"old": renamed.existing_value or "", "new": renamed.new_value or ""}
        return compose(_("%(who)s renamed the group %(old)s to %(new)s."), who=who, **names)
    return _changed(told, compose(_("the group %(group)s"), group=name))


def member(told: Stored) -> Sentence:
    user, group = told.line("User name"), told.line("Group name")
    words = {
        ("add", False): _("%(who)s added %(user)s to the group %(group)s."),
        ("delete", False): _("%(who)s removed %(user)s from the group %(group)s."),
        ("add", True): _("%(who)s gave %(user)s the product security role %(group)s."),
        ("delete", True): _("%(who)s took the product security role %(group)s from %(user)s."),
    }.get((told.entry.action, group in ROLES))
    return compose(words, who=told.entry.changed_by, user=user, group=group) if words else plainly(told)


def tool_right(told: Stored) -> Sentence:
    """A right of a user or of a group; a subright is named with the tool that it belongs to."""
    words = {
        "add": _("%(who)s gave %(holder)s the right to %(right)s in %(tool)s."),
        "delete": _("%(who)s took the right to %(right)s in %(tool)s from %(holder)s."),
    }.get(told.entry.action)
    if words is None:
        return plainly(told)
    return compose(words, who=told.entry.changed_by, holder=_holder(told), right=told.line("Right"), tool=_tool(told))


def _tool(told: Stored) -> Sentence | str:
    path = told.line("Tool name").split(" > ")
    if len(path) == 4:
        return compose(_("%(subright)s of %(tool)s"), subright=path[3], tool=path[2])
    return path[-1]


def _holder(told: Stored) -> Sentence:
    """Whose right it is; a user is known by his name alone."""
    if user := told.line("User name"):
        return compose("%(user)s", user=user)
    return compose(_("the group %(group)s"), group=told.line("Group name"))


def calendar_right(told: Stored) -> Sentence:
    """A row of calendar rights of a user or of a group."""
    where = compose(_("for %(year)s at %(school)s"), year=told.line("End year"), school=told.line("School"))
    if (calendar := told.line("Calendar")) not in ("", "All Calendars"):
        where += compose(_(" (%(calendar)s)"), calendar=calendar)
    who, holder = told.entry.changed_by, _holder(told)
    if told.entry.action == "change":
        return _changed(told, compose(_("the calendar rights of %(holder)s %(where)s"), holder=holder, where=where))
    if told.entry.action == "delete":
        words = _("%(who)s took from %(holder)s the calendar rights %(where)s.")
    else:
        words = _("%(who)s gave %(holder)s calendar rights %(where)s%(more)s.")
    return compose(words, who=who, holder=holder, where=where, more=_ticked(told))


def _ticked(told: Stored) -> Sentence:
    """What is ticked in a calendar right that was given."""
    ticked = [_label(told, column) for column in ("modifyRights", "closeMonths") if told.value(column) == "true"]
    return [Part(", " + _("with %(rights)s") % {"rights": _listed(ticked)})] if ticked else []


# --- changes of properties ------------------------------------------------------------------------------------


def _changed(told: Stored, record: Sentence) -> Sentence:
    """That one property, or several, of a record were changed."""
    if len(told.details) == 1:
        return _changed_one(told, told.details[0], record)
    labels = [_noted(told, detail) for detail in told.details[:MOST_NAMED]]
    if len(told.details) > MOST_NAMED:
        labels.append(_("%(count)d more") % {"count": len(told.details) - MOST_NAMED})
    words = _("%(who)s changed %(record)s: %(properties)s.")
    return compose(words, who=told.entry.changed_by, record=record, properties=[Part(_listed(labels))])


def _changed_one(told: Stored, detail: AuditLogEntryDetail, record: Sentence) -> Sentence:
    old, new = (_value(detail, name) for name in ("existing", "new"))
    if detail.masked:
        words = _("%(who)s changed the %(property)s of %(record)s; it is not shown.")
    elif (old, new) == SWITCHED_ON:
        words = _("%(who)s switched “%(property)s” on in %(record)s.")
    elif (old, new) == SWITCHED_OFF:
        words = _("%(who)s switched “%(property)s” off in %(record)s.")
    elif not new:
        words = _("%(who)s emptied the %(property)s of %(record)s, which was “%(old)s”.")
    elif not old:
        words = _("%(who)s set the %(property)s of %(record)s, which was empty, to “%(new)s”.")
    else:
        words = _("%(who)s changed the %(property)s of %(record)s from “%(old)s” to “%(new)s”.")
    label = [Part(_label(told, detail.property_name))]
    return compose(words, who=told.entry.changed_by, property=label, record=record, old=old, new=new)


#: What no value means in the columns of calendar rights.
ALL: Mapping[str, str] = {"endYear": "All Years", "schoolID": "All Schools", "calendarID": "All Calendars"}


def _value(detail: AuditLogEntryDetail, which: str) -> str:
    """A value by the name it stood for then."""
    value: str | None = getattr(detail, f"{which}_value")
    if value is None:
        return ALL.get(detail.property_name, "")
    return getattr(detail, f"{which}_name") or value


def _noted(told: Stored, detail: AuditLogEntryDetail) -> str:
    label = _label(told, detail.property_name)
    return _("%(property)s (not shown)") % {"property": label} if detail.masked else label


def _label(told: Stored, column: str) -> str:
    """What a column is called on the screens; its own name where there is no such column any more."""
    area = area_named(told.entry.table)
    fields = area.model_class._meta.concrete_fields if area else ()
    return next((str(field.verbose_name) for field in fields if field.column == column), visible(column))


def _listed(texts: Sequence[str]) -> str:
    """“this”, “this and that”, “this, that and the other”."""
    if len(texts) < 2:
        return "".join(texts)
    return _("%(others)s and %(last)s") % {"others": ", ".join(texts[:-1]), "last": texts[-1]}
