"""An open checkout session that asks for everything, one that can be expired, and a payment link."""

from tests.seeds.catalog import SHIPPING_RATE

NAMES = frozenset({"checkout.session", "payment_link", "other_session"})
NEEDS = {
    "checkout/sessions/<id:pk>/expire": "other_session",
}
BODIES = {
    "checkout/sessions/<id:pk>": {"metadata": {"tier": "theirs"}},
    "payment_links/<id:pk>": {"active": False},
}
_LAMP = {
    "price_data": {"currency": "usd", "unit_amount": 1500, "product_data": {"name": "Lamp"}},
    "quantity": 2,
    "adjustable_quantity": {"enabled": True, "minimum": 1, "maximum": 5},
}
_URL = "https://shop.example.com/thanks"
NEEDED = {
    "POST checkout/sessions": {"success_url": _URL, "line_items": [_LAMP]},
    "POST payment_links": {"line_items": [_LAMP]},
}

FIELDS = [
    {
        "key": "size",
        "label": {"type": "custom", "custom": "Size"},
        "type": "dropdown",
        "dropdown": {"options": [{"label": "Medium", "value": "m"}], "default_value": "m"},
    },
    {
        "key": "name",
        "label": {"type": "custom", "custom": "Engraving"},
        "optional": True,
        "type": "text",
        "text": {"minimum_length": 1, "maximum_length": 20},
    },
]
COLLECTED = {
    "billing_address_collection": "required",
    "consent_collection": {"promotions": "auto", "terms_of_service": "required"},
    "custom_fields": FIELDS,
    "custom_text": {"submit": {"message": "We send it tomorrow."}},
    "name_collection": {"business": {"enabled": True, "optional": True}},
    "phone_number_collection": {"enabled": True},
    "shipping_address_collection": {"allowed_countries": ["TH", "US"]},
    "submit_type": "pay",
    "tax_id_collection": {"enabled": True},
    "invoice_creation": {
        "enabled": True,
        "invoice_data": {
            "footer": "Thanks",
            "custom_fields": [{"name": "Order", "value": "7"}],
            "metadata": {"tier": "gold"},
        },
    },
    "payment_intent_data": {"description": "Order 7", "metadata": {"tier": "gold"}},
    "metadata": {"tier": "gold"},
}


def seed(api, customer):
    """Make them, and return their ids by the names of their schemas."""

    def make(path, body):
        answer = api.post(path, body)
        assert answer.status == 200, answer.body
        return answer.body["id"]

    rate = make("shipping_rates", SHIPPING_RATE)
    coupon = make("coupons", {"percent_off": 10, "duration": "once"})
    common = {**COLLECTED, "line_items": [_LAMP], "shipping_options": [{"shipping_rate": rate}]}
    named = {
        **common,
        "customer": customer,
        "customer_update": {"name": "auto", "address": "auto", "shipping": "auto"},
        "discounts": [{"coupon": coupon}],
        "success_url": f"{_URL}?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": "https://shop.example.com/cart",
        "client_reference_id": "cart 7",
        "locale": "th",
        "saved_payment_method_options": {"allow_redisplay_filters": ["always"]},
    }
    link = {
        **common,
        "after_completion": {"type": "redirect", "redirect": {"url": _URL}},
        "inactive_message": "Sold out.",
        "restrictions": {"completed_sessions": {"limit": 5}},
    }
    return {
        "checkout.session": make("checkout/sessions", named),
        "other_session": make("checkout/sessions", NEEDED["POST checkout/sessions"]),
        "payment_link": make("payment_links", link),
    }
