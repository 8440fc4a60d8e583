"""What the portal remembers."""

from portal.models.checkouts import CheckoutItem, CheckoutSession
from portal.models.configurations import PortalConfiguration
from portal.models.devices import TrustedDevice
from portal.models.email_changes import EmailChange
from portal.models.payment_links import CheckoutMode, CheckoutTerms, PaymentLink
from portal.models.sessions import PortalSession
from portal.models.sign_ins import SignIn

__all__ = [
    "CheckoutItem",
    "CheckoutMode",
    "CheckoutSession",
    "CheckoutTerms",
    "EmailChange",
    "PaymentLink",
    "PortalConfiguration",
    "PortalSession",
    "SignIn",
    "TrustedDevice",
]
