"""A plausible history for benchmarks: invented here, of any length, the same for the same seed."""
