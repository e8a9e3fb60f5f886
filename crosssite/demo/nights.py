"""The demo's bundles as they would have come in the weeks before today."""

from __future__ import annotations

import datetime
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.utils import timezone

from district.years import school_year

HERE = Path(__file__).parent
#: The days that the files themselves tell of. All days in them move by what lies between the last one and today.
FIRST_NIGHT, LAST_NIGHT = datetime.date(2026, 2, 10), datetime.date(2026, 3, 2)
#: When a night's bundles have come, in the district's time: at an hour that every night has.
COMES = datetime.time(3, 10)

DAY = re.compile(r"\b\d{4}-\d\d-\d\d(?!\d)")
#: The school year of a session stands in the last column, by itself.
SCHOOL_YEAR = re.compile(r",\d{4}$", re.MULTILINE)


def last_night(now: datetime.datetime) -> datetime.date:
    """The last day whose bundles have come and been followed."""
    here = timezone.localtime(now)
    return here.date() - datetime.timedelta(days=here.hour <= COMES.hour)


def bundles(district: str, last: datetime.date, folder: Path) -> Iterator[tuple[datetime.date, Path]]:
    """Each night up to ``last`` with the bundle that came, written below ``folder``."""
    later, standing = last - LAST_NIGHT, None
    for number in range((LAST_NIGHT - FIRST_NIGHT).days + 1):
        told = FIRST_NIGHT + datetime.timedelta(days=number)
        bundle = folder / f"{district}-{told + later}"
        bundle.mkdir()
        _write(_sent(HERE / district, told), standing, bundle, later)
        standing = bundle
        yield told + later, bundle


def _sent(district: Path, night: datetime.date) -> Path | None:
    """The shipped files of a night, or None where the last bundle came again."""
    found = (folder for folder in (district / str(night), district / "quiet") if folder.is_dir())
    return next(found, None)


def _write(sent: Path | None, standing: Path | None, bundle: Path, later: datetime.timedelta) -> None:
    if standing and not (sent and (sent / "manifest.csv").exists()):
        shutil.copytree(standing, bundle, dirs_exist_ok=True)
    if sent:
        copy_moved(sent, bundle, later)


def copy_moved(source: Path, target: Path, later: datetime.timedelta) -> None:
    """Copy the files of a bundle with all their days so much later, and the school year of that time."""
    year = f",{school_year(LAST_NIGHT + later)}"
    for file in source.iterdir():
        text = DAY.sub(lambda day: str(datetime.date.fromisoformat(day[0]) + later), file.read_text(encoding="utf-8"))
        if file.name == "academicSessions.csv":
            text = SCHOOL_YEAR.sub(year, text)
        (target / file.name).write_text(text, encoding="utf-8", newline="")
