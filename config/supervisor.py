"""One process that keeps others running: it starts them, starts again what ends, and stops all.

A child gets a session of its own, so that Ctrl+C in a terminal reaches the supervisor alone, and
is tied to it: should the supervisor be killed, the kernel kills the children.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from config import lifeline, pid_files

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOP_WITHIN = 15  # seconds from "please stop" to "stop"
_STEADY = 10  # seconds; a process that ends sooner counts as failed at its start
_FAILURES = 3  # failed starts in a row after which an essential program gives up
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 30  # seconds before a program that ended is tried again


class Refused(Exception):
    """Keeptab cannot start or go on; the message is one sentence for whoever started it."""


@dataclass(frozen=True)
class Program:
    """What is to run.

    Args:
        name: for people.
        is_essential: without it there is no point in going on.
        pid_file: where the id of its process is kept while it runs, for whoever wants to send it a signal.
    """

    name: str
    command: Sequence[str]
    is_essential: bool = False
    pid_file: Path | None = None


class Supervisor:
    """Runs programs from the beginning to the end of its block.

    Args:
        folder: where they run.
        environment: theirs.
        say: how people are told that a program ended.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        folder: Path,
        environment: Mapping[str, str],
        say: Callable[[str], object],
    ) -> None:
        self._children = [_Child(program, folder, environment, say) for program in programs]
        self._bell, self._wakes = socket.socketpair()
        self._asked_to_stop = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._wakes.settimeout(0)  # as set_wakeup_fd wants it
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        heard = [number for number in STOP_SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
        for number in (*heard, signal.SIGCHLD):  # what is ignored stays so: nohup means it
            self._before[number] = signal.signal(number, _noted)
        for child in self._children:
            child.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        signal.set_wakeup_fd(-1)
        for number, before in self._before.items():
            signal.signal(number, before)
        self._bell.close()
        self._wakes.close()

    def wait_until(self, is_so: Callable[[], bool], *, within: float, otherwise: str) -> bool:
        """Keep the programs running until something is so; return False when asked to stop first.

        Args:
            within: seconds.
            otherwise: the sentence when it took longer.

        Raises:
            Refused: it took longer, or an essential program keeps failing.
        """
        give_up_at = time.monotonic() + within
        while not is_so():
            if time.monotonic() > give_up_at:
                raise Refused(otherwise)
            self._listen(0.05)
            if self._asked_to_stop:
                return False
            self._tend()
        return True

    def run(self) -> None:
        """Keep the programs running until a signal asks to stop.

        Raises:
            Refused: an essential program keeps failing.
        """
        while not self._asked_to_stop:
            self._tend()
            self._listen(min(child.seconds_to_next_start for child in self._children))

    def _tend(self) -> None:
        for child in self._children:
            child.tend()

    def _listen(self, seconds: float) -> None:
        """Sleep until a signal comes, but no longer than this."""
        heard, _, _ = select.select([self._bell], [], [], seconds)
        if heard and set(self._bell.recv(4096)) & {int(number) for number in STOP_SIGNALS}:
            self._asked_to_stop = True

    def _stop(self) -> None:
        for child in self._children:
            child.ask_to_stop()
        self._asked_to_stop = False  # asked once more, we do not wait
        give_up_at = time.monotonic() + STOP_WITHIN
        while any(child.is_running for child in self._children):
            remaining = give_up_at - time.monotonic()
            if remaining <= 0 or self._asked_to_stop:
                break
            self._listen(min(remaining, 0.5))
        for child in self._children:
            child.kill()


class _Child:
    """A program, and its process of the moment."""

    def __init__(
        self,
        program: Program,
        folder: Path,
        environment: Mapping[str, str],
        say: Callable[[str], object],
    ) -> None:
        self._program = program
        self._folder = folder
        self._environment = environment
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._failures = 0
        self._starts_again_at: float | None = None

    def start(self) -> None:
        self._starts_again_at = None
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 -- our own programs
            self._program.command,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lifeline.tied(signal.SIGKILL),  # noqa: PLW1509 -- we have no threads here
        )
        if self._program.pid_file is not None:
            with suppress(OSError):  # on a full disk the program matters more than its number
                pid_files.write(self._program.pid_file, self._process.pid)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def seconds_to_next_start(self) -> float:
        if self._starts_again_at is None:
            return 3600.0  # nothing to do; a signal tells when it ends
        return max(0.0, self._starts_again_at - time.monotonic())

    def tend(self) -> None:
        """Start the program again if it has ended, after a pause that grows with its failures."""
        if self.is_running:
            return
        if self._starts_again_at is None:
            self._note_end()
        elif time.monotonic() >= self._starts_again_at:
            self.start()

    def ask_to_stop(self) -> None:
        if self._process is not None and self.is_running:
            self._process.terminate()

    def kill(self) -> None:
        """End what is left of the process and of those that it started."""
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._forget_pid()

    def _note_end(self) -> None:
        self._forget_pid()
        was_steady = time.monotonic() - self._started_at > _STEADY
        if was_steady or self._was_killed:  # who kills it, be it for a drill, says nothing about it
            self._failures = 0
        else:
            self._failures += 1
        name = self._program.name
        if self._program.is_essential and self._failures >= _FAILURES:
            message = f"The {name} ended {_FAILURES} times as it started; its messages stand above."
            raise Refused(message)
        pause = min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, 2 ** (self._failures - 2)))
        self._starts_again_at = time.monotonic() + pause
        self._say(f"The {name} ended ({_how(self._process)}); it starts again in {pause:g} s.")

    @property
    def _was_killed(self) -> bool:
        return self._process is not None and self._process.returncode == -signal.SIGKILL

    def _forget_pid(self) -> None:
        if self._program.pid_file is not None and self._process is not None:
            pid_files.remove(self._program.pid_file, self._process.pid)


def _how(process: "subprocess.Popen[bytes] | None") -> str:
    code = process.returncode if process else None
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def _noted(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: that a signal came is heard at the bell."""


def python(*arguments: str) -> list[str]:
    """Return the command that runs a module with the Python that runs us."""
    return [sys.executable, "-m", *arguments]
