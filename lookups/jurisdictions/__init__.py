"""The countries' rules, one short data file each, and working days.

Adding a country is one file in ``countries/`` (copy ``cn.py``), named in ``countries/__init__.py``. Nothing else in
the portal names a country.
"""
