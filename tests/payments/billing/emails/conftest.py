"""What tests of letters about billing begin with."""

import pytest

from tests.payments.billing.services.conftest import drafted, line, method, opened
from tests.payments.billing.subscribing import shop
from tests.payments.emails.conftest import gateway, html, lines, sent

__all__ = ["drafted", "gateway", "html", "line", "lines", "method", "opened", "sent", "shop"]


@pytest.fixture
def thai(customer):
    """Lets the customer read Thai."""
    customer.preferred_locales = ["th"]
    customer.save()
