"""Text logs, a JSON object on each line: nothing that a person typed can begin a line of its own, or look like one."""

from __future__ import annotations

import datetime
import json
import logging


class JsonLines(logging.Formatter):
    """A record as ``{"time": ..., "level": ..., "logger": ..., "message": ...}``, with ``error`` where one was raised.

    ``time`` is UTC. All but ASCII is escaped, so a terminal that shows the log obeys no control or bidi character.
    """

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        fields = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        # JSON lets DEL pass.
        return json.dumps(fields).replace("\x7f", "\\u007f")
