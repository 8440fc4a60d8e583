"""What holds for every file: its size, the words it may not hold, and what a page may not carry."""

import ast
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE_LINES, FUNCTION_LINES = 500, 60
RECORDED = ("tests/wire/examples/", "tests/fixtures/")  # other people's words, kept as they came

# Where one machine keeps its things, and where packages come from: neither is anybody else's business.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|opt|Users/\w+)/")
SCRATCH_PATHS = re.compile(r"""["'`(=\s]/tmp/""")
REGISTRIES = re.compile(
    r"(?:pypi|pythonhosted|registry\.npmjs|registry\.yarnpkg|npmjs)\.(?:org|com)|--(?:extra-)?index-url|find-links"
)
EXTERNAL = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
LOADED = {"src", "srcset", "poster", "data", "action", "formaction", "background"}


def _files():
    """The files of the project, without what it makes at work: environments, caches, data."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not _is_made(Path(folder, name))]
        yield from (Path(folder, name).relative_to(ROOT).as_posix() for name in names)


def _is_made(folder):
    hidden = folder.name.startswith(".") and folder.name != ".ci"
    return (
        hidden
        or folder.name in {"__pycache__", "build", "dist", "node_modules", "var"}
        or folder.name.endswith(".egg-info")
        or (folder / "pyvenv.cfg").exists()
    )


FILES = sorted(_files())
MODULES = [name for name in FILES if name.endswith(".py") and "/migrations/" not in name]
EMAILS = [name for name in FILES if name.startswith("templates/emails/")]
# Pages; mail programs have no policy of ours, and need their styles inline.
TEMPLATES = [
    name
    for name in FILES
    if name.endswith(".html") and name.startswith("templates/") and name not in EMAILS
]
TEXTS = [
    name
    for name in FILES
    if not name.startswith(RECORDED)
    and name not in {"LICENSE", "tests/architecture/test_files.py"}
    and b"\0" not in (ROOT / name).read_bytes()[:8000]
]


def _read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def _found(pattern, names):
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in names
        for number, line in enumerate(_read(name).splitlines(), start=1)
        if pattern.search(line)
    ]


def test_the_project_has_files():
    assert {"manage.py", "config/settings.py", "customers/models/customers.py"} <= set(MODULES)


def test_no_module_is_long():
    lengths = {name: len(_read(name).splitlines()) for name in MODULES}

    assert {name: length for name, length in lengths.items() if length > MODULE_LINES} == {}


def test_no_function_is_long():
    functions = {
        f"{name}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for name in MODULES
        for node in ast.walk(ast.parse(_read(name)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {where: lines for where, lines in functions.items() if lines > FUNCTION_LINES} == {}


def test_no_file_knows_the_machine_it_was_written_on():
    assert _found(MACHINE_PATHS, TEXTS) == []


def test_no_file_but_tests_names_the_folder_for_scratch_files():
    assert _found(SCRATCH_PATHS, [name for name in TEXTS if not name.startswith("tests/")]) == []


def test_no_file_names_a_package_registry():
    assert _found(REGISTRIES, TEXTS) == []


class _Page(HTMLParser):
    """Notes what a strict content security policy would refuse, or what would be fetched from elsewhere."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.faults = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag == "style" or (tag == "script" and not self._is_harmless(names)):
            self._note(f"inline <{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self._note(f"{name}= on <{tag}>")
            if self._is_loaded(tag, name, names) and EXTERNAL.match(value or ""):
                self._note(f"{name}={value}")
            if (value or "").strip().lower().startswith("javascript:"):
                self._note(f"{name}={value}")

    @staticmethod
    def _is_harmless(attributes):
        return "src" in attributes or attributes.get("type") == "application/json"

    @staticmethod
    def _is_loaded(tag, name, attributes):
        return name in LOADED or (tag == "link" and name == "href") or (name == "xlink:href")

    def _note(self, fault):
        self.faults.append(f"line {self.getpos()[0]}: {fault}")


def _faults(text):
    """The faults of a template, whose tags are taken out so that only HTML remains."""
    return _Page(
        re.sub(r"{%.*?%}|{#.*?#}", lambda tag: "\n" * tag[0].count("\n"), text, flags=re.DOTALL)
    ).faults


def test_no_template_needs_a_lax_policy():
    assert {name: faults for name in TEMPLATES if (faults := _faults(_read(name)))} == {}


def test_no_email_runs_or_fetches_anything():
    styles = re.compile(r"line \d+: (?:style= on <\w+>|inline <style>)")

    faults = [
        f"{name} {fault}"
        for name in EMAILS
        for fault in _faults(_read(name))
        if not styles.fullmatch(fault)
    ]

    assert faults == []
    # The merchant's logo is sent along.
    assert (
        _found(re.compile(r"<img(?! src=\"cid:)|url\(|@import|<link|<form", re.IGNORECASE), EMAILS)
        == []
    )


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param('<p class="a">text</p>\n<a href="https://example.com">', [], id="fine"),
        pytest.param('<script src="{% static "a.js" %}" defer></script>', [], id="our own script"),
        pytest.param('<script type="application/json">{}</script>', [], id="data"),
        pytest.param("<script>run()</script>", ["line 1: inline <script>"], id="inline script"),
        pytest.param("\n<style>a {}</style>", ["line 2: inline <style>"], id="inline style"),
        pytest.param('<b style="top: 0">', ["line 1: style= on <b>"], id="style attribute"),
        pytest.param(
            '{% if a %}<b {% if b %}onclick="run()"{% endif %}>{% endif %}',
            ["line 1: onclick= on <b>"],
            id="handler",
        ),
        pytest.param(
            '<a href="javascript:run()">', ["line 1: href=javascript:run()"], id="script address"
        ),
        pytest.param(
            '<img src="//example.com/a.png">', ["line 1: src=//example.com/a.png"], id="picture"
        ),
        pytest.param(
            '<link href="https://example.com/a.css">',
            ["line 1: href=https://example.com/a.css"],
            id="style sheet",
        ),
    ],
)
def test_faults_of_a_template_are_found(text, faults):
    assert _faults(text) == faults


@pytest.mark.parametrize(
    ("pattern", "line", "is_found"),
    [
        pytest.param(MACHINE_PATHS, "see /root/notes", True, id="a home"),
        pytest.param(MACHINE_PATHS, "see /home/ada/notes", True, id="somebody's home"),
        pytest.param(MACHINE_PATHS, 'path("admin/work/", view)', False, id="an address"),
        pytest.param(SCRATCH_PATHS, 'Path("/tmp/x")', True, id="a scratch file"),
        pytest.param(REGISTRIES, "https://pypi.org/simple", True, id="a registry"),
        pytest.param(REGISTRIES, "pip install keeptab", False, id="a command"),
    ],
)
def test_words_are_found(pattern, line, is_found):
    assert bool(pattern.search(line)) is is_found
