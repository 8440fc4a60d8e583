"""What holds for translations: compiled from what people wrote, complete, and with the same gaps."""

import ast
import re

import pytest
from babel.messages.mofile import read_mo
from django.conf import settings

from config import catalogues
from config.env import BASE_DIR

GAP = re.compile(r"%\((\w+)\)s")
IN_TEMPLATES = (
    re.compile(r'{% translate "([^"]+)" context "email" %}'),
    re.compile(r'{% blocktranslate [^%]*context "email" %}(.+?){% endblocktranslate %}'),
)
ANY = re.compile(r"{% (?:block)?translate ")
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
EACH = pytest.mark.parametrize("language", LANGUAGES)


def _catalogue(language):
    return catalogues.read(catalogues.FOLDER / language / "LC_MESSAGES" / "django.po")


def _used():
    """The texts of emails, as they stand in code and templates."""
    found = set()
    for path in (BASE_DIR / "payments" / "emails").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "pgettext":
                context, text = (argument.value for argument in node.args)
                assert context == "email"
                found.add(text)
    for path in (BASE_DIR / "templates" / "emails").rglob("*.*"):
        source = path.read_text(encoding="utf-8")
        texts = [text for pattern in IN_TEMPLATES for text in pattern.findall(source)]
        assert len(texts) == len(ANY.findall(source)), path
        found |= {re.sub(r"{{ (\w+) }}", r"%(\1)s", text) for text in texts}
    return found


def test_every_language_has_a_catalogue():
    assert [path.parents[1].name for path in catalogues.sources()] == sorted(LANGUAGES)


@EACH
def test_what_programs_read_is_what_people_wrote(language):
    path = catalogues.FOLDER / language / "LC_MESSAGES" / "django.mo"
    with path.open("rb") as file:
        compiled = read_mo(file)

    written = {
        (entry.context, entry.id): entry.string for entry in _catalogue(language) if entry.id
    }
    assert {
        (entry.context.decode(), entry.id): entry.string for entry in compiled if entry.id
    } == written, "run manage.py catalogues"


@EACH
def test_emails_are_translated_whole(language):
    translated = {entry.id for entry in _catalogue(language) if entry.context == "email"}

    assert translated == _used()


@EACH
def test_translations_keep_the_gaps(language):
    faults = [
        entry.id
        for entry in _catalogue(language)
        if entry.id
        and (
            entry.fuzzy
            or not entry.string
            or sorted(GAP.findall(entry.id)) != sorted(GAP.findall(entry.string))
        )
    ]

    assert faults == []
