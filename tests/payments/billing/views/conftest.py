"""What tests of billing's pages begin with."""

from tests.payments.billing.services.conftest import drafted, line, opened

__all__ = ["drafted", "line", "opened"]
