"""Makes its tables and its users (named after the subjects given); prints a cookie header for each."""

import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.bare.settings"
os.environ["BARE_SEARCH_PATH"] = "bare"
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - Django first
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django_otp import DEVICE_ID_SESSION_KEY  # noqa: E402
from django_otp.plugins.otp_totp.models import TOTPDevice  # noqa: E402

call_command("migrate", run_syncdb=True, verbosity=0)
for subject in sys.argv[1:]:
    client = Client()
    user = User.objects.create(username=subject)
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = TOTPDevice.objects.create(user=user, confirmed=True).persistent_id
    session.save()
    print(f"sessionid={client.cookies['sessionid'].value}")
