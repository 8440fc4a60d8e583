"""The options of the commands that serve over HTTP."""

import os
from argparse import ArgumentParser, ArgumentTypeError

DOWNLOADS_AT_ONCE = 2  # of a process; see config.downloads
_MOST_WORKERS = 4  # by default; each process has a thread for requests and one for each download
_MOST_PORTS = 65_536


def add(parser: ArgumentParser) -> None:
    """Let a command take where and with how many processes the web server listens."""
    workers = min(os.cpu_count() or 1, _MOST_WORKERS)
    parser.add_argument("--port", type=_port, default=8000, help="default: 8000")
    parser.add_argument("--bind", default="127.0.0.1", help="default: 127.0.0.1")
    parser.add_argument("--workers", type=_count, default=workers, help=f"default: {workers}")


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < _MOST_PORTS):
        message = f"'{text}' is no port; choose one from 1 to 65535."
        raise ArgumentTypeError(message)
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        message = f"'{text}' is no number of processes."
        raise ArgumentTypeError(message)
    return int(text)
