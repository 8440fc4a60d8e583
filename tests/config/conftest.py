import os
import signal
import subprocess
import sys

import pytest

from config.supervisor import STOP_SIGNALS
from tests.start import OURS, ROOT


@pytest.fixture(scope="session", autouse=True)
def _signals_are_heard():
    """Whoever starts the tests may ignore signals (nohup, a job in the background), and children inherit that.

    Session-wide, since the fixtures that start programs for several tests come before those of a single test.
    """
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    for number, handler in before.items():
        if handler == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def manage():
    """A function that runs a command of `manage.py` on a data folder; it returns code, output and errors."""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}

    def run(data_dir, *arguments, **environment):
        usual = {"DJANGO_SETTINGS_MODULE": "config.settings", "DATA_DIR": str(data_dir)}
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**clean, **usual, **environment},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture(scope="session")
def migrated(manage, tmp_path_factory):
    """A data folder with a database that has its tables, for tests that do not mind what is in it."""
    folder = tmp_path_factory.mktemp("migrated")
    assert manage(folder, "migrate", "--verbosity", "0")[0] == 0
    return folder
