"""Bringing many accounts in at once from a CSV file: read it, check it, plan, apply."""
