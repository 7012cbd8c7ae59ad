"""What is measured, each in one run against a yardstick on the same machine: ``make bench``, or one of them
with ``make bench ARGS="import"``.

Every module here with a ``NAME`` and a ``run(arguments)`` is a benchmark. Figures are ratios first: machines differ.
"""
