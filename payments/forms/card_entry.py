"""How a page takes a card: its fields and scripts, and what its security policy lets the gateway's script do.

A view opens an entry and gives it to its template, where `payments/elements/card_entry.html` stands inside a form that
posts; the form's answer has the token, for `card_pages.create_method`:

    @card_entry.on_page
    def page(request): ...
        entry = card_entry.opened(request, site, page=f"invoice {invoice.pk}", at=at)

A form that asks for no new card, only for the security code of a saved one, has `card_help.html` and `card_code.html`
instead (its answer has `cvc_token`, for `tokens.code`); one that offers both has `card_entry.html` and
`card_code.html`, each with `when`, such as `method=new` and `method!=new`.

Nothing of a card has a name that a form would send, so that no number reaches a page's own address: without scripts,
the fields are not even shown.

Sources: https://docs.stripe.com/security/guide#content-security-policy, https://docs.omise.co/omise-js
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from csp.decorators import csp_update
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.utils.translation import get_language, pgettext

from customers.kit import tenancy
from customers.models import Site
from customers.services import page_keys
from payments.services import card_pages
from payments.services.card_pages import Adapter, CardVault

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

TOKEN_URL = "/v1/tokens"  # noqa: S105 -- an address
SCRIPTS = {
    Adapter.BUILTIN: "",
    Adapter.OMISE: "https://cdn.omise.co/omise.js",
    Adapter.STRIPE: "https://js.stripe.com/v3/",
}
"""The script of each gateway; it may not be kept by others and changes without notice, so that no digest can pin it."""

POLICIES: Mapping[Adapter, Mapping[str, tuple[str, ...]]] = {
    Adapter.BUILTIN: {},
    Adapter.OMISE: {
        "script-src": ("https://cdn.omise.co",),
        "connect-src": ("https://vault.omise.co",),
        "frame-src": ("https://vault.omise.co", "https://cdn.omise.co"),
    },
    Adapter.STRIPE: {
        "script-src": ("https://js.stripe.com", "https://*.js.stripe.com"),
        "connect-src": ("https://api.stripe.com",),
        "frame-src": (
            "https://js.stripe.com",
            "https://*.js.stripe.com",
            "https://hooks.stripe.com",
        ),
    },
}
"""What a page's Content-Security-Policy lets in beside ourselves, where the site's gateway needs it."""

BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "discover": "Discover",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
    "maestro": "Maestro",
}
_PICTURES = ("card", "visa", "mastercard", "amex", "discover", "diners", "jcb", "unionpay")


@dataclass(frozen=True, slots=True)
class CardEntry:
    """What the template of a page needs to take a card.

    Args:
        key: what the page's script shows the vault.
        gateway_script: the address of the gateway's own script, or empty.
        scripts: the addresses of ours, in their order.
        words: texts, pictures and more, for the script.
        is_framed: whether the fields are the gateway's, inside a frame.
        takes_codes: whether the security code of a saved card can be asked for.
    """

    site: Site
    adapter: Adapter
    key: str
    gateway_script: str
    scripts: tuple[str, ...]
    words: Mapping[str, Any]
    is_framed: bool
    takes_codes: bool
    is_test: bool
    token_url: str = TOKEN_URL


def opened(
    request: HttpRequest, site: Site, *, page: str, currency: str = "usd", at: datetime
) -> CardEntry | None:
    """Return how a page of the chosen site takes a card, and let `on_page` widen its policy; None where it cannot.

    Args:
        page: which one, such as `invoice in_…`.
        currency: in which will be paid; where nothing is paid, any.
    """
    vault = card_pages.vault()
    if vault is None:
        return None
    request.card_policy = POLICIES[vault.adapter]  # type: ignore[attr-defined]  # for `on_page`
    is_framed = vault.adapter == Adapter.STRIPE
    return CardEntry(
        site=site,
        adapter=vault.adapter,
        key=_key(vault, site, page, at),
        gateway_script=SCRIPTS[vault.adapter],
        scripts=tuple(static(f"js/card/{name}.js") for name in scripts_of(vault.adapter)),
        words=_words(currency),
        is_framed=is_framed,
        takes_codes=vault.adapter != Adapter.OMISE,
        is_test=not tenancy.current().livemode,
    )


def scripts_of(adapter: Adapter) -> tuple[str, ...]:
    """Return the names of our own scripts on a page that takes cards, in their order."""
    fields = () if adapter == Adapter.STRIPE else ("fields",)
    return ("numbers", *fields, adapter.value, "entry")


def on_page(view: View[P]) -> View[P]:
    """Let a view's page run the script of the site's gateway, where the view opened an entry; no other page may."""

    @wraps(view)
    def widened(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        policy = getattr(request, "card_policy", None)
        if policy:
            csp_update(dict(policy))(lambda _request: response)(request)
        return response

    return widened


def _key(vault: CardVault, site: Site, page: str, at: datetime) -> str:
    if vault.publishable_key:
        return vault.publishable_key
    return page_keys.issue(site, livemode=tenancy.current().livemode, page=page, at=at)


def _words(currency: str) -> dict[str, Any]:
    return {
        "locale": get_language() or "en",
        "currency": currency,
        "icons": {name: static(f"img/cards/{name}.svg") for name in _PICTURES},
        "texts": {
            "busy": pgettext("page", "One moment…"),
            "absent": pgettext(
                "page",
                "The card form could not be loaded. Reload the page, or use another browser.",
            ),
            "brands": BRANDS,
            "errors": _errors(),
        },
    }


def _errors() -> dict[str, str]:
    """Return what is said of a card that is not taken: by our own names of it, and by the vaults' codes."""
    return {**_missing(), **_wrong(), **_refused()}


def _missing() -> dict[str, str]:
    return {
        "number_missing": pgettext("page", "Enter the number of your card."),
        "expiry_missing": pgettext("page", "Enter the date on which your card expires."),
        "code_missing": pgettext("page", "Enter the security code of your card."),
        "name_missing": pgettext("page", "Enter the name on your card."),
    }


def _wrong() -> dict[str, str]:
    number = pgettext("page", "This number is not right. Compare it with your card.")
    date = pgettext("page", "This date is not right, or is over. Compare it with your card.")
    code = pgettext("page", "This security code is not right. Compare it with your card.")
    return {
        "number_short": pgettext("page", "This number is too short. Compare it with your card."),
        "incorrect_number": number,
        "invalid_number": number,
        "expiry_wrong": pgettext("page", "Write month and year, like 09/31."),
        "invalid_expiry_month": date,
        "invalid_expiry_year": date,
        "expired_card": pgettext("page", "This card has expired. Use another one."),
        "code_of_three": pgettext("page", "The security code has three digits, on the back."),
        "code_of_four": pgettext("page", "The security code has four digits, on the front."),
        "invalid_cvc": code,
        "incorrect_cvc": code,
    }


def _refused() -> dict[str, str]:
    refused = pgettext("page", "Your bank refused this card. Use another one, or ask your bank.")
    return {
        "test_mode_live_card": pgettext("page", "Only published test numbers are taken here."),
        "insufficient_funds": pgettext(
            "page", "There is not enough money on the card. No money was taken."
        ),
        **dict.fromkeys(("card_declined", "generic_decline", "do_not_honor"), refused),
        **dict.fromkeys(("fraudulent", "lost_card", "stolen_card", "pickup_card"), refused),
        **dict.fromkeys(
            ("rate_limit", "too_many_tries"),
            pgettext("page", "There were too many tries. Wait some minutes, then try again."),
        ),
        "unreachable": pgettext(
            "page", "The payment service does not answer. Nothing was charged. Try again."
        ),
        "failed": pgettext("page", "This could not be saved. Nothing was charged. Try again."),
    }
