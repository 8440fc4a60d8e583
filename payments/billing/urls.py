"""Where customers meet what they are billed without signing in."""

from django.urls import path

from payments.billing.views import files, invoices

urlpatterns = [
    path("invoices/<slug:sealed>", invoices.page, name="hosted-invoice"),
    path(
        "invoices/<slug:sealed>/payments/<slug:act_key>",
        invoices.outcome,
        name="hosted-invoice-payment",
    ),
    path("invoices/<slug:sealed>/pdf", files.invoice, name="hosted-invoice-pdf"),
    path("invoices/<slug:sealed>/receipt", files.receipt, name="hosted-invoice-receipt"),
    path("credit-notes/<slug:sealed>/pdf", files.credit_note, name="hosted-credit-note-pdf"),
]
