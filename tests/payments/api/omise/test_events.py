"""What `/omise/events` tells of cards, charges, refunds and disputes."""

from importlib import import_module

import pytest
from django.db import connection

from customers.events.models import Event

MONEY = {"amount": 2000, "currency": "usd", "source": "tok_visa"}
VISA = "pm_card_visa"
MONEY_OF_IT = {"amount": 100_000, "currency": "thb"}


def told(omise, **asked):
    """Return key and object of every event, oldest first."""
    data = omise.get("events", limit=100, **asked).body["data"]
    return [(event["key"], event["data"]["object"]) for event in data]


def last(omise, key):
    """Return what the latest event with this key tells."""
    data = omise.get("events", limit=100).body["data"]
    return [event["data"] for event in data if event["key"] == key][-1]


@pytest.fixture
def customer(omise):
    return omise.post("customers", email="jenny@example.com").body["id"]


# -- cards -------------------------------------------------------------------------------------------------------------


def test_the_life_of_a_source(omise, customer):
    card = omise.patch(f"customers/{customer}", card="tok_visa").body["default_card"]
    path = f"customers/{customer}/cards/{card}"
    shown = omise.get(path).body
    omise.patch(path, name="Jenny Rosen", city="Bangkok")
    changed = omise.get(path).body
    omise.delete(path)

    assert [key for key, _ in told(omise)] == [
        "customer.create", "customer.update.card", "customer.update", "card.update", "card.destroy", "customer.update",
    ]  # fmt: skip
    assert last(omise, "customer.update.card") == {**shown, "created_at": None}
    assert last(omise, "card.update") == {**changed, "created_at": None}
    assert last(omise, "card.destroy") == {**changed, "created_at": None, "deleted": True}


def test_the_life_of_a_payment_method(omise, api, customer):
    pk = "cus_" + customer.removeprefix("cust_test_")
    method = api.post(f"payment_methods/{VISA}/attach", customer=pk).body["id"]
    path = f"customers/{customer}/cards/card_test_{method.removeprefix('pm_')}"
    shown = omise.get(path).body
    api.post(f"payment_methods/{method}/detach")

    assert [key for key, _ in told(omise)] == [
        "customer.create", "customer.update.card", "customer.update", "card.destroy", "customer.update",
    ]  # fmt: skip
    assert last(omise, "customer.update.card") == shown
    assert last(omise, "card.destroy") == {**shown, "deleted": True}


IBAN = {
    "type": "sepa_debit",
    "sepa_debit": {"iban": "AT611904300234573201"},
    "billing_details": {"name": "Jo", "email": "jo@example.com"},
}
ACCEPTED = {"customer_acceptance": {"type": "offline"}}
DEBITED = {
    "amount": 2000, "currency": "eur", "confirm": True, "payment_method_types": ["sepa_debit"],
    "payment_method_data": IBAN, "mandate_data": ACCEPTED,
}  # fmt: skip


def test_bank_accounts_are_not_told_of(omise, api, customer):
    pk = "cus_" + customer.removeprefix("cust_test_")
    api.post("setup_intents", customer=pk, confirm=True, payment_method_types=["sepa_debit"], payment_method_data=IBAN,
             mandate_data=ACCEPTED)  # fmt: skip
    account = {
        "country": "US", "currency": "usd", "routing_number": "110000000", "account_number": "000123456789",
    }  # fmt: skip
    token = api.post("tokens", bank_account=account).body["id"]
    api.post(f"customers/{pk}/sources", source=token)

    keys = {key for key, _ in told(omise)}
    assert {event["type"] for event in api.get("events").body["data"]} >= {
        "payment_method.attached", "customer.source.created",
    }  # fmt: skip
    assert keys == {"customer.create", "customer.update"}


# -- charges -----------------------------------------------------------------------------------------------------------


def test_a_charge_that_is_paid(omise, api):
    charge = api.post("charges", MONEY, description="Two tickets", metadata={"order": "7"}).body

    (event,) = omise.get("events").body["data"]
    key = charge["id"].removeprefix("ch_")
    data = event["data"]
    assert event["key"] == "charge.complete"
    assert data["card"].pop("fingerprint")
    assert {name: value for name, value in data.items() if value is not None} == {
        "object": "charge",
        "id": f"chrg_test_{key}",
        "livemode": False,
        "location": f"/omise/charges/chrg_test_{key}",
        "amount": 2000,
        "authorized": True,
        "authorized_amount": 2000,
        "can_perform_void": False,
        "capturable": False,
        "capture": True,
        "captured_amount": 2000,
        "card": data["card"],
        "created_at": event["created_at"],
        "currency": "USD",
        "description": "Two tickets",
        "disputable": True,
        "expired": False,
        "funding_amount": 2000,
        "funding_currency": "USD",
        "metadata": {"order": "7"},
        "missing_3ds_fields": [],
        "paid": True,
        "partially_refundable": True,
        "platform_fee": {"fixed": None, "amount": None, "percentage": None},
        "refundable": True,
        "refunded_amount": 0,
        "reversed": False,
        "reversible": False,
        "status": "successful",
        "transaction": f"trxn_test_{charge['balance_transaction'].removeprefix('txn_')}",
        "voided": False,
        "zero_interest_installments": False,
    }
    assert (data["card"]["brand"], data["card"]["last_digits"]) == ("Visa", "4242")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("tok_visa_chargeDeclinedInsufficientFunds", "insufficient_fund"),
        ("tok_visa_chargeDeclinedLostCard", "stolen_or_lost_card"),
        ("tok_visa_chargeDeclined", "payment_rejected"),
        ("tok_visa_chargeDeclinedIncorrectCvc", "invalid_security_code"),
        ("tok_visa_chargeDeclinedProcessingError", "failed_processing"),
    ],
)
def test_a_charge_that_fails(omise, api, token, code):
    api.post("charges", {**MONEY, "source": token})

    (event,) = omise.get("events").body["data"]
    data = event["data"]
    assert (event["key"], data["status"], data["failure_code"]) == (
        "charge.complete",
        "failed",
        code,
    )
    assert (data["authorized"], data["paid"], data["captured_amount"], data["refundable"]) == (
        False, False, 0, False,
    )  # fmt: skip
    assert data["failure_message"]


def test_a_charge_that_is_held_and_captured_and_refunded(omise, api):
    charge = api.post("charges", {**MONEY, "capture": False}).body["id"]
    api.post(f"charges/{charge}", description="Two tickets")
    api.post(f"charges/{charge}/capture", amount=1500)
    refund = api.post("refunds", charge=charge, amount=500).body["id"]

    data = omise.get("events", limit=100).body["data"]
    found = [
        (
            event["key"], event["data"].get("status"), event["data"].get("captured_amount"),
            event["data"].get("refunded_amount"), event["data"].get("capturable"),
        )
        for event in data
    ]  # fmt: skip
    assert found == [
        ("charge.complete", "pending", 0, 0, True),
        ("charge.update", "pending", 0, 0, True),
        ("charge.capture", "successful", 1500, 0, False),
        ("refund.create", "pending", None, None, None),
        ("charge.update", "successful", 1500, 500, False),
    ]
    told_refund = data[3]["data"]
    charge_id = f"chrg_test_{charge.removeprefix('ch_')}"
    assert told_refund == {
        "object": "refund",
        "id": f"rfnd_test_{refund.removeprefix('re_')}",
        "livemode": False,
        "location": f"/omise/charges/{charge_id}/refunds/{told_refund['id']}",
        "amount": 500,
        "charge": charge_id,
        "created_at": data[3]["created_at"],
        "currency": "USD",
        "funding_amount": 500,
        "funding_currency": "USD",
        "metadata": {},
        "status": "pending",
        "transaction": None,
        "voided": False,
    }


def test_a_charge_that_is_reversed(omise, api):
    charge = api.post("charges", {**MONEY, "capture": False}).body["id"]
    api.post("refunds", charge=charge)

    assert ("charge.reverse", "charge") in told(omise)
    data = last(omise, "charge.reverse")
    assert (data["status"], data["reversed"], data["expired"], data["refunded_amount"]) == (
        "reversed", True, False, 0,
    )  # fmt: skip


def test_a_charge_that_waits(omise, api):
    pk = api.post("customers").body["id"]
    api.post("payment_intents", DEBITED, customer=pk)

    data = last(omise, "charge.create")
    assert (data["status"], data["authorized"], data["capturable"], data["card"]) == (
        "pending", False, False, None,
    )  # fmt: skip


def test_a_charge_that_is_called_off(omise, token):
    waiting = {"card": token("4000000000003220"), "return_uri": "https://shop.example.com/back"}
    charge = omise.post("charges", {**MONEY_OF_IT, **waiting}).body
    omise.post(f"charges/{charge['id']}/expire")

    data = last(omise, "charge.expire")
    assert (data["status"], data["expired"], data["failure_code"], data["failure_message"]) == (
        "expired", True, None, None,
    )  # fmt: skip
    assert ("charge.complete", "charge") not in told(omise)


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([{}], "successful"),
        ([{"source": "tok_visa_chargeDeclined"}], "failed"),
        ([{"capture": False}], "pending"),
        ([{"capture": False}, "capture"], "successful"),
        ([{"capture": False}, "reverse"], "reversed"),
        ([{}, "refund"], "successful"),
    ],
)
def test_a_picture_says_what_the_charge_itself_says(omise, api, steps, status):
    asked, *more = steps
    answer = api.post("charges", {**MONEY, **asked}).body
    pk = answer.get("id") or answer["error"]["charge"]
    path = f"charges/chrg_test_{pk.removeprefix('ch_')}"
    for step in more:
        if step == "refund":
            omise.post(f"{path}/refunds", amount=500)
        else:
            omise.post(f"{path}/{step}")

    shown = omise.get(path).body
    shown["card"]["created_at"] = None
    events = omise.get(f"{path}/events", limit=100).body["data"]
    told_last = {name: value for name, value in events[-1]["data"].items() if value is not None}

    assert shown["status"] == status
    assert told_last == {name: shown[name] for name in told_last}
    assert set(events[-1]["data"]) == set(shown)


# -- schedules and links -----------------------------------------------------------------------------------------------


def test_the_life_of_a_schedule(omise, customer):
    omise.patch(f"customers/{customer}", card="tok_visa")
    charge = {
        "customer": customer,
        "amount": 100_000,
        "currency": "THB",
        "metadata": {"plan": "gold"},
    }
    asked = {
        "every": 1,
        "period": "month",
        "on": {"days_of_month": [1, 15]},
        "end_date": "2099-12-31",
    }
    made = omise.post("schedules", asked, charge=charge).body
    ended = omise.delete(f"schedules/{made['id']}").body

    created, destroyed = last(omise, "schedule.create"), last(omise, "schedule.destroy")
    assert created == {**made, "occurrences": None, "charge": {**made["charge"], "card": None}}
    assert destroyed == {**ended, "occurrences": None, "charge": created["charge"]}
    assert (destroyed["status"], destroyed["deleted"]) == ("deleted", True)


def test_a_schedule_of_a_card_names_it(omise, customer):
    card = omise.patch(f"customers/{customer}", card="tok_visa").body["default_card"]
    omise.patch(f"customers/{customer}", card="tok_mastercard")
    charge = {"customer": customer, "amount": 100_000, "currency": "THB", "card": card}
    asked = {"every": 2, "period": "week", "on": {"weekdays": ["monday"]}, "end_date": "2099-12-31"}
    made = omise.post("schedules", asked, charge=charge).body

    charge = {**made["charge"], "default_card": None}
    assert (charge["card"], charge["customer"]) == (card, customer)
    assert last(omise, "schedule.create") == {**made, "occurrences": None, "charge": charge}


def test_a_link_is_told_of(omise):
    asked = {
        "amount": 2000,
        "currency": "thb",
        "title": "Tickets",
        "description": "Two tickets",
        "multiple": True,
    }
    made = omise.post("links", asked).body
    omise.delete(f"links/{made['id']}")

    assert told(omise) == [("link.create", "link")]  # Omise has no word for its end
    assert last(omise, "link.create") == {**made, "charges": None}


# -- disputes ----------------------------------------------------------------------------------------------------------


def test_the_life_of_a_dispute(omise, dispute):
    omise.patch(f"disputes/{dispute['id']}", metadata={"case": "7"})
    lost = omise.patch(f"disputes/{dispute['id']}/accept").body

    created, updated, closed = (
        last(omise, f"dispute.{verb}") for verb in ("create", "update", "close")
    )
    for each in (created, updated, closed):
        each.pop("documents")
    for each in (dispute, lost):
        each.pop("documents")
    assert created == dispute
    assert updated == {**dispute, "metadata": {"case": "7"}}
    assert closed == lost
    assert {key for key, kind in told(omise) if kind == "dispute"} == {
        "dispute.create", "dispute.update", "dispute.close",
    }  # fmt: skip


# -- a charge's --------------------------------------------------------------------------------------------------------


def test_a_charges_events(omise, api, hear, disputed):
    other = api.post("charges", {**MONEY, "capture": False}).body["id"]
    api.post(f"charges/{other}/capture")
    hear()

    path = f"charges/chrg_test_{other.removeprefix('ch_')}/events"
    answer = omise.get(path).body
    assert [event["key"] for event in answer["data"]] == ["charge.complete", "charge.capture"]
    assert {event["data"]["id"] for event in answer["data"]} == {path.split("/")[1]}
    assert (answer["total"], answer["location"]) == (2, f"/omise/{path}")
    newest = omise.query(path, limit=1, order="reverse_chronological").body
    assert [event["key"] for event in newest["data"]] == ["charge.capture"]
    assert newest["total"] == 2


def test_the_events_of_a_charge_that_is_not_there(omise, strangers, api):
    charge = api.post("charges", MONEY).body["id"]

    answers = [omise.get("charges/chrg_test_nothing/events")]
    answers += [stranger.get(f"charges/{charge}/events") for stranger in strangers]
    assert [(each.status, each.body["code"]) for each in answers] == [(404, "not_found")] * 3


@pytest.mark.parametrize("many", [1, 3])
def test_a_list_of_any_length_costs_the_same(omise, api, many, django_assert_num_queries):
    for _ in range(many):
        api.post("charges", MONEY)
    omise.get("events")

    with django_assert_num_queries(3):  # the key, the events, their deliveries
        answer = omise.get("events")
    assert len(answer.body["data"]) == many


def test_events_of_before_get_the_same_names(omise, api, scope, customer, dispute):
    card = omise.patch(f"customers/{customer}", card="tok_visa").body["default_card"]
    omise.patch(f"customers/{customer}/cards/{card}", name="Jenny Rosen")
    omise.delete(f"customers/{customer}/cards/{card}")
    held = [api.post("charges", {**MONEY, "capture": False}).body["id"] for _ in range(2)]
    api.post(f"charges/{held[0]}/capture")
    for charge in held:
        api.post("refunds", charge=charge)
    api.post("charges", {**MONEY, "source": "tok_visa_chargeDeclined"})
    api.post("payment_intents", DEBITED, customer="cus_" + customer.removeprefix("cust_test_"))
    api.post("organizations", name="Lee Books")
    omise.patch(f"disputes/{dispute['id']}/accept")
    omise.post("links", amount=2000, currency="usd", title="Tickets", description="Two")
    omise.patch(f"customers/{customer}", card="tok_visa")
    schedule = {
        "every": 1,
        "period": "day",
        "end_date": "2099-12-31",
        "charge": {"customer": customer, **MONEY_OF_IT},
    }
    omise.delete(f"schedules/{omise.post('schedules', schedule).body['id']}")
    named = dict(Event.objects.values_list("id", "omise_key"))

    Event.objects.update(omise_key="")
    with connection.cursor() as cursor:
        cursor.execute(import_module("customers.events.migrations.0003_omise_keys").NAMES)

    assert dict(Event.objects.values_list("id", "omise_key")) == named
    assert len(set(named.values())) > 15
