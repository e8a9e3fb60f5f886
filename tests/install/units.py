"""What ``systemctl`` does with our units, as far as they ask for it: a process of this user's instead of systemd's."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from .machine import end

#: What systemd gives a process that asks for nothing, and which server's PostgreSQL is meant by 127.0.0.1.
GIVEN = ("PATH", "PGPORT", "LANG")


def parsed(text: str) -> dict[str, list[str]]:
    """The settings of a unit, each with all its values; sections do not matter, no name is in two of them."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        if line and not line.startswith(("#", ";", "[")):
            name, _equals, value = line.partition("=")
            found[name.strip()].append(value.strip())
    return found


def variables(path: Path) -> dict[str, str]:
    """An EnvironmentFile, as systemd reads it: no shell, quotes around a value are taken away."""
    pairs = (line.partition("=") for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {name: value.strip('"') for name, _equals, value in pairs}


class Units:
    """The units in a machine's ``etc/systemd/system``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "etc/systemd/system"

    def read(self, unit: str) -> dict[str, list[str]]:
        """A unit by its name; ``%i`` and ``%n`` are filled in."""
        template = re.sub(r"@.+(\.\w+)$", r"@\1", unit)
        instance = match[1] if (match := re.search(r"@(.+)\.\w+$", unit)) else ""
        text = (self.folder / template).read_text()
        return parsed(text.replace("%i", instance).replace("%n", unit))

    def start(self, unit: str) -> None:
        """A oneshot service runs to its end, any other one in the background; of a timer, that its service is there."""
        settings = self.read(unit)
        if unit.endswith(".timer"):
            assert settings["OnCalendar"]
            assert settings["WantedBy"] == ["timers.target"]
            self.read(unit.replace(".timer", ".service"))
            return
        for line in settings["ExecStart"]:
            self.execute(unit, settings, line)

    def execute(self, unit: str, settings: dict[str, list[str]], line: str) -> None:
        given = {name: os.environ[name] for name in GIVEN if name in os.environ}
        for path in settings["EnvironmentFile"]:
            given |= variables(Path(path))
        command = [re.sub(r"\$\{(\w+)\}", lambda match: given[match[1]], word) for word in shlex.split(line)]
        folder = (settings["WorkingDirectory"] or ["/"])[0]
        # Only what has to read everything is root's.
        assert settings["User"] == ([] if unit == "chalkline-backup.service" else ["chalkline"])
        with (self.root / f"journal-{unit}").open("a") as journal:
            process = subprocess.Popen(
                command, cwd=folder, env=given, stdout=journal, stderr=journal, stdin=subprocess.DEVNULL
            )
        if settings["Type"] == ["oneshot"]:
            fine = {0, *map(int, settings["SuccessExitStatus"])}
            assert process.wait(timeout=60) in fine, (self.root / f"journal-{unit}").read_text()
        else:
            (self.root / f"running-{unit}").write_text(str(process.pid))

    def stop(self, unit: str) -> None:
        """A unit that is not running is stopped already."""
        running = self.root / f"running-{unit}"
        if running.exists():
            end(int(running.read_text()))
            running.unlink()


def nginx(root: Path) -> None:
    """``systemctl reload nginx``: the package has started it long ago, so here it is started."""
    subprocess.run([root / "bin/nginx"], check=True)


def main(root: Path, verb: str, *names: str) -> None:
    units = Units(root)
    if (verb, *names) == ("reload", "nginx.service"):
        nginx(root)
    elif verb in ("stop", "restart"):
        for name in names:
            units.stop(name)
            if verb == "restart":
                units.start(name)
    elif verb == "daemon-reload":
        for path in units.folder.iterdir():
            assert parsed(path.read_text()), path
    elif verb == "start" or (verb == "enable" and names[0] == "--now"):
        for name in names:
            if name != "--now":
                units.start(name)
    else:
        raise AssertionError(f"systemctl {verb} {names}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
