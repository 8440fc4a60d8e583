"""What holds for every page of `docs/`: each example is run, or is read by whatever reads such texts."""

import configparser
import json
import re
import tomllib

import pytest
import yaml

from config.documentation import contents
from config.env import BASE_DIR
from tests.docs import examples, readme

_ELSEWHERE = {
    "webhooks"
}  # functions, which tests/wire/test_docs_webhooks.py calls with what is really sent


def _ini(text):
    configparser.ConfigParser(strict=False, interpolation=None).read_string(text)


PARSERS = {
    "ini": _ini,
    "json": json.loads,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}
"""What reads an example that is no command and no program, by its language."""


@pytest.mark.parametrize("path", contents.pages())
def test_every_example_is_run_or_read(path):
    shown = {
        fence.line for step in examples.of_page(path) for fence in (*step.responses, *step.outputs)
    }

    for fence in examples.of(path):
        where = f"docs/{path}.md:{fence.line}\n\n{fence.text}"
        if "by" in fence.options:
            test = BASE_DIR / fence.options["by"]
            assert re.search(f"""["']{path}["']""", test.read_text()), f"of no test: {where}"
        elif "file" in fence.options:
            assert examples.steps(path, "bash"), f"nobody uses this: {where}"
        elif fence.role in {"response", "output"}:
            assert fence.line in shown, f"of no call: {where}"
        elif fence.role not in examples.SESSIONS and not fence.options.keys() & {"include", "file"}:
            if path in _ELSEWHERE and fence.language in {"python", "javascript"}:
                continue
            assert fence.language in PARSERS, f"nobody reads this: {where}"
            PARSERS[fence.language](fence.text)


def test_every_example_of_the_readme_has_a_test():
    assert set(readme.examples()) == set(readme.RUN_BY)
    for heading, path in readme.RUN_BY.items():
        text = (BASE_DIR / path).read_text()
        assert heading in text or path == ".ci/run"
