"""The portal's front page."""

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from customers.models import Site


def test_a_merchants_customers_read_whom_to_ask(client, site):
    Site.objects.filter(pk=site.pk).update(
        support_email="help@example.com", support_phone="+1 555 0100"
    )

    page = client.get("/portal/acme")

    text = page.content.decode()
    assert page.status_code == 200
    assert "<h1>Acme</h1>" in text
    assert 'href="mailto:help@example.com"' in text
    assert 'href="tel:+1 555 0100"' in text
    assert 'href="/portal/acme/brand.css"' in text


def test_the_brands_colour_is_a_style_sheet(client, site):
    Site.objects.filter(pk=site.pk).update(brand_color="#aa3311")

    sheet = client.get("/portal/acme/brand.css")

    assert sheet["Content-Type"] == "text/css"
    assert sheet.content == (
        b":root { --brand: #aa3311; --brand-ink: #ffffff; --brand-text: light-dark(#aa3311, #c26c54); }\n"
    )


@pytest.mark.parametrize("path", ["/portal/nobody", "/portal/nobody/brand.css", "/portal/ACME!"])
def test_an_unknown_merchant_is_not_found(client, site, path):
    assert client.get(path).status_code == 404


def test_a_colour_is_six_hexadecimal_digits(site):
    with pytest.raises(IntegrityError), transaction.atomic():
        Site.objects.filter(pk=site.pk).update(brand_color="#fff;}")
