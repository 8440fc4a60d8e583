"""Letters: whose language, whose colours."""

import pytest

from customers.models import Customer, Site
from customers.services import letters


@pytest.mark.parametrize(
    ("offered", "read", "language", "locale"),
    [
        pytest.param([], [], "en", "en", id="nothing is said"),
        pytest.param([], ["fr-CA"], "fr", "fr_CA", id="a site without languages offers all"),
        pytest.param(["th", "en"], [], "th", "th", id="the site's first"),
        pytest.param(["th", "en"], ["fr", "en-GB"], "en", "en_GB", id="the first that is offered"),
        pytest.param(["th", "en"], ["de"], "th", "th", id="none that is offered"),
        pytest.param(["en"], ["EN_gb"], "en", "en_GB", id="spelled otherwise"),
        pytest.param(["en"], ["en-XX-nonsense"], "en", "en", id="a place that nobody knows"),
    ],
)
def test_the_language_is_the_customers_if_the_site_offers_it(offered, read, language, locale):
    site, customer = Site(languages=offered), Customer(preferred_locales=read)

    found = letters.reader(customer, site, livemode=True)

    assert (found.language, str(found.locale)) == (language, locale)


def test_a_letter_to_nobody_in_particular_is_in_the_sites_language():
    assert letters.reader(None, Site(languages=["ko"]), livemode=True).language == "ko"


@pytest.mark.parametrize(
    ("name", "letter"),
    [("acme", "A"), ("«élan»", "É"), ("7 Seas", "7"), ("日本", "日"), ("!?", "·")],
)
def test_a_site_has_an_initial(name, letter):
    assert letters.initial(name) == letter


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\r\nb", "a b"), ("a\x00\u2028b", "a b"), ("  a  b ", "a b"), ("é日", "é日")],
)
def test_a_header_is_one_line(text, line):
    assert letters.one_line(text) == line
