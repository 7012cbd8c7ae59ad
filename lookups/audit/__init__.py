"""Who looked at whose records: append-only rows that the citizen can read.

Rows are inserted and never changed: PostgreSQL refuses UPDATE and DELETE to the portal's roles by privilege, and a
trigger refuses them to everyone else but the retention job of the owner.
"""
