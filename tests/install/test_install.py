"""docs/install.md is followed to the letter, from an empty PostgreSQL cluster to a signed-in page; then it is tried."""

from __future__ import annotations

import re
import shutil
import subprocess
from contextlib import nullcontext
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.district.pages import Form

from .page import PAGE, Commands, File, steps
from .units import parsed
from .visitor import NAME


def test_whoever_follows_the_page_is_signed_in_over_https(administrator):
    home = administrator.ask("/")
    assert home.status == 200
    assert "Prairie Rose Schools" in home.text
    assert "yourname" in home.text
    assert administrator.cookies["sessionid"]["secure"]
    assert administrator.ask("/audit-log/").status == 200


def test_what_came_from_outside_is_answered_over_https_alone(machine, stranger):
    plain = HTTPConnection("127.0.0.1", machine.ports["http"], timeout=30)
    plain.request("GET", "/audit-log/?entry=1", headers={"Host": NAME})
    answer = plain.getresponse()
    plain.close()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/audit-log/?entry=1")
    assert "max-age" in stranger.ask("/login/").headers["Strict-Transport-Security"]


def test_static_files_are_served_and_may_be_kept_for_ever(stranger):
    style = re.search(r'href="(/static/[^"]+\.css)"', stranger.ask("/login/").text)
    assert style is not None
    answer = stranger.ask(style[1])
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]


def test_check_deploy_finds_nothing_under_this_set_up(machine):
    assert "System check identified no issues (0 silenced)." in machine.said


def test_the_owners_password_is_out_of_reach_of_what_serves(machine, stranger):
    folder = machine.root / "etc/chalkline"
    modes = {path.name: oct(path.stat().st_mode)[-3:] for path in (folder, folder / "environment", folder / "owner")}
    assert modes == {"chalkline": "750", "environment": "640", "owner": "600"}
    main = int((machine.root / "running-chalkline.service").read_text())
    workers = map(int, Path(f"/proc/{main}/task/{main}/children").read_text().split())
    for pid in (main, *workers):
        variables = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"chalkline_web" in variables
        assert b"chalkline_owner" not in variables


def test_a_serving_district_is_set_up_and_its_first_night_is_in_the_data_sync_log(machine, administrator):
    """The page's units do it, each as systemd would call it."""
    machine.call("systemctl start chalkline-night.service")
    address = "/admin/crosssite/servingdistrict/add/"
    form = Form("servingdistrict_form")
    form.feed(administrator.ask(address).text)
    entered = {"name": "Lakeside School District", "identifier": "3804"}
    assert administrator.ask(address, {**form.values, **entered}).status == 302
    machine.call("systemctl start chalkline-sync@lakeside.service")
    log = administrator.ask("/sync-log/?school=all")
    assert "Created Roster" in log.text
    assert "Lakeside School District" in log.text


@pytest.mark.parametrize(("status", "fine"), [(0, True), (1, False), (3, True), (4, False)])
def test_a_service_that_fails_is_no_success(machine, status, fine):
    """Else none of these tests could fail."""
    folder = machine.root / "etc/systemd/system"
    text = (folder / "chalkline-sync@.service").read_text()
    command = f"ExecStart=/bin/sh -c 'exit {status}'"
    (folder / "chalkline-trial@.service").write_text(re.sub("ExecStart=.*", command, text))
    started = nullcontext() if fine else pytest.raises(AssertionError, match="chalkline-trial")
    with started:
        machine.call("systemctl start chalkline-trial@lakeside.service")


UNITS = [step for step in steps(PAGE.read_text()) if isinstance(step, File) and "/systemd/" in step.path]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: Path(unit.path).name)
def test_a_unit_names_what_is_there(machine, unit):
    settings = parsed(machine.text(unit.text))
    assert settings["ExecStart"] or settings["OnCalendar"]
    for line in settings["ExecStart"]:
        assert Path(line.split()[0]).exists()
    for name in settings["OnFailure"]:
        assert (machine.root / "etc/systemd/system" / name.replace("%n", "")).exists()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: Path(unit.path).name)
def test_systemd_understands_a_unit(machine, unit):
    """Every name and value in it, where systemd is there to say so."""
    if analyze := shutil.which("systemd-analyze"):
        path = machine.text(unit.path).replace("@.", "@lakeside.")
        ended = subprocess.run([analyze, "verify", "--man=no", path], capture_output=True, text=True, check=False)
        assert [line for line in ended.stderr.splitlines() if str(machine.root) in line] == []


def test_a_block_that_is_neither_a_file_nor_commands_is_a_mistake_in_the_page():
    fine = "`/etc/a`, to be made:\n\n```ini\n[A]\n```\n\nThen\n\n```sh\nb\n```\n"
    assert list(steps(fine)) == [File("/etc/a", "[A]\n"), Commands("b\n")]
    with pytest.raises(AssertionError, match=r"\[A\]"):
        list(steps("To be made:\n\n```ini\n[A]\n```\n"))
