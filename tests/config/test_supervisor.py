"""The supervisor, with small programs of all tempers."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from config import supervisor
from config.supervisor import Program, Refused, Supervisor

ROOT = Path(__file__).parents[2]
PATIENT = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True)\n"


@pytest.fixture
def supervise(tmp_path):
    """A function that returns a supervisor of Python programs, and what it told people."""

    def make(*codes, is_essential=False, pid_file=None):
        told = []
        programs = [
            Program(f"program {number}", [sys.executable, "-c", code], is_essential, pid_file)
            for number, code in enumerate(codes)
        ]
        environment = dict(os.environ)
        return Supervisor(programs, folder=tmp_path, environment=environment, say=told.append), told

    return make


def _signal_soon(number, after=0.3):
    threading.Timer(after, os.kill, [os.getpid(), number]).start()


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", supervisor.STOP_SIGNALS)
def test_a_signal_stops_all_programs(supervise, tmp_path, number):
    note = "import os, pathlib; pathlib.Path(f'{os.getpid()}.pid').touch();"
    running, told = supervise(note + PATIENT, note + PATIENT)

    with running:
        running.wait_until(
            lambda: len(list(tmp_path.glob("*.pid"))) == 2, within=20, otherwise="late"
        )
        _signal_soon(number)
        running.run()

    assert [path.stem for path in tmp_path.glob("*.pid") if _lives(path.stem)] == []
    assert told == []


def test_what_was_set_for_signals_is_set_again(supervise):
    before = [signal.getsignal(number) for number in supervisor.STOP_SIGNALS]
    running, _ = supervise(PATIENT)

    with running:
        pass

    assert [signal.getsignal(number) for number in supervisor.STOP_SIGNALS] == before


def test_a_program_that_ends_is_started_again(supervise, tmp_path):
    count = "import os; os.close(os.open(f'{os.getpid()}.run', os.O_CREAT))"
    running, told = supervise(count)

    with running:
        running.wait_until(
            lambda: len(list(tmp_path.glob("*.run"))) == 3, within=20, otherwise="late"
        )

    assert told[:2] == [
        "The program 0 ended (exit code 0); it starts again in 0.5 s.",
        "The program 0 ended (exit code 0); it starts again in 1 s.",
    ]


def test_a_program_killed_is_said_to_be(supervise):
    running, told = supervise("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

    with running:
        running.wait_until(lambda: told, within=20, otherwise="late")

    assert told == ["The program 0 ended (signal SIGKILL); it starts again in 0.5 s."]


def test_a_program_that_others_kill_has_not_failed(supervise):
    running, told = supervise("import os; os.kill(os.getpid(), 9)", is_essential=True)

    with running:
        running.wait_until(lambda: len(told) == 4, within=20, otherwise="late")

    assert set(told) == {"The program 0 ended (signal SIGKILL); it starts again in 0.5 s."}


def test_the_process_id_is_in_its_file_as_long_as_it_runs(supervise, tmp_path):
    running, _ = supervise(PATIENT, pid_file=tmp_path / "0.pid")
    file = tmp_path / "0.pid"

    with running:
        first = int(file.read_text())
        os.kill(first, signal.SIGKILL)
        running.wait_until(lambda: not file.exists(), within=20, otherwise="late")
        running.wait_until(file.exists, within=20, otherwise="late")
        second = int(file.read_text())
        lived = _lives(second)

    assert (first != second, lived, file.exists()) == (True, True, False)


def test_a_program_whose_process_id_cannot_be_written_runs_all_the_same(supervise, tmp_path):
    running, told = supervise(PATIENT, pid_file=tmp_path / "missing" / "0.pid")

    with running:
        is_running = running._children[0].is_running

    assert (is_running, told) == (True, [])


def test_an_essential_program_that_keeps_failing_ends_all(supervise):
    running, told = supervise("raise SystemExit(3)", is_essential=True)

    with pytest.raises(Refused) as refusal, running:
        running.run()

    assert str(refusal.value) == (
        "The program 0 ended 3 times as it started; its messages stand above."
    )
    assert len(told) == 2


def test_a_wait_that_takes_too_long_is_refused(supervise):
    running, _ = supervise(PATIENT)

    with pytest.raises(Refused, match="never came"), running:
        running.wait_until(lambda: False, within=0.2, otherwise="It never came.")


def test_a_signal_ends_a_wait(supervise):
    running, _ = supervise(PATIENT)

    with running:
        _signal_soon(signal.SIGTERM)
        reached = running.wait_until(lambda: False, within=20, otherwise="late")

    assert reached is False


def test_a_program_that_refuses_to_stop_is_killed(supervise, tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "STOP_WITHIN", 0.5)
    ready = "import pathlib; pathlib.Path('ready').touch()\n"
    running, _ = supervise(STUBBORN + ready + PATIENT)
    started_at = time.monotonic()

    with running:
        running.wait_until((tmp_path / "ready").exists, within=20, otherwise="late")
        stopping_at = time.monotonic()

    assert 0.5 <= time.monotonic() - stopping_at < 5
    assert time.monotonic() - started_at < 30


def test_asked_once_more_it_does_not_wait(supervise, tmp_path):
    ready = "import pathlib; pathlib.Path('ready').touch()\n"
    running, _ = supervise(STUBBORN + ready + PATIENT)

    with running:
        running.wait_until((tmp_path / "ready").exists, within=20, otherwise="late")
        stopping_at = time.monotonic()
        _signal_soon(signal.SIGINT)

    assert time.monotonic() - stopping_at < 5


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel does it")
def test_programs_end_with_a_killed_supervisor(tmp_path):
    note = "import os, pathlib, time; pathlib.Path('child.pid').write_text(str(os.getpid()))"
    script = textwrap.dedent(f"""
        import os, pathlib, sys
        from config.supervisor import Program, Supervisor
        program = Program("child", [sys.executable, "-c", {note!r} + "; time.sleep(60)"])
        folder = pathlib.Path({str(tmp_path)!r})
        with Supervisor([program], folder=folder, environment=os.environ, say=print) as running:
            running.run()
    """)
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    child = tmp_path / "child.pid"
    give_up_at = time.monotonic() + 20
    while not (child.exists() and child.read_text()) and time.monotonic() < give_up_at:
        time.sleep(0.02)

    process.kill()
    process.wait()

    give_up_at = time.monotonic() + 5
    while _lives(child.read_text()) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    assert not _lives(child.read_text())
