"""Settings. Everything that differs between deployments comes from the environment (README, "Production").

Without DATABASE_URL and REDIS_URL the portal's own servers are used, which ``make run`` starts.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from portal import embedded
from portal.embedded import secrets
from portal.logging import LOGGING_CONFIGURATION

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"


def _on(name: str, default: str = "0") -> bool:
    return os.environ.get(name, default).lower() in {"1", "true", "yes", "on"}


# --- What this deployment is -------------------------------------------------------------------------------------

PORTAL_DEMO = _on("PORTAL_DEMO")
PORTAL_JURISDICTION = os.environ.get("PORTAL_JURISDICTION", "CN")
_port = os.environ.get("PORT", "8000")
if not (_port.isascii() and _port.isdigit() and 0 < int(_port) < 65536):
    raise ImproperlyConfigured("PORT has to be a number between 1 and 65535.")
PORT = int(_port)
PORTAL_BASE_URL = os.environ.get("PORTAL_BASE_URL", f"http://localhost:{PORT}").rstrip("/")
PORTAL_KEYRING = Path(os.environ.get("PORTAL_KEYRING", VAR / "keyring.json"))
# How long a dispute waits before it leaves, where it is not to be the jurisdiction's own time.
_undo = os.environ.get("PORTAL_UNDO_SECONDS", "30" if PORTAL_DEMO else "")
PORTAL_UNDO_SECONDS = float(_undo) if _undo else None
LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

_base = urlsplit(PORTAL_BASE_URL)
if PORTAL_DEMO and _base.hostname not in {"localhost", "127.0.0.1", "::1"}:
    raise ImproperlyConfigured(
        "PORTAL_DEMO shows everyone's codes: it runs on localhost only. Unset it, or PORTAL_BASE_URL."
    )

# Plain http to carriers on this very machine: the sandbox carriers, and tests.
INSECURE_LOOPBACK = PORTAL_DEMO or _on("PORTAL_INSECURE_LOOPBACK")

if "PORTAL_SECRET_KEY" in os.environ:
    SECRET_KEY = os.environ["PORTAL_SECRET_KEY"]
elif _base.hostname in {"localhost", "127.0.0.1", "::1"}:
    SECRET_KEY = secrets.ensure(VAR)
else:
    raise ImproperlyConfigured("Set PORTAL_SECRET_KEY: 50 random characters that no one else knows.")

DEBUG = False
ALLOWED_HOSTS = [host for host in {_base.hostname or "", *LOOPBACK_HOSTS} if host]
CSRF_TRUSTED_ORIGINS = [PORTAL_BASE_URL]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

INSTALLED_APPS = [
    "portal",
    "lookups.demo",
    "lookups.overview",
    "lookups.disputes",
    "lookups.registry",
    "lookups.carriers",
    "lookups.identity",
    "lookups.notices",
    "lookups.outbox",
    "lookups.audit",
    "lookups.jurisdictions",
    "lookups.vault",
    "csp",
    "django_otp",
    "django_otp_webauthn",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.middleware.private_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lookups.identity.middleware.SecondFactor",
    "portal.middleware.local_time",
    "lookups.identity.middleware.end_old_sessions",
    "lookups.identity.middleware.DenyByDefault",
    "lookups.identity.device_notices.remember_devices",
    "django.contrib.messages.middleware.MessageMiddleware",
    "lookups.carriers.middleware.KeepCarriersApart",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.site",
            ],
        },
    }
]

# --- Databases: two roles on one server (a third, "console", is put on per transaction) ------------------------------

_environment = dict(os.environ)
if "DATABASE_URL" not in _environment or "REDIS_URL" not in _environment:
    _environment = embedded.environment(VAR) | _environment

# Not running yet (linting, ``manage.py stack`` itself): an address where nobody answers, so that use fails clearly.
DATABASE_URL = _environment.get("DATABASE_URL", "postgres://portal@127.0.0.1:1/portal")
REDIS_URL = _environment.get("REDIS_URL", "redis://127.0.0.1:1/0")

_process = os.environ.get("PORTAL_PROCESS", "manage")
# Web processes share connections; Celery's prefork would close the pool after each task.
_web_pool = {"pool": {"min_size": 1, "max_size": 8, "timeout": 5}} if _process == "web" else {}


def _database(url: str, **options: object) -> dict[str, object]:
    parsed: dict[str, object] = {**dj_database_url.parse(url)}
    own = {"application_name": f"portal {_process}", "connect_timeout": 5, **options}
    # What the address says of the connection (sslmode, options) stays.
    parsed["OPTIONS"] = own | parsed.get("OPTIONS", {})  # type: ignore[operator]
    return parsed


# Statements may be kept (lookups.prepared; what Django itself sends never is), and keep their plan. Left to itself
# PostgreSQL thinks plans for known values cheaper, and makes one for each call: ten times the work of the look-up.
_kept_statements = {"prepare_threshold": 0, "options": "-c plan_cache_mode=force_generic_plan"}

DATABASES = {
    # What the portal works with: reads and writes rows, owns nothing.
    "default": {**_database(DATABASE_URL, **_kept_statements, **_web_pool), "TEST": {"MIRROR": "owner"}},
    # Migrations, retention and the flush between tests: owns the tables.
    "owner": _database(_environment.get("DATABASE_OWNER_URL", DATABASE_URL)),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Sign-in -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "identity.Account"
AUTHENTICATION_BACKENDS = ["lookups.identity.backends.AccountBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "identity:sign_in"
OTP_LOGIN_URL = "identity:sign_in"
SESSION_IDLE_SECONDS = {"citizen": 15 * 60, "staff": 10 * 60}
SESSION_LONGEST_SECONDS = 8 * 3600
STEP_UP_SECONDS = 5 * 60
ACTIVATION_CODE_DAYS = 21
ACTIVATION_CODE_DAYS_ABROAD = 30

# Passkeys belong to a host name: that of PORTAL_BASE_URL. A loopback address has none but localhost.
_passkey_host = "localhost" if _base.hostname in {"127.0.0.1", "::1"} else _base.hostname or "localhost"
_passkey_port = f":{_base.port}" if _base.port else ""
OTP_WEBAUTHN_CREDENTIAL_MODEL = "identity.Passkey"
OTP_WEBAUTHN_RP_ID = _passkey_host
OTP_WEBAUTHN_RP_NAME = "Numbers in my name"
OTP_WEBAUTHN_ALLOWED_ORIGINS = [f"{_base.scheme}://{_passkey_host}{_passkey_port}"]
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
# Phishing takes codes, not passkeys: whoever may decide disputes needs one (S4). Off only to move staff over.
STAFF_NEED_PASSKEY = _on("PORTAL_STAFF_NEED_PASSKEY", "0" if PORTAL_DEMO else "1")

# National eID by OpenID Connect; without an issuer there is none (README, "Production").
PORTAL_EID_ISSUER = os.environ.get("PORTAL_EID_ISSUER", "")
PORTAL_EID_CLIENT_ID = os.environ.get("PORTAL_EID_CLIENT_ID", "")
PORTAL_EID_CLIENT_SECRET = os.environ.get("PORTAL_EID_CLIENT_SECRET", "")
PORTAL_EID_ACR = os.environ.get("PORTAL_EID_ACR", "").split()
PORTAL_EID_ID_CLAIM = os.environ.get("PORTAL_EID_ID_CLAIM", "")
PORTAL_EID_SCHEME = os.environ.get("PORTAL_EID_SCHEME", "")
PORTAL_EID_SCOPES = os.environ.get("PORTAL_EID_SCOPES", "openid")
PORTAL_EID_ALGORITHM = os.environ.get("PORTAL_EID_ALGORITHM", "RS256")
PORTAL_EID_HOSTS = os.environ.get("PORTAL_EID_HOSTS", "").lower().split()  # where not all endpoints are the issuer's
if PORTAL_EID_ISSUER:
    _missing = [
        name
        for name in ("CLIENT_ID", "CLIENT_SECRET", "ACR", "ID_CLAIM", "SCHEME")
        if not os.environ.get(f"PORTAL_EID_{name}", "").strip()
    ]
    if _missing:
        raise ImproperlyConfigured(f"PORTAL_EID_ISSUER is set: set PORTAL_EID_{', PORTAL_EID_'.join(_missing)} too.")
    if PORTAL_EID_ALGORITHM not in {"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"}:
        raise ImproperlyConfigured("PORTAL_EID_ALGORITHM is RS256, RS384, RS512, ES256, ES384 or ES512.")
    if urlsplit(PORTAL_EID_ISSUER).scheme != "https" and not INSECURE_LOOPBACK:
        raise ImproperlyConfigured("PORTAL_EID_ISSUER must begin with https://.")

SESSION_ENGINE = "lookups.identity.session_store"
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = SESSION_LONGEST_SECONDS
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
LANGUAGE_COOKIE_SECURE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Browser security ------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "script-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_HSTS_SECONDS = 2 * 365 * 86400
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_SSL_REDIRECT = _base.scheme == "https"
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
if _on("PORTAL_BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# No upload ever becomes a temporary file in clear. The pages that take large files bring handlers of their own.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
EVIDENCE_MAX_BYTES = 10_000_000  # of one file, as it is sent; held in memory
EVIDENCE_MAX_FILES = 5  # of one dispute
EVIDENCE_MAX_UNSENT = 20  # of one person, with drafts that were not sent
MACHINE_BODY_LIMIT = 256 * 1024
METRICS_TOKEN = os.environ.get("PORTAL_METRICS_TOKEN", "")

# --- Languages and files ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- E-mail: EMAIL_URL=smtp://user:password@host:587 (smtps:// for TLS from the start) -------------------------------

_email = urlsplit(os.environ.get("EMAIL_URL", ""))
EMAIL_BACKEND = (
    "lookups.notices.mail_server.EmailBackend" if _email.hostname else "django.core.mail.backends.dummy.EmailBackend"
)
EMAIL_HOST = _email.hostname or "localhost"
EMAIL_PORT = _email.port or 25
EMAIL_HOST_USER = _email.username or ""
EMAIL_HOST_PASSWORD = _email.password or ""
EMAIL_USE_SSL = _email.scheme == "smtps"
EMAIL_USE_TLS = _email.scheme == "smtp" and EMAIL_PORT == 587
EMAIL_TIMEOUT = 8  # for each step; lookups/notices/mail_server.py ends the whole after 40 s
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", f"Numbers in my name <no-reply@{_base.hostname or 'localhost'}>")

# --- Paper ------------------------------------------------------------------------------------------------------------

# A TrueType or OpenType file for certificates; without one they are written in Latin-1, other names become codes.
_font = os.environ.get("PORTAL_PDF_FONT", "")
PDF_FONT = Path(_font) if _font else None

# --- Workers: PostgreSQL is the truth, the broker a doorbell ---------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "max_retries": 0,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
SWEEP_SECONDS = float(os.environ.get("PORTAL_SWEEP_SECONDS", "3"))
POLL_SECONDS = float(os.environ.get("PORTAL_POLL_SECONDS", "60"))
_BEAT = {
    "outbox.sweep": SWEEP_SECONDS,
    "disputes.poll_carriers": POLL_SECONDS,
    "disputes.escalate_late": 60.0,
    "disputes.forward_misrouted": 15.0,
    "disputes.check_removals": 60.0,
    "disputes.forget_drafts": 3600.0,
    "disputes.end_family_waits": 600.0,
    "disputes.forget_ended_registrations": 3600.0,
    "identity.forget_letter_requests": 3600.0,
    "identity.finish_recoveries": 60.0,
    "registry.tell_people": 30.0,
    "registry.sweep": 5 * SWEEP_SECONDS,  # a doorbell that is merely waiting for its turn is not rung again at once
    "registry.tidy": 600.0,
}
# A tick that nobody took in time is void: an hour without workers must not end in a thousand sweeps.
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": seconds, "options": {"expires": max(seconds, 10.0)}}
    for task, seconds in _BEAT.items()
}
# A national snapshot takes minutes: it must not keep disputes waiting, so it has a worker of its own.
CELERY_TASK_ROUTES = {"registry.take_in": {"queue": "feeds"}}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "celerybeat-schedule")

# Seconds after each failed attempt (Standard Webhooks 1.0.0): about three days, then a person looks.
OUTBOX_RETRY_SCHEDULE = [5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0]
OUTBOX_LEASE_SECONDS = float(os.environ.get("OUTBOX_LEASE_SECONDS", "60"))  # longer than any request's wall-clock cap
OUTBOX_DRAIN_BUDGET = 20.0

# --- Feeds ---------------------------------------------------------------------------------------------------------

# Delivered files, sealed, and lists of rejected lines: one folder for all machines of the portal.
FEEDS_FOLDER = Path(os.environ.get("PORTAL_FEEDS_FOLDER", VAR))
FEED_MAX_BYTES = int(os.environ.get("FEED_MAX_BYTES", 8 << 30))  # as delivered
FEED_MAX_UNPACKED_BYTES = int(os.environ.get("FEED_MAX_UNPACKED_BYTES", 64 << 30))
FEED_MAX_RATIO = 100  # of a compressed feed: ordinary ones unpack to four to fifteen times their size
FEED_SILENCE_SECONDS = 60.0  # a connection that brings nothing for so long is lost
FEED_HELD_DAYS = int(os.environ.get("FEED_HELD_DAYS", "14"))
FEED_MAX_ATTEMPTS = 10
FEED_TIME_LIMIT = 6 * 3600  # seconds for one import
SNAPSHOT_MAX_ENDED_SHARE = float(os.environ.get("SNAPSHOT_MAX_ENDED_SHARE", "0.2"))  # of the carrier's running records
SNAPSHOT_MAX_REJECTED_SHARE = float(os.environ.get("SNAPSHOT_MAX_REJECTED_SHARE", "0.1"))  # of the snapshot's lines

LOGGING = LOGGING_CONFIGURATION
