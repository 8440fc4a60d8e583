"""Settings, top to bottom: safety, apps, middleware, database, our own. What varies comes from the environment."""

from asyncio import CancelledError
from datetime import timedelta
from pathlib import Path
from typing import Any

from config import env, mail, server_options
from config.env import BASE_DIR

# -- Safety ------------------------------------------------------------------------------------------------------------
DATA_DIR = env.data_dir()
EMBEDDED = not env.text("DATABASE_URL", "")  # no database named: we bring our own
_KEEP_IN: Path | None = DATA_DIR / "secrets" if EMBEDDED else None

# Signs cookies.
SECRET_KEY = env.secret("SECRET_KEY", keep_in=_KEEP_IN)
# HMAC of API keys and fingerprints; never changes.
HASHING_KEY = env.secret("HASHING_KEY", keep_in=_KEEP_IN)
# Encrypts columns: the first one seals, all open.
SEALING_KEYS = env.secret("SEALING_KEYS", keep_in=_KEEP_IN).split(",")
DEBUG = False
# As people reach this installation.
PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
HTTPS = PUBLIC_URL.startswith("https://")
_THIS_MACHINE = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.texts(
    "ALLOWED_HOSTS", list(dict.fromkeys([*_THIS_MACHINE, env.host_of(PUBLIC_URL)]))
)
CSRF_TRUSTED_ORIGINS: list[str] = [PUBLIC_URL] if HTTPS else []
BEHIND_PROXY = env.flag("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Subdomains and preload lists are the domain's owner's affair (W005, W021); the proxy in front redirects (W008).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-staff" if HTTPS else "staff"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 8 * 3600  # seconds; a working day
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
AUTH_USER_MODEL = "customers.Operator"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # stops whoever guesses, before a password is looked at
    "django.contrib.auth.backends.ModelBackend",
]
# Sign-in protection: whoever fails so often for one account from one address waits. The account is a keyed digest (what
# is typed there may be a password), and nothing of the request is kept.
AXES_HANDLER = "customers.admin.sign_in_protection.Handler"
AXES_USERNAME_CALLABLE = "customers.admin.sign_in_protection.account"
AXES_LOCKOUT_CALLABLE = "customers.admin.sign_in_protection.wait"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # the audit log has it
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "Keeptab"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# -- Apps --------------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config.apps.DashboardConfig",  # django.contrib.admin, with our site as the default one
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "procrastinate.contrib.django",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config.apps.ConfigConfig",
    "portal",
    "payments.billing",
    "payments",
    "customers.events",
    "customers",
]

# -- Requests ----------------------------------------------------------------------------------------------------------
# For pages; requests for the API go round all but the first (config/middleware.py).
MIDDLEWARE = [
    "config.middleware.RequestId",
    "config.middleware.InputEdge",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
CSRF_FAILURE_VIEW = "config.pages.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576  # bytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"charts": "customers.admin.charts"},
        },
    }
]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static_files.Storage"},
}

# -- Database ----------------------------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]]
if EMBEDDED:
    DATABASES = {
        "default": {
            "ENGINE": "config.database",
            "NAME": "keeptab",
            "OPTIONS": {"cluster": DATA_DIR / "postgres"},
        }
    }
else:
    DATABASES = {"default": env.database("DATABASE_URL")}
DATABASES |= env.more_databases(
    direct=env.text("DATABASE_DIRECT_URL", ""),
    replicas=env.texts("DATABASE_REPLICA_URL", []),
    is_embedded=EMBEDDED,
)
for _way in DATABASES.values():
    _way["CONN_MAX_AGE"] = None
    # A cursor of the server's outlives its transaction only in a session of its own.
    _way["DISABLE_SERVER_SIDE_CURSORS"] = "direct" in DATABASES
DATABASE_ROUTERS = ["customers.kit.replicas.Router"]
# Milliseconds for which a read waits until a replica has caught up with the primary, which answers else.
DATABASE_REPLICA_WAIT_MS = env.number("DATABASE_REPLICA_WAIT_MS", 50)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- Language and time -------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("fr", "Français"),
    ("it", "Italiano"),
    ("ko", "한국어"),
    ("es", "Español"),
    ("th", "ไทย"),
    ("ja", "日本語"),
]
LANGUAGE_COOKIE_NAME = "language"  # what a customer chose on the portal's pages
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
USE_TZ = True
TIME_ZONE = "UTC"

# -- Logs: one line each on standard error; request bodies, keys and addresses never get there -------------------------
_LOG_LEVEL = env.one_of("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"], "WARNING")
_LOG_FORMAT = env.one_of("LOG_FORMAT", ["LINE", "JSON"], "LINE").lower()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "customers.kit.scrubbing.ScrubbedFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": "customers.kit.scrubbing.JsonFormatter"},
    },
    "filters": {
        "not_a_probe": {  # who asks whether all is ready has the answer; asked each second, it would fill the log
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: record.getMessage() != "Service Unavailable: /readyz",
        },
        "not_called_off": {  # a worker that is stopped gives up connecting, which is no fault of anybody's
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: (
                not any(isinstance(value, CancelledError) for value in record.args or ())
            ),
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": _LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": _LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "axes": {"level": "ERROR"},  # the audit log says who failed to sign in
        # A refused request is its sender's matter.
        "django.request": {"level": "ERROR", "filters": ["not_a_probe"]},
        "psycopg.pool": {"filters": ["not_called_off"]},
    },
}

# -- Mail --------------------------------------------------------------------------------------------------------------
_MAIL = mail.read(DATA_DIR / "mail")
EMAIL_BACKEND = _MAIL.backend
EMAIL_HOST: str = _MAIL.of("EMAIL_HOST", default="")
EMAIL_PORT: int = _MAIL.of("EMAIL_PORT", default=25)
EMAIL_HOST_USER: str = _MAIL.of("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD: str = _MAIL.of("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS: bool = _MAIL.of("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL: bool = _MAIL.of("EMAIL_USE_SSL", default=False)
EMAIL_TIMEOUT: int | None = _MAIL.of("EMAIL_TIMEOUT", default=None)
EMAIL_FILE_PATH: str | None = _MAIL.of("EMAIL_FILE_PATH", default=None)
ANYMAIL = dict(_MAIL.anymail)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _MAIL.sender
# What sends mail of test mode: the same, or nothing that leaves this machine.
EMAIL_TEST_MODE_BACKEND = (
    EMAIL_BACKEND if env.flag("EMAIL_TEST_MODE", default=True) else mail.KEEPING
)

# -- Ours --------------------------------------------------------------------------------------------------------------
API_VERSION = "2026-10-28.endive"  # the shape of /v1/
# Host names under which the Omise dialect answers at the root; all of this installation's where empty.
OMISE_HOSTS = frozenset(name.lower() for name in env.texts("OMISE_HOSTS", []))
# Lets a monitoring system read /metrics; without one there is no such page.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
# Requests a second, per key and web process; 0: no limit.
API_RATE_LIMIT = env.number("API_RATE_LIMIT", 1000)
# How long a revoked key may still be accepted.
API_KEY_CACHE_SECONDS = env.number("API_KEY_CACHE_SECONDS", 5)
DOWNLOADS_AT_ONCE = server_options.DOWNLOADS_AT_ONCE
# For how many days events and deliveries are kept, where no site wants otherwise; 0: for good. Months go as a whole.
EVENTS_RETENTION_DAYS = env.days("EVENTS_RETENTION_DAYS", 0, least=30)  # as many as Stripe lists
DELIVERIES_RETENTION_DAYS = env.days(
    "DELIVERIES_RETENTION_DAYS", 90, least=7
)  # tries go on for four
IDEMPOTENCY_HOURS = 24  # how long an answer can be replayed
# By what waiting times are multiplied in test mode: those of the reconciler, of retries, of debits in the sandbox.
DRILL_TIME_FACTOR = env.factor("DRILL_TIME_FACTOR", 1)
# Where else than to the gateways themselves, and for webhooks to public addresses, we may connect: host:port, separated
# by commas.
OUTBOUND_ALLOW = env.texts("OUTBOUND_ALLOW", [])
SANDBOX_DEBIT_SECONDS = 5  # how long a debit in the sandbox is on its way
SANDBOX_IDEMPOTENCY_SECONDS = 60  # how long a request can be on its way to the sandbox

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "customers.restkit.schema.V1Schema",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Keeptab",
    "VERSION": API_VERSION,
    "OAS_VERSION": "3.1.1",
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SERVERS": [{"url": PUBLIC_URL}],
    "SERVE_INCLUDE_SCHEMA": False,
    "PREPROCESSING_HOOKS": ["customers.restkit.schema.v1_endpoints"],
    "POSTPROCESSING_HOOKS": [
        "payments.api.v1.reference.add",
        "payments.billing.api.v1.reference.add",
        "portal.api.v1.reference.add",
        "customers.api.v1.reference.describe",
    ],
    "SORT_OPERATIONS": False,  # the map's order
    "SORT_OPERATION_PARAMETERS": False,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}
