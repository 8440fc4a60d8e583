"""What tests of the portal's pages in the dashboard can ask for: signed-in operators, and a gateway in memory."""

from tests.customers.admin.conftest import operator_with, owner, reader, signed_in
from tests.customers.services.conftest import told
from tests.payments.services.conftest import gateway

__all__ = ["gateway", "operator_with", "owner", "reader", "signed_in", "told"]
