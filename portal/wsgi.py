"""The web application for gunicorn.

Its processes share a pool of database connections (workers must not: they fork).
"""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("PORTAL_PROCESS", "web")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()
# All rooms' pages now, not when the first person asks for one. And what is loaded stays as long as the process does:
# the garbage collector, which would walk through it again and again, leaves it alone.
resolve("/")
gc.collect()
gc.freeze()
