"""The tool rights editors of a user and of a group (Tool Rights, individual user and user group)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import TemplateView

from auditlog.access import trace_refused
from auditlog.pages import SitePageMixin, Text

from ..rights import Rights, rights_of
from . import reports
from .changes import Edit, save
from .forms import RightsForm
from .holders import GroupHolder, Holder, UserHolder
from .page import Page
from .tree import Box, read_tree

#: The longest search that is looked at, in characters.
LONGEST_SEARCH = 200
#: How many boxes the trace of a refused try names.
TRACED = 100


class RightsEditorView(SitePageMixin, TemplateView):
    """Shows the tree of one holder's rights and saves what a person changes in it."""

    template_name = "district/rights_editor.html"
    holder_class: ClassVar[type[Holder]]
    holder: Holder
    editor: Rights

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.editor = rights_of(request.user)
        if not self.editor.sees(self.holder_class.tool):
            raise PermissionDenied
        self.holder = self.holder_class.find(kwargs["object_id"])
        self.tree = read_tree()
        self.why_read_only = self.holder.why_read_only(self.editor)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.page()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.why_read_only:
            self.trace(_("changes"))
            raise PermissionDenied(self.why_read_only)
        form = RightsForm(request.POST, self.tree.boxes)
        if not form.is_valid():
            return self.page(problems=form.problems())
        edit = form.edit()
        if beyond := edit.beyond(self.editor, self.tree):
            return self.refuse(edit, beyond)
        for level, text in reports.told(save(self.holder, edit, self.tree), self.tree):
            messages.add_message(request, level, text)
        return redirect(request.get_full_path())

    def refuse(self, edit: Edit, beyond: list[Box]) -> HttpResponse:
        """Nobody gives a right he does not hold: nothing is saved, his other changes stay on the page."""
        self.trace(_("give %(boxes)s") % {"boxes": reports.named(beyond, self.tree, TRACED)})
        text = _("Nothing was saved: you cannot give a right that you do not hold yourself (%(boxes)s).")
        problem = text % {"boxes": reports.named(beyond, self.tree)}
        held = frozenset(self.holder.rows_by_box())
        return self.page([problem], ticked=(held | edit.gives - frozenset(beyond)) - edit.revokes)

    def trace(self, tried: str) -> None:
        """Keep that this person tried what he may not."""
        subject = f"{self.holder.rights_model.__name__}: {self.holder.record}"
        trace_refused(self.request, subject=subject, tried=tried)

    def page(self, problems: Sequence[str] = (), ticked: frozenset[Box] | None = None) -> HttpResponse:
        """The tree as the database has it, with ``ticked`` in its place where changes wait to be saved."""
        held = frozenset(self.holder.rows_by_box())
        search = self.request.GET.get("search", "").replace("\0", "")[:LONGEST_SEARCH].strip()
        tree = Page(
            self.tree,
            ticked=held if ticked is None else ticked,
            editor=self.editor,
            read_only=bool(self.why_read_only),
            through=self.holder.through_groups(),
            search=search,
        )
        context = self.get_context_data(
            holder=self.holder,
            problems=problems,
            why_read_only=self.why_read_only,
            search=search,
            found_text=tree.found_text(),
            modules=[] if self.holder.no_boxes else tree.modules(),
            columns=tree.columns(),
            shown=" ".join(value for value in self.tree.boxes if self.tree.boxes[value] in held),
            title_state=ngettext("%(count)d right", "%(count)d rights", len(held)) % {"count": len(held)},
        )
        return self.render_to_response(context)

    def get_screen(self) -> Text:
        return _("Tool rights of %(name)s") % {"name": self.holder.record}

    def get_breadcrumbs(self) -> Sequence[tuple[Text, str]]:
        """The list of such records and the record, where this person may open them."""
        meta = self.holder.model._meta
        label = f"{meta.app_label}_{meta.model_name}"
        if not admin.site.get_model_admin(self.holder.model).has_view_permission(self.request, self.holder.record):
            return ()
        return (
            (capfirst(meta.verbose_name_plural), reverse(f"admin:{label}_changelist")),
            (str(self.holder.record), reverse(f"admin:{label}_change", args=[self.holder.record.pk])),
        )


class UserRightsView(RightsEditorView):
    holder_class = UserHolder


class GroupRightsView(RightsEditorView):
    holder_class = GroupHolder
