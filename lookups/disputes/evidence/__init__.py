"""Files that citizens add: taken in memory, made anew in a process of their own, kept sealed, given out as downloads.

``cleaner`` is that process; it knows nothing of the portal. ``files`` runs it and keeps what it made.
"""
