"""What becomes of the portal's rows when a customer is erased."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.kit.tenancy import scoped_to
from customers.services import retention
from customers.services.erasing import Subject, Treatment
from portal.models import (
    CheckoutItem,
    CheckoutSession,
    EmailChange,
    PortalSession,
    SignIn,
    TrustedDevice,
)
from portal.services import devices, sessions, sign_ins


def treatments() -> tuple[Treatment, ...]:
    """Return what becomes of the portal's rows; what refers to a session goes before it."""
    return _TREATMENTS


def kept() -> tuple[retention.Kind, ...]:
    """Return how long the portal's rows are kept where nothing is erased."""
    return (
        retention.Kind(
            "checkout_details", _("What was typed into checkouts that expired"), 30,
            _("To remind of what was left, if you do; nobody bought anything."),
            _empty_expired, least=1,
        ),
        retention.Kind(
            "sign_ins", _("Addresses typed to sign in"), 1, _("Codes are good for minutes."),
        ),
        retention.Kind(
            "portal_sessions", _("Sessions in the portal"), sessions.KEPT.days,
            _("So that customers see where they were signed in."),
        ),
        retention.Kind(
            "trusted_devices", _("Trusted devices"), devices.LIVES.days,
            _("As long as they are trusted."),
        ),
    )  # fmt: skip


def _empty_expired(before: datetime, at: datetime) -> int:
    old = CheckoutSession.objects.filter(
        status=CheckoutSession.Status.EXPIRED, expires_at__lt=before
    ).exclude(email="", customer_email="", collected={})
    pks = list(old.order_by("pk").values_list("pk", flat=True)[: retention.AT_ONCE])
    rows = CheckoutSession.objects.filter(pk__in=pks)
    return rows.update(email="", customer_email="", collected={})


def _sign_ins(subject: Subject) -> QuerySet[SignIn]:
    """Return what was typed on the way in: by address, whoever typed it, and by session."""
    customer = subject.customer
    with scoped_to(customer.site, livemode=customer.livemode):
        hashes = [sign_ins.hash_of_address(email) for email in subject.emails]
    return SignIn.objects.filter(
        Q(address_hash__in=hashes) | Q(resumes__customer=customer) | Q(renews__customer=customer)
    )


def _checkouts(subject: Subject) -> QuerySet[CheckoutSession]:
    """Return the customer's checkouts, and those where only the address was typed, and which nobody has become."""
    mine = Q(customer=subject.customer)
    for email in subject.emails:
        mine |= Q(customer=None, email__iexact=email) | Q(
            customer=None, customer_email__iexact=email
        )
    return CheckoutSession.objects.filter(mine)


_TREATMENTS = (
    Treatment(
        "sign_ins", _("Sign-ins"), SignIn, _sign_ins, is_removed=True,
    ),
    Treatment(
        "email_changes", _("Changes of the email address"), EmailChange,
        lambda subject: EmailChange.objects.filter(customer=subject.customer),
        told=("old_email", "new_email"),
        is_removed=True,
    ),
    Treatment(
        "trusted_devices", _("Trusted devices"), TrustedDevice,
        lambda subject: TrustedDevice.objects.filter(customer=subject.customer),
        is_removed=True,
    ),
    Treatment(
        "portal_sessions", _("Sessions in the portal"), PortalSession,
        lambda subject: PortalSession.objects.filter(customer=subject.customer),
        is_removed=True,
    ),
    Treatment(
        "checkout_items", _("Items of checkouts"), CheckoutItem,
        lambda subject: CheckoutItem.objects.filter(session__customer=subject.customer),
        emptied={"metadata": {}},
        stays=("description", "currency", "tax_rate_ids"),
    ),
    Treatment(
        "checkout_sessions", _("Checkout sessions"), CheckoutSession, _checkouts,
        emptied={
            "customer_email": "", "email": "", "collected": {}, "client_reference_id": "", "metadata": {},
            "intent_data": {}, "subscription_data": {}, "invoice_data": None, "success_url": "", "cancel_url": "",
        },
        told=("customer_email", "email"),
        stays=(
            "mode", "currency", "customer_creation", "submit_type", "collects", "payment_method_types",
            "shipping_options", "secret", "status", "payment_status", "locale", "discounts_asked",
            "discounts_shown", "taxes_shown", "shipping_shown", "setup_intent_id",
        ),
        reason=_("What was bought and paid; nothing that was typed."),
    ),
)  # fmt: skip
