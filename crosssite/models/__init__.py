"""The home copy of what serving schools teach our students, the runs that keep it, and the log of what moved."""

from .copy import BundleMemory, Roster, Section
from .log import TEXT_COLUMNS, Action, SyncLogEntry, SyncLogText, SyncReview, SyncSectionChange
from .parties import (
    LONGEST,
    LONGEST_NAME,
    CrossSiteStudent,
    ServingDistrict,
    ServingSchool,
    Student,
    student_name,
)
from .runs import SyncPlan, SyncRun, SyncRunCount

__all__ = [
    "LONGEST",
    "LONGEST_NAME",
    "TEXT_COLUMNS",
    "Action",
    "BundleMemory",
    "CrossSiteStudent",
    "Roster",
    "Section",
    "ServingDistrict",
    "ServingSchool",
    "Student",
    "SyncLogEntry",
    "SyncLogText",
    "SyncPlan",
    "SyncReview",
    "SyncRun",
    "SyncRunCount",
    "SyncSectionChange",
    "student_name",
]
