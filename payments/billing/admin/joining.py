"""Where the pages of billing join those of the ground floor; the dashboard calls this when it is put together."""

from typing import Any

from django.utils.translation import gettext_lazy

from customers.admin import customer_page
from customers.admin import shown as people
from payments.billing.admin import discount_section

EVENTS: dict[str, Any] = {
    "coupon.created": gettext_lazy("Coupon made"),
    "coupon.deleted": gettext_lazy("Coupon deleted"),
    "coupon.updated": gettext_lazy("Coupon changed"),
    "credit_note.created": gettext_lazy("Credit note issued"),
    "credit_note.updated": gettext_lazy("Credit note changed"),
    "credit_note.voided": gettext_lazy("Credit note voided"),
    "customer.discount.created": gettext_lazy("Discount given"),
    "customer.discount.deleted": gettext_lazy("Discount ended"),
    "customer.discount.updated": gettext_lazy("Discount replaced"),
    "promotion_code.created": gettext_lazy("Promotion code made"),
    "promotion_code.updated": gettext_lazy("Promotion code changed"),
}
"""Titles of events in timelines."""


def register() -> None:
    """Enter the functions and words."""
    customer_page.sections.register(discount_section.section)
    people.EVENTS.update(EVENTS)
