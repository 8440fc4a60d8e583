"""Sessions that run the examples of a page, one after the other: a shell, Python in this process, and Node.

Each returns what the examples have printed. An example that fails fails the test, and is shown with its place.
"""

import contextlib
import io
import json
import os
import select
import signal
import subprocess
import sys
import traceback
from pathlib import Path

import omise
import pytest
import stripe

from tests.docs.answers import MARK, RECORD
from tests.wire import node_flows

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds that an example may take on a busy machine
_MODULES = {
    stripe: ("api_key", "api_base", "max_network_retries"),
    omise: ("api_main", "api_vault", "api_secret", "api_public"),
}
_CURLS = {"plain": "silent\nshow-error\n", "strict": "silent\nshow-error\nfail-with-body\n"}


# -- a shell -----------------------------------------------------------------------------------------------------------


def run_bash(steps, environment, folder):
    """Run the examples in one Bash that ends with the first command that fails.

    What an example calls `$CUSTOMER` is the id of the customer that was answered last: it is set before each command.
    """
    _prepare(folder)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shell = subprocess.Popen(
        ["bash", "--noprofile", "--norc"],
        cwd=folder, env={**environment, "PATH": path}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        _tell(shell, f"set -Teuo pipefail; trap 'source {RECORD.file}' DEBUG")
        return [_typed(shell, step, number, folder) for number, step in enumerate(steps)]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
        shell.stdin.close()
        shell.stdout.close()
        shell.wait()


def _prepare(folder):
    RECORD.file = folder / "ids"
    RECORD.file.touch()
    (folder / "manage.py").symlink_to(ROOT / "manage.py")
    for name, options in _CURLS.items():
        (folder / name).mkdir()
        (folder / name / ".curlrc").write_text(options)


def _tell(shell, line):
    shell.stdin.write(f"{line}\n".encode())
    shell.stdin.flush()


def _typed(shell, step, number, folder):
    RECORD.at = number
    text, output = folder / f"{number}.sh", folder / f"{number}.out"
    text.write_text(step.fence.text)
    options = "plain" if "status" in step.fence.options else "strict"
    _tell(shell, f"export CURL_HOME={folder / options}")
    _tell(shell, f"{_command(step, text)} >{output} 2>{output}.errors; echo done")
    if not _answers(shell):
        errors = Path(f"{output}.errors").read_text()
        pytest.fail(step.told(f"failed.\n{errors}{output.read_text()}"), pytrace=False)
    return output.read_text()


def _command(step, text):
    """Return what runs an example, and checks the status with which a command ends that does not end with 0."""
    if step.fence.role == "shell" and "status" in step.fence.options:
        return f"{{ bash -euo pipefail {text} || [ $? = {step.fence.options['status']} ]; }}"
    return f"source {text}"


def _answers(shell):
    ready, _, _ = select.select([shell.stdout], [], [], PATIENCE)
    return bool(ready) and shell.stdout.readline() == b"done\n"


# -- Python ------------------------------------------------------------------------------------------------------------


def run_python(steps, environment, folder):
    """Run the examples in one namespace, in this process: to start Python for each page would take most of the time."""
    namespace = {"__name__": "__main__"}
    with pytest.MonkeyPatch.context() as patch, _as_it_was():
        patch.chdir(folder)
        for name, value in environment.items():
            patch.setenv(name, value)
        return [_executed(step, number, namespace) for number, step in enumerate(steps)]


def _executed(step, number, namespace):
    RECORD.at = number
    text = "\n" * step.fence.line + step.fence.text  # so that errors name the line of the page
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            exec(compile(text, step.where.partition(":")[0], "exec"), namespace)
        except Exception:  # noqa: BLE001 -- whatever it is, the reader would get it
            pytest.fail(step.told(f"failed.\n{traceback.format_exc(limit=-3)}"), pytrace=False)
    return printed.getvalue()


@contextlib.contextmanager
def _as_it_was():
    """Keep what the libraries keep in their modules."""
    before = {
        module: {name: getattr(module, name) for name in _MODULES[module]} for module in _MODULES
    }
    yield
    for module, values in before.items():
        for name, value in values.items():
            setattr(module, name, value)


# -- Node --------------------------------------------------------------------------------------------------------------


def run_node(steps, environment, folder):
    """Run the examples as one module, whose lines are those of the page."""
    module = node_flows.FLOWS / f"{folder.name}.mjs"
    module.write_text(_module(steps))
    try:
        done = subprocess.run(
            ["node", module],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
    finally:
        module.unlink()
    printed = done.stdout.split(_LINE)[1:]
    if done.returncode:
        step = steps[max(len(printed) - 1, 0)]
        pytest.fail(step.told(f"failed.\n{done.stderr}"), pytrace=False)
    return printed


_LINE = "\x1e"


def _module(steps):
    """Return the examples, each at the line it has in its page; those of another page before them, at the first."""
    page = steps[-1].page
    lines = [
        "".join(_begun(number, step) for number, step in enumerate(steps) if step.page != page)
    ]
    for number, step in enumerate(steps):
        if step.page == page:
            lines += [""] * (step.fence.line - 1 - len(lines))
            lines += [_mark(number), *step.fence.text.splitlines()]
    return "\n".join(lines)


def _begun(number, step):
    return f"{_mark(number)} {' '.join(step.fence.text.split())} "


def _mark(number):
    printed = f"process.stdout.write({json.dumps(_LINE)});"
    return f"{printed} await fetch(`${{process.env.KEEPTAB_URL}}{MARK}{number}`);"


RUN = {
    "bash": run_bash,
    "stripe": run_python,
    "omise": run_python,
    "node": run_node,
    "revkeen": run_node,
}
