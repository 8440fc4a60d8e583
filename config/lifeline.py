"""How a process is made to end with the one that started it."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from functools import partial

_PR_SET_PDEATHSIG = 1
_C = ctypes.CDLL(None)  # looked up here: between fork and exec a child should do little


def tied(ending: signal.Signals) -> Callable[[], None]:
    """Return what a child of ours calls so that the kernel sends it `ending` at our end.

    Linux only; elsewhere the call does nothing, and a child outlives a parent that was killed.
    """
    return partial(_tie, ending, os.getpid())


def _tie(ending: signal.Signals, parent: int) -> None:
    if sys.platform != "linux":
        return
    _C.prctl(_PR_SET_PDEATHSIG, int(ending))
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), ending)
