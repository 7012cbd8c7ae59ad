"""Access records are inserted and never changed: privileges are the guard, a trigger is the second one.

Only the owner, in a transaction that says ``SET LOCAL portal.retention = 'on'``, may delete what has outlived its time.
"""

from typing import ClassVar

from django.db import migrations

APPEND_ONLY = """
REVOKE UPDATE, DELETE, TRUNCATE ON audit_accessrecord FROM portal;
GRANT INSERT ON audit_accessrecord TO console;
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('portal.retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'access records are append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_accessrecord
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
"""

UNDO = """
DROP TRIGGER audit_append_only ON audit_accessrecord;
DROP FUNCTION audit_refuse_change();
GRANT UPDATE, DELETE ON audit_accessrecord TO portal;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("audit", "0001_access_record")]
    operations: ClassVar = [migrations.RunSQL(APPEND_ONLY, UNDO)]
