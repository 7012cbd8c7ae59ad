"""Which numbers are held under a subject, and where we learned it: feeds, registrations, changes, confirmations."""
