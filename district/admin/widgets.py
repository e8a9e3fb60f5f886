"""Form controls of the record pages."""

from __future__ import annotations

from django import forms

#: A date, by the browser's own calendar; stored and posted as YYYY-MM-DD in every language.
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
