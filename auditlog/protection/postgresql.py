"""Protection on PostgreSQL: the role that serves must not be able to get round the triggers."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

#: What nobody but the owner needs on a table of the log. A trigger of one's own could keep entries from being written.
NEEDLESS = ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER")

# The schema's owner may drop what is in it, and who may replace the function makes every trigger harmless.
OWNED = """
SELECT DISTINCT owned.what || ' ' || owned.name
FROM (
    SELECT 'table', relname, relowner FROM pg_class
    WHERE relname = ANY(%(tables)s) AND relnamespace = current_schema()::regnamespace
    UNION ALL
    SELECT 'function', proname, proowner FROM pg_proc
    WHERE proname = 'auditlog_refuse' AND pronamespace = current_schema()::regnamespace
    UNION ALL
    SELECT 'schema', nspname, nspowner FROM pg_namespace WHERE nspname = current_schema()
) AS owned(what, name, owner)
WHERE pg_has_role(owned.owner, 'MEMBER')
ORDER BY 1
"""
GRANTED = """
SELECT privilege, array_agg(relname::text ORDER BY relname)
FROM pg_class, unnest(%(privileges)s) AS privilege
WHERE relname = ANY(%(tables)s) AND relnamespace = current_schema()::regnamespace
    AND CASE privilege
        WHEN 'UPDATE' THEN has_any_column_privilege(pg_class.oid, privilege)
        ELSE has_table_privilege(pg_class.oid, privilege)
    END
GROUP BY privilege ORDER BY privilege
"""
ATTRIBUTES = "SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user"

SEQUENCES = """
SELECT counting.relname, counted.relname
FROM pg_class AS counting
JOIN pg_depend ON pg_depend.classid = 'pg_class'::regclass AND pg_depend.objid = counting.oid AND deptype IN ('a', 'i')
JOIN pg_class AS counted ON pg_depend.refclassid = 'pg_class'::regclass AND pg_depend.refobjid = counted.oid
WHERE counting.relkind = 'S' AND counting.relnamespace = current_schema()::regnamespace
ORDER BY 1
"""


def connection_faults(connection: BaseDatabaseWrapper) -> list[str]:
    """None: what a connection needs is asked for when it is opened, and refused there."""
    return []


def powers(connection: BaseDatabaseWrapper, tables: Collection[str]) -> list[str]:
    """What this connection's role could do to append-only ``tables``, as phrases: ``owns table AccessLogEntry``."""
    with connection.cursor() as cursor:
        cursor.execute(ATTRIBUTES)
        superuser, creates_roles = cursor.fetchone()
        if superuser:
            return ["is a superuser"]
        found = list(_powers(cursor, list(tables)))
    # Up to PostgreSQL 15 who creates roles may make himself a member of any other, the owner too.
    return [*(["may create roles"] if creates_roles else []), *found]


def _powers(cursor: Any, tables: list[str]) -> Iterator[str]:
    cursor.execute(OWNED, {"tables": tables})
    owned = [what for (what,) in cursor.fetchall()]
    if owned:
        yield f"owns {', '.join(owned)}"
        return
    cursor.execute(GRANTED, {"tables": tables, "privileges": list(NEEDLESS)})
    for privilege, on in cursor.fetchall():
        yield f"has {privilege} on {', '.join(on)}"


def has_role(connection: BaseDatabaseWrapper, role: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        return cursor.fetchone() is not None


def grant(connection: BaseDatabaseWrapper, role: str, *, log: Collection[str], others: Collection[str]) -> None:
    """Set the rights of ``role`` on our tables anew, as their owner."""
    with connection.cursor() as cursor:
        cursor.execute(SEQUENCES)
        sequences = dict(cursor.fetchall())
        rights = {
            "SELECT, INSERT": log,
            "SELECT, INSERT, UPDATE, DELETE": others,
            "SELECT": [MigrationRecorder.Migration._meta.db_table],
            # Fixtures set a counter to their highest id; the log's only count on.
            "USAGE, SELECT": [name for name, table in sequences.items() if table in log],
            "USAGE, SELECT, UPDATE": [name for name, table in sequences.items() if table in others],
        }
        quote = connection.ops.quote_name
        for granted, names in rights.items():
            if names:
                on = f"{'SEQUENCE' if 'USAGE' in granted else 'TABLE'} {', '.join(map(quote, names))}"
                # Another role that may read the log, for reports, is left as it is.
                cursor.execute(f"REVOKE ALL ON {on} FROM PUBLIC, {quote(role)}")
                cursor.execute(f"GRANT {granted} ON {on} TO {quote(role)}")
