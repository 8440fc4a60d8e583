"""`manage.py start`, or `web`, as a process of its own, for tests of the whole."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from http.client import HTTPConnection
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "DATABASE_REPLICA_URL",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "SECRET_KEY",
    "HASHING_KEY",
    "SEALING_KEYS",
}


class Start:
    """One run of `manage.py start`.

    Args:
        command: `web` for the web server alone.
        errors: where its messages go; by default they are kept for `finish`.
        before: a command that runs it: `["unshare", …]`.
    """

    def __init__(
        self,
        data_dir,
        *,
        port,
        command="start",
        arguments=(),
        errors=subprocess.PIPE,
        before=(),
        **environment,
    ):
        self.data_dir = data_dir
        self.url = f"http://127.0.0.1:{port}"
        clean = {name: value for name, value in os.environ.items() if name not in OURS}
        usual = {"DJANGO_SETTINGS_MODULE": "config.settings", "DATA_DIR": str(data_dir)}
        options = ["--port", str(port), "--workers", "1"]
        self.process = subprocess.Popen(
            [*before, sys.executable, "manage.py", command, *options, *arguments],
            cwd=ROOT,
            env={**clean, **usual, **environment},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        self.welcome = ""

    def wait_for_welcome(self):
        for line in self.process.stdout:
            self.welcome += line
            if line.startswith("Stop with"):
                return self
        said = self.process.stderr.read() if self.process.stderr else "see its log"
        pytest.fail(f"no welcome but: {said}")

    def get(self, path, **headers):
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()

    def answers(self):
        try:
            return bool(self.get("/healthz"))
        except OSError:
            return False

    def is_ready(self):
        try:
            return json.loads(self.get("/readyz"))["status"] == "ok"
        except OSError:  # 503 until the worker has given a sign of life
            return False

    def process_id(self, name):
        """Return the id in `run/<name>.pid`; None while there is no such process."""
        try:
            return int((self.data_dir / "run" / f"{name}.pid").read_text())
        except FileNotFoundError:
            return None

    def descendants(self):
        found, pids = [], [self.process.pid]
        while pids:
            pid = pids.pop()
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            found += children
            pids += children
        return found

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.finish()

    def finish(self):
        """Return exit code and standard error once it has ended."""
        _, errors = self.process.communicate(timeout=90)
        return self.process.returncode, errors


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def within(seconds, is_so):
    give_up_at = time.monotonic() + seconds
    while not (answer := is_so()) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return answer


def answers(port, path="/healthz"):
    """Tell whether a web server answers, at a port of this machine."""
    link = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        link.request("GET", path)
        return link.getresponse().status == 200
    except OSError:
        return False
    finally:
        link.close()
