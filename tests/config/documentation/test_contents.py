"""That the documentation is whole: every file is a page, and what it links to and names is there."""

import re
import shlex
import tomllib

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import Resolver404, resolve

from config import metrics, variables
from config.documentation import contents, fences, rendering
from config.env import BASE_DIR
from customers.services import retention, retention_laws

PAGES = list(contents.pages().values())
EACH = pytest.mark.parametrize("page", PAGES, ids=[page.path for page in PAGES])
_KNOWN = {variable.name for variable in variables.VARIABLES}


def _links(page):
    return [
        str(child.attrs["href"])
        for token in page.tokens
        for child in token.children or []
        if child.type == "link_open"
    ]


def _text(path):
    return (contents.FOLDER / f"{path}.md").read_text(encoding="utf-8")


def test_every_file_is_a_page():
    files = {
        file.relative_to(contents.FOLDER).with_suffix("").as_posix()
        for file in contents.FOLDER.rglob("*.md")
    }

    assert files == set(contents.pages())


def test_no_page_is_listed_twice():
    listed = tomllib.loads((contents.FOLDER / "contents.toml").read_text(encoding="utf-8"))
    paths = [path for group in listed["groups"] for path in group["pages"]]

    assert len(paths) == len(set(paths))


@EACH
def test_a_page_says_what_it_is_about(page):
    assert page.title
    assert page.summary.endswith(".")
    assert [token.tag for token in page.tokens if token.tag == "h1"] == []


@EACH
def test_a_page_leads_to_what_is_there(page):
    anchors = {
        rendering.address(each): {heading.anchor for heading in rendering.headings(each)}
        for each in PAGES
    }
    missing = []
    for link in _links(page):
        if link.startswith(("https://", "http://127.0.0.1:8000")):
            continue
        path, _, anchor = rendering.target(link, source=page).partition("#")
        path = path or rendering.address(page)
        if anchor and anchor not in anchors.get(path, ()):
            missing.append(link)
        try:
            resolve(path)
        except Resolver404:
            missing.append(link)
        if path.startswith("/docs/") and path not in anchors and "/docs/api" not in path:
            missing.append(link)

    assert missing == []


@EACH
def test_commands_that_tests_of_their_own_run_exist(page):
    told = [
        line
        for fence in fences.of(page)
        if fence.role == "shell" and "by" in fence.options
        for line in fence.text.replace("\\\n", " ").splitlines()
        if "manage.py" in line
    ]

    for line in told:
        name, *arguments = shlex.split(line.partition("manage.py ")[2])
        command = load_command_class(get_commands()[name], name)
        assert command.create_parser("manage.py", name).parse_args(arguments)


@EACH
def test_commands_in_sentences_exist(page):
    told = set(re.findall(r"manage\.py (\w+)", _text(page.path)))

    assert told - set(get_commands()) == set()


@EACH
def test_variables_are_read(page):
    shouted = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", _text(page.path)))
    ours = {name for name in shouted if not name.startswith(("KEEPTAB_", "NAME_"))}

    assert ours - _KNOWN == set()


@EACH
def test_what_is_included_is_in_the_image(page):
    image = (BASE_DIR / "Dockerfile").read_text()
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", image, re.MULTILINE)
        for source in line.split()[:-1]
    }
    included = [fence.options["include"] for fence in fences.of(page) if "include" in fence.options]

    assert {name for name in included if name.partition("/")[0] not in copied} == set()


def test_files_of_the_deployment_are_named_as_they_are():
    told = {name for page in PAGES for name in re.findall(r"`(deploy/[^`]+)`", _text(page.path))}

    assert told
    assert {name for name in told if not (BASE_DIR / name).exists()} == set()


def test_the_metrics_are_those_that_there_are():
    told = set(re.findall(r"^\| `(keeptab_\w+)`", _text("operations"), re.MULTILINE))
    ours = {name for name, _documentation, _statement in metrics._FIGURES}

    assert told == ours | {
        "keeptab_http_requests_total",
        "keeptab_http_request_seconds",
        "keeptab_due_work_lag_seconds",
        "keeptab_event_months_ahead",
        "keeptab_events_outside_months",
        "keeptab_integrity_findings",
        "keeptab_integrity_last_round_timestamp_seconds",
        "keeptab_reads_total",
        "keeptab_replica_lag_bytes",
        "keeptab_replica_lag_seconds",
        "keeptab_replica_refusals_total",
    }


def test_alerts_name_metrics_that_there_are():
    text = _text("operations")
    listed = set(re.findall(r"^\| `(keeptab_\w+)`", text, re.MULTILINE))

    assert set(re.findall(r"keeptab_[a-z_]*[a-z]", text)) <= listed


def test_the_periods_are_those_that_are_kept():
    section = _text("data-protection").partition("## How long the rest is kept")[2]
    told = re.findall(r"^\| ([A-Z][^|]+) \| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)[1:]

    def days(count):
        return f"{count} day{'s' * (count != 1)}"

    assert told == [
        (
            str(kind.title),
            days(kind.days) if kind.days else "for good",
            days(kind.least) if kind.is_settable else "–",  # noqa: RUF001 -- as the page has it
        )
        for kind in retention.kinds()
        if kind.days != 0
    ]


def test_the_years_are_those_of_the_laws():
    section = _text("data-protection").partition("## How long documents are kept")[2]
    told = re.findall(r"^\| ([A-Z][^|]+) \| (\d+) \|$", section.partition("\n## ")[0], re.MULTILINE)
    names = {
        "Germany": "DE",
        "France": "FR",
        "Italy": "IT",
        "Spain": "ES",
        "United Kingdom": "GB",
        "United States": "US",
        "Japan": "JP",
        "Korea": "KR",
        "Thailand": "TH",
    }

    said = {names.get(name, ""): int(years) for row, years in told for name in row.split(", ")}

    laws = {code: law.years for code, law in retention_laws.LAWS.items()}
    assert said == laws | {"": retention_laws.USUAL.years}
