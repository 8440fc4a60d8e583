"""What a session's link is for: one thing of the customer's, checked when the link is made."""

from collections.abc import Callable, Mapping
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.models import Customer
from payments.billing.models import Subscription
from payments.billing.services import (
    coupons,
    invoice_states,
    prices,
    promotion_codes,
    subscription_items,
)
from payments.billing.services import subscriptions as billing
from portal.models import PortalConfiguration
from portal.services import return_urls

Flow = dict[str, Any]

MEMBERS = (
    "customer_update",
    "subscription_cancel",
    "subscription_pause",
    "subscription_update",
    "subscription_update_confirm",
)
PAY_INVOICE = "pay_invoice"
TYPES = ("payment_method_update", *MEMBERS, PAY_INVOICE)
_FEATURES = {"subscription_update_confirm": "subscription_update", PAY_INVOICE: "invoice_history"}
"""By type: the feature that offers it, where that has another name."""
_ENDED = {Subscription.Status.CANCELED, Subscription.Status.INCOMPLETE_EXPIRED}


def checked(
    customer: Customer, configuration: PortalConfiguration, data: Mapping[str, Any]
) -> Flow:
    """Return what a link is for, spelled as on the wire.

    Args:
        data: as it was asked for.

    Raises:
        InvalidRequest: the configuration does not offer it, or a part is missing, or does not fit the customer.
        NotFound: something that it names is not there.
    """
    kind = data["type"]
    feature = _FEATURES.get(kind, kind)
    if not configuration.features[feature]["enabled"]:
        raise InvalidRequest(
            f"The feature {feature} is disabled in the portal configuration {configuration.pk}.",
            param="flow_data[type]",
        )
    others = [name for name in (*MEMBERS, PAY_INVOICE) if name in data and name != kind]
    if others:
        raise InvalidRequest(
            f"flow_data[{others[0]}] is for flow_data[type]={others[0]} only.",
            param=f"flow_data[{others[0]}]",
        )
    flow: Flow = {
        "after_completion": _after(data.get("after_completion")),
        **dict.fromkeys(MEMBERS),
        "type": kind,
    }
    if kind in _READERS:
        path = f"flow_data[{kind}]"
        if kind not in data:
            raise missing(path)
        flow[kind] = _READERS[kind](customer, configuration, data[kind], path)
    elif kind == "customer_update":
        flow[kind] = {}
    return flow


def missing(param: str) -> InvalidRequest:
    """Return the refusal of a request without a parameter that it needs."""
    return InvalidRequest(
        f"Missing required param: {param}.", param=param, code="parameter_missing"
    )


def _after(data: Mapping[str, Any] | None) -> Flow:
    kind = data["type"] if data else "portal_homepage"
    found: Flow = {"hosted_confirmation": None, "redirect": None, "type": kind}
    for name in ("hosted_confirmation", "redirect"):
        if data and name in data and name != kind:
            path = f"flow_data[after_completion][{name}]"
            raise InvalidRequest(f"{path} is for another type.", param=path)
    if kind == "hosted_confirmation":
        said = (data or {}).get(kind, {}).get("custom_message")
        found[kind] = {"custom_message": said or None}
    if kind == "redirect":
        path = "flow_data[after_completion][redirect]"
        if not data or kind not in data:
            raise missing(path)
        url = return_urls.check(data[kind]["return_url"], param=f"{path}[return_url]")
        found[kind] = {"return_url": url}
    return found


def _subscription(customer: Customer, data: Mapping[str, Any], path: str) -> Subscription:
    param = f"{path}[subscription]"
    found = billing.get(data["subscription"], param=param)
    if found.customer_id != customer.pk:
        raise InvalidRequest(
            f"The subscription {found.pk} is not one of the customer {customer.pk}.", param=param
        )
    if found.status in _ENDED:
        raise InvalidRequest(f"The subscription {found.pk} has ended.", param=param)
    return found


def _cancel(
    customer: Customer, configuration: PortalConfiguration, data: Mapping[str, Any], path: str
) -> Flow:
    found = _subscription(customer, data, path)
    retention = data.get("retention")
    if retention is not None:
        param = f"{path}[retention][coupon_offer][coupon]"
        coupon = coupons.get(retention["coupon_offer"]["coupon"], param=param)
        offer = {"coupon": coupon.pk.partition("@")[0]}
        retention = {"coupon_offer": offer, "type": "coupon_offer"}
    return {"retention": retention, "subscription": found.pk}


def _of_subscription(
    customer: Customer, configuration: PortalConfiguration, data: Mapping[str, Any], path: str
) -> Flow:
    return {"subscription": _subscription(customer, data, path).pk}


def _confirm(
    customer: Customer, configuration: PortalConfiguration, data: Mapping[str, Any], path: str
) -> Flow:
    found = _subscription(customer, data, path)
    items = data["items"]
    if len(items) != 1:
        raise InvalidRequest("Give exactly one item.", param=f"{path}[items]")
    return {
        "discounts": [
            _discount(one, f"{path}[discounts][{position}]")
            for position, one in enumerate(data.get("discounts", []))
        ]
        or None,
        "items": [_item(found, configuration, items[0], f"{path}[items][0]")],
        "subscription": found.pk,
    }


def _item(
    subscription: Subscription,
    configuration: PortalConfiguration,
    item: Mapping[str, Any],
    path: str,
) -> Flow:
    own = subscription_items.get(item["id"], param=f"{path}[id]")
    if own.subscription_id != subscription.pk:
        raise InvalidRequest(
            f"The subscription {subscription.pk} has no item {item['id']}.", param=f"{path}[id]"
        )
    price = None
    if "price" in item:
        price = prices.usable(item["price"], param=f"{path}[price]").pk.partition("@")[0]
        offered = configuration.features["subscription_update"]["products"]
        if not any(price in product["prices"] for product in offered):
            raise InvalidRequest(
                f"The price {price} is not among those of the portal configuration {configuration.pk}.",
                param=f"{path}[price]",
            )
    return {"id": item["id"], "price": price, "quantity": item.get("quantity")}


def _discount(discount: Mapping[str, Any], path: str) -> Flow:
    if len(discount) != 1:
        raise InvalidRequest("Give a coupon or a promotion code.", param=path)
    found: Flow = {"coupon": None, "promotion_code": None}
    if "coupon" in discount:
        coupon = coupons.get(discount["coupon"], param=f"{path}[coupon]")
        found["coupon"] = coupon.pk.partition("@")[0]
    else:
        code = promotion_codes.get(discount["promotion_code"], param=f"{path}[promotion_code]")
        found["promotion_code"] = code.pk
    return found


def _invoice(
    customer: Customer, configuration: PortalConfiguration, data: Mapping[str, Any], path: str
) -> Flow:
    param = f"{path}[invoice]"
    found = invoice_states.get(data["invoice"], param=param)
    if found.customer_id != customer.pk:
        raise InvalidRequest(
            f"The invoice {found.pk} is not one of the customer {customer.pk}.", param=param
        )
    return {"invoice": found.pk}


_READERS: dict[str, Callable[[Customer, PortalConfiguration, Mapping[str, Any], str], Flow]] = {
    "subscription_cancel": _cancel,
    "subscription_pause": _of_subscription,
    "subscription_update": _of_subscription,
    "subscription_update_confirm": _confirm,
    PAY_INVOICE: _invoice,
}
