#!/usr/bin/env python
"""The command line of Keeptab: `manage.py start` is the first thing to run."""

import os
import signal
import sys

if __name__ == "__main__":
    # While all of this loads there is nothing to put away, and Python drops an interrupt that meets one of its
    # callbacks: until `command_line` takes over, Ctrl+C ends the process on the spot.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not as under nohup
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    from config import command_line

    command_line.run(sys.argv)
