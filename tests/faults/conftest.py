"""What all of these tests begin with: data on which Keeptab ran before, so that it is up soon."""

import subprocess

import pytest

from tests.faults.installation import Installation


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    """The data of an installation that was started once, without a site, and ended."""
    made = Installation(tmp_path_factory.mktemp("begun"), "--no-demo")
    made.start()
    made.stop()
    return made.data_dir


@pytest.fixture
def copy(begun):
    """A function that copies a part of these data: all of them, or `postgres` alone."""

    def copied(target, part="."):
        subprocess.run(["cp", "-a", begun / part, target], check=True)

    return copied
