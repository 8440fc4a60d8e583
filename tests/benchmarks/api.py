"""Throughput of the API under the production server, as ratios to bare Django views in the same run.

    DATA_DIR=… python -m tests.benchmarks.load 1000000 > bench.json
    DATA_DIR=… python -m tests.benchmarks.api bench.json

Needs wrk (Debian: wrk). Targets take turns; a figure is the median of the rounds' ratios, with their range.
"""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

OURS, BASELINE = "config.wsgi:application", "tests.benchmarks.baseline:application"
_POST = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
local n, seed = 0, "%s"
request = function()
  n = n + 1
  local id = seed .. "-" .. n
  wrk.headers["Idempotency-Key"] = id
  local body = "email=new" .. id .. "%%40example.com&name=New+Customer&metadata[order_id]=" .. n
  return wrk.format(nil, nil, nil, body)
end
"""


@contextmanager
def server(application: str, port: int, env: dict[str, str]):
    """Run the production server until the block ends."""
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", application, "--port", str(port), "--workers", "2",
        "--blocking-threads", "1", "--no-ws", "--log-level", "error",
    ]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, **env})
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/nothing")
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def measure(
    url: str, *, key: str = "", script: str = "", seconds: float, connections: int
) -> tuple[float, float]:
    """Return requests a second and the median latency in milliseconds."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url]
    command += ["-H", f"Authorization: Bearer {key}"] if key else []
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        if script:
            file.write(script % f"{time.time_ns():x}")
            file.flush()
            command[1:1] = ["-s", file.name]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        raise SystemExit(f"{url}: {out}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    number, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", out).groups()
    return rate, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def compare(
    name: str, targets: list[tuple[str, dict]], rounds: int, seconds: float, connections: int
) -> None:
    """Print each target's throughput relative to the first one's."""
    rates: dict[str, list[float]] = {label: [] for label, _ in targets}
    for number in range(rounds):
        order = targets[number % len(targets) :] + targets[: number % len(targets)]
        for label, options in order:
            rates[label].append(measure(**options, seconds=seconds, connections=connections)[0])
    first = targets[0][0]
    for label, _ in targets:
        ratios = [rate / base for rate, base in zip(rates[label], rates[first], strict=True)]
        print(
            f"{name:10} {label:24} {statistics.median(ratios):5.2f}  ({min(ratios):.2f}-{max(ratios):.2f})"
            f"  {statistics.median(rates[label]):8.0f}/s",
            flush=True,
        )


def cursor_at(url: str, key: str, depth: int, pages: int) -> str:
    """Return the id after which page `depth` begins, found through the created filter."""
    request = urllib.request.Request(
        f"{url}/v1/customers?limit=1", headers={"Authorization": f"Bearer {key}"}
    )
    newest = json.load(urllib.request.urlopen(request))["data"][0]["created"]
    query = urllib.parse.urlencode({"limit": 1, "created[lte]": newest - depth * pages})
    request = urllib.request.Request(
        f"{url}/v1/customers?{query}", headers={"Authorization": f"Bearer {key}"}
    )
    return json.load(urllib.request.urlopen(request))["data"][0]["id"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("loaded", type=Path, help="what load printed")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--trigrams", action="store_true", help="the server has pg_trgm")
    parser.add_argument("--only", default="get,list,create,page,filters")
    return parser.parse_args()


def main() -> None:
    options = _options()
    loaded = json.loads(options.loaded.read_text().strip().splitlines()[-1])
    key, middle = loaded["sk_test"], f"cus_{loaded['count'] // 2:024d}"
    how = (options.rounds, options.seconds, options.connections)
    env = {"BENCH_SITE": loaded["site"], "API_RATE_LIMIT": "0"}
    with (
        server(OURS, 8971, {**env, "DJANGO_SETTINGS_MODULE": "config.settings"}) as ours,
        server(
            BASELINE, 8972, {**env, "DJANGO_SETTINGS_MODULE": "tests.benchmarks.baseline_settings"}
        ) as bare,
    ):
        v1 = f"{ours}/v1/customers"
        get = {"url": f"{v1}/{middle}", "key": key}
        only = options.only.split(",")
        if "get" in only:
            compare(
                "retrieve",
                [("bare view", {"url": f"{bare}/customers/{middle}"}), ("Keeptab", get)],
                *how,
            )
        if "list" in only:
            bare_list = {"url": f"{bare}/customers?limit=100"}
            compare(
                "list(100)",
                [("bare view", bare_list), ("Keeptab", {"url": f"{v1}?limit=100", "key": key})],
                *how,
            )
        if "create" in only:
            bare_create = {"url": f"{bare}/customers", "script": _POST}
            compare(
                "create",
                [("bare view", bare_create), ("Keeptab", {"url": v1, "key": key, "script": _POST})],
                *how,
            )
        if "page" in only:
            far = cursor_at(ours, key, 100, min(8000, loaded["count"] // 200))
            near = cursor_at(ours, key, 100, 1)
            pages = [("page 1", {"url": f"{v1}?limit=100&starting_after={near}", "key": key})]
            pages += [("page 8,000", {"url": f"{v1}?limit=100&starting_after={far}", "key": key})]
            compare("pages", pages, *how)
        if "filters" in only:
            number = loaded["count"] // 3
            queries = {"metadata search": f'metadata["order_id"]:"{number}"'}
            if options.trigrams:
                # Rare in its parts too: GIN unpacks the whole list of rows of a trigram that every row has.
                queries["rare substring"] = f'email~"{loaded["count"] * 271828 // 1000000}@"'
            targets = [
                ("retrieve", get),
                ("email filter", {"url": f"{v1}?email=customer{number}@example.com", "key": key}),
            ]
            for label, query in queries.items():
                targets.append(
                    (label, {"url": f"{v1}/search?query={urllib.parse.quote(query)}", "key": key})
                )
            compare("filters", targets, *how)


if __name__ == "__main__":
    main()
