"""Everything about one person or group: found by identity, so that a renamed or reused name does not mislead."""
