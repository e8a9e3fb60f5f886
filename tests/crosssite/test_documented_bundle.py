"""The example bundles of docs/bundles.md, as they stand there."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest
from django.core.management import call_command

from crosssite.models import Roster, ServingDistrict, Student, SyncLogEntry

from .command import sync_rosters

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "bundles.md"
FILE = re.compile(r"^`([\w.-]+)/(\w+\.csv)`\n\n```csv\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def bundles(tmp_path):
    """Each example in a folder of its own; that of 1.2 holds what is the same in both too."""
    files = defaultdict(dict)
    for bundle, file, content in FILE.findall(DOCUMENT.read_text()):
        files[bundle][file] = content
    files["lakeside-1.2"] = files["lakeside"] | files["lakeside-1.2"]
    manifest = files["lakeside"]["manifest.csv"].replace("version,1.1", "version,1.2")
    files["lakeside-1.2"]["manifest.csv"] = f"{manifest}file.roles,bulk\n"
    for bundle, contents in files.items():
        (tmp_path / bundle).mkdir()
        for file, content in contents.items():
            (tmp_path / bundle / file).write_text(content)
    return tmp_path


def test_the_example_is_complete_and_says_what_the_document_says(bundles, capsys):
    call_command("import_students", str(bundles / "home"), "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["findings"]) == ("applied", {})
    ServingDistrict.objects.create(name="Lakeside", identifier="3804")
    told = json.loads(sync_rosters(bundles / "lakeside", "--json").out)
    assert (told["outcome"], told["findings"]) == ("applied", {})
    assert {action: count for action, count in told["actions"].items() if count} == {"Created Roster": 1}
    roster = Roster.objects.get()
    assert roster.student == Student.objects.get(number="104402")
    assert (str(roster.begin_date), str(roster.last_day)) == ("2026-08-24", "2027-01-15")
    entry = SyncLogEntry.objects.get()
    assert (entry.course_number, entry.course_name, entry.section_number) == ("MTH401", "Calculus", "1")
    told = json.loads(sync_rosters(bundles / "lakeside-1.2", "--json").out)
    assert (told["outcome"], told["findings"]) == ("unchanged", {})
