"""The demonstration merchant: what a new installation shows until it has customers of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from customers.kit import provenance, tenancy
from customers.kit.provenance import Provenance
from customers.models import ApiKey, Customer, Site
from customers.services import (
    addresses,
    api_keys,
    balance_transactions,
    consents,
    custom_fields,
    customers,
    organizations,
    sites,
    tax_ids,
)
from customers.services.demo_people import PEOPLE

SLUG = "demo"
_TAX_IDS = {
    "FR": ("eu_vat", "FR40303265045"), "IT": ("eu_vat", "IT00743110157"), "DE": ("eu_vat", "DE136695976"),
    "ES": ("eu_vat", "ESB58378431"), "CH": ("ch_uid", "CHE-107.787.577"), "US": ("us_ein", "91-1144442"),
    "IN": ("in_gst", "27AAPFU0939F1ZV"), "BR": ("br_cnpj", "16.727.230/0001-97"), "KR": ("kr_brn", "116-82-00276"),
    "JP": ("jp_cn", "5835678256246"), "TH": ("th_vat", "1234567891011"), "ZA": ("za_vat", "0001339050"),
}  # fmt: skip
_CURRENCIES = {
    "GB": "gbp",
    "US": "usd",
    "TH": "thb",
    "JP": "jpy",
    "KR": "krw",
    "SG": "sgd",
    "CH": "chf",
    "BR": "brl",
}
_PLANS = ("basic", "premium", "enterprise")
_FIELDS: tuple[dict[str, Any], ...] = (
    {
        "key": "account_manager",
        "label": "Account manager",
        "kind": "text",
        "constraints": {"max_length": 80},
    },
    {
        "key": "seats",
        "label": "Seats",
        "kind": "number",
        "constraints": {"minimum": 1, "integer": True},
    },
    {"key": "contract_until", "label": "Contract until", "kind": "date", "constraints": {}},
    {
        "key": "segment",
        "label": "Segment",
        "kind": "dropdown",
        "constraints": {"options": ["Self-serve", "Business", "Enterprise"]},
    },
    {
        "key": "newsletter_partner",
        "label": "Newsletter partner",
        "kind": "checkbox",
        "constraints": {},
    },
)


@dataclass(frozen=True, slots=True)
class Person:
    """One of the invented people."""

    name: str
    language: str
    country: str
    city: str
    postal_code: str
    state: str
    line1: str
    phone: str
    organization: str


def fill(*, at: datetime) -> None:
    """Make the demonstration merchant with its customers, in test mode."""
    people = [Person(*line.split("|")) for line in PEOPLE.strip().splitlines()]
    with transaction.atomic():
        site = sites.create_bare(
            name="Willow & Pine",
            slug=SLUG,
            country="US",
            languages=["en", "fr", "it", "ko", "es", "th", "ja"],
            support_email="help@example.com",
            website="https://example.com",
            at=at,
        )
        for kind, spelling, name in _KEYS:
            text = _key_text(kind, spelling)
            api_keys.issue(
                site, livemode=False, kind=kind, spelling=spelling, name=name, text=text, at=at
            )
        origin = Provenance(door="dashboard", actor="demo@example.com")
        with tenancy.scoped_to(site, livemode=False), provenance.acting(origin):
            for position, details in enumerate(_FIELDS):
                custom_fields.create(details={**details, "position": position}, at=at)
            for number, person in enumerate(people):
                _customer(
                    person,
                    number,
                    at=at - timedelta(days=13 * (len(people) - number), hours=number % 11),
                )


def welcome_keys() -> dict[str, str]:
    """Return the demonstration's test keys by spelling, those that still work.

    They follow from the installation's secret, so that each start can show what is stored nowhere.
    """
    texts = {_spelled(kind, spelling): _key_text(kind, spelling) for kind, spelling, _name in _KEYS}
    return {spelled: text for spelled, text in texts.items() if _works(text)}


_KEYS = (
    (ApiKey.Kind.SECRET, ApiKey.Spelling.STRIPE, "Demonstration"),
    (ApiKey.Kind.PUBLISHABLE, ApiKey.Spelling.STRIPE, "Demonstration"),
    (ApiKey.Kind.SECRET, ApiKey.Spelling.OMISE, "Demonstration"),
    (ApiKey.Kind.PUBLISHABLE, ApiKey.Spelling.OMISE, "Demonstration"),
)


def _key_text(kind: str, spelling: str) -> str:
    return api_keys.derived(settings.HASHING_KEY, kind=kind, spelling=spelling, livemode=False)


def _spelled(kind: str, spelling: str) -> str:
    return _key_text(kind, spelling).rpartition("_")[0]


def _works(text: str) -> bool:
    key = api_keys.find(text)
    return key is not None and key.expires_at is None


def _customer(person: Person, number: int, *, at: datetime) -> Customer:
    postal = {
        "line1": person.line1,
        "line2": "",
        "city": person.city,
        "postal_code": person.postal_code,
        "state": person.state,
        "country": person.country,
    }
    plan = _PLANS[number % 3]
    customer = customers.create(
        details={
            "name": person.name,
            "email": f"{_local_part(person, number)}@example.com",
            "phone": person.phone,
            "language": person.language,
            "preferred_currency": _CURRENCIES.get(person.country, "eur"),
            "address": postal,
            "external_id": f"user_{1001 + number}",
            "organization": person.organization,
            "metadata": {
                "plan": plan,
                "user_id": str(1001 + number),
                "source": ("web", "partner", "event")[number % 3],
            },
            "custom_fields": _custom_values(number),
            "mail_marketing": bool(number % 4),
        },
        at=at,
    )
    _enrich(customer, person, number, postal, at=at)
    return customer


def _enrich(
    customer: Customer, person: Person, number: int, postal: dict[str, str], *, at: datetime
) -> None:
    """Let some days pass, in which some of the customers did something."""
    if person.organization and person.country in _TAX_IDS:
        kind, value = _TAX_IDS[person.country]
        tax_ids.create(customer, kind=kind, value=value, at=at + timedelta(hours=1))
    if person.organization:
        details = {"legal_name": person.organization, **postal}
        organizations.update(
            organizations.named(person.organization, at=at), details=details, at=at
        )
    if number % 5 == 0:
        shipping = {**postal, "kind": "shipping", "name": person.name, "line2": "Reception"}
        addresses.create(customer, details=shipping, at=at + timedelta(days=1))
    if number % 7 == 0:
        balance_transactions.create(
            customer,
            amount=-1500,
            currency="usd",
            description="Goodwill credit",
            at=at + timedelta(days=3),
        )
    if number % 6 == 1:
        consents.record(customer, "tele_marketing", granted=False, at=at + timedelta(days=2))


def _custom_values(number: int) -> dict[str, Any]:
    values: dict[str, Any] = {"segment": ("Self-serve", "Business", "Enterprise")[number % 3]}
    if number % 3:
        values |= {
            "seats": 3 + number % 40,
            "account_manager": ("Robin Ashdown", "Imani Okafor")[number % 2],
        }
    if number % 3 == 2:  # noqa: PLR2004 -- the third of three plans
        values |= {
            "contract_until": f"2027-{1 + number % 12:02}-28",
            "newsletter_partner": number % 2 == 0,
        }
    return values


def _local_part(person: Person, number: int) -> str:
    """Return a mail name in ASCII: the name's, where it has one."""
    ascii_name = person.name.encode("ascii", "ignore").decode().lower().split()
    is_ascii = person.name.isascii() and ascii_name
    return ".".join(ascii_name).replace("&", "") if is_ascii else f"customer{1001 + number}"


def site() -> Site | None:
    """Return the demonstration merchant, where there is one."""
    return Site.objects.filter(slug=SLUG).first()
