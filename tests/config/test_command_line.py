"""What `manage.py` does around Django's commands."""

import subprocess
import sys

from config.env import BASE_DIR


def test_reader_who_has_seen_enough_is_no_error():
    command = subprocess.Popen(
        [sys.executable, "manage.py", "version"],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    command.stdout.close()

    with command.stderr as errors:
        said = errors.read()

    assert (command.wait(timeout=60), said) == (141, b"")
