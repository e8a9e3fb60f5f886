"""Rules about the files themselves: where things lie, how long they grow, what templates may hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.template import engines

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("auditlog", "district", "crosssite", "config")
TEMPLATES = sorted(
    path for folder in [ROOT, *(ROOT / name for name in PACKAGES)] for path in folder.glob("templates/**/*.html")
)


def sources() -> list[Path]:
    """Our Python without tests and migrations."""
    found = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts]
    return [ROOT / "manage.py", *found]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_file_grows_into_two_subjects():
    texts = [*sources(), *TEMPLATES, *ROOT.glob("static/**/*.js"), *ROOT.glob("static/**/*.css")]
    assert {named(path): lines(path) for path in texts if lines(path) > 400} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_stays_small_enough_to_read(package: str):
    """Lines that are not blank; docs/design.md says why each package is counted by itself."""
    written = [
        line
        for path in sources()
        if path.relative_to(ROOT).parts[0] == package
        for line in path.read_text().splitlines()
        if line.strip()
    ]
    assert 0 < len(written) < 8000


#: Every file that knows one engine from another, and what for. A new one needs a concern that none of these has.
DIFFERS_BY_ENGINE = {
    "auditlog/engines/__init__.py": "which engines there are",
    "auditlog/engines/postgresql.py": "writing log rows, triggers, locks and the wait for them on PostgreSQL",
    "auditlog/engines/sqlite.py": "the same on SQLite",
    "auditlog/protection/__init__.py": "the same two for protection",
    "auditlog/protection/postgresql.py": "what a role may do to the log on PostgreSQL",
    "auditlog/protection/sqlite.py": "how a connection has to be set on SQLite",
    "crosssite/engines/__init__.py": "the same two for a sync",
    "crosssite/engines/postgresql.py": "the lock of a run and bulk changes of the home copy on PostgreSQL",
    "crosssite/engines/sqlite.py": "the same on SQLite",
    "config/busy.py": "which errors mean that the database is busy, away, or stopped a statement",
    "config/environment.py": "options of a connection",
    "config/time_limit.py": "stopping a statement that takes too long",
    "config/settings.py": "the name of the default file",
}


def test_what_differs_between_engines_lies_in_one_file_per_engine_and_concern():
    """SQL, functions and settings of one engine appear nowhere else."""
    engine = re.compile(r"sqlite|postgres|psycopg|\.vendor\b|PRAGMA|pg_", re.IGNORECASE)
    prose = re.compile(r'""".*?"""|#[^\n]*', re.DOTALL)
    found = {named(path) for path in sources() if engine.search(path.name + prose.sub("", path.read_text()))}
    assert found == set(DIFFERS_BY_ENGINE)


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_template_compiles(path: Path):
    """Every tag, filter and library in it exists, also in branches that no other test renders."""
    engines["django"].engine.from_string(path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_template_escapes_everything_and_carries_no_script_or_style_of_its_own(path: Path):
    text = path.read_text()
    assert not re.search(r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off", text)
    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", text, re.IGNORECASE)
    assert all(
        body.strip() == "" for body in re.findall(r"<script\b[^>]*>(.*?)</script>", text, re.DOTALL | re.IGNORECASE)
    )
    assert not re.search(r"(?:src|href)\s*=\s*[\"']\s*(?:https?:)?//", text, re.IGNORECASE)


def test_nothing_in_static_files_comes_from_elsewhere():
    for path in [*ROOT.glob("static/**/*.js"), *ROOT.glob("static/**/*.css")]:
        assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//|\bimport\s*\(|\beval\s*\(", path.read_text()), (
            named(path)
        )


def test_our_apps_are_the_four_packages_of_the_design():
    ours = {config.name for config in apps.get_app_configs() if Path(config.path).parent == ROOT}
    assert ours == {"auditlog", "district", "crosssite"}


#: Pictures are looked at over slow lines too.
LARGEST_PICTURE = 200_000


def linked(page: Path) -> set[Path]:
    """The files of ours that a page of the documentation leads to."""
    targets = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", page.read_text())
    return {(page.parent / target).resolve() for target in targets if not re.match(r"[a-z]+:", target)}


def test_what_the_documentation_links_is_there_and_every_page_and_picture_is_linked_and_small():
    pages, pictures = set(ROOT.glob("docs/*.md")), set(ROOT.glob("docs/images/*"))
    found = {path for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *pages] for path in linked(page)}
    assert {named(path) for path in found if not path.exists()} == set()
    assert {named(path) for path in (pages | pictures) - found} == set()
    assert {named(path) for path in pictures if path.stat().st_size > LARGEST_PICTURE} == set()
