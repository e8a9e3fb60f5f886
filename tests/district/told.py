"""The marks that the log's entries should have, told once more in plain Python from the log alone.

What marks are is said in docs/what-is-recorded.md; this follows that page, entry by entry, and shares no code with the
rules or the database's part of them.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from zoneinfo import ZoneInfo

from django.conf import settings

from auditlog.models import AuditLogEntry
from district.catalogue import ACCOUNT_SECURITY, CATALOGUE

DAY = datetime.timedelta(hours=24)
KNOWN_BY_WHAT_THEY_SAY = {"Preference", "UserGroupMember", "UserToolRights", "UserGroupToolRights"}
ROLES = (
    "STUDENT INFORMATION SYSTEM",
    "STUDENT INFORMATION SYSTEM - GROUP ASSIGNMENT",
    "STUDENT INFORMATION SYSTEM - LOGIN AS USER",
)
SECURITY = ("User Management > ", "System Settings > System Preferences > ")
DEFAULTS = {"ManyChanges": "25", "WorkingHoursStart": "07:00", "WorkingHoursEnd": "16:30"}


class Told:
    """One entry with its lines, as the log has it."""

    def __init__(self, entry):
        self.entry = entry
        self.lines = dict(entry.descriptions.values_list("name", "value"))
        self.details = {detail.property_name: detail for detail in entry.details.all()}
        self.subject, *self.concerns = entry.subjects.order_by("id").values_list("subject", flat=True)
        self.stored = set(entry.marks.values_list("mark", flat=True))

    def old(self, name):
        return self.details[name].existing_value if name in self.details else None

    def new(self, name):
        return self.details[name].new_value if name in self.details else None

    def whose(self):
        """The account or group that has it, after a change."""
        return next(iter(self.concerns), "")


class History:
    """What the log has told so far."""

    def __init__(self):
        self.sizes = Counter()
        self.by_subject = defaultdict(list)
        self.members = set()
        self.preferences = dict(DEFAULTS)

    def marks(self, told):
        """The marks of the next entry."""
        found = {mark for mark, holds in RULES.items() if holds(self, told)}
        self._go_on(told)
        return found

    def _go_on(self, told):
        entry = told.entry
        self.sizes[entry.change_set] += 1
        self.by_subject[told.subject].append(told)
        if entry.table == "UserGroupMember":
            change = self.members.add if entry.action == "add" else self.members.discard
            value = told.new if entry.action == "add" else told.old
            change((value("userID"), value("groupID")))
        if entry.table == "Preference":
            self.preferences[entry.affected_object] = told.new("value")


def own(history, told):
    entry, me = told.entry, str(told.entry.changed_by_id)
    if entry.table == "UserAccount":
        return told.new("securityRole") is not None and str(entry.object_id) == me
    given = {"UserGroupMember", "UserToolRights", "UserSchoolYearRights"}
    return entry.table in given and gives(told) and told.whose() == f"UserAccount:{me}"


def own_group(history, told):
    entry = told.entry
    given = {"UserGroupToolRights", "UserGroupSchoolYearRights"}
    mine = (str(entry.changed_by_id), told.whose().partition(":")[2]) in history.members
    return entry.table in given and gives(told) and mine


def gives(told):
    """Something was added, or a calendar right came to reach more."""
    if told.entry.action == "change":
        flags = ("modifyRights", "closeMonths")
        return any(told.new(it) == "true" if it in flags else told.old(it) is not None for it in told.details)
    return told.entry.action == "add"


def security(history, told):
    table = told.entry.table
    if table == "Preference":
        return CATALOGUE[told.entry.affected_object].section == ACCOUNT_SECURITY
    if table == "UserAccount":
        return "securityRole" in told.details
    if table == "UserGroupMember":
        return told.lines["Group name"] in ROLES
    return told.lines.get("Tool name", "").startswith(SECURITY)


def hours(history, told):
    local = told.entry.timestamp.astimezone(ZoneInfo(settings.TIME_ZONE))
    begin, end = (history.preferences[name] for name in ("WorkingHoursStart", "WorkingHoursEnd"))
    within = local.weekday() < 5 and begin <= f"{local:%H:%M}" < end
    return told.entry.changed_by_id is not None and not within


def many(history, told):
    value = history.preferences["ManyChanges"]
    most = int(value if value.isdecimal() and int(value) else DEFAULTS["ManyChanges"])
    return history.sizes[told.entry.change_set] + 1 == most


def taken_back(history, told):
    entry = told.entry
    if entry.action == "add" and entry.table not in KNOWN_BY_WHAT_THEY_SAY:
        return False
    undone = {"add": "delete", "delete": "add", "change": "change"}[entry.action]
    earlier = [
        other
        for other in history.by_subject[told.subject]
        if other.entry.action == undone and entry.timestamp - DAY <= other.entry.timestamp
    ]
    if entry.action != "change":
        return bool(earlier)
    return any(
        name in other.details and not other.details[name].masked and other.old(name) == told.new(name)
        for other in earlier
        for name, detail in told.details.items()
        if not detail.masked
    )


def switched_off(history, told):
    return told.entry.affected_object == "AuditUsers" and told.new("value") == "false"


RULES = {
    "own": own,
    "own_group": own_group,
    "security": security,
    "hours": hours,
    "many": many,
    "taken_back": taken_back,
    "switched_off": switched_off,
}


def differences(since):
    """(entry, marks it has, marks it should have) of the entries after this id, where the two differ."""
    history, found = History(), []
    for entry in AuditLogEntry.objects.filter(id__gt=since).order_by("id"):
        told = Told(entry)
        if (expected := history.marks(told)) != told.stored:
            found.append((str(entry), sorted(told.stored), sorted(expected)))
    return found
