"""What the documents say, where a machine can tell whether it is true."""

import re
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = dict(
    line.split("==")
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
EXTRAS = [text for texts in PROJECT["optional-dependencies"].values() for text in texts]
REQUIREMENTS = [Requirement(text) for text in [*PROJECT["dependencies"], *EXTRAS]]
_READ = re.compile(
    r"""env\.(?:text|texts|number|days|factor|flag|one_of|database|secret|email|address)\(\s*"(\w+)\""""
)
_DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/compatibility.md")


def test_the_table_of_settings_names_those_that_are_read():
    table = README.partition("## Configuration")[2].partition("\n## ")[0]
    told = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    sources = [ROOT / "config" / name for name in ("settings.py", "settings_test.py", "mail.py")]
    read = {name for source in sources for name in _READ.findall(source.read_text())}

    assert told == read | {"DATA_DIR"}


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_what_a_document_links_to_is_there(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]

    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_commands_of_the_readme_exist():
    told = set(re.findall(r"manage\.py (\w+)", README)) - {"help"}
    commands = get_commands()

    assert {"start", "site", "key", "operator", "worker"} & told >= {
        "start",
        "site",
        "key",
        "operator",
    }
    assert told - set(commands) == set()


def test_the_options_of_start_are_told():
    command = load_command_class(get_commands()["start"], "start")
    parser = command.create_parser("manage.py", "start")
    options = {
        option
        for action in parser._actions
        if action.dest in {"port", "bind", "workers", "data_dir", "no_demo"}
        for option in action.option_strings
    }

    assert len(options) == 5
    assert [option for option in sorted(options) if f"`{option}`" not in README] == []


def test_the_change_log_tells_of_this_version():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.findall(r"^## \[(\S+)\]", changes, re.MULTILINE)[0] == PROJECT["version"]


def test_every_requirement_is_pinned_to_a_version_that_it_takes():
    pins = {canonicalize_name(name): version for name, version in PINS.items()}

    assert {
        str(needed)
        for needed in REQUIREMENTS
        if not needed.specifier.contains(pins.get(canonicalize_name(needed.name), "0"))
    } == set()
