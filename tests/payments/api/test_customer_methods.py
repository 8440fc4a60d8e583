"""What `/v1/customers` takes and shows of payment methods: `source`, `payment_method`, the default; and its sources."""

import pytest

from customers.events.models import Event
from customers.models import Customer
from payments.models import PaymentMethod

BANK = {
    "account_number": "000123456789", "routing_number": "110000000", "country": "US", "currency": "usd",
    "account_holder_name": "Jenny Rosen", "account_holder_type": "individual",
}  # fmt: skip


@pytest.fixture
def jenny(api):
    """A customer with a card that came as a source."""
    return api.post("customers", name="Jenny Rosen", source="tok_visa").body


def default_of(api, pk):
    body = api.get(f"customers/{pk}").body
    return body["default_source"], body["invoice_settings"]["default_payment_method"]


# -- made with a method ------------------------------------------------------------------------------------------------


def test_a_customer_with_a_source(api, scope):
    answer = api.post("customers", name="Jenny Rosen", source="tok_visa")

    assert answer.status == 200
    assert answer.body["default_source"].startswith("card_")
    assert answer.body["invoice_settings"]["default_payment_method"] is None
    assert api.get(f"customers/{answer.body['id']}").body == answer.body
    told = list(Event.objects.order_by("id").values_list("type", flat=True))
    assert told == ["customer.created", "customer.source.created"]


def test_a_customer_with_a_payment_method(api):
    answer = api.post("customers", name="Jenny Rosen", payment_method="pm_card_visa")

    default = answer.body["invoice_settings"]["default_payment_method"]
    assert (answer.status, answer.body["default_source"], default[:3]) == (200, None, "pm_")
    assert api.get(f"customers/{answer.body['id']}/payment_methods").ids == [default]


def test_a_customer_with_a_method_that_is_made_the_default_by_name(api):
    method = api.post("payment_methods", type="card", card={"token": "tok_visa"}).body["id"]

    answer = api.post(
        "customers", payment_method=method,
        invoice_settings={"default_payment_method": method, "footer": "Thanks"},
    )  # fmt: skip

    assert answer.body["invoice_settings"] == {
        "custom_fields": None, "default_payment_method": method, "footer": "Thanks", "rendering_options": None,
    }  # fmt: skip


def test_the_same_request_makes_one_customer(api, scope):
    headers = {"Idempotency-Key": "signup-1"}

    one = api.post("customers", source="tok_visa", headers=headers)
    two = api.post("customers", source="tok_visa", headers=headers)

    assert one.body == two.body
    assert Customer.objects.count() == PaymentMethod.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        pytest.param({"source": "tok_nothing"}, 404, "resource_missing", "source", id="unknown token"),
        pytest.param(
            {"payment_method": "pm_nothing"},
            404, "resource_missing", "payment_method", id="unknown method",
        ),
        pytest.param({"source": "tok_visa", "payment_method": "pm_card_visa"}, 400, None, "source", id="both"),
        pytest.param(
            {"invoice_settings": {"default_payment_method": "pm_x"}},
            400, "resource_missing", "invoice_settings[default_payment_method]", id="default without method",
        ),
        pytest.param(
            {"source": "tok_visa", "email": "a@example.com", "match": {"on": "email"}},
            400, None, "match", id="match",
        ),
        pytest.param({"source": ""}, 400, "parameter_invalid_empty", "source", id="empty"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(api, nothing_written, body, status, code, param):
    with nothing_written():
        answer = api.post("customers", body)

    assert (answer.status, answer.error.get("code"), answer.error["param"]) == (status, code, param)


def test_a_declined_card_makes_no_customer(api, scope):
    answer = api.post("customers", source="tok_visa_chargeDeclined")

    assert (answer.status, answer.error["code"]) == (402, "card_declined")
    assert Customer.objects.count() == 0


def test_a_token_is_used_once(api, jenny):
    token = api.post(
        "tokens", card={"number": "4242424242424242", "exp_month": 8, "exp_year": 2030}
    ).body["id"]
    api.post("customers", source=token)

    answer = api.post("customers", source=token)

    assert (answer.status, answer.error["code"]) == (400, "token_already_used")


# -- changed -----------------------------------------------------------------------------------------------------------


def test_a_new_source_becomes_the_default(api, scope, jenny):
    answer = api.post(f"customers/{jenny['id']}", source="tok_mastercard", name="Jenny R.")

    new = answer.body["default_source"]
    assert (answer.status, answer.body["name"]) == (200, "Jenny R.")
    assert new not in (None, jenny["default_source"])
    assert api.get(f"customers/{jenny['id']}/sources").ids == [new, jenny["default_source"]]
    updated = Event.objects.get(type="customer.updated")
    assert updated.previous_attributes == {
        "default_source": jenny["default_source"],
        "name": "Jenny Rosen",
    }


def test_a_further_method_does_not(api, jenny):
    answer = api.post(f"customers/{jenny['id']}", payment_method="pm_card_mastercard")

    assert answer.body["default_source"] == jenny["default_source"]
    assert len(api.get(f"customers/{jenny['id']}/payment_methods").ids) == 2


def test_the_default_is_chosen_in_either_spelling(api, jenny):
    pk, card = jenny["id"], jenny["default_source"]
    method = api.post("payment_methods/pm_card_visa/attach", customer=pk).body["id"]

    api.post(f"customers/{pk}", invoice_settings={"default_payment_method": method})
    assert default_of(api, pk) == (None, method)

    api.post(f"customers/{pk}", default_source=card)
    assert default_of(api, pk) == (card, None)


def test_the_default_is_taken_away_where_it_is_shown(api, jenny):
    pk, card = jenny["id"], jenny["default_source"]
    method = api.post("payment_methods/pm_card_visa/attach", customer=pk).body["id"]

    api.post(f"customers/{pk}", invoice_settings={"default_payment_method": ""})
    assert default_of(api, pk) == (card, None)

    api.post(f"customers/{pk}", invoice_settings={"default_payment_method": method})
    api.post(f"customers/{pk}", invoice_settings={"default_payment_method": "", "footer": "Thanks"})
    assert default_of(api, pk) == (None, None)
    assert api.get(f"customers/{pk}").body["invoice_settings"]["footer"] == "Thanks"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"default_source": "card_nothing"}, "default_source"),
        (
            {"invoice_settings": {"default_payment_method": "pm_nothing"}},
            "invoice_settings[default_payment_method]",
        ),
    ],
    ids=["source", "method"],
)
def test_a_default_has_to_be_the_customers(api, jenny, nothing_written, body, param):
    with nothing_written():
        answer = api.post(f"customers/{jenny['id']}", body)

    assert (answer.status, answer.error["code"], answer.error["param"]) == (
        400,
        "resource_missing",
        param,
    )


def test_defaults_are_expanded(api, jenny):
    pk = jenny["id"]
    paths = ["default_source", "invoice_settings.default_payment_method", "sources"]

    one = api.get(f"customers/{pk}", expand=paths).body
    method = api.post("payment_methods/pm_card_visa/attach", customer=pk).body["id"]
    api.post(f"customers/{pk}", invoice_settings={"default_payment_method": method})
    two = api.get(f"customers/{pk}", expand=paths).body

    assert (one["default_source"]["object"], one["default_source"]["last4"]) == ("card", "4242")
    assert (two["default_source"], two["invoice_settings"]["default_payment_method"]["id"]) == (
        None,
        method,
    )
    assert one["sources"] == {
        "object": "list", "data": [one["default_source"]], "has_more": False, "url": f"/v1/customers/{pk}/sources",
    }  # fmt: skip
    assert [source["id"] for source in two["sources"]["data"]] == [jenny["default_source"]]


def test_a_list_of_customers_shows_their_sources(api, jenny):
    api.post("customers", name="Ada")

    ada, first = api.get("customers", expand=["data.sources", "data.default_source"]).body["data"]

    assert ada["sources"]["data"] == []
    assert [source["id"] for source in first["sources"]["data"]] == [jenny["default_source"]]


# -- sources -----------------------------------------------------------------------------------------------------------


def test_a_source_is_added(api, jenny):
    answer = api.post(f"customers/{jenny['id']}/sources", source="tok_amex", metadata={"a": "1"})

    assert answer.status == 200
    assert (answer.body["object"], answer.body["brand"], answer.body["customer"], answer.body["metadata"]) == (
        "card", "American Express", jenny["id"], {"a": "1"},
    )  # fmt: skip
    assert default_of(api, jenny["id"]) == (jenny["default_source"], None)
    assert api.get(f"customers/{jenny['id']}/sources/{answer.body['id']}").body == answer.body


def test_a_source_is_a_payment_method_too(api, jenny):
    answer = api.get(f"payment_methods/{jenny['default_source']}")

    assert (answer.body["object"], answer.body["card"]["brand"]) == ("payment_method", "visa")


def test_a_payment_method_is_no_source(api, jenny):
    method = api.post("payment_methods/pm_card_visa/attach", customer=jenny["id"]).body["id"]

    assert api.get(f"customers/{jenny['id']}/sources").ids == [jenny["default_source"]]
    assert api.get(f"customers/{jenny['id']}/sources/{method}").status == 404
    assert api.delete(f"customers/{jenny['id']}/sources/{method}").status == 404


def test_a_source_is_changed(api, jenny):
    card = jenny["default_source"]

    answer = api.post(
        f"customers/{jenny['id']}/sources/{card}",
        name="Jenny R.", address_city="Paris", exp_month=12, metadata={"a": "1"},
    )  # fmt: skip

    body = answer.body
    assert (body["name"], body["address_city"], body["exp_month"], body["metadata"]) == (
        "Jenny R.", "Paris", 12, {"a": "1"},
    )  # fmt: skip


def test_a_source_is_deleted(api, jenny):
    card = jenny["default_source"]

    answer = api.delete(f"customers/{jenny['id']}/sources/{card}")

    assert answer.body == {"id": card, "object": "card", "deleted": True}
    assert default_of(api, jenny["id"]) == (None, None)
    assert api.delete(f"customers/{jenny['id']}/sources/{card}").status == 404


def test_a_bank_account_is_verified(api, jenny):
    token = api.post("tokens", bank_account=BANK).body["id"]
    account = api.post(f"customers/{jenny['id']}/sources", source=token).body
    path = f"customers/{jenny['id']}/sources/{account['id']}/verify"

    wrong = api.post(path, amounts=[10, 12])
    right = api.post(path, amounts=[32, 45])

    assert (account["object"], account["status"]) == ("bank_account", "new")
    assert (wrong.status, wrong.error["param"]) == (400, "amounts")
    assert (right.status, right.body["status"]) == (200, "verified")
    assert api.get(f"customers/{jenny['id']}/sources", object="bank_account").ids == [account["id"]]
    assert api.get(f"customers/{jenny['id']}/sources", object="card").ids == [
        jenny["default_source"]
    ]


def test_sources_are_the_customers_own(api, jenny):
    other = api.post("customers", name="Ada").body["id"]

    assert api.get(f"customers/{other}/sources/{jenny['default_source']}").status == 404
    assert api.get(f"customers/{other}/sources").ids == []
