"""What the tests change: their own database, cheap hashes, mail in memory."""

from config import env
from config.env import BASE_DIR
from config.settings import *

if env.text("TEST_DATABASE_URL", ""):
    DATABASES = {"default": env.database("TEST_DATABASE_URL")}
else:
    DATABASES = {
        "default": {
            "ENGINE": "config.database",
            "NAME": "keeptab",
            "OPTIONS": {
                "cluster": BASE_DIR / "var" / "test-postgres",
                "server_settings": {
                    "fsync": "off",
                    "synchronous_commit": "off",
                    "full_page_writes": "off",
                },
            },
        }
    }
DATABASES["default"]["CONN_MAX_AGE"] = None
# Two runs at once need two databases.
DATABASES["default"]["TEST"] = {"NAME": env.text("TEST_DATABASE_NAME", "test_keeptab")}
if env.text("TEST_DATABASE_DIRECT_URL", ""):  # the other one is a pooler's
    DATABASES["direct"] = {
        **env.database("TEST_DATABASE_DIRECT_URL"), **DATABASES["default"]["TEST"], "TEST": {"MIRROR": "default"},
    }  # fmt: skip
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
ALLOWED_HOSTS = ["*"]
API_RATE_LIMIT = 0
API_KEY_CACHE_SECONDS = 0
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
EMAIL_BACKEND = EMAIL_TEST_MODE_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DOWNLOADS_AT_ONCE = 1000  # tests that look at the head of an answer leave the rest unread
