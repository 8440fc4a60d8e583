"""What a customer does on the page of a checkout session before paying; each step until the payment begins.

The page opens a session by its secret, chooses the session's scope, and calls the steps in any order:
`describe`, `choose_quantity`, `choose_shipping`, `apply_code`, `remove_code`, `identify`; then `checkout_payments.pay`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.kit.errors import InvalidRequest, NotFound
from customers.kit.tenancy import every_site
from customers.models import Customer
from customers.services import tax_ids
from payments.billing.models import PromotionCode
from payments.billing.services import discounts, shipping_rates
from payments.models import PaymentMethod
from payments.services import card_pages, charges
from portal.models import CheckoutItem, CheckoutMode, CheckoutSession
from portal.services import checkout_items, checkout_states, checkout_terms, checkout_totals
from portal.services.checkout_states import check_unbegun, locked, rows, scope

SAID = (
    "name", "phone", "address", "shipping", "business_name", "individual_name", "business_legal_name",
    "business_address", "tax_ids", "custom_fields", "consent",
)  # fmt: skip
"""What a customer says of themselves, beside the email."""


def opened(secret: str) -> CheckoutSession:
    """Return the session whose page has this secret; of any site, since its customers have no account.

    Raises:
        NotFound: there is none.
    """
    with every_site():
        found: CheckoutSession | None = rows().filter(secret=secret).first()
    if found is None:
        raise NotFound("There is no such page.")
    return found


def is_open(session: CheckoutSession, *, at: datetime) -> bool:
    """Tell whether something can still be done with a session."""
    is_late = session.expires_at <= checkout_states.now(session, at)
    return session.status == checkout_states.Status.OPEN and (
        session.begun_at is not None or not is_late
    )


def items_of(session: CheckoutSession) -> list[CheckoutItem]:
    """Return what a session offers, in order."""
    with scope(session):
        return checkout_items.of(session)


def landing(session: CheckoutSession) -> str:
    """Return where the customer of a complete session goes; empty where our own page thanks them."""
    after = session.collects.get("after_completion") or {}
    url = session.success_url or (after.get("redirect") or {}).get("url", "")
    return checkout_terms.landing(url, session.pk)


def kinds_of(session: CheckoutSession) -> tuple[str, ...]:
    """Return the kinds of payment methods that a session's page takes, in the merchant's order.

    These are those of the merchant's that our pages can take, and that can pay in the session's currency.
    """
    takes, currency = card_pages.kinds(), session.currency
    is_setup = session.mode == CheckoutMode.SETUP
    return tuple(
        kind
        for kind in session.payment_method_types
        if kind in takes and (is_setup or charges.ONLY_IN.get(kind, currency) == currency)
    )


def methods_of(session: CheckoutSession) -> list[PaymentMethod]:
    """Return the saved methods that a session's customer may choose from; none before it is known who they are.

    The page asks for the security code of a card all the same (rules R13 and C10).
    """
    if session.customer is None or not session.is_customer_known:
        return []
    said = session.collects.get("saved_payment_method_options") or {}
    found = PaymentMethod.objects.of_customer(session.customer).filter(
        kind__in=session.payment_method_types
    )
    filters = said.get("allow_redisplay_filters")
    if filters:
        found = found.filter(allow_redisplay__in=filters)
    return list(found.order_by("-created_at", "-id"))


def identify(session: CheckoutSession, customer: Customer, *, at: datetime) -> CheckoutSession:
    """Let somebody be a session's customer who has shown who they are, by a code or a trusted device.

    Raises:
        InvalidState: the session is over, or its payment has begun.
        InvalidRequest: it is for somebody else.
    """

    def change(row: CheckoutSession) -> None:
        if row.customer_id not in (None, customer.pk):
            raise InvalidRequest("This Checkout Session is for another customer.", param="customer")
        row.customer, row.is_customer_known = customer, True
        row.email = customer.email

    return _changed(session, change, at=at)


def describe(
    session: CheckoutSession, *, email: str | None = None, said: Mapping[str, Any], at: datetime
) -> CheckoutSession:
    """Note what a customer says of themselves; what is not said stays.

    Args:
        email: who pays; where the merchant or a code has said it, that stays.
        said: some of `SAID`. Addresses are hashes of `line1`, `line2`, `city`, `state`, `postal_code`, `country`;
            `shipping` has `name`, `phone` and `address`; `tax_ids` are hashes of `type` and `value`; `custom_fields`
            are texts by key; `consent` has `terms_of_service` (`accepted`), `promotions` (`opt_in` or `opt_out`) and
            its `wording`.

    Raises:
        InvalidState: the session is over, or its payment has begun.
        InvalidRequest: a value does not fit; `param` names it.
    """

    def change(row: CheckoutSession) -> None:
        _check_said(row, said)
        row.collected = {**row.collected, **{name: said[name] for name in SAID if name in said}}
        if email and row.customer_id is None and not row.customer_email:
            row.email = email

    return _changed(session, change, at=at)


def choose_quantity(
    session: CheckoutSession, item_id: str, quantity: int, *, at: datetime
) -> CheckoutSession:
    """Let the customer take more or less of something.

    Raises:
        NotFound: the session does not offer it.
        InvalidState: the session is over, or its payment has begun.
        InvalidRequest: they cannot choose, or not that many.
    """
    with transaction.atomic():
        row = locked(session)
        check_unbegun(row, at=at)
        items = checkout_items.of(row)
        chosen = next((item for item in items if item.pk == item_id), None)
        if chosen is None:
            raise NotFound(f"No such line item: '{item_id}'", param="item")
        checkout_items.choose(chosen, quantity)
        if not any(item.quantity for item in items):
            raise InvalidRequest("At least one item is needed.", param="quantity")
        _recount(row, items, at=at)
    return row


def choose_shipping(session: CheckoutSession, rate_id: str, *, at: datetime) -> CheckoutSession:
    """Let the customer choose how it is sent.

    Raises:
        NotFound: the session does not offer it.
        InvalidState: the session is over, or its payment has begun.
    """

    def change(row: CheckoutSession) -> None:
        if rate_id not in row.shipping_options:
            raise NotFound(f"No such shipping rate: '{rate_id}'", param="shipping_rate")
        row.shipping_rate = shipping_rates.get(rate_id)

    return _changed(session, change, at=at)


def apply_code(session: CheckoutSession, text: str, *, at: datetime) -> CheckoutSession:
    """Let a customer use a promotion code.

    Raises:
        InvalidState: the session is over, or its payment has begun.
        InvalidRequest: there is no such code, or it cannot be used for this.
    """

    def change(row: CheckoutSession) -> None:
        if not row.collects.get("allow_promotion_codes"):
            raise _no_such_code()
        found = PromotionCode.objects.filter(code__iexact=text.strip(), is_active=True).first()
        if found is None:
            raise _no_such_code()
        wanted = discounts.read_promotion_code(
            found.pk, param="promotion_code", customer=row.customer, at=at
        )
        coupon = wanted.coupon
        if coupon.amount_off is not None and discounts.amount_off(coupon, row.currency) is None:
            raise InvalidRequest(
                "This code is for another currency.", param="promotion_code",
                code="promotion_code_currency",
            )  # fmt: skip
        row.discounts_asked = [{"promotion_code": found.pk}]

    return _changed(session, change, at=at)


def remove_code(session: CheckoutSession, *, at: datetime) -> CheckoutSession:
    """Let a customer go without the promotion code that they have given.

    Raises:
        InvalidState: the session is over, or its payment has begun.
    """

    def change(row: CheckoutSession) -> None:
        if row.collects.get("allow_promotion_codes"):
            row.discounts_asked = []

    return _changed(session, change, at=at)


# -- below the public ones --------------------------------------------------------------------------------------------


def _changed(
    session: CheckoutSession, change: Callable[[CheckoutSession], None], *, at: datetime
) -> CheckoutSession:
    with transaction.atomic():
        row = locked(session)
        check_unbegun(row, at=at)
        change(row)
        _recount(row, checkout_items.of(row), at=at)
    return row


def _recount(row: CheckoutSession, items: list[CheckoutItem], *, at: datetime) -> None:
    """Work a locked session out again, and save it."""
    if row.mode != CheckoutMode.SETUP:
        customer = row.customer if row.is_customer_known else None
        checkout_totals.work_out(row, items, customer=customer, at=at)
        CheckoutItem.objects.bulk_update(items, checkout_totals.OF_ITEMS)
    row.save()


def _check_said(session: CheckoutSession, said: Mapping[str, Any]) -> None:
    allowed = (session.collects.get("shipping_address_collection") or {}).get("allowed_countries")
    country = ((said.get("shipping") or {}).get("address") or {}).get("country")
    if allowed and said.get("shipping") and country not in allowed:
        raise InvalidRequest("It cannot be sent to this country.", param="shipping[country]")
    for place, each in enumerate(said.get("tax_ids") or ()):
        tax_ids.examined(each["type"], each["value"], param=f"tax_ids[{place}]")
    fields = {field["key"]: field for field in session.collects.get("custom_fields") or ()}
    for key, value in (said.get("custom_fields") or {}).items():
        _check_field(fields.get(key), key, value)


def _check_field(field: Mapping[str, Any] | None, key: str, value: str) -> None:
    """Refuse what does not fit a field of the merchant's."""
    param = f"custom_fields[{key}]"
    if field is None:
        raise InvalidRequest("There is no such field.", param=param)
    if not value:
        return
    limits = field.get(field["type"]) or {}
    if field["type"] == "dropdown":
        if value not in {option["value"] for option in limits.get("options", ())}:
            raise InvalidRequest("Choose one of the options.", param=param)
        return
    is_number = value.isascii() and value.isdecimal()
    if field["type"] == "numeric" and not is_number:
        raise InvalidRequest("This takes digits only.", param=param)
    least, most = limits.get("minimum_length") or 0, limits.get("maximum_length") or 255
    if not least <= len(value) <= most:
        raise InvalidRequest(f"This takes {least} to {most} characters.", param=param)


def _no_such_code() -> InvalidRequest:
    return InvalidRequest(
        "This code is invalid.", param="promotion_code", code="promotion_code_invalid"
    )
