"""A machine that is none: a folder in which docs/install.md is followed as its own user, on ports of its own.

What root does there (packages, accounts, owners of files, systemd) is done by small stand-ins; all else is real:
PostgreSQL from an empty cluster, gunicorn, nginx, openssl. Nothing but what is named here can be called at all, so a
page that asks for more cannot do anything to the machine that tests.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .page import PAGE, ROOT, Commands, File

#: Folders of the page that lie in the machine's folder instead.
PLACES = re.compile(
    r"(?<![\w.])/(?=(?:opt/chalkline|etc/(?:chalkline|nginx|ssl|systemd)|usr/local/sbin|srv/chalkline"
    r"|var/(?:lib|backups)/chalkline)\b)"
)
#: Programs of the real machine that the page may call.
REAL = (
    *("cat", "comm", "date", "env", "find", "gzip", "ln", "ls", "mktemp", "mv", "openssl", "rm", "sed", "sh", "sort"),
    *("sync", "tail", "tar"),
)
STAND_INS = {
    "apt-get": """
        [ "$1 $2" = "install --yes" ] && shift 2
        for package; do
            case $package in python3-venv | postgresql | nginx | openssl) ;; *) exit 1 ;; esac
        done""",
    "useradd": 'for name; do :; done; echo "$name" >>{root}/accounts',
    "install": """
        # This user cannot give files away; that an account or group was made before is asked all the same.
        for word; do
            shift
            case $word in
            -o | -g) owner=1 ;;
            *)
                if [ "${{owner:-}}" ]; then {grep} -qx "$word" {root}/accounts; else set -- "$@" "$word"; fi
                owner= ;;
            esac
        done
        exec {install} "$@" """,
    "chmod": 'exec {chmod} "$@"',
    "python3": '[ "$1 $2" = "-m venv" ]; exec {ln} -s {venv} "$3"',
    "psql": 'exec {psql} "$@"',
    "pg_dump": 'exec {pg_dump} "$@"',
    "pg_restore": 'exec {pg_restore} "$@"',
    "runuser": """
        [ "$1 $3" = "-u --" ]; user=$2; shift 3
        case $user in
        postgres) exec env PGUSER=postgres PGDATABASE=postgres PGHOST={root}/postgresql "$@" ;;
        *) {grep} -qx "$user" {root}/accounts; exec "$@" ;;
        esac""",
    "systemctl": 'cd {repository}; exec {python} -m tests.install.units {root} "$@"',
    "nginx": 'exec {nginx} -e {root}/nginx.log -p {root} -c {root}/nginx.conf "$@"',
}
NGINX = """
pid {root}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {root}/nginx-temp;
    proxy_temp_path {root}/nginx-temp;
    fastcgi_temp_path {root}/nginx-temp;
    uwsgi_temp_path {root}/nginx-temp;
    scgi_temp_path {root}/nginx-temp;
    include {root}/etc/nginx/sites-enabled/*;
}}
"""


def free_ports(*names: str) -> dict[str, int]:
    """A port for each name, no two the same."""
    with ExitStack() as probes:
        found = [probes.enter_context(socket.create_server(("127.0.0.1", 0))) for _name in names]
        return {name: probe.getsockname()[1] for name, probe in zip(names, found, strict=True)}


def server_programs() -> Path | None:
    """The folder of PostgreSQL's server programs, as scripts/test finds it."""
    found = subprocess.run(
        ["bash", "-c", ". scripts/parts.sh; find_postgresql"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return Path(found.stdout.strip()) if found.returncode == 0 else None


def nginx_program() -> str | None:
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


@dataclass
class Machine:
    """``said`` is what the page's commands wrote."""

    root: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="chalkline-install.", dir="/tmp")))
    said: str = ""
    ports: dict[str, int] = field(default_factory=lambda: free_ports("http", "https", "app", "db"))

    def prepare(self) -> None:
        """Everything that is there before the page begins."""
        self.postgresql = server_programs()
        self.server_user = unprivileged() if os.getuid() == 0 else {}
        self.user = self.server_user if can_read_us(self.server_user) else {}
        for folder in ("bin", "root", "nginx-temp", "usr/local/sbin", "etc/systemd/system", "etc/ssl/private"):
            (self.root / folder).mkdir(parents=True)
        for folder in ("etc/ssl/certs", "etc/nginx/sites-available", "etc/nginx/sites-enabled"):
            (self.root / folder).mkdir(parents=True)
        for folder in ("postgresql", "var/lib", "var/backups"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "nginx.conf").write_text(NGINX.format(root=self.root))
        self.make_programs()
        self.pack_release()
        self.give_away()

    def make_programs(self) -> None:
        for name in REAL:
            (self.root / "bin" / name).symlink_to(shutil.which(name) or "")
        known = {name: shutil.which(name) for name in ("install", "grep", "ln", "chmod")}
        paths = {"root": self.root, "venv": sys.prefix, "python": sys.executable, "repository": ROOT, **known}
        clients = {name: self.client(name) for name in ("psql", "pg_dump", "pg_restore")}
        for name, text in STAND_INS.items():
            program = self.root / "bin" / name
            program.write_text("#!/bin/sh\nset -e\n" + text.format(**paths, **clients, nginx=nginx_program()) + "\n")
            program.chmod(0o755)

    def client(self, name: str) -> str | None:
        """A client program of PostgreSQL: the server's own where it has one."""
        folders = [str(self.postgresql), os.environ["PATH"]] if self.postgresql else [os.environ["PATH"]]
        return shutil.which(name, path=os.pathsep.join(folders))

    def pack_release(self) -> None:
        """``chalkline.tar.gz``, of what a release holds."""
        with tarfile.open(self.root / "root/chalkline.tar.gz", "w:gz", compresslevel=1) as archive:
            for name in (
                "manage.py",
                "requirements.txt",
                "auditlog",
                "config",
                "crosssite",
                "district",
                "templates",
                "static",
            ):
                archive.add(ROOT / name, f"chalkline/{name}", filter=without_bytecode)

    def give_away(self) -> None:
        self.root.chmod(0o755)
        for user, path in ((self.user, self.root), (self.server_user, self.root / "postgresql")):
            if user:
                subprocess.run(["chown", "-R", f"{user['user']}:{user['group']}", path], check=True)

    def start_postgresql(self, name: str = "data") -> None:
        """An empty cluster, that asks for passwords over the network as Debian's does."""
        data = f"{self.root}/postgresql/{name}"
        port = f"-p {self.ports['db']} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.root}/postgresql"
        self.as_server("initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--auth-local=trust", "--no-sync")
        self.as_server("pg_ctl", "-D", data, "-l", f"{data}.log", "-w", "-o", f"{port} -c fsync=off", "start")

    def as_server(self, program: str, *arguments: str) -> None:
        """Call one of PostgreSQL's own programs. The server keeps what it was given to write to: nothing of ours."""
        subprocess.run(
            [self.postgresql / program, *arguments], cwd="/", check=True, stdout=subprocess.DEVNULL, **self.server_user
        )

    def stop_postgresql(self, name: str) -> None:
        data = self.root / "postgresql" / name
        if (data / "postmaster.pid").exists():
            self.as_server("pg_ctl", "-D", str(data), "-m", "immediate", "stop")

    def text(self, text: str) -> str:
        """A text of the page with this machine's folders and ports."""
        ports = {
            "listen 80;": f"listen 127.0.0.1:{self.ports['http']};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.ports['https']} ssl;",
            "127.0.0.1:8000": f"127.0.0.1:{self.ports['app']}",
        }
        for written, meant in ports.items():
            text = text.replace(written, meant)
        text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
        return PLACES.sub(f"{self.root}/", text)

    def follow(self, step: File | Commands, typed: str = "") -> None:
        if isinstance(step, File):
            path = Path(self.text(step.path))
            path.write_text(self.text(step.text))
            if self.user:
                os.chown(path, self.user["user"], self.user["group"])
        else:
            self.said += self.call(step.text, typed)

    def call(self, commands: str, typed: str = "") -> str:
        """What these commands of the page write; they have to end well."""
        ended = subprocess.run(
            ["sh", "-eu", "-c", self.text(commands)],
            input=typed,
            cwd=self.root / "root",
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            timeout=120,
            **self.user,
        )
        assert ended.returncode == 0, f"{commands}\n{ended.stdout}"
        return ended.stdout

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.root}/usr/local/sbin:{self.root}/bin",
            "HOME": f"{self.root}/root",
            "LANG": "C.UTF-8",
            "TMPDIR": f"{self.root}/root",
            "PGPORT": str(self.ports["db"]),
            # All packages are there; one that is missing is not fetched but told.
            "PIP_NO_INDEX": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        }

    def stop(self) -> None:
        for file in (*self.root.glob("running-*"), self.root / "nginx.pid"):
            with suppress(FileNotFoundError, ProcessLookupError):
                end(int(file.read_text()))
        for data in (self.root / "postgresql").glob("data*/"):
            self.stop_postgresql(data.name)
        shutil.rmtree(self.root)


def end(pid: int) -> None:
    """End a process, and wait until it has ended; it may be nobody's who would collect it."""
    os.kill(pid, signal.SIGINT)  # at once, to gunicorn and to nginx
    state = Path(f"/proc/{pid}/stat")
    deadline = time.monotonic() + 20
    with suppress(FileNotFoundError, ProcessLookupError):
        while time.monotonic() < deadline and state.read_text().rpartition(") ")[2][0] != "Z":
            time.sleep(0.05)


def without_bytecode(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if member.name.endswith("__pycache__") else member


def unprivileged() -> dict[str, Any]:
    """Whom a process of ours is to be instead of root, for ``subprocess``: PostgreSQL refuses to be root's."""
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            account = pwd.getpwnam(name)
            return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise AssertionError("there is neither an account postgres nor nobody")


def can_read_us(user: dict[str, Any]) -> bool:
    """Whether our Python and this folder are open to that user; else root has to follow the page itself."""
    command = [sys.executable, "-c", f"import django; open({str(PAGE)!r})"]
    try:
        return subprocess.run(command, cwd="/", capture_output=True, check=False, **user).returncode == 0
    except PermissionError:
        return False
