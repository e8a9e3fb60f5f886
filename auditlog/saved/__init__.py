"""Saved searches of the Audit Log: kept, shared, opened, and one of them as the person's default."""
