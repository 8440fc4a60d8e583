"""The addresses under which customers find an invoice's page and its files without signing in.

The last part of an address is sealed: it holds the id and a key that only we can make out of it, so that it is the same
each time, and cannot be guessed. It names no customer.
"""

import hmac
from datetime import datetime

from django.conf import settings

from customers.kit import ids
from customers.kit.errors import NotFound
from customers.kit.tenancy import every_site
from payments.billing.models import CreditNote, Invoice

_PREFIX = "invst"


def hosted(pk: str, finalized_at: datetime | None) -> str | None:
    """Return the address of an invoice's page; None for a draft."""
    return f"{settings.PUBLIC_URL}/invoices/{sealed(pk)}" if finalized_at else None


def pdf(pk: str, finalized_at: datetime | None) -> str | None:
    """Return the address of an invoice's file; None for a draft."""
    return f"{settings.PUBLIC_URL}/invoices/{sealed(pk)}/pdf" if finalized_at else None


def receipt(pk: str) -> str:
    """Return the address of a paid invoice's receipt."""
    return f"{settings.PUBLIC_URL}/invoices/{sealed(pk)}/receipt"


def credit_note_pdf(pk: str) -> str:
    """Return the address of a credit note's file."""
    return f"{settings.PUBLIC_URL}/credit-notes/{sealed(pk)}/pdf"


def outcome(pk: str, act_key: str) -> str:
    """Return the address under which whoever pays an invoice sees what became of it."""
    return f"{settings.PUBLIC_URL}/invoices/{sealed(pk)}/payments/{act_key}"


def sealed(pk: str) -> str:
    """Return the part of an object's addresses that stands for it."""
    return f"{pk.partition('_')[2]}-{_key(pk)}"


def opened(said: str) -> Invoice:
    """Return the finalized invoice with this address, of any site: who reads it has no account.

    Raises:
        NotFound: there is none, or the address was not made by us.
    """
    pk = _unsealed(Invoice.PREFIX, said)
    with every_site():
        rows = Invoice.objects.select_related("site", "customer", "subscription")
        found = rows.filter(pk=pk).exclude(status=Invoice.Status.DRAFT).first()
    if found is None:
        raise NotFound("There is no such page.")
    return found


def opened_credit_note(said: str) -> CreditNote:
    """Return the credit note with this address, of any site.

    Raises:
        NotFound: there is none, or the address was not made by us.
    """
    pk = _unsealed(CreditNote.PREFIX, said)
    with every_site():
        rows = CreditNote.objects.select_related("site", "customer", "invoice")
        found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such page.")
    return found


def _unsealed(prefix: str, said: str) -> str:
    inner, _, key = said.rpartition("-")
    pk = f"{prefix}_{inner}"
    if not hmac.compare_digest(_key(pk).encode(), key.encode("utf-8", "surrogatepass")):
        raise NotFound("There is no such page.")
    return pk


def _key(pk: str) -> str:
    return ids.derived(_PREFIX, f"page {pk}").removeprefix(f"{_PREFIX}_")
