"""People who read the logs, for ``benchmarks.load``: they sign in, look, think for some seconds, and look on."""

from __future__ import annotations

import itertools
import os
import re
import time

from locust import HttpUser, between, task

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
ENTRY = re.compile(r'id="row-(\d+)"')
#: The seconds that whoever exports is told to wait while as many exports as may be are being made.
LATER = "60"
PART = {"HX-Request": "true", "HX-Target": "entry"}


class Person(HttpUser):
    """Signs in once, as the next account of her kind."""

    abstract = True
    wait_time = between(2, 10)
    kind = ""
    numbers: itertools.count[int]

    def on_start(self) -> None:
        # As the proxy of docs/install.md does: a connection kept for the next page may just be closing when it is used.
        self.client.headers["Connection"] = "close"
        page = self.client.get("/login/")
        self.client.post(
            "/login/",
            {
                "username": f"{self.kind}{next(self.numbers)}",
                "password": os.environ["LOAD_PASSWORD"],
                "csrfmiddlewaretoken": TOKEN.findall(page.text)[0],
            },
            headers={"Referer": f"{self.host}/login/"},
        )

    def see(self, address: str, name: str, *, later: bool = False, **how: object) -> str:
        """The page; a sign-in page, or none, is a failure. ``later``: to be told to wait is none, and given back."""
        with self.client.get(address, name=name, catch_response=True, **how) as answer:
            if later and answer.status_code == 503 and answer.headers.get("Retry-After") == LATER:
                answer.success()
                return LATER
            if answer.status_code != 200 or "/login/" in answer.url:
                answer.failure(f"{answer.status_code} {answer.url}")
            return str(answer.text)


class Administrator(Person):
    """Looks through the Audit Log."""

    weight = 3
    kind = "admin"
    numbers = itertools.count()

    @task(4)
    def reads_the_log_and_an_entry(self) -> None:
        page = self.see("/audit-log/", "Audit Log")
        for entry in ENTRY.findall(page)[:1]:
            self.see(f"/audit-log/?entry={entry}", "entry beside the list", headers=PART)
            self.see(f"/audit-log/{entry}/", "entry on its page")

    @task(3)
    def narrows(self) -> None:
        self.see("/audit-log/?table=UserToolRights&action=delete&range=30_days", "Audit Log, three criteria")
        self.see("/audit-log/?object=e", "Audit Log, a letter")

    @task(1)
    def folds(self) -> None:
        self.see("/audit-log/?fold=on", "Audit Log, folded")

    @task(1)
    def asks_for_rights(self) -> None:
        self.see("/rights-report/", "rights report")
        self.see("/", "home")


class Registrar(Person):
    """Types into the columns of the Data Sync Log."""

    weight = 2
    kind = "registrar"
    numbers = itertools.count()

    @task(3)
    def types_a_name(self) -> None:
        self.see("/sync-log/", "Data Sync Log")
        for typed in ("a", "an", "ana"):
            self.see(
                f"/sync-log/?student_name={typed}", "Data Sync Log, narrowing", headers={**PART, "HX-Target": "rows"}
            )

    @task(1)
    def looks_at_the_runs(self) -> None:
        self.see("/sync-runs/", "sync runs")


class Auditor(Person):
    """Takes a month to Excel; told that so many exports are being made, waits as long as that page says."""

    weight = 1
    kind = "auditor"
    numbers = itertools.count()
    wait_time = between(20, 60)

    @task
    def exports(self) -> None:
        if self.see("/audit-log/export/?range=30_days", "export of 30 days", later=True) == LATER:
            time.sleep(int(LATER))
