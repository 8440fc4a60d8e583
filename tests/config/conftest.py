import os
import subprocess
import sys

import pytest

from tests.start import OURS, ROOT


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
