"""An entry as a page shows it, taken apart for tests."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from auditlog.models import AuditLogEntry


def newest() -> AuditLogEntry:
    return AuditLogEntry.objects.order_by("-id")[0]


def words(html: str) -> str:
    """What a piece of a page says, as words; names and marked pieces stay where they are."""
    text = re.sub(r"</?(?:bdi|ins|del|span)\b[^>]*>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


class Shown:
    """The article of an entry on a page."""

    def __init__(self, response: Any) -> None:
        self.status = response.status_code
        self.page: str = response.content.decode()
        self.html = self.page.partition('<article class="log-card"')[2].partition("</article>")[0]
        self.text = words(self.html)

    def paragraph(self, css_class: str) -> str:
        found = re.search(rf'<p class="{css_class}">(.*?)</p>', self.html, re.DOTALL)
        return words(found[1]) if found else ""

    @property
    def sentence(self) -> str:
        return self.paragraph("entry-sentence")

    @property
    def today(self) -> str:
        return self.paragraph("entry-now")

    @property
    def table(self) -> list[list[str]]:
        """The properties, with the headings first."""
        table = self.html.partition('<table class="log-values')[2].partition("</table>")[0]
        rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        return [[words(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]

    @property
    def stored(self) -> list[list[str]]:
        """The properties as the log keeps them, without the values of today."""
        table = self.table
        return [row[:-1] for row in table] if table and table[0][-1] == "Value Now" else table

    @property
    def values_now(self) -> dict[str, str]:
        return {name: rest[-1] for name, *rest in self.table[1:]}
