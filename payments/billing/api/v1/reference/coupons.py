"""What the API reference says of coupons, promotion codes and discounts."""

from typing import Any

from customers.api.v1.reference.examples import CUSTOMER, MADE

Wire = dict[str, Any]
_COUPON, _CODE = "SPRING-25", "promo_3k8xq1zw0v6mt2hr94cyb5fn"
_DISCOUNT, _ENDED = "di_6m2zk9xq0w1vt8hr53cyb7fn", "di_2w8kx5zq1v0mt6hr94cyb3fn"
_TIMES = "as seconds since 1970"

TAGS: dict[str, str] = {
    "Coupons": "What is taken off invoices: a percentage or an amount, once, for some months, or for ever. Customers "
    "and subscriptions are given coupons, directly or by promotion codes.",
    "Promotion codes": "Words that customers type to get a coupon's discount. A coupon can have many of them, each "
    "with its own end, its own number of redemptions, and its own conditions.",
    "Discounts": "Coupons at work: given to a customer, a subscription or an invoice, from when on, and until when.",
}

MEMBERS: dict[str, str] = {
    "amount_off": "What is taken off, in minor units of `currency`.",
    "applies_to": "The products that it is for, when expanded; null where it is for all.",
    "checkout_session": "Not used here.",
    "code": "The word that customers type, in any letter case.",
    "coupon": "The coupon.",
    "currency_options": "What counts in other currencies, by currency.",
    "discount": "The discount that the customer has on everything that has none of its own.",
    "duration": "How long a discount holds: `once` for one invoice, `repeating` for some months, or `forever`.",
    "duration_in_months": "For how many months a `repeating` coupon holds.",
    "end": f"Until when it holds, {_TIMES}; null where no date ends it.",
    "expires_at": f"Until when it can be used, {_TIMES}.",
    "first_time_transaction": "Whether it is for customers alone who have never paid.",
    "invoice_item": "The invoice item that has it.",
    "max_redemptions": "How often it can be redeemed, by all customers together.",
    "minimum_amount": "From what amount on it can be used, in minor units.",
    "minimum_amount_currency": "The currency of `minimum_amount`.",
    "percent_off": "The percentage that is taken off, with at most two digits after the point.",
    "products": "The ids of the products.",
    "promotion": "What it is for.",
    "promotion_code": "The promotion code that was used.",
    "redeem_by": f"Until when it can be redeemed, {_TIMES}.",
    "restrictions": "When alone it can be used.",
    "start": f"From when on it holds, {_TIMES}.",
    "subscription": "The subscription that has it.",
    "subscription_item": "The subscription item that has it.",
    "times_redeemed": "How often it was redeemed.",
    "valid": "Whether it can still be redeemed.",
}

MEMBERS_OF: dict[tuple[str, str], str] = {
    ("coupon", "currency"): "The currency of `amount_off`.",
    ("coupon", "id"): "The id that you chose, or eight letters and digits that were drawn.",
    ("coupon", "name"): "What customers see on their invoices.",
    ("coupon_create_params", "currency"): "The currency of `amount_off`.",
    (
        "coupon_create_params",
        "id",
    ): "An id of your own: up to 64 letters, digits, hyphens and underscores. It stays "
    "taken when the coupon is deleted.",
    ("coupon_create_params", "name"): "What customers see on their invoices.",
    ("coupon_create_params", "applies_to"): "The products that it is for; all when left out.",
    ("coupon_update_params", "name"): "What customers see on their invoices.",
    ("customer_create_params", "coupon"): "The coupon to give the customer.",
    (
        "customer_create_params",
        "promotion_code",
    ): "The id of the promotion code whose coupon to give the customer.",
    (
        "customer_update_params",
        "coupon",
    ): "The coupon to give the customer in the place of the one they have; empty "
    "takes the discount away.",
    (
        "customer_update_params",
        "promotion_code",
    ): "The id of the promotion code whose coupon to give the customer; "
    "empty takes the discount away.",
    ("discount", "customer"): "The customer who has it.",
    ("discount", "invoice"): "The invoice that has it.",
    ("discount", "source"): "What it came of.",
    ("ended_discount", "customer"): "The customer who had it.",
    ("ended_discount", "invoice"): "The invoice that had it.",
    ("ended_discount", "source"): "What it came of.",
    ("discount_source", "type"): "Always `coupon`.",
    ("promotion", "type"): "Always `coupon`.",
    ("promotion_hash", "type"): "Always `coupon`.",
    (
        "promotion_code",
        "active",
    ): "Whether it can be used: it was not switched off, and neither it nor its coupon is "
    "over or used up.",
    ("promotion_code", "customer"): "The only customer who can use it; null where all can.",
    ("promotion_code_create_params", "active"): "Whether it can be used; true when left out.",
    (
        "promotion_code_create_params",
        "code",
    ): "The word that customers type: letters, digits and dashes. Eight are "
    "drawn when it is left out.",
    ("promotion_code_create_params", "coupon"): "The older spelling of `promotion[coupon]`.",
    (
        "promotion_code_create_params",
        "customer",
    ): "The only customer who can use it; all can when left out.",
    (
        "promotion_code_update_params",
        "active",
    ): "Whether it can be used; again only while neither it nor its coupon is over or used up.",
}

PARAMETERS: dict[tuple[str, str], str] = {
    ("GetPromotionCodes", "active"): "Only codes that can be used now, or only those that cannot.",
    ("GetPromotionCodes", "code"): "Only codes with this word, in any letter case.",
    ("GetPromotionCodes", "coupon"): "Only codes of this coupon.",
    ("GetPromotionCodes", "customer"): "Only codes that are for this customer alone.",
    ("DeleteSubscriptionsIdDiscount", "id"): "The subscription.",
}

OPERATIONS: dict[str, tuple[str, str]] = {
    "PostCoupons": (
        "Create a coupon",
        "What it takes off, and for how long, cannot be changed afterwards.",
    ),
    "DeleteCouponsId": (
        "Delete a coupon",
        "Nobody can redeem it any more. Those who have it keep their discounts.",
    ),
    "GetCustomersCustomerDiscount": ("Retrieve a customer's discount", "Not part of Stripe's API."),
    "DeleteCustomersCustomerDiscount": (
        "Delete a customer's discount",
        "Invoices that were finalized keep it.",
    ),
    "DeleteSubscriptionsIdDiscount": (
        "Delete a subscription's discounts",
        "All that the subscription has of its own are taken away; the answer is the first of them.",
    ),
}

_DISCOUNT_SHOWN: Wire = {
    "id": _DISCOUNT,
    "object": "discount",
    "checkout_session": None,
    "customer": CUSTOMER,
    "customer_account": None,
    "end": None,
    "invoice": None,
    "invoice_item": None,
    "promotion_code": None,
    "source": {"coupon": _COUPON, "type": "coupon"},
    "start": MADE,
    "subscription": None,
    "subscription_item": None,
}

OBJECTS: dict[str, Wire] = {
    "coupon": {
        "id": _COUPON,
        "object": "coupon",
        "amount_off": None,
        "created": MADE,
        "currency": None,
        "duration": "forever",
        "duration_in_months": None,
        "livemode": False,
        "max_redemptions": 100,
        "metadata": {},
        "name": "Spring",
        "percent_off": 25,
        "redeem_by": None,
        "times_redeemed": 1,
        "valid": True,
    },
    "promotion_code": {
        "id": _CODE,
        "object": "promotion_code",
        "active": True,
        "code": "SPRING",
        "created": MADE,
        "customer": None,
        "customer_account": None,
        "expires_at": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "promotion": {"coupon": _COUPON, "type": "coupon"},
        "restrictions": {
            "first_time_transaction": True,
            "minimum_amount": 1000,
            "minimum_amount_currency": "usd",
        },
        "times_redeemed": 0,
    },
    "discount": _DISCOUNT_SHOWN,
    "ended_discount": {**_DISCOUNT_SHOWN, "id": _ENDED, "deleted": True},
}

BODIES: dict[str, Wire] = {
    "PostCoupons": {
        "id": "SUMMER-10",
        "name": "Summer",
        "percent_off": 10,
        "duration": "forever",
        "max_redemptions": 100,
    },
    "PostCouponsId": {"name": "Spring again"},
    "PostPromotionCodes": {
        "promotion": {"type": "coupon", "coupon": _COUPON},
        "code": "SPRING",
        "restrictions": {
            "first_time_transaction": True,
            "minimum_amount": 1000,
            "minimum_amount_currency": "usd",
        },
    },
    "PostPromotionCodesId": {"active": False},
}
QUERIES: dict[str, Wire] = {"GetPromotionCodes": {"code": "SPRING", "active": True}}
PATHS: dict[str, str] = {}
METHODS: dict[str, tuple[str, str]] = {
    "GetCoupons": ("coupons.list", "coupons.list"),
    "PostCoupons": ("coupons.create", "coupons.create"),
    "GetCouponsId": ("coupons.retrieve", "coupons.retrieve"),
    "PostCouponsId": ("coupons.update", "coupons.update"),
    "DeleteCouponsId": ("coupons.delete", "coupons.del"),
    "GetPromotionCodes": ("promotion_codes.list", "promotionCodes.list"),
    "PostPromotionCodes": ("promotion_codes.create", "promotionCodes.create"),
    "GetPromotionCodesId": ("promotion_codes.retrieve", "promotionCodes.retrieve"),
    "PostPromotionCodesId": ("promotion_codes.update", "promotionCodes.update"),
    "DeleteCustomersCustomerDiscount": ("customers.delete_discount", "customers.deleteDiscount"),
    "DeleteSubscriptionsIdDiscount": (
        "subscriptions.delete_discount",
        "subscriptions.deleteDiscount",
    ),
}
