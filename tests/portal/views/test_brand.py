"""How a merchant looks to its customers."""

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from customers.models import Site


def test_the_brands_colour_is_a_style_sheet(client, site):
    Site.objects.filter(pk=site.pk).update(brand_color="#aa3311")

    sheet = client.get("/portal/acme/brand.css")

    assert sheet["Content-Type"] == "text/css"
    assert sheet.content == (
        b":root { --brand: #aa3311; --brand-ink: #ffffff; --brand-text: light-dark(#aa3311, #c26c54); }\n"
    )


@pytest.mark.parametrize("path", ["/portal/nobody/brand.css", "/portal/ACME!"])
def test_an_unknown_merchant_is_not_found(client, site, path):
    assert client.get(path).status_code == 404


def test_a_colour_is_six_hexadecimal_digits(site):
    with pytest.raises(IntegrityError), transaction.atomic():
        Site.objects.filter(pk=site.pk).update(brand_color="#fff;}")
