"""What is told of a bundle: places, counts and caps."""

from __future__ import annotations

from crosssite.sync.findings import BundleError, Findings


def test_a_fault_says_where_it_is_and_what_to_do():
    fault = BundleError("quotes", "Export the file anew.", file="users.csv", line=7, column="givenName")
    assert str(fault) == "users.csv, line 7, column givenName: Export the file anew."
    assert str(BundleError("not_found", "Check the path.")) == "Check the path."


def test_findings_are_listed_up_to_a_few_of_each_sort_and_counted_in_full():
    findings = Findings(each=2, most=5)
    for line in range(10):
        findings.error("bad_date", "No date.", file="users.csv", line=line, column="birthDate")
        findings.error("bad_date", "No date.", file="classes.csv", line=line)
        findings.warning("bad_date", "No date.", file="users.csv", line=line)
        findings.exception("name", "The name differs.", file="users.csv", line=line)
    assert findings.counts == {"error": 20, "warning": 10, "exception": 10}
    listed = findings.listed()
    assert len(listed) == 5
    assert listed[0] == {
        "severity": "error",
        "code": "bad_date",
        "file": "users.csv",
        "line": 0,
        "column": "birthDate",
        "message": "No date.",
    }
    assert [finding["line"] for finding in listed if finding["severity"] == "error"] == [0, 0, 1]
