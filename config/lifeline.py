"""How a child process is made to end with its parent."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def tied(ending: signal.Signals) -> Callable[[], None]:
    """Return what a new process calls so that the kernel sends it `ending` at its parent's end.

    Linux only; elsewhere the call does nothing, and a child outlives a parent that was killed.
    """
    if sys.platform != "linux":
        return _nothing
    library = ctypes.CDLL(
        None
    )  # looked up before the fork: the child should do as little as possible
    parent = os.getpid()

    def tie() -> None:
        library.prctl(_PR_SET_PDEATHSIG, int(ending))
        if os.getppid() != parent:  # it ended before we asked
            os.kill(os.getpid(), ending)

    return tie


def _nothing() -> None:
    pass
