"""The web application for gunicorn.

Its processes share a pool of database connections (workers must not: they fork).
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("PORTAL_PROCESS", "web")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()
