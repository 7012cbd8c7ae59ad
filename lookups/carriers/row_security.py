"""Row security: what keeps carriers apart even where a query forgets to.

A console transaction runs as the role ``console`` (``SET LOCAL ROLE``) with ``portal.carrier`` set to the carrier of
the clerk, ``portal.every_carrier`` for officers and operators, or ``portal.counter`` for the authority's clerks, who
reach activation codes and nothing else. With none set, ``console`` sees no row. The role
``portal`` (citizens' pages, workers) sees all rows. Migrations of the rooms above call ``keep_apart``.
"""

from django.db import connection, migrations

_MINE = "nullif(current_setting('portal.carrier', true), '')::uuid"
_ALL = "current_setting('portal.every_carrier', true) = 'on'"


def by_column(column: str) -> str:
    """The condition for a table that names the carrier itself."""
    return f"{_ALL} OR {column} = {_MINE}"


def by_parent(column: str, parent: str) -> str:
    """The condition for a table whose parent row is kept apart already: its own policy decides."""
    return f"EXISTS (SELECT 1 FROM {parent} parent WHERE parent.id = {column})"


def keep_apart(table: str, condition: str, *, console: str) -> migrations.RunSQL:
    """Row security on ``table``; ``console`` lists the privileges of the console role on it (``"SELECT, UPDATE"``)."""
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY portal_sees_all ON {table} TO portal USING (true) WITH CHECK (true);
        CREATE POLICY console_sees_own ON {table} TO console USING ({condition}) WITH CHECK ({condition});
        GRANT {console} ON {table} TO console;
        """,
        f"""
        REVOKE ALL ON {table} FROM console;
        DROP POLICY console_sees_own ON {table};
        DROP POLICY portal_sees_all ON {table};
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


def grant(table: str, privileges: str) -> migrations.RunSQL:
    """Privileges of the console role on a table that belongs to no carrier."""
    return migrations.RunSQL(f"GRANT {privileges} ON {table} TO console", f"REVOKE ALL ON {table} FROM console")


def enter_console(carrier_id: object | None, *, every_carrier: bool, counter: bool = False) -> None:
    """Put the console role on, until the end of the running transaction. Raises where none is running."""
    if not connection.in_atomic_block:
        raise RuntimeError("the console role is put on inside a transaction only")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('portal.carrier', %s, true), set_config('portal.every_carrier', %s, true),"
            " set_config('portal.counter', %s, true)",
            [str(carrier_id or ""), "on" if every_carrier else "off", "on" if counter else "off"],
        )
        cursor.execute("SET LOCAL ROLE console")


def leave_console() -> None:
    """Take the console role off again before the transaction ends, so that it never outlives its request."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(
            "SELECT set_config('portal.carrier', '', true), set_config('portal.every_carrier', 'off', true),"
            " set_config('portal.counter', 'off', true)"
        )
