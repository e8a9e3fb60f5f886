#!/usr/bin/env python
"""Django's command line; what a command changes is attributed to it."""

import os
import sys

from auditlog.context import acting_as, command_name, login_name


def main() -> None:
    """Run a command. A wrong setting is told in one line; ``--traceback`` tells where it came from as well."""
    from django.core.exceptions import ImproperlyConfigured

    try:
        run()
    except ImproperlyConfigured as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"manage.py: {error}")


def run() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    name = command_name(sys.argv[1]) if len(sys.argv) > 1 else "shell"
    channel = "shell" if name == "shell" else "command"
    if name == "command: runserver":
        execute_from_command_line(sys.argv)
        return
    with acting_as(name, person=login_name(), channel=channel):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
