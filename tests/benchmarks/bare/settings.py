"""The settings of ``startproject`` with PostgreSQL, a pool as the portal has, and django-otp.

Its own tables lie in the schema ``bare``, where ``BARE_SEARCH_PATH`` points.
"""

import os

import dj_database_url

SECRET_KEY = "only for a benchmark"
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "tests.benchmarks.bare.pages"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "tests.benchmarks.bare",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {
    "default": {
        **dj_database_url.parse(os.environ["DATABASE_OWNER_URL"]),
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": 8, "timeout": 5},
            "options": f"-c search_path={os.environ.get('BARE_SEARCH_PATH', 'bare,public')}",
        },
    }
}
