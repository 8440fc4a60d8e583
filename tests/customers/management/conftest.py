import io

import pytest
from django.core.management import call_command


@pytest.fixture
def run(db):
    """A function that runs a command and returns what it wrote to standard output and to standard error."""

    def call(*arguments):
        out, errors = io.StringIO(), io.StringIO()
        call_command(*arguments, stdout=out, stderr=errors)
        return out.getvalue(), errors.getvalue()

    return call
