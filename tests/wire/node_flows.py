"""Runs flows of the official libraries for Node: each is a module below `node/` that prints what it saw as JSON."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.wire import calls

FLOWS = Path(__file__).parent / "node"
_LIBRARIES = ("@revkeen/sdk", "omise", "stripe")
UNWANTED = ("http_proxy", "OMISE_SCHEME", "DEBUG_OMISE")  # the library for Omise would follow them


def make_ready():
    """See that Node and the libraries are there; npm installs them beside the flows where they are not yet."""
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    if not all((FLOWS / "node_modules" / name / "package.json").exists() for name in _LIBRARIES):
        _install()


def _install():
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock"]
    done = subprocess.run(
        command, cwd=FLOWS, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        pytest.skip(f"npm could not install the Node SDKs: {done.stderr.strip()[-300:]}")


def run(name, *, command=(), **variables):
    """Run a flow and return what it reports.

    Args:
        command: what Node has to be run by.
        variables: what the flow finds in its environment.
    """
    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    with tempfile.TemporaryDirectory() as folder:
        called = Path(folder) / "calls"
        done = subprocess.run(
            [*command, "node", FLOWS / f"{name}.mjs"],
            env={**environment, "KEEPTAB_CALLS": str(called), **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        calls.take(called)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
