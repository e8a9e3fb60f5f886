"""The kit alone: what a further log screen gets for its columns, its filterset and its templates."""

from __future__ import annotations

import django_filters
import pytest
from django.http import QueryDict
from django.utils import timezone

from auditlog import texts
from auditlog.filters import LogFilterSet, TextFilter
from auditlog.lines import lines
from auditlog.models import AccessLogEntry
from auditlog.silence import silent_areas
from auditlog.viewer import LogListView
from config.sessions import SessionStore
from district.models import Preference

pytestmark = pytest.mark.django_db


class TraceFilterSet(LogFilterSet):
    """Another log with a criterion of its own."""

    subject = TextFilter(field_name="subject", lookup_expr="icontains", label="Subject")
    rows = django_filters.NumberFilter(field_name="rows", label="Rows")

    class Meta(LogFilterSet.Meta):
        model = AccessLogEntry


class TraceView(LogListView):
    permission = "auditlog.view_accesslogentry"
    subject = "Traces"
    screen = "Traces"
    filterset_class = TraceFilterSet
    template_name = "chalkline/page.html"
    cap = 3


@pytest.fixture
def traces():
    now = timezone.now()
    AccessLogEntry.objects.bulk_create(
        AccessLogEntry(
            timestamp=now, event="refused", subject=f"Page {number}", reference="0" * 32, changed_by="a", channel="web"
        )
        for number in range(4)
    )


@pytest.fixture
def show(rf, auditor):
    def get(query: str = ""):
        request = rf.get(f"/traces/?{query}")
        request.user, request.htmx, request.session = auditor, False, SessionStore()
        return TraceView.as_view()(request).context_data

    return get


@pytest.mark.usefixtures("traces")
def test_a_list_is_capped_and_says_so_in_its_title(show):
    shown = show()
    assert [trace.subject for trace in shown["entries"]] == ["Page 3", "Page 2", "Page 1"]
    assert (shown["more"], shown["title_state"]) == (True, "first 3 entries")
    shown = show("subject=page 2")
    assert ([trace.subject for trace in shown["entries"]], shown["more"]) == (["Page 2"], False)
    assert shown["title_state"] == "1 entry"


@pytest.mark.usefixtures("traces")
@pytest.mark.parametrize("query", ["rows=abc", "event=refused", "subject=%00", "entry=x", "subject__startswith=P"])
def test_any_error_in_the_criteria_gives_no_rows(show, query):
    shown = show(query)
    assert list(shown["entries"]) == []
    assert shown["form"].errors
    assert list(TraceFilterSet(QueryDict(query)).qs) == []


@pytest.mark.usefixtures("traces")
def test_the_chosen_row_is_no_criterion(show):
    shown = show("subject=page&entry=1")
    assert len(shown["entries"]) == 3
    assert shown["query"] == "subject=page"


def test_all_that_matches_is_newest_first_and_ends_in_the_id():
    assert TraceFilterSet(QueryDict()).qs.query.order_by == ("-timestamp", "-pk")


def test_no_entries_are_no_lines_and_cost_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert lines([], "default") == []


def test_which_areas_are_silent_is_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert silent_areas() == []
    Preference.objects.create(name="AuditUsers", value="false")
    with django_assert_num_queries(1):
        assert "UserAccount" in silent_areas()
    assert "Preference" not in silent_areas()


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines", "two⏎\nlines"),
        ("tab\there", "tab⟨U+0009⟩here"),
        ("\u2066isolated\u2069", "⟨U+2066⟩isolated⟨U+2069⟩"),
        ("soft\u00adhyphen", "soft⟨U+00AD⟩hyphen"),
        ("tag\U000e0041", "tag⟨U+E0041⟩"),
        ("Zoë ß İ 中文 עברית", "Zoë ß İ 中文 עברית"),
    ],
)
def test_what_could_hide_is_made_visible(stored, shown):
    assert texts.visible(stored) == shown
