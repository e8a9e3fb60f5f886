"""Recording on PostgreSQL (14 or newer)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from . import Batch, Reached

# One statement for all log rows of an ORM call: ids are drawn first, in order, and shared by the inserts.
WRITE = """
WITH ids AS MATERIALIZED (
    SELECT n, nextval(pg_get_serial_sequence('"AuditLogEntry"', 'id')) AS id
    FROM generate_series(1, %(count)s) AS n
), entries AS (
    INSERT INTO "AuditLogEntry" (id, "timestamp", "table", action, affected_object, changed_by, changed_by_name,
        changed_by_id, object_id, change_set, channel, address)
    SELECT ids.id, %(timestamp)s, %(table)s, row.action, row.affected_object, %(changed_by)s, %(changed_by_name)s,
        %(changed_by_id)s::bigint, row.object_id, %(change_set)s::uuid, %(channel)s, %(address)s
    FROM unnest(%(e0)s::text[], %(e1)s::text[], %(e2)s::bigint[])
        WITH ORDINALITY AS row(action, affected_object, object_id, n) JOIN ids ON ids.n = row.n
), descriptions AS (
    INSERT INTO "AuditLogEntryDescription" (entry_id, position, name, value)
    SELECT ids.id, row.position, row.name, row.value
    FROM unnest(%(s0)s::int[], %(s1)s::int[], %(s2)s::text[], %(s3)s::text[]) AS row(entry, position, name, value)
    JOIN ids ON ids.n = row.entry + 1 ORDER BY ids.id, row.position
), details AS (
    INSERT INTO "AuditLogEntryDetail" (entry_id, position, property_name, existing_value, new_value,
        existing_name, new_name, masked)
    SELECT ids.id, row.position, row.property, row.existing, row.new, row.existing_name, row.new_name, row.masked
    FROM unnest(%(d0)s::int[], %(d1)s::int[], %(d2)s::text[], %(d3)s::text[], %(d4)s::text[], %(d5)s::text[],
        %(d6)s::text[], %(d7)s::boolean[])
        AS row(entry, position, property, existing, new, existing_name, new_name, masked)
    JOIN ids ON ids.n = row.entry + 1 ORDER BY ids.id, row.position
), names AS (
    INSERT INTO "AuditLogEntryName" (entry_id, folded, "timestamp")
    SELECT ids.id, row.folded, %(timestamp)s
    FROM unnest(%(n0)s::int[], %(n1)s::text[]) AS row(entry, folded) JOIN ids ON ids.n = row.entry + 1
), subjects AS (
    INSERT INTO "AuditLogEntrySubject" (entry_id, subject, "timestamp")
    SELECT ids.id, row.subject, %(timestamp)s
    FROM unnest(%(u0)s::int[], %(u1)s::text[]) AS row(entry, subject) JOIN ids ON ids.n = row.entry + 1
), properties AS (
    INSERT INTO "AuditLogEntryProperty" (entry_id, property_name, existing, new, "timestamp")
    SELECT ids.id, row.property, row.existing, row.new, %(timestamp)s
    FROM unnest(%(p0)s::int[], %(p1)s::text[], %(p2)s::text[], %(p3)s::text[])
        AS row(entry, property, existing, new) JOIN ids ON ids.n = row.entry + 1
)
"""

# The marks, where entries are marked. What depends on the log sees it as it was before this statement. Each look-up
# is written so that it can only be done by a walk along the subject's index, however many rows of the log there are.
MARKS = """
, marks AS (
    INSERT INTO "AuditLogEntryMark" (entry_id, mark, "timestamp")
    {marked}
)
"""
# The entry with which the change set becomes large, if it does now.
MANY = """
    SELECT ids.id FROM ids
    WHERE ids.n = %(many)s - (
        SELECT count(*)
        FROM (SELECT FROM "AuditLogEntry" WHERE change_set = %(change_set)s::uuid LIMIT %(many)s) AS before
    )
"""
BECAME_LARGE = f"SELECT many.id, 'many', %(timestamp)s FROM ({MANY}) AS many"
MARKED = 'INSERT INTO "AuditLogEntryMark" (entry_id, mark, "timestamp") VALUES (%s, %s, %s)'
DECIDED = """
    SELECT ids.id, row.mark, %(timestamp)s
    FROM unnest(%(m0)s::int[], %(m1)s::text[]) AS row(entry, mark) JOIN ids ON ids.n = row.entry + 1
"""
TAKEN_BACK = """
    SELECT DISTINCT ids.id, 'taken_back', %(timestamp)s::timestamptz
    FROM unnest(%(t0)s::int[], %(t1)s::text[], %(t2)s::text[], %(t3)s::text[], %(t4)s::text[], %(t5)s::text[])
        AS own(entry, subject, undone, property, value, folded) JOIN ids ON ids.n = own.entry + 1
    WHERE CASE WHEN own.property IS NULL OR (
        SELECT true FROM "AuditLogEntryProperty"
        WHERE property_name = own.property AND existing = own.folded AND "timestamp" BETWEEN %(since)s AND %(timestamp)s
        LIMIT 1
    ) THEN (
        SELECT true
        FROM (
            SELECT entry_id FROM "AuditLogEntrySubject"
            WHERE subject = own.subject AND "timestamp" BETWEEN %(since)s AND %(timestamp)s
            ORDER BY "timestamp" DESC, entry_id DESC LIMIT %(most)s
        ) AS earlier
        WHERE CASE WHEN own.property IS NULL OR (
            SELECT true FROM "AuditLogEntryDetail"
            WHERE entry_id = earlier.entry_id AND property_name = own.property
                AND NOT masked AND existing_value IS NOT DISTINCT FROM own.value
            LIMIT 1
        ) THEN own.undone = (
            SELECT action FROM "AuditLogEntry" WHERE id = earlier.entry_id AND "table" = %(table)s
        ) END
        LIMIT 1
    ) END
"""
END = "SELECT NULL::bigint"

#: The first half of the keys of advisory locks for taking turns: "CLTU".
TURNS = 0x434C5455

# Who is in a group just now. Another process of the same change set may keep the same group at this moment.
REACHED = """
INSERT INTO "AuditLogAffected" (change_set, subject, "timestamp", people)
SELECT %(change_set)s::uuid, touched.subject, %(timestamp)s, coalesce((
    SELECT json_agg(json_build_array(people.id, username, name) ORDER BY username COLLATE "C")
    FROM ({people}) AS people WHERE whose = touched.id
)::text, '[]')
FROM unnest(%(g{n}0)s::text[], %(g{n}1)s::bigint[]) AS touched(subject, id)
WHERE NOT EXISTS (
    SELECT FROM "AuditLogAffected" WHERE change_set = %(change_set)s::uuid AND subject = touched.subject
)
ON CONFLICT DO NOTHING
"""

#: What COPY's text format writes otherwise.
COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})

#: What the triggers run.
REFUSAL = """
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END """
REFUSE = f'CREATE OR REPLACE FUNCTION "auditlog_refuse"() RETURNS trigger LANGUAGE plpgsql AS $${REFUSAL}$$'

# Those that are switched on, run our function and nothing else's, on every row or statement and on no condition. The
# number is their kind as the catalogue keeps it: 27 before UPDATE or DELETE of a row, 34 before a TRUNCATE.
LIVE = """
SELECT tgname
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE relname = ANY(%s) AND relnamespace = current_schema()::regnamespace
    AND NOT tgisinternal AND tgenabled IN ('O', 'A')
    AND tgtype = CASE WHEN tgname LIKE '%%no_truncate' THEN 34 ELSE 27 END AND tgqual IS NULL AND tgattr::text = ''
    AND proname = 'auditlog_refuse' AND pronamespace = current_schema()::regnamespace AND prosrc = %s
"""


def write(connection: BaseDatabaseWrapper, batch: Batch) -> None:
    """Write a batch in one statement."""
    from . import columns

    parameters: dict[str, Any] = {
        "count": len(batch.entries),
        "timestamp": batch.timestamp,
        "table": batch.table,
        "changed_by": batch.changed_by,
        "changed_by_name": batch.changed_by_name,
        "changed_by_id": batch.changed_by_id,
        "change_set": str(batch.change_set),
        "channel": batch.channel,
        "address": batch.address,
        "many": batch.many,
        "since": batch.since,
        "most": batch.MOST_LOOKED_AT,
    }
    for letter, rows, width in (
        ("e", batch.entries, 3),
        ("s", batch.descriptions, 4),
        ("d", batch.details, 8),
        ("n", batch.names, 2),
        ("u", batch.subjects, 2),
        ("p", batch.properties, 4),
        ("m", batch.marks, 2),
        ("t", batch.undoing, 6),
    ):
        for number, column in enumerate(columns(rows, width)):
            parameters[f"{letter}{number}"] = column
    parameters |= _groups(*batch.reached)
    with connection.cursor() as cursor:
        marks, end = _marks(batch)
        cursor.execute(WRITE + marks + _reached(batch) + end, parameters)
        for (large,) in cursor.fetchall():
            if large:
                cursor.execute(MARKED, (large, "many", batch.timestamp))


def _marks(batch: Batch) -> tuple[str, str]:
    """What of the statement this batch has a use for, and its end: each part takes time to be planned.

    Where nothing else can be marked, the statement only tells which entry makes the change set large. That is so once
    for a change set, and is worth a statement of its own then: planning the insert costs more than asking.
    """
    if not batch.marks and not batch.undoing:
        return "", END if batch.many is None else MANY
    parts = ((BECAME_LARGE, batch.many), (DECIDED, batch.marks), (TAKEN_BACK, batch.undoing))
    return MARKS.format(marked=" UNION ALL ".join(sql for sql, used in parts if used)), END


def _reached(batch: Batch) -> str:
    return "".join(
        f", reached{n} AS ({REACHED.format(n=n, people=reached.people)})" for n, reached in enumerate(batch.reached)
    )


def _groups(*all_reached: Reached) -> dict[str, list[Any]]:
    """The parameters of REACHED, numbered."""
    return {
        f"g{n}{column}": [group[column] for group in reached.groups]
        for n, reached in enumerate(all_reached)
        for column in (0, 1)
    }


def keep(connection: BaseDatabaseWrapper, reached: Reached) -> None:
    """Keep who is in these groups now, of those that the change set has not reached before: one statement."""
    parameters: dict[str, Any] = {"change_set": str(reached.change_set), "timestamp": reached.timestamp}
    with connection.cursor() as cursor:
        cursor.execute(REACHED.format(n=0, people=reached.people), parameters | _groups(reached))


def id_list(ids: Collection[int]) -> RawSQL:
    """Ids for an ``__in`` look-up, as one parameter however many they are."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def text_list(texts: Collection[str]) -> RawSQL:
    """Texts for an ``__in`` look-up, as one parameter however many they are."""
    return RawSQL("SELECT unnest(%s::text[])", [list(texts)])


def lock_table(connection: BaseDatabaseWrapper, table: str) -> None:
    """Keep other writers out of a table until the transaction ends; readers go on."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {connection.ops.quote_name(table)} IN SHARE ROW EXCLUSIVE MODE")


def one_after_another(connection: BaseDatabaseWrapper, table: str) -> None:
    """Let those who add to a table by what it holds take turns until their transactions end.

    A lock on the table itself would need more than the right to add to it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [TURNS, table])


def prepare(connection: BaseDatabaseWrapper) -> None:
    """Nothing to do: what a bulk call may carry is no matter here."""


@contextmanager
def waiting(connection: BaseDatabaseWrapper, milliseconds: int) -> Iterator[None]:
    """A transaction that fails where it would wait longer than this for a lock."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        # Ends with the transaction, or with the savepoint where it is rolled back.
        cursor.execute(f"SET LOCAL lock_timeout = '{milliseconds:d}ms'")
        yield
        cursor.execute("SET LOCAL lock_timeout = DEFAULT")


def trigger_names(table: str) -> set[str]:
    """The triggers that make a table append-only."""
    return {f"{table}_append_only", f"{table}_no_truncate"}


def make_triggers(connection: BaseDatabaseWrapper, table: str) -> None:
    """Let the database refuse UPDATE, DELETE and TRUNCATE on a table."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(REFUSE)
        cursor.execute(
            f"CREATE OR REPLACE TRIGGER {quote(f'{table}_append_only')} BEFORE UPDATE OR DELETE ON {quote(table)} "
            'FOR EACH ROW EXECUTE FUNCTION "auditlog_refuse"()'
        )
        cursor.execute(
            f"CREATE OR REPLACE TRIGGER {quote(f'{table}_no_truncate')} BEFORE TRUNCATE ON {quote(table)} "
            'FOR EACH STATEMENT EXECUTE FUNCTION "auditlog_refuse"()'
        )


def drop_triggers(connection: BaseDatabaseWrapper, table: str) -> None:
    """Take the triggers away: for the owner role's purge, and for emptying a test database."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for name in sorted(trigger_names(table)):
            cursor.execute(f"DROP TRIGGER IF EXISTS {quote(name)} ON {quote(table)}")


def live_triggers(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> set[str]:
    """Names of the triggers on these tables that refuse what they should."""
    with connection.cursor() as cursor:
        cursor.execute(LIVE, [list(tables), REFUSAL])
        return {name for (name,) in cursor.fetchall()}


def draw_ids(connection: BaseDatabaseWrapper, table: str, count: int) -> list[int]:
    """The next ids of a table, drawn from its sequence."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [connection.ops.quote_name(table), count],
        )
        return [pk for (pk,) in cursor.fetchall()]


def insert_rows(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert many rows at once, whatever made them: for generated histories, not for recording."""
    quote = connection.ops.quote_name
    text = StringIO("".join("\t".join(map(_copied, row)) + "\n" for row in rows))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {quote(table)} ({', '.join(map(quote, columns))}) FROM STDIN", text)


def _copied(value: Any) -> str:
    """A value in COPY's text format. Nearly no text has anything to escape, and looking is ten times as fast."""
    if value is None:
        return r"\N"
    text = str(value)
    return text if text.isprintable() and "\\" not in text else text.translate(COPY_ESCAPES)


def refresh_statistics(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> None:
    """Let the planner know about many new rows now."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, tables))}")
