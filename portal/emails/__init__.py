"""What the portal writes to customers: codes, and links that the merchant sends."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import override, pgettext

from customers.models import Customer, Message, Site
from customers.services import letters
from customers.services.letters import Letter, Reader
from customers.services.wordings import Example, Texts

SIGN_IN_PLACEHOLDERS = PORTAL_LINK_PLACEHOLDERS = ("site",)


def sign_in_texts() -> Texts:
    """Return what the letter with a code says."""
    return Texts(
        subject=pgettext("email", "Your sign-in code for %(site)s"),
        heading=pgettext("email", "Your sign-in code"),
        sentence=pgettext(
            "email",
            "Type this code in the browser in which you asked for it. It works for 10 minutes.",
        ),
        request=pgettext(
            "email",
            "If you did not ask for a code, ignore this email. Nobody from %(site)s will ever ask you for it.",
        ),
        button=pgettext("email", "Sign in with a link instead"),
    )


def sign_in(
    message: Message, language: str, *, code: str, secret: str, customer: Customer | None
) -> Letter:
    """Return the letter with a code.

    Args:
        language: that of the page on which the customer asked.
        code: what stands in its place.
        secret: of the link, likewise.
    """
    locales = customer.preferred_locales if customer is not None else []
    tags = [tag for tag in locales if tag.replace("_", "-").partition("-")[0] == language]
    to = letters.reader_of([*tags, language], message.site, livemode=message.livemode)
    with override(to.language):
        return letters.write(
            to,
            "sign_in",
            kind=message.kind,
            texts=sign_in_texts(),
            words={"site": message.site.name},
            context={"code": code, "url": sign_in_address(message.site, secret)},
        )


def sign_in_example(to: Reader, at: datetime) -> Example:
    """Return what a made-up letter with a code is about."""
    context = {"code": "271828", "url": sign_in_address(to.site, "example")}
    return Example("sign_in", {"site": to.site.name}, context)


def portal_link_texts() -> Texts:
    """Return what the letter with a link to the portal says."""
    return Texts(
        subject=pgettext("email", "Your account with %(site)s"),
        heading=pgettext("email", "Your account with %(site)s"),
        sentence=pgettext(
            "email",
            "Here you find your invoices, payment methods and subscriptions, and can change your details.",
        ),
        request=pgettext(
            "email",
            "The link works once, for 24 hours. Do not pass it on: it opens your account.",
        ),
        button=pgettext("email", "Open your account"),
    )


def portal_link(message: Message, customer: Customer, *, url: str) -> Letter:
    """Return the letter with a link to the portal.

    Args:
        url: of the link, with what stands in its secret's place.
    """
    to = letters.reader(customer, message.site, livemode=message.livemode)
    with override(to.language):
        return letters.write(
            to,
            "portal_link",
            kind=message.kind,
            texts=portal_link_texts(),
            words={"site": message.site.name},
            context={"url": url, "name": customer.display_name or customer.shown_name},
        )


def portal_link_example(to: Reader, at: datetime) -> Example:
    """Return what a made-up letter with a link to the portal is about."""
    context = {"url": entering_address(to.site, "example"), "name": "Ada Whitfield"}
    return Example("portal_link", {"site": to.site.name}, context)


def sign_in_address(site: Site, secret: str) -> str:
    """Return the address of the link in a letter with a code."""
    return f"{settings.PUBLIC_URL}/portal/{site.slug}/s/{secret}"


def entering_address(site: Site, secret: str) -> str:
    """Return the address of a session's link."""
    return f"{settings.PUBLIC_URL}/portal/{site.slug}/enter/{secret}"


def front_address(site: Site) -> str:
    """Return the address where a site's customers sign in."""
    return f"{settings.PUBLIC_URL}/portal/{site.slug}"
