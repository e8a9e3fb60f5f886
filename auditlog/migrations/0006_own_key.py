from django.db import migrations

# Entries of accounts and groups that were written before they had a key of their own (areas.own_key).
ADD = """
INSERT INTO "AuditLogEntrySubject" (entry_id, subject, "timestamp")
SELECT e.id, e."table" || ':' || e.object_id || ':itself', e."timestamp"
FROM "AuditLogEntry" AS e
WHERE e."table" IN ('UserAccount', 'UserGroup')
    AND EXISTS (SELECT 1 FROM "AuditLogEntrySubject" AS s
        WHERE s.entry_id = e.id AND s.subject = e."table" || ':' || e.object_id)
    AND NOT EXISTS (SELECT 1 FROM "AuditLogEntrySubject" AS s
        WHERE s.entry_id = e.id AND s.subject = e."table" || ':' || e.object_id || ':itself')
ORDER BY e.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('auditlog', '0005_property_by_entry'),
    ]

    operations = [
        migrations.RunSQL(ADD, migrations.RunSQL.noop),
    ]
