"""What holds for every page of `docs/`: each example is run, or is read by whatever reads such texts."""

import configparser
import json
import tomllib

import pytest
import yaml

from config.documentation import contents
from config.env import BASE_DIR
from tests.docs import examples

UNRUN = {
    "api/libraries": 1,
    "deploy": 3,
    "first-hour": 2,
    "moving": 1,
    "scaling": 6,
}
"""How many examples of a page are not run; each says why."""
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
"""What reads an example that is not run, by its language."""


@pytest.mark.parametrize("path", contents.pages())
def test_every_example_is_run_or_read(path):
    shown = {
        fence.line for step in examples.of_page(path) for fence in (*step.responses, *step.outputs)
    }

    for fence in examples.of(path):
        where = f"docs/{path}.md:{fence.line}\n\n{fence.text}"
        if "unrun" in fence.options:
            assert fence.options["unrun"], f"nobody says why this is not run: {where}"
        elif "by" in fence.options:
            test = BASE_DIR / fence.options["by"]
            assert f'"{path}"' in test.read_text(), f"of no test: {where}"
        elif "file" in fence.options:
            assert examples.steps(path, "bash"), f"nobody uses this: {where}"
        elif fence.role in {"response", "output"}:
            assert fence.line in shown, f"of no call: {where}"
        elif fence.role not in examples.SESSIONS and not fence.options.keys() & {"include", "file"}:
            if path in _ELSEWHERE and fence.language in {"python", "javascript"}:
                continue
            assert fence.language in PARSERS, f"nobody reads this: {where}"
            PARSERS[fence.language](fence.text)


def test_few_examples_are_not_run():
    found = {
        path: sum("unrun" in fence.options for fence in examples.of(path))
        for path in contents.pages()
    }

    assert {path: count for path, count in found.items() if count} == UNRUN
