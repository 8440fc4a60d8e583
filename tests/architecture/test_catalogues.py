"""What holds for translations: compiled from what people wrote, complete, and with the same gaps."""

import ast
import re

import pytest
from babel.messages.mofile import read_mo
from django.conf import settings

from config import catalogues
from config.env import BASE_DIR

GAP = re.compile(r"%\((\w+)\)s")
PLACES = {
    "email": ("payments/emails/*.py", "templates/emails/**/*.*"),
    "payment page": ("payments/*/links.py", "templates/**/*.html"),
}
"""By context, the code and the templates whose texts are translated under it."""

ANY = re.compile(r"{% (?:block)?translate ")
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
EACH = pytest.mark.parametrize("language", LANGUAGES)


def _catalogue(language):
    return catalogues.read(catalogues.FOLDER / language / "LC_MESSAGES" / "django.po")


def _used(context):
    """The texts of a context, as they stand in code and templates."""
    code, templates = PLACES[context]
    found = {text for path in BASE_DIR.glob(code) for text in _in_code(path, context)}
    in_templates = (
        re.compile(rf'{{% translate "([^"]+)" context "{context}" %}}'),
        re.compile(
            rf'{{% blocktranslate [^%]*context "{context}" %}}(.+?){{% endblocktranslate %}}'
        ),
    )
    for path in BASE_DIR.glob(templates):
        source = path.read_text(encoding="utf-8")
        texts = [text for pattern in in_templates for text in pattern.findall(source)]
        assert not texts or len(texts) == len(ANY.findall(source)), path
        found |= {re.sub(r"{{ (\w+) }}", r"%(\1)s", text) for text in texts}
    return found


def _in_code(path, context):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "").startswith("pgettext"):
            said, text = (argument.value for argument in node.args)
            assert said == context
            yield text


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
@pytest.mark.parametrize("context", PLACES)
def test_what_customers_read_is_translated_whole(language, context):
    translated = {entry.id for entry in _catalogue(language) if entry.context == context}

    assert translated == _used(context)


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
