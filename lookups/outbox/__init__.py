"""Outbox: everything that leaves the building. It claims, attempts, backs off and parks messages of any kind.

It is abstract and owns no table: rooms above derive their mailboxes and messages from it. It knows no carrier, no
dispute and no person.
"""
