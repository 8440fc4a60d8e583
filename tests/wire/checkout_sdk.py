"""Operations on checkout sessions and payment links in both styles of the official Python SDK; see `sdk`."""

import stripe

from tests.wire import sdk

CLIENT = {
    "checkout.sessions.create": lambda v1: v1.checkout.sessions.create,
    "checkout.sessions.expire": lambda v1: v1.checkout.sessions.expire,
    "checkout.sessions.list": lambda v1: v1.checkout.sessions.list,
    "checkout.sessions.list_line_items": lambda v1: v1.checkout.sessions.line_items.list,
    "checkout.sessions.retrieve": lambda v1: v1.checkout.sessions.retrieve,
    "checkout.sessions.update": lambda v1: v1.checkout.sessions.update,
    "payment_links.create": lambda v1: v1.payment_links.create,
    "payment_links.list": lambda v1: v1.payment_links.list,
    "payment_links.list_line_items": lambda v1: v1.payment_links.line_items.list,
    "payment_links.retrieve": lambda v1: v1.payment_links.retrieve,
    "payment_links.update": lambda v1: v1.payment_links.update,
}
MODULE = {
    "checkout.sessions.create": stripe.checkout.Session.create,
    "checkout.sessions.expire": stripe.checkout.Session.expire,
    "checkout.sessions.list": stripe.checkout.Session.list,
    "checkout.sessions.list_line_items": stripe.checkout.Session.list_line_items,
    "checkout.sessions.retrieve": stripe.checkout.Session.retrieve,
    "checkout.sessions.update": stripe.checkout.Session.modify,
    "payment_links.create": stripe.PaymentLink.create,
    "payment_links.list": stripe.PaymentLink.list,
    "payment_links.list_line_items": stripe.PaymentLink.list_line_items,
    "payment_links.retrieve": stripe.PaymentLink.retrieve,
    "payment_links.update": stripe.PaymentLink.modify,
}
sdk.CLIENT |= CLIENT
sdk.MODULE |= MODULE
