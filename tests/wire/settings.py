"""The tests' settings for servers in processes of their own, which serve the tests' own database."""

from config import env
from config.settings_test import *  # noqa: F403 -- all of them but one
from config.settings_test import DATABASES

for _way in DATABASES.values():
    _way["NAME"] = env.text("SERVED_DATABASE", "")
