"""`/omise/charges` as it is spoken, against the sandbox."""

import pytest

from customers.events.models import Event
from customers.kit.tenancy import every_site, scoped_to
from customers.models import IdempotencyRecord
from payments.api.omise import charge_members
from payments.models import Charge, Operation
from payments.services import sandbox
from tests.factories.payments import DisputeFactory
from tests.omise_client import OmiseClient
from tests.payments.api.omise.conftest import MONEY, NEVER, plain

ONCE = {"Idempotency-Key": "order-1"}


def test_a_charge_of_a_token_needs_no_customer(omise, token):
    answer = omise.post("charges", MONEY, card=token())

    body = answer.body
    assert answer.status == 200
    assert body == plain(body)
    assert (body["id"][:10], body["transaction"][:10]) == ("chrg_test_", "trxn_test_")
    shown = omise.get(f"charges/{body['id']}").body
    assert {**shown, "refunds": body["refunds"]} == body


def test_a_customers_default_card_is_charged(omise, somchai):
    answer = omise.post(
        "charges", MONEY, customer=somchai["id"], description="Premium plan", ip="203.0.113.7",
        metadata={"plan": "premium", "seats": 3, "team": {"ids": [1, None]}},
    )  # fmt: skip

    body, (card,) = answer.body, somchai["cards"]["data"]
    assert answer.status == 200
    assert body == plain(
        body, card=card, customer=somchai["id"], description="Premium plan", ip="203.0.113.7",
        metadata={"plan": "premium", "seats": 3, "team": {"ids": [1, None]}},
    )  # fmt: skip
    assert card["location"] == f"/omise/customers/{somchai['id']}/cards/{card['id']}"


def test_a_named_card_of_the_customer_is_charged(omise, somchai, token):
    second = token("5555555555554444")
    cards = omise.patch(f"customers/{somchai['id']}", card=second).body["cards"]["data"]
    (mastercard,) = [card for card in cards if card["brand"] == "MasterCard"]

    body = omise.post("charges", MONEY, customer=somchai["id"], card=mastercard["id"]).body

    assert (body["status"], body["card"]) == ("successful", mastercard)
    assert omise.get(f"customers/{somchai['id']}").body["default_card"] == somchai["default_card"]


@pytest.mark.parametrize("mount", ["/omise", ""])
def test_locations_carry_the_mount(keys, token, mount):
    client = OmiseClient(keys["skey_test"], mount=mount)

    body = client.post("charges", MONEY, card=token()).body

    assert body["location"] == f"{mount}/charges/{body['id']}"
    assert body["refunds"]["location"] == f"{mount}/charges/{body['id']}/refunds"


def test_test_tokens_of_stripe_are_taken_too(omise):
    answer = omise.post("charges", MONEY, card="tok_mastercard")

    assert (answer.status, answer.body["card"]["brand"]) == (200, "MasterCard")


@pytest.mark.parametrize("currency", ["THB", "jpy", "Usd", "sgd", "kwd"])
def test_any_currency_is_charged(omise, token, currency):
    answer = omise.post("charges", amount=20_000, currency=currency, card=token())

    assert (answer.status, answer.body["currency"]) == (200, currency.upper())


def test_a_form_is_understood(omise, token):
    body = omise.form(
        "charges", amount="100000", currency="thb", card=token(), capture="false", **{"metadata[a]": "1"}
    ).body  # fmt: skip

    assert (body["amount"], body["capture"], body["metadata"]) == (100_000, False, {"a": "1"})


# -- what else there is to say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [
        {"recurring_reason": "subscription"},
        {"transaction_indicator": "MIT"},
        {"recurring_reason": "unscheduled", "return_uri": "https://shop.example.com"},
        {},
    ],
)
def test_who_is_absent_cannot_authenticate(omise, token, params):
    body = omise.post("charges", MONEY, card=token("4000000000003220"), **params).body

    assert (body["status"], body["failure_code"]) == ("failed", "payment_rejected")


@pytest.mark.parametrize("params", [{}, {"transaction_indicator": "CIT"}, {"recurring_reason": ""}])
def test_who_is_there_can_authenticate(omise, token, params):
    body = omise.post(
        "charges", MONEY, card=token("4000000000003220"), return_uri="https://shop.example.com", **params
    ).body  # fmt: skip

    assert (body["status"], body["authorize_uri"] is None) == ("pending", False)


def test_a_series_goes_on_from_its_first_charge(scope, omise, somchai):
    first = omise.post("charges", MONEY, customer=somchai["id"]).body

    later = omise.post("charges", MONEY, customer=somchai["id"], first_charge=first["id"])

    assert (later.status, later.body["status"]) == (200, "successful")
    assert list(Charge.objects.order_by("-created_at").values_list("off_session", flat=True)) == [
        True, True,
    ]  # fmt: skip


def test_a_first_charge_is_one_of_the_same_customer_that_went_through(omise, somchai, paid, token):
    failed = omise.post("charges", MONEY, card=token("4111111111140011")).body

    answers = [
        omise.post("charges", MONEY, customer=somchai["id"], first_charge=paid["id"]),
        omise.post("charges", MONEY, card=token(), first_charge=failed["id"]),
    ]

    assert [(answer.status, answer.body["code"]) for answer in answers] == [
        (400, "invalid_charge"),
        (400, "invalid_charge"),
    ]
    assert all("first_charge" in answer.body["message"] for answer in answers)


@pytest.mark.parametrize(
    "params",
    [
        {"zero_interest_installments": False},
        {"authentication": "3DS"},
        {"transaction_indicator": "CIT"},
    ],
)
def test_what_holds_anyway_may_be_said(omise, token, params):
    assert omise.post("charges", MONEY, card=token(), **params).body["status"] == "successful"


# -- changes -----------------------------------------------------------------------------------------------------------


def test_a_charge_is_changed(omise, token):
    charge = omise.post("charges", MONEY, card=token(), metadata={"a": 1, "b": "2"}).body

    answer = omise.patch(f"charges/{charge['id']}", description="Two tickets", metadata={"a": "1"})

    shown = {**charge, "refunds": answer.body["refunds"]}
    assert answer.status == 200
    assert answer.body == {**shown, "description": "Two tickets", "metadata": {"a": "1"}}


def test_metadata_that_reads_the_same_in_v1_is_changed_all_the_same(omise, api, token, told):
    charge = omise.post("charges", MONEY, card=token(), metadata={"a": 1}).body
    told()

    changed = omise.patch(f"charges/{charge['id']}", metadata={"a": "1"}).body

    assert (changed["metadata"], told()) == ({"a": "1"}, [])
    assert api.get(f"charges/ch_{charge['id'][10:]}").body["metadata"] == {"a": "1"}


def test_empty_metadata_takes_all_away(omise, token):
    charge = omise.post("charges", MONEY, card=token(), metadata={"a": 1}).body

    changed = omise.patch(f"charges/{charge['id']}", metadata={}, description="")

    assert (changed.body["metadata"], changed.body["description"]) == ({}, None)


@pytest.mark.parametrize("params", [{"amount": 1}, {"customer": "cust_test_1"}, {"metadata": 7}])
def test_what_is_not_changed(omise, paid, nothing_written, params):
    with nothing_written():
        answer = omise.patch(f"charges/{paid['id']}", params)

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert next(iter(params)) in answer.body["message"]


# -- in both dialects --------------------------------------------------------------------------------------------------


def test_a_charge_is_the_same_in_v1(omise, api, somchai):
    charge = omise.post("charges", MONEY, customer=somchai["id"], metadata={"seats": 3}).body

    same = api.get(f"charges/ch_{charge['id'][10:]}").body

    assert (same["amount"], same["currency"], same["status"], same["captured"]) == (
        100_000, "thb", "succeeded", True,
    )  # fmt: skip
    assert same["customer"] == f"cus_{somchai['id'][10:]}"
    assert same["metadata"] == {"seats": "3"}


def test_a_charge_of_v1_is_shown(omise, api, somchai):
    made = api.post("charges", MONEY, customer=f"cus_{somchai['id'][10:]}").body

    shown = omise.get(f"charges/{made['id']}").body

    assert (shown["id"], shown["card"]["id"]) == (
        f"chrg_test_{made['id'][3:]}",
        somchai["default_card"],
    )
    assert shown == omise.get(f"charges/{shown['id']}").body | {"refunds": shown["refunds"]}


def test_a_charge_tells_what_v1s_charges_tell(omise, api, told, token):
    api.post("charges", MONEY, source="tok_visa")
    of_v1 = told()

    omise.post("charges", MONEY, card=token())

    assert of_v1 == told() == ["charge.succeeded"]


def test_what_happens_to_a_charge_is_told(omise, held, token, told):
    told()

    omise.post(f"charges/{held['id']}/capture")
    omise.post("charges", MONEY, card=token("4111111111140011"))
    another = omise.post("charges", MONEY, card=token(), capture=False).body
    omise.post(f"charges/{another['id']}/reverse")
    omise.patch(f"charges/{another['id']}", description="Never mind")

    assert told() == [
        "charge.captured", "charge.failed", "charge.succeeded", "charge.refunded", "charge.updated",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "refundable"),
    [("needs_response", False), ("under_review", False), ("lost", False), ("won", True)],
)
def test_a_disputed_charge_names_its_dispute(omise, paid, status, refundable):
    pk = f"ch_{paid['id'][10:]}"
    with every_site():
        charge = Charge.objects.select_related("site").get(pk=pk)
    with scoped_to(charge.site, livemode=False):
        Charge.objects.update(is_disputed=True)
        dispute = DisputeFactory(charge=charge, status=status)

    shown = omise.get(f"charges/{paid['id']}").body

    assert shown["dispute"] == f"dspt_test_{dispute.pk[3:]}"
    assert (shown["disputable"], shown["refundable"], shown["partially_refundable"]) == (
        False, refundable, refundable,
    )  # fmt: skip


# -- the same request, the same act ------------------------------------------------------------------------------------


def test_a_request_that_comes_again_gets_the_same_answer(omise, somchai, counted):
    sent = {**MONEY, "customer": somchai["id"]}

    first = omise.send("POST", "charges", sent, headers=ONCE)
    second = omise.send("POST", "charges", sent, headers=ONCE)

    assert (first.status, second.body) == (200, first.body)
    assert counted() == (1, 0, 0, 1)


def test_a_request_whose_answer_was_lost_finds_its_charge(omise, token, counted):
    sent = {**MONEY, "card": token()}
    first = omise.send("POST", "charges", sent, headers=ONCE)
    IdempotencyRecord.objects.update(status=IdempotencyRecord.UNANSWERED)

    second = omise.send("POST", "charges", sent, headers=ONCE)

    assert (second.status, second.body) == (200, first.body | {"refunds": second.body["refunds"]})
    assert counted() == (1, 0, 0, 1)


def test_a_gateway_that_answers_too_late_leaves_the_charge_pending(omise, scope, counted):
    with sandbox.faults("timeout_after", act="authorize", times=1):
        answer = omise.post("charges", MONEY, card="tok_visa")

    body = answer.body
    assert (answer.status, body["status"], body["authorized"], body["paid"]) == (
        200, "pending", False, False,
    )  # fmt: skip
    assert (body["authorize_uri"], body["authorized_amount"]) == (None, 0)
    assert counted() == (1, 0, 0, 1)


# -- lists -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(omise, somchai, token):
    """A customer's charge, one that holds money, and one that failed; the oldest first."""
    return [
        omise.post("charges", MONEY, customer=somchai["id"]).body["id"],
        omise.post("charges", amount=500, currency="eur", card=token(), capture=False).body["id"],
        omise.post("charges", amount=700, currency="usd", card=token("4111111111140011")).body["id"],
    ]  # fmt: skip


def test_charges_are_listed_in_the_order_of_creation(omise, three):
    answer = omise.get("charges")

    body = answer.body
    assert answer.status == 200
    assert {name: value for name, value in body.items() if name not in {"data", "to"}} == {
        "object": "list", "limit": 20, "offset": 0, "total": 3, "location": "/omise/charges", "order": "chronological",
        "from": NEVER,
    }  # fmt: skip
    assert answer.ids == three
    assert [charge["status"] for charge in body["data"]] == ["successful", "pending", "failed"]


def test_charges_are_walked_in_pages(omise, three):
    newest = omise.query("charges", order="reverse_chronological", limit=2)
    rest = omise.query("charges", order="reverse_chronological", limit=2, offset=2)

    assert (newest.ids, newest.body["total"]) == (three[:0:-1], 3)
    assert (rest.ids, rest.body["total"]) == (three[:1], 3)


@pytest.mark.parametrize("path", ["charges/chrg_test_nothing", "charges/ch_nothing"])
def test_a_charge_that_is_not_there(omise, path):
    answers = [
        omise.get(path), omise.patch(path, description="x"), omise.post(f"{path}/capture"),
        omise.post(f"{path}/reverse"), omise.post(f"{path}/expire"), omise.get(f"{path}/refunds"),
        omise.post(f"{path}/refunds", amount=1),
    ]  # fmt: skip

    assert {(answer.status, answer.body["code"]) for answer in answers} == {(404, "not_found")}


def test_another_sites_charge_is_not_there(other, paid):
    client = OmiseClient(other[1]["skey_test"])

    answers = [client.get(f"charges/{paid['id']}"), client.post(f"charges/{paid['id']}/reverse")]

    assert [answer.status for answer in answers] == [404, 404]
    assert client.get("charges").body["total"] == 0


# -- what is decided from columns --------------------------------------------------------------------------------------


def test_every_status_has_a_word():
    assert set(charge_members.STATUS) == set(Charge.Status)
    assert set(charge_members.STATUS.values()) == {
        "pending", "successful", "failed", "reversed", "expired",
    }  # fmt: skip


def test_nothing_is_asked_twice(scope, paid):
    assert Operation.objects.count() == 1
    assert Event.objects.filter(type="charge.succeeded").count() == 1
