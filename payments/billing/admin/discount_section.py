"""What a customer's page shows of discounts: the one that the customer has."""

from typing import Any

from django.urls import reverse

from customers.admin.choices import Choice
from customers.admin.customer_page import Section
from customers.models import Customer
from customers.services.powers import Power
from payments.billing.admin.coupons import duration, off
from payments.billing.models import Discount
from payments.billing.services import discounts


def section(choice: Choice, customer: Customer) -> Section:
    """Return the section for a customer; who has no discount costs no query."""
    may_change = choice.may(Power.MANAGE_BILLING) and not customer.is_deleted
    found = discounts.of_customer(customer) if customer.discount_shown else None
    give = reverse("admin:billing_discount_give")
    return Section(
        "admin/billing/customer_discount.html",
        {
            "discount": found and _shown(found, may_change=may_change),
            "give_url": f"{give}?customer={customer.pk}" if may_change else "",
        },
    )


def _shown(discount: Discount, *, may_change: bool) -> dict[str, Any]:
    coupon, code = discount.coupon, discount.promotion_code
    return {
        "off": off(coupon),
        "coupon": str(coupon),
        "coupon_url": reverse("admin:billing_coupon_page", args=[coupon.pk]),
        "code": code.code if code else "",
        "duration": duration(coupon),
        "end_at": discount.end_at,
        "remove_url": reverse("admin:billing_discount_remove", args=[discount.pk])
        if may_change
        else "",
    }
