"""How a carrier's file becomes registrations: read, checked line by line, sealed, staged, merged.

``source`` cuts the file into chunks of whole lines, ``header`` knows the columns, ``lines`` turns a line into a row of
PostgreSQL's binary COPY and ``chunks`` does so by the thousand (in other processes, ``pool``), ``staging`` holds the
rows and merges them, ``rejects`` lists what was not taken. ``lookups.registry.importing`` conducts. No value of a line
ever leaves it in a message.
"""
