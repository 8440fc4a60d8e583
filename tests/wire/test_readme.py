"""The README's samples for the libraries of Omise and RevKeen, run as they stand there, but for address and keys."""

import contextlib
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import omise
import pytest

from tests.wire import node_flows

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## With Omise's libraries")[2].partition("\n## ")[0]
SAMPLES = dict(re.findall(r"```(\w+)\n(.*?)```", SECTION, re.DOTALL))
_REVKEEN = README.partition("## With RevKeen's library")[2].partition("\n## ")[0]
(REVKEEN,) = re.findall(r"```js\n(.*?)```", _REVKEEN, re.DOTALL)


@pytest.mark.node
@pytest.mark.usefixtures("_node_ready", "omise_below")
def test_the_samples_for_omises_dialect_run(live, keys, at_port_80, tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")

    def adapted(sample):
        for name in ("skey_test", "pkey_test"):
            sample = sample.replace(f"{name}_…", keys[name])
        return sample.replace("http://127.0.0.1:8000", live)

    by_curl = json.loads(_output("sh", "-c", adapted(SAMPLES["sh"])))
    with contextlib.redirect_stdout(io.StringIO()) as by_python:
        exec(compile(adapted(SAMPLES["python"]), "README.md", "exec"), {})
    flow = node_flows.FLOWS / "omise" / f"{tmp_path.name}.mjs"
    flow.write_text(adapted(SAMPLES["js"]).replace("127.0.0.1", at_port_80.host))
    try:
        by_node = _output(*at_port_80.command, "node", flow)
    finally:
        flow.unlink()

    assert (by_curl["object"], by_curl["email"]) == ("customer", "john@example.com")
    assert by_python.getvalue() == by_node == "successful 4242\n"
    assert [charge.amount for charge in omise.Charge.list()] == [100_000, 59_900]


@pytest.mark.node
@pytest.mark.usefixtures("_node_ready")
def test_the_client_of_revkeens_library_reaches_the_server(live, keys, tmp_path):
    sample = REVKEEN.replace("sk_test_…", keys["sk_test"]).replace("http://127.0.0.1:8000", live)
    flow = node_flows.FLOWS / "revkeen" / f"{tmp_path.name}.mjs"
    flow.write_text(f"{sample}console.log(JSON.stringify(await client.customers.list()));")
    try:
        said = json.loads(_output("node", flow))
    finally:
        flow.unlink()

    assert said["data"] == []


def _output(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
