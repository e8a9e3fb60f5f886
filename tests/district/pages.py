"""What tests of the record pages do again and again: post what the page showed, with some of it changed."""

from __future__ import annotations

from html.parser import HTMLParser

from auditlog.models import AuditLogEntry


class Form(HTMLParser):
    """The values of the page's main form, as a browser without JavaScript would post them."""

    def __init__(self, form_id=None):
        super().__init__()
        self.form_id, self.inside, self.select, self.option = form_id, False, None, None
        self.area = None
        self.values: dict[str, list[str]] = {}

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form" and (attrs.get("id") == self.form_id if self.form_id else "records" in attrs.get("class", "")):
            self.inside = True
        if not self.inside:
            return
        name = attrs.get("name")
        if "disabled" in attrs:
            return
        if tag == "input" and name and attrs.get("type") not in {"submit", "button"}:
            if attrs.get("type") not in {"checkbox", "radio"} or "checked" in attrs:
                default = "on" if attrs.get("type") == "checkbox" else ""
                self.values.setdefault(name, []).append(attrs.get("value", default) or "")
        elif tag == "select":
            self.select, self.first, self.multiple = name, True, "multiple" in attrs
        elif tag == "option" and self.select:
            if "selected" in attrs or (self.first and not self.multiple):
                self.values[self.select] = (
                    [attrs.get("value", "")]
                    if not self.multiple
                    else [
                        *self.values.get(self.select, []),
                        attrs.get("value", ""),
                    ]
                )
            self.first = False
        elif tag == "textarea":
            self.area = name
            self.values[name] = [""]

    def handle_data(self, data):
        if self.area:
            # The first line break after the tag is none of the value; browsers send two characters for each other.
            value = self.values[self.area][0] + data
            self.values[self.area] = [value]

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = None
        elif tag == "textarea" and self.area:
            value = self.values[self.area][0]
            value = value.removeprefix("\r").removeprefix("\n").replace("\r\n", "\n").replace("\n", "\r\n")
            self.values[self.area], self.area = [value], None


def shown(client, url, form_id=None):
    """What the form on a page would post if nobody touched it."""
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    form = Form(form_id)
    form.feed(answer.content.decode())
    assert form.values, f"no form on {url}"
    return form.values


def save(client, url, form_id=None, **changes):
    """Post what the page shows with some of it changed; None leaves a field out."""
    data = shown(client, url, form_id) | changes
    return client.post(url, {name: value for name, value in data.items() if value is not None})


def account_url(account, page="change"):
    return f"/admin/district/useraccount/{account.pk}/{page}/"


def group_url(group, page="change"):
    return f"/admin/district/usergroup/{group.pk}/{page}/"


def save_account(client, account=None, **changes):
    url = account_url(account) if account else "/admin/district/useraccount/add/"
    return save(client, url, "useraccount_form", **changes)


def save_group(client, group=None, **changes):
    url = group_url(group) if group else "/admin/district/usergroup/add/"
    return save(client, url, "usergroup_form", **changes)


def save_preferences(client, **changes):
    return save(client, "/admin/district/preference/", **changes)


def errors(answer):
    """The form's errors by field, of an answer that shows the page again."""
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    form = answer.context.get("adminform") or answer.context.get("form")
    form = getattr(form, "form", form)
    found = {field: list(messages) for field, messages in form.errors.items()}
    for formset in answer.context.get("inline_admin_formsets", []):
        for number, row in enumerate(formset.formset.errors):
            found |= {f"{number}-{field}": list(messages) for field, messages in row.items()}
        if formset.formset.non_form_errors():
            found["rows"] = list(formset.formset.non_form_errors())
    return found


def newest(count=None):
    """The newest entries, oldest of them first, as (table, action, affected object)."""
    entries = list(AuditLogEntry.objects.order_by("-id")[: count or 1000])[::-1]
    return [(entry.table, entry.action, entry.affected_object) for entry in entries]


def last_id():
    entry = AuditLogEntry.objects.order_by("-id").first()
    return entry.pk if entry else 0


def since(mark):
    """Entries after a mark, in order."""
    return list(AuditLogEntry.objects.filter(pk__gt=mark).order_by("pk"))


def told(entry):
    """An entry as the source document shows one: table, action, object, description lines, property lines."""
    lines = [f"{line.name}: {line.value}" for line in entry.descriptions.all()]
    properties = [(detail.property_name, detail.existing_value, detail.new_value) for detail in entry.details.all()]
    return entry.table, entry.action, entry.affected_object, lines, properties if entry.action == "change" else []
