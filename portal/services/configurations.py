"""Configurations: what the portal offers; every site has a default one as soon as somebody needs it."""

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from customers.events.services import events
from customers.kit import tenancy
from customers.kit.errors import InvalidRequest, NotFound
from customers.services import customers
from payments.billing.services import prices, products
from portal.models import PortalConfiguration
from portal.services import return_urls

FEATURES: Mapping[str, Mapping[str, Any]] = {
    "customer_update": {
        "allowed_updates": ["address", "email", "name", "phone", "shipping", "tax_id"],
        "enabled": True,
    },
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {
            "enabled": True,
            "feedback_options": None,
            "options": [
                "too_expensive",
                "missing_features",
                "switched_service",
                "unused",
                "customer_service",
                "too_complex",
                "low_quality",
                "other",
            ],
        },
        "enabled": True,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {
        "duration": {"interval_options": [], "type": "indefinite"},
        "enabled": False,
    },
    "subscription_update": {
        "billing_cycle_anchor": "unchanged",
        "default_allowed_updates": [],
        "enabled": False,
        "products": [],
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
"""What the default configuration offers before anybody changes it: customers can always leave, and read their bills."""


REASONS = tuple(FEATURES["subscription_cancel"]["cancellation_reason"]["options"])
LONGEST_HEADLINE = 60
WEB_ADDRESS = r"https?://\S+"
COLUMNS = ("headline", "privacy_policy_url", "terms_of_service_url", "default_return_url")


def nothing_offered() -> dict[str, Any]:
    """Return features of which none is enabled: what one is to offer beside that is for its maker to say."""
    features = copy.deepcopy({name: dict(each) for name, each in FEATURES.items()})
    for each in features.values():
        each["enabled"] = False
    features["customer_update"]["allowed_updates"] = []
    features["subscription_cancel"]["cancellation_reason"]["enabled"] = False
    return features


def create(*, details: Mapping[str, Any], at: datetime) -> PortalConfiguration:
    """Make a configuration.

    Args:
        details: columns by name; of `features`, what is to differ from nothing.

    Raises:
        InvalidRequest: an address is none to which customers may be led, or a feature lacks what it needs.
        NotFound: a product or a price is not there.
    """
    scope = tenancy.current()
    row = PortalConfiguration(
        id=PortalConfiguration.new_id(),
        site=scope.site,
        livemode=scope.livemode,
        created_at=at,
        updated_at=at,
        features=nothing_offered(),
    )
    with transaction.atomic():
        _apply(row, details)
        row.save(force_insert=True)
        events.publish("billing_portal.configuration.created", row, at=at)
    return row


def update(
    configuration: PortalConfiguration, *, details: Mapping[str, Any], at: datetime
) -> PortalConfiguration:
    """Change a configuration; what the details leave out stays as it is, also within a feature.

    Raises:
        InvalidRequest: as `create` does, or the default one is to be inactive.
        NotFound: as `create` does.
    """
    with transaction.atomic():
        row = PortalConfiguration.objects.select_for_update(no_key=True).get(pk=configuration.pk)
        if row.is_default and details.get("is_active") is False:
            raise InvalidRequest("The default configuration stays active.", param="active")
        before = events.spell(row)
        _apply(row, details)
        row.updated_at = at
        row.save(force_update=True)
        previous = events.difference(before, events.spell(row))
        if previous:
            events.publish("billing_portal.configuration.updated", row, previous=previous, at=at)
    return row


def _apply(row: PortalConfiguration, details: Mapping[str, Any]) -> None:
    for name, value in details.items():
        if name == "features":
            row.features = _merged(row.features, value)
        elif name == "metadata":
            row.metadata = customers.merged_metadata(row.metadata, value)
        else:
            setattr(row, name, value)
    if row.default_return_url and "default_return_url" in details:
        return_urls.check(row.default_return_url, param="default_return_url")
    if "features" in details:
        _check_pause(row.features["subscription_pause"])
        _check_products(row.features["subscription_update"])


def _merged(kept: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with others put in, hash by hash."""
    return {
        **kept,
        **{
            name: _merged(kept[name], value) if isinstance(kept.get(name), Mapping) else value
            for name, value in said.items()
        },
    }


def _check_pause(feature: Mapping[str, Any]) -> None:
    duration = feature["duration"]
    if duration["type"] == "interval_options" and not duration["interval_options"]:
        path = "features[subscription_pause][duration][interval_options]"
        raise InvalidRequest(
            f"Missing required param: {path}.", param=path, code="parameter_missing"
        )


def _check_products(feature: Mapping[str, Any]) -> None:
    path = "features[subscription_update][products]"
    offers_prices = feature["enabled"] and "price" in feature["default_allowed_updates"]
    if offers_prices and not feature["products"]:
        raise InvalidRequest(
            f"Missing required param: {path}.", param=path, code="parameter_missing"
        )
    for position, each in enumerate(feature["products"]):
        param = f"{path}[{position}]"
        product = products.get(each["product"], param=f"{param}[product]")
        for place, pk in enumerate(each["prices"]):
            price = prices.usable(pk, param=f"{param}[prices][{place}]")
            if price.product_id != product.pk or not price.interval:
                raise InvalidRequest(
                    f"The price {pk} is no recurring price of the product {each['product']}.",
                    param=f"{param}[prices][{place}]",
                )


def get(pk: str, *, param: str = "configuration") -> PortalConfiguration:
    """Return a configuration.

    Raises:
        NotFound: there is none with this id.
    """
    found = PortalConfiguration.objects.filter(pk=pk).first()
    if found is None:
        raise no_such(pk, param=param)
    return found


def no_such(pk: str, *, param: str = "configuration") -> NotFound:
    """Return the error for a configuration that is not there."""
    return NotFound(f"No such configuration: '{pk}'", param=param)


def default(*, at: datetime) -> PortalConfiguration:
    """Return the configuration that holds where none is named; it is made when it is first asked for."""
    found = _default()
    if found is not None:
        return found
    scope = tenancy.current()
    row = PortalConfiguration(
        id=PortalConfiguration.new_id(),
        site=scope.site,
        livemode=scope.livemode,
        created_at=at,
        updated_at=at,
        is_default=True,
        has_login_page=True,
        features=copy.deepcopy(dict(FEATURES)),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # somebody else needed it at the same moment
        return PortalConfiguration.objects.get(is_default=True)
    return row


def for_entry(pk: str) -> PortalConfiguration | None:
    """Return the configuration whose sign-in page somebody is on: the one that is named, else the default one.

    None where nobody has needed the default one yet.
    """
    found = PortalConfiguration.objects.filter(pk=pk, is_active=True).first() if pk else None
    return found or _default()


def _default() -> PortalConfiguration | None:
    return PortalConfiguration.objects.filter(is_default=True).first()
