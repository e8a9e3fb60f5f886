"""A progress bar on a terminal; elsewhere silence."""

from __future__ import annotations

from django.core.management.base import OutputWrapper

WIDTH = 40


class Progress:
    """Shows on a terminal how much of a long piece of work is done; a log file stays clean."""

    def __init__(self, stream: OutputWrapper, label: str) -> None:
        self.stream = stream
        self.label = label
        self.shown = ""

    def __call__(self, done: int, total: int) -> None:
        if not self.stream.isatty():
            return
        filled = WIDTH * done // max(total, 1)
        line = f"\r{self.label} [{'#' * filled}{'.' * (WIDTH - filled)}] {100 * done // max(total, 1):3}%"
        if line != self.shown:
            self.stream.write(line + ("\n" if done >= total else ""))
            self.stream.flush()
            self.shown = line
