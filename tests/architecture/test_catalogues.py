"""What holds for translations: compiled from what people wrote, complete, and with the same gaps."""

import ast
import re

import pytest
from babel.messages.mofile import read_mo
from django.conf import settings

from config import catalogues
from config.env import BASE_DIR

GAP = re.compile(r"%\((\w+)\)s")
ANY = re.compile(r"{% (?:block)?translate ")
FUNCTIONS = {"pgettext", "pgettext_lazy"}
PLACES = {
    "document": (
        "payments/billing/services/*document*.py",
        "payments/billing/services/subscription_texts.py",
    ),
    "email": ("payments/emails/*.py", "payments/billing/emails/*.py", "portal/emails/*.py", "templates/emails/**/*.*"),
    "page": (
        "config/pages.py", "templates/errors/*.html",
        "payments/forms/*.py", "payments/views/*.py", "payments/billing/views/*.py",
        "portal/forms/*.py", "portal/views/*.py", "templates/elements/asked.html", "templates/elements/legal.html",
        "templates/payments/**/*.html", "templates/billing/**/*.html",
        "templates/portal/*.html", "templates/sandbox/*.html",
    ),
}  # fmt: skip
"""What customers read, by the context of its texts; what staff read is in English."""

DECLINES = BASE_DIR / "payments" / "emails" / "declines.py"
"""What letters repeat of what pages say."""

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
EACH = pytest.mark.parametrize("language", LANGUAGES)


def _catalogue(language):
    return catalogues.read(catalogues.FOLDER / language / "LC_MESSAGES" / "django.po")


def _used(context):
    """The texts of what customers read, as they stand in code and templates."""
    paths = {path for place in PLACES[context] for path in BASE_DIR.glob(place)}
    paths ^= {DECLINES} if context != "document" else set()
    texts = [
        _in_code(path, context) if path.suffix == ".py" else _in_template(path, context)
        for path in paths
    ]
    return set().union(*texts)


def _in_code(path, context):
    calls = [
        (node.func.id, [argument.value for argument in node.args])
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and "gettext" in getattr(node.func, "id", "")
    ]
    assert {name for name, _ in calls} <= FUNCTIONS, path
    assert {said[0] for _, said in calls} <= {context}, path
    return {said[1] for _, said in calls}


def _in_template(path, context):
    source = path.read_text(encoding="utf-8")
    patterns = (
        rf'{{% translate "([^"]+)" context "{context}" %}}',
        rf'{{% blocktranslate [^%]*context "{context}" %}}(.+?){{% endblocktranslate %}}',
    )
    texts = [text for pattern in patterns for text in re.findall(pattern, source)]
    assert len(texts) == len(ANY.findall(source)), path
    return {re.sub(r"{{ (\w+) }}", r"%(\1)s", text) for text in texts}


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
