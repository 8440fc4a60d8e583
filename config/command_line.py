"""What `manage.py` does before and around Django's commands."""

import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Sequence

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

_BROKEN_PIPE, _INTERRUPTED = 141, 130  # as a shell spells SIGPIPE and SIGINT


def run(argv: Sequence[str]) -> None:
    """Run the command that the arguments name.

    Raises:
        SystemExit: with one sentence and code 1 when the environment is no good; when nobody reads on; after Ctrl+C.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if argv[1:2] == ["start"]:
        _choose_data_dir(argv[2:])
    try:
        django.setup()
        if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        execute_from_command_line(list(argv))
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
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
