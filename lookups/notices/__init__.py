"""What we tell people: in which words, in which language, and when it was said.

Callers hand over an address and a language; this room knows no account. A notice carries no number, no ID and nothing
of what anyone wrote: a reference, a carrier's name, a date, and where to read on.
"""
