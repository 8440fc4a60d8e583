"""Invoices in both styles of the official Python SDK, under the names of `tests.wire.sdk`."""

import stripe

from tests.wire import payments_sdk, sdk

__all__ = ["payments_sdk"]

_INVOICES = (
    "add_lines", "attach_payment", "create", "create_preview", "delete", "finalize_invoice", "list",
    "mark_uncollectible", "pay", "remove_lines", "retrieve", "search", "send_invoice", "update", "update_lines",
    "void_invoice",
)  # fmt: skip
_OF_MODULE = {"update": "modify"}


def _of_client(resource, name):
    return lambda v1: getattr(getattr(v1, resource), name)


for each in _INVOICES:
    sdk.CLIENT[f"invoices.{each}"] = _of_client("invoices", each)
    sdk.MODULE[f"invoices.{each}"] = getattr(stripe.Invoice, _OF_MODULE.get(each, each))
for each in ("create", "delete", "list", "retrieve", "update"):
    sdk.CLIENT[f"invoice_items.{each}"] = _of_client("invoice_items", each)
    sdk.MODULE[f"invoice_items.{each}"] = getattr(stripe.InvoiceItem, _OF_MODULE.get(each, each))
for each in ("list", "retrieve"):
    sdk.CLIENT[f"invoice_payments.{each}"] = _of_client("invoice_payments", each)
    sdk.MODULE[f"invoice_payments.{each}"] = getattr(stripe.InvoicePayment, each)
sdk.CLIENT["line_items.list"] = lambda v1: v1.invoices.line_items.list
sdk.CLIENT["line_items.update"] = lambda v1: v1.invoices.line_items.update
sdk.MODULE["line_items.list"] = stripe.Invoice.list_lines
sdk.MODULE["line_items.update"] = stripe.InvoiceLineItem.modify
for each in ("create", "list", "retrieve", "update"):
    sdk.CLIENT[f"shipping_rates.{each}"] = _of_client("shipping_rates", each)
    sdk.MODULE[f"shipping_rates.{each}"] = getattr(stripe.ShippingRate, _OF_MODULE.get(each, each))
