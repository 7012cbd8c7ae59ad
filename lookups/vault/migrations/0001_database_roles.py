"""The database roles: ``portal`` works with rows, ``console`` is put on for the time of one console transaction.

Both own nothing. Where the owner may not create roles (most production servers), an administrator makes them first; the
README says how, and this migration then only grants.
"""

from typing import ClassVar

from django.db import migrations

ROLES = """
DO $$
DECLARE role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['portal', 'console'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        END IF;
    END LOOP;
    IF NOT pg_has_role('portal', 'console', 'MEMBER') THEN
        GRANT console TO portal;
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO portal, console;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portal;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO portal;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO portal;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [migrations.RunSQL(ROLES, migrations.RunSQL.noop)]
