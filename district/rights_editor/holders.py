"""Whose tool rights are edited: a user or a group, and who may do it (Tool rights; contract: Rights)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, ClassVar

from django.http import Http404
from django.utils.translation import gettext as _

from ..giving import holds_everything, may_touch
from ..models import Right, UserAccount, UserGroup, UserGroupToolRights, UserToolRights
from ..rights import GROUP_TOOL_RIGHTS, USER_ACCOUNT, Rights
from ..roles import STUDENT_INFORMATION_SYSTEM
from .tree import Box

#: The largest id there can be: what is larger is no record.
LARGEST = 2**63 - 1


class Holder:
    """A record whose rights are shown and changed; a subclass for each kind."""

    #: What is edited, whose it is there, and the rights on it.
    model: ClassVar[Any]
    field: ClassVar[str]
    rights_model: ClassVar[Any]
    #: The tool that governs the editor: Read shows, Write changes.
    tool: ClassVar[str]

    def __init__(self, record: Any) -> None:
        self.record = record

    @classmethod
    def find(cls, object_id: str) -> Holder:
        """The record with this id; 404 for whatever is no id of one."""
        if not (object_id.isascii() and object_id.isdecimal() and int(object_id[:20]) <= LARGEST):
            raise Http404
        record = cls.model.objects.filter(pk=int(object_id)).first()
        if record is None:
            raise Http404
        return cls(record)

    def lock(self) -> None:
        """Let no other editor in until the transaction ends; 404 where the record is gone by now."""
        if not self.model.objects.select_for_update(no_key=True).filter(pk=self.record.pk).exists():
            raise Http404

    def rows_by_box(self) -> dict[Box, int]:
        """The rights it has itself, with the ids of their rows."""
        found = self.rights_model.objects.filter(**{self.field: self.record}).order_by()
        return {(tool, right): pk for pk, tool, right in found.values_list("pk", "tool_id", "right")}

    def new_row(self, box: Box) -> Any:
        return self.rights_model(**{self.field: self.record}, tool_id=box[0], right=box[1])

    def through_groups(self) -> dict[int, dict[str, list[str]]]:
        """By tool: the groups through which it has rights too, each with those rights."""
        return {}

    @property
    def everything(self) -> bool:
        """Whether it has every right by STUDENT INFORMATION SYSTEM."""
        return False

    @property
    def no_boxes(self) -> bool:
        """Whether there is nothing to tick, because its rights are no rows."""
        return False

    def why_read_only(self, editor: Rights) -> str:
        """Why this person may only look, or nothing where he may change."""
        if not editor.holds(self.tool, Right.WRITE):
            tool = self.tool.rpartition(" > ")[2]
            return _("You can look at these rights. To change them you need the right Write on %(tool)s.") % {
                "tool": tool
            }
        return ""


class UserHolder(Holder):
    model = UserAccount
    field = "user"
    rights_model = UserToolRights
    tool = USER_ACCOUNT

    @property
    def everything(self) -> bool:
        return holds_everything(self.record)

    def why_read_only(self, editor: Rights) -> str:
        if not may_touch(editor, self.record):
            return _(
                "This account holds STUDENT INFORMATION SYSTEM. Only who holds it too may change the account’s rights."
            )
        return super().why_read_only(editor)

    def through_groups(self) -> dict[int, dict[str, list[str]]]:
        found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        rows = UserGroupToolRights.objects.filter(group__memberships__user=self.record)
        order = list(Right)
        held = rows.order_by("group__name").values_list("tool_id", "group__name", "right")
        for tool, group, right in sorted(held, key=lambda row: (row[1], order.index(Right(row[2])))):
            found[tool][group].append(right)
        return found


class GroupHolder(Holder):
    model = UserGroup
    field = "group"
    rights_model = UserGroupToolRights
    tool = GROUP_TOOL_RIGHTS

    @property
    def no_boxes(self) -> bool:
        return bool(self.record.name == STUDENT_INFORMATION_SYSTEM)

    def why_read_only(self, editor: Rights) -> str:
        if self.no_boxes:
            return _("STUDENT INFORMATION SYSTEM holds every right on every tool by role. There is nothing to tick.")
        return super().why_read_only(editor)
