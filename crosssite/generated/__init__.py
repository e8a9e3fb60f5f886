"""An invented Data Sync Log for benchmarks: of any length, the same for the same seed and day."""
