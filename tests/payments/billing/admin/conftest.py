"""What tests of billing's pages can ask for: signed-in operators."""

from tests.customers.admin.conftest import operator_with, owner, reader, signed_in

__all__ = ["operator_with", "owner", "reader", "signed_in"]
