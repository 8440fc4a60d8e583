"""A short run of what `python -m tests.fuzz` does for minutes."""

import os
import subprocess
import sys

import pytest

from tests.start import ROOT

pytestmark = pytest.mark.server
MINUTES = os.environ.get("FUZZ_MINUTES", "0.5")


def test_made_up_requests_find_nothing(tmp_path):
    command = [sys.executable, "-m", "tests.fuzz", "--minutes", MINUTES, "--folder", str(tmp_path)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-3000:]
    assert "requests for" in done.stdout
