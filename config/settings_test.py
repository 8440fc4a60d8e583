"""What the tests change: their own database, cheap hashes, mail in memory."""

from config.env import BASE_DIR, env
from config.settings import *

_TEST_URL = env.str("TEST_DATABASE_URL", default="")
if _TEST_URL:
    DATABASES = {"default": env.db("TEST_DATABASE_URL")}
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
DATABASES["default"]["TEST"] = {"NAME": env.str("TEST_DATABASE_NAME", default="test_keeptab")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
ALLOWED_HOSTS = ["*"]
API_RATE_LIMIT = 0
API_KEY_CACHE_SECONDS = 0
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
