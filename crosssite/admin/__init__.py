"""The record pages of Cross-Site Enrollment."""

from . import links, parties, students

__all__ = ["links", "parties", "students"]
