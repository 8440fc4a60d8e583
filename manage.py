#!/usr/bin/env python
"""The command line of Keeptab: `manage.py start` is the first thing to run."""

import sys

if __name__ == "__main__":
    try:
        from config import command_line

        command_line.run(sys.argv)
    except KeyboardInterrupt:  # also while all of this loads
        sys.exit(130)
