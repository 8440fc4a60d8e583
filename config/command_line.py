"""What `manage.py` does before and around Django's commands."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

_BROKEN_PIPE = 141  # as a shell spells SIGPIPE


def run(argv: Sequence[str]) -> None:
    """Run the command that the arguments name.

    Raises:
        SystemExit: with one sentence and code 1 when the environment is no good; when nobody reads on.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if argv[1:2] == ["start"]:
        _choose_data_dir(argv[2:])
    try:
        execute_from_command_line(list(argv))
        sys.stdout.flush()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except BrokenPipeError:  # who reads, such as `head`, has seen enough
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # else Python complains as it ends
        sys.exit(_BROKEN_PIPE)


def _choose_data_dir(arguments: Sequence[str]) -> None:
    """Put --data-dir where the settings read it: they make secrets in that folder as they load."""
    parser = ArgumentParser("manage.py start", add_help=False, allow_abbrev=False)
    parser.add_argument("--data-dir")
    chosen, _others = parser.parse_known_args(arguments)
    if chosen.data_dir:
        os.environ["DATA_DIR"] = chosen.data_dir
