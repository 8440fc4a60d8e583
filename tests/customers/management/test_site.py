import json
import re

import pytest
from django.core.management.base import CommandError

from customers.models import ApiKey, Site
from tests.factories.customers import SiteFactory

KEYS = {
    name: rf"{name}_[A-Za-z0-9]{{24,}}"
    for name in ("sk_test", "pk_test", "sk_live", "pk_live", "skey_test", "pkey_test")
} | {"skey_live": r"skey_[A-Za-z0-9]{24,}", "pkey_live": r"pkey_[A-Za-z0-9]{24,}"}


def test_create_prints_the_site_and_its_keys_as_json(run):
    out, errors = run("site", "create", "--name", "Acme", "--slug", "acme", "--json")

    made = json.loads(out)
    site = Site.objects.get()
    assert list(made) == ["id", "slug", *KEYS]
    assert (made["id"], made["slug"], site.name) == (site.pk, "acme", "Acme")
    assert [name for name, form in KEYS.items() if not re.fullmatch(form, made[name])] == []
    assert len({made[name] for name in KEYS}) == 8
    assert errors == ""


def test_create_takes_country_and_currency_in_any_letter_case(run):
    out, _ = run("site", "create", "--name", "Bon Marché", "--country", "fr", "--currency", "EUR")

    site = Site.objects.get()
    assert (site.slug, site.country, site.default_currency) == ("bon-marche", "FR", "eur")
    assert re.search(r"^sk_test +sk_test_\w+$", out, re.MULTILINE)
    assert "shown this once" in out


def test_create_refuses_a_name_that_is_taken(run):
    SiteFactory(slug="acme")

    with pytest.raises(CommandError, match="acme"):
        run("site", "create", "--name", "Acme", "--slug", "acme")

    assert Site.objects.count() == 1
    assert ApiKey._base_manager.count() == 0


def test_list_shows_the_sites(run):
    sites = [SiteFactory(name="Acme", slug="acme"), SiteFactory(name="Bon Marché", slug="bon")]

    out, _ = run("site", "list")

    assert [line.split()[:2] for line in out.splitlines()] == [
        [site.pk, site.slug] for site in sites
    ]


def test_list_as_json_shows_the_sites(run):
    site = SiteFactory(name="Acme", slug="acme")

    out, _ = run("site", "list", "--json")

    assert json.loads(out) == [
        {"id": site.pk, "slug": "acme", "name": "Acme", "created": site.created_at.isoformat()}
    ]


def test_list_of_nothing_says_what_to_do(run):
    out, _ = run("site", "list")

    assert out == "There are no sites yet: make one with manage.py site create --name …\n"
