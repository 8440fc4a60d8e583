"""What tests of the payments' pages can ask for: signed-in operators, and a gateway in memory."""

from tests.customers.admin.conftest import operator_with, owner, reader, signed_in
from tests.payments.services.conftest import acts, gateway, method, movements

__all__ = [
    "acts",
    "gateway",
    "method",
    "movements",
    "operator_with",
    "owner",
    "reader",
    "signed_in",
]
