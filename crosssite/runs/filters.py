"""The criteria of the list of runs."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from auditlog.filters import LogFilterSet
from auditlog.texts import visible

from ..models import ServingDistrict, SyncRun


def district_choices() -> list[tuple[int, str]]:
    return [(pk, visible(name)) for pk, name in ServingDistrict.objects.values_list("pk", "name")]


class RunFilterSet(LogFilterSet):
    """Whose bundle it was and what came of it."""

    newest_first = ("-started", "-pk")

    # The list has no chosen row: each run has a page.
    entry = None  # type: ignore[assignment]
    district = django_filters.ChoiceFilter(
        field_name="district",
        lookup_expr="exact",
        label=_("Serving District"),
        empty_label=_("All districts"),
        choices=district_choices,
    )
    outcome = django_filters.ChoiceFilter(
        field_name="outcome",
        lookup_expr="exact",
        label=_("Outcome"),
        empty_label=_("All outcomes"),
        choices=SyncRun.Outcome.choices,
    )

    class Meta(LogFilterSet.Meta):
        model = SyncRun
