"""What the record pages share: no log of their own, safe against races and hostile addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.db.models import Model, ProtectedError, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from auditlog.access import trace_refused
from auditlog.areas import area_of
from auditlog.of.record import is_described
from auditlog.pages import Text

from ..rights import AUDIT_LOG, rights_of

#: How many of the records that refer to one, and so keep it, are named; a school has thousands of students.
NAMED = 20
#: How Django's list filters look a column up.
FILTERS_ASK = ("", "exact", "id__exact", "isnull")


class NoAdminLog(admin.ModelAdmin):
    """Keeps Django's own log of the admin out of it: the Audit Log records what happens."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        return None

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What was done to this record: a question to the Audit Log."""
        record = self.get_object(request, object_id)
        if record is None or not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        return HttpResponseRedirect(audit_log_address(record))


class RecordAdmin(NoAdminLog):
    """Base of the record pages: one save is one transaction, and a late refusal is a message, never an error page.

    The forms are ``RecordForm``; they get the request, and with it what the first try was refused for.
    """

    #: What narrows the rights report to a record: parameters with their values, None for the record's id.
    rights_query: Mapping[str, str | None] = {}
    #: What the list is called; the record's own plural where nothing is said.
    screen: Text = ""
    list_per_page = 50
    list_max_show_all = 500
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        offered = kwargs.get("fields") or flatten_fieldsets(self.get_fieldsets(request, obj))
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"request": request, "offered": offered})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        # A form that names no field to look by names the key; Django would fail over it.
        found = super().get_object(request, object_id, from_field or None)
        if found is None or request.method != "POST" or not transaction.get_connection().in_atomic_block:
            return found
        # Two saves of one record follow each other; who refers to the record meanwhile need not wait.
        return self.get_queryset(request).select_for_update(no_key=True, of=("self",)).filter(pk=found.pk).first()

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """What the list's own filters ask: any other lookup tells a column, the password's hash too, bit by bit."""
        column, _separator, way = lookup.partition("__")
        return column in self.list_filter and way in FILTERS_ASK

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if holds_nul(request.GET) or holds_nul(request.POST):
            self.message_user(request, _("The address holds a character that no record can."), messages.ERROR)
            return HttpResponseRedirect(request.path)
        return self.guarded(
            request,
            lambda: super(RecordAdmin, self).changelist_view(
                request, {"title": self.list_title(), **(extra_context or {})}
            ),
            lambda: HttpResponseRedirect(request.get_full_path()),
        )

    def list_title(self) -> Text:
        return self.screen or capfirst(str(self.opts.verbose_name_plural))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        def show() -> HttpResponse:
            return super(RecordAdmin, self).changeform_view(request, object_id, form_url, extra_context)

        # The second time the form knows of the refusal, is not valid for it, and shows it.
        return self.guarded(request, show, show, tell=False)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return self.guarded(
            request,
            lambda: super(RecordAdmin, self).delete_view(request, object_id, extra_context),
            lambda: HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")),
        )

    def guarded(
        self,
        request: HttpRequest,
        act: Callable[[], HttpResponse],
        otherwise: Callable[[], HttpResponse],
        *,
        tell: bool = True,
    ) -> HttpResponse:
        """Act; where that was refused after writing began, all of it is undone by now: say so, and go on otherwise."""
        try:
            return act()
        except PermissionDenied:
            if request.method == "POST":
                trace_refused(request, subject=self.opts.object_name or "", tried=f"POST {request.path}")
            raise
        except (ValidationError, IntegrityError, ProtectedError, DatabaseError) as error:
            if isinstance(error, OperationalError) or request.method != "POST":
                raise
            request.late_refusal = late_refusal(error)  # type: ignore[attr-defined]
        if tell:
            self.message_user(request, " ".join(request.late_refusal.messages), messages.ERROR)  # type: ignore[attr-defined]
        return otherwise()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            queryset.delete()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        going, counted, lacking, protected = super().get_deleted_objects(objs, request)
        if len(protected) > NAMED:
            more = len(protected) - NAMED
            protected = [*protected[:NAMED], ngettext("and %d more", "and %d more", more) % more]
        return going, counted, lacking, protected

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        record = kwargs.get("obj")
        if record is not None:
            context["object_links"] = self.object_links(request, record)
            context["object_actions"] = self.object_actions(request, record)
        return super().render_change_form(request, context, *args, **kwargs)

    def object_links(self, request: HttpRequest, record: Any) -> list[tuple[str, str]]:
        """Further pages about a record, as (text, address)."""
        if not rights_of(request.user).holds(AUDIT_LOG, "Read"):
            return []
        links = [(_("Its entries in the Audit Log"), audit_log_address(record))]
        if self.rights_query:
            query = urlencode({name: value or record.pk for name, value in self.rights_query.items()})
            links.append((_("Rights Report"), f"{reverse('rights_report:list')}?{query}"))
        return links

    def object_actions(self, request: HttpRequest, record: Any) -> list[tuple[str, str]]:
        """Buttons that act on a record at once, as (text, address to post to)."""
        return []


def audit_log_address(record: Model) -> str:
    """What was done to a record: of a person or a group by identity, of anything else by its name."""
    area = area_of(type(record))
    if area is not None and is_described(area):
        return reverse("auditlog:of", args=[area.name, record.pk])
    query = QueryDict(mutable=True)
    query["affected_object"] = str(record)
    return f"{reverse('auditlog:list')}?{query.urlencode()}"


def holds_nul(query: QueryDict) -> bool:
    return any("\0" in value for _key, values in query.lists() for value in values)


def late_refusal(error: Exception) -> ValidationError:
    """What a person is told where the database, or a rule that only the end can check, refused a save."""
    if isinstance(error, ValidationError):
        return error
    if isinstance(error, ProtectedError):
        return ValidationError(_("Other records refer to this one by now. Nothing was changed."))
    return ValidationError(
        _("Someone else changed the same records at the same moment. Nothing was changed. Look again and repeat it.")
    )
