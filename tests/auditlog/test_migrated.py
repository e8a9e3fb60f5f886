"""Commands on a database that is empty, or of an older version."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    "import_students": ["somewhere"],
    "load_demo": [],
    "sync_rosters": ["somewhere"],
}
SENTENCE = "The database is not migrated: run manage.py migrate first."


@pytest.mark.parametrize("name", COMMANDS)
def test_an_empty_database_is_told_in_one_sentence(name, tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", name, *COMMANDS[name]],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite3'}",
            "SECRET_KEY": "x",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", f"CommandError: {SENTENCE}")


@pytest.mark.django_db
@pytest.mark.parametrize("name", COMMANDS)
def test_so_is_one_that_lacks_the_latest_migration_alone(name):
    MigrationRecorder.Migration.objects.filter(app="crosssite").latest("id").delete()
    with pytest.raises(CommandError, match=SENTENCE):
        call_command(name, *COMMANDS[name])
