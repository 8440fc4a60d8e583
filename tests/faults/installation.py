"""An installation as an operator has it: `manage.py start`, which a service manager would start again."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path

from tests.start import ROOT, Start, free_port, within

_JSON = {"Content-Type": "application/json"}
RECOVERY = 120  # seconds; on a quiet machine it takes less than ten


class Installation:
    """A folder of data, and the run of the moment.

    Args:
        folder: where its data and its messages go.
        arguments: of `manage.py start`.
        before: a command that runs it.
        environment: settings that differ from the usual ones.
    """

    def __init__(self, folder, *arguments, before=(), **environment):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, free_port()
        self._before = before
        self.data_dir = folder / "data"
        self._arguments = ["--workers", "2", *arguments]
        self._environment = {"API_RATE_LIMIT": "0", "DRILL_TIME_FACTOR": "0.01", **environment}
        self.running = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Start it, as a service manager does at boot and after it ended."""
        with (self.folder / "errors.log").open("a") as errors:
            self.running = Start(
                self.data_dir, port=self.port, arguments=self._arguments, errors=errors,
                before=self._before, **self._environment,
            )  # fmt: skip
        return self.running.wait_for_welcome()

    def stop(self):
        """Have it end in good order; return its exit code."""
        self.running.process.send_signal(signal.SIGTERM)
        code = self.running.process.wait(60)
        self.running.process.stdout.close()
        return code

    def kill(self):
        """Kill the process at the top, and with it all others but the database's."""
        self.running.process.kill()
        self.running.process.wait()
        self.running.process.stdout.close()

    def manage(self, *words):
        """Return what a command of `manage.py` prints."""
        environment = {
            **os.environ,
            **self._environment,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATA_DIR": str(self.data_dir),
        }
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT, env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout

    def site(self, name):
        """Make a site; return its short name and its keys."""
        return json.loads(self.manage("site", "create", "--name", name, "--json"))

    def recovers(self):
        """Wait until everything is as it should be; return whether it is."""
        return within(RECOVERY, self._is_whole)

    def said(self):
        """Return all messages so far."""
        return (self.folder / "errors.log").read_text()

    def ask(self, path, *, key="", data=None, dialect="v1"):
        """Send one request as a dialect's clients do; return the status, the headers and the body."""
        headers = {
            "v1": {"Authorization": f"Bearer {key}"},
            "omise": {"Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}", **_JSON},
            "revkeen": {"x-api-key": key, **_JSON},
        }
        request = urllib.request.Request(self.url + path, data=data)
        for name, value in headers.get(dialect, {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.status, refusal.headers, refusal.read().decode()

    def children(self, name):
        """Return the processes below the one of a name, each with its command line."""
        parent = self.running.process_id(name)
        if parent is None:
            return {}
        try:
            found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            return {
                int(pid): Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
                for pid in found
            }
        except FileNotFoundError:  # one of them has ended meanwhile
            return {}

    def _is_whole(self):
        names = ["web", "worker", *([] if "DATABASE_URL" in self._environment else ["postgres"])]
        return all(map(self.running.process_id, names)) and self.running.is_ready()
