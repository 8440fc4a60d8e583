"""The list of payments and a payment's page: what they show, to whom, and in how many queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Role
from payments.models import Charge, Operation
from payments.services import gateway_accounts
from tests.customers.admin.page import links, rows
from tests.factories.customers import CustomerFactory, EventFactory
from tests.factories.payments import (
    BalanceTransactionFactory,
    ChargeFactory,
    DisputeFactory,
    GatewayAccountFactory,
    PaymentIntentFactory,
    PaymentMethodFactory,
    RefundFactory,
)

LIST = "/admin/payments/charge/"
VISA = {"type": "card", "card": {"brand": "visa", "last4": "4242"}}
SEPA = {"type": "sepa_debit", "sepa_debit": {"last4": "3000"}}


def amounts(answer):
    return [cells[0] for cells in rows(answer)]


def page(charge):
    return f"{LIST}{charge.pk}/"


def test_list_says_how_much_who_with_what_and_why_not(owner, scope):
    jenny = CustomerFactory(name="Jenny Rosen")
    at = clock.now()
    ChargeFactory(
        customer=jenny, method_details=VISA, description="A lamp", amount=129900, currency="jpy",
        created_at=at,
    )  # fmt: skip
    ChargeFactory(
        status=Charge.Status.FAILED, amount_captured=0, failure_code="card_declined",
        decline_code="insufficient_funds", failure_message="Your card has insufficient funds.",
        billing_details={"name": "A guest"}, created_at=at - timedelta(hours=1),
    )  # fmt: skip

    answer = owner.get(LIST)

    assert [cells[:5] for cells in rows(answer)] == [
        ["¥129,900 JPY", "Paid", "Jenny Rosen", "Visa •••• 4242", "A lamp"],
        ["$20.00 USD", "FailedYour card has insufficient funds.", "A guest", "", ""],
    ]
    assert f"/admin/customers/customer/{jenny.pk}/" in links(answer)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        pytest.param({}, "Paid", id="paid"),
        pytest.param({"amount_refunded": 2000}, "Refunded", id="refunded"),
        pytest.param({"amount_refunded": 500}, "Partly refunded", id="in part"),
        pytest.param({"amount_refunding": 500}, "Refund on its way", id="on its way"),
        pytest.param({"status": "authorized", "amount_captured": 0}, "Authorized", id="held"),
        pytest.param({"status": "pending", "amount_captured": 0}, "Pending", id="pending"),
        pytest.param(
            {"status": "pending", "amount_captured": 0, "action_url": "https://bank.example.com/"},
            "Waiting for the customer", id="waiting",
        ),
        pytest.param({"status": "voided", "amount_captured": 0}, "Canceled", id="voided"),
        pytest.param({"status": "expired", "amount_captured": 0}, "Expired", id="expired"),
    ],
)  # fmt: skip
def test_state_is_said_in_words(owner, scope, columns, expected):
    ChargeFactory(**columns)

    assert rows(owner.get(LIST))[0][1] == expected


def test_disputed_payment_is_marked(owner, scope):
    DisputeFactory(charge=ChargeFactory(is_disputed=True))

    assert rows(owner.get(LIST))[0][1] == "Paid Dispute needs an answer"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=failed", ["$3.00 USD"]),
        ("status=paid", ["$20,000.00 USD", "$20.00 USD", "€7.00 EUR"]),
        ("currency=eur", ["€7.00 EUR"]),
        ("method=sepa_debit", ["€7.00 EUR"]),
        ("amount=10", ["€7.00 EUR", "$3.00 USD"]),
        ("amount=more", ["$20,000.00 USD"]),
        ("back=disputed", ["$20,000.00 USD"]),
        ("back=partly", ["$20.00 USD"]),
        ("created=day", ["$20,000.00 USD", "$20.00 USD", "€7.00 EUR"]),
        ("q=4242", ["$20.00 USD"]),
        ("q=20.00", ["$20.00 USD"]),
        ("q=jenny", ["$20.00 USD"]),
        ("q=jenny@example.com", ["$20.00 USD"]),
        ("q=oak+lamp", ["€7.00 EUR"]),
        ("q=1001", []),
        ("q=inv-1001", ["€7.00 EUR"]),
        ("q=lamp+%22inv%22", ["€7.00 EUR"]),
        ("q=oak+jenny", []),
        ("q=20", ["$20.00 USD"]),
        ("q=7,00", ["€7.00 EUR"]),
        ("q=2000", []),
        ("q=!", []),
        ("q=amount>10000", ["$20,000.00 USD"]),
        ("q=nothing", []),
    ],
)
def test_list_is_narrowed(owner, scope, query, expected):
    at = clock.now() - timedelta(minutes=1)
    jenny = CustomerFactory(name="Jenny Rosen", email="jenny@example.com")
    ChargeFactory(amount=2_000_000, is_disputed=True, created_at=at)
    ChargeFactory(
        customer=jenny, method_details=VISA, amount_refunded=5, created_at=at - timedelta(hours=1)
    )
    ChargeFactory(
        amount=700, currency="eur", method_details=SEPA, description="Oak lamp (INV-1001)",
        created_at=at - timedelta(hours=2),
    )  # fmt: skip
    ChargeFactory(amount=300, status="failed", amount_captured=0, created_at=at - timedelta(days=3))

    assert amounts(owner.get(f"{LIST}?{query}")) == expected


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("0042", "charge_of_last4"),
        ("14.20", "charge_of_amount"),
        ("pm_0123456789", "charge_of_method"),
        ("cus_0123456789", "charge_of_customer"),
        ("INV-142", "charge_words"),
        ("nobody", "charge_words"),
    ],
)
def test_search_is_answered_by_an_index(owner, scope, text, index):
    at, account = clock.now(), gateway_accounts.active()
    Charge.objects.bulk_create(
        ChargeFactory.build(
            id=Charge.new_id(), site=scope.site, livemode=False, gateway_account=account, amount=1000 + number,
            description=f"INV-{number}", created_at=at - timedelta(minutes=number),
            method_details={"type": "card", "card": {"last4": f"{number:04}"}},
        ) for number in range(2000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payments_charge")

    with CaptureQueriesContext(connection) as captured:
        answer = owner.get(f"{LIST}?q={text}")

    assert answer.status_code == 200
    assert index in _plans(captured)


def _plans(captured):
    asked = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    plans = []
    with connection.cursor() as cursor:
        for sql in asked:
            if 'FROM "payments_charge"' in sql:
                cursor.execute(f"EXPLAIN {sql}")
                plans += [line for (line,) in cursor.fetchall()]
    return "\n".join(plans)


def test_page_says_what_search_looks_at(owner, scope):
    page_ = owner.get(LIST).content.decode()

    assert 'aria-describedby="search-help"' in page_
    assert "the last four digits of a card or account" in page_


def test_query_that_breaks_the_rules_is_explained(owner, scope):
    answer = owner.get(f"{LIST}?q=shoes:'x'")

    assert (answer.status_code, rows(answer)) == (200, [])
    assert "shoes" in answer.content.decode()


def test_whole_id_leads_to_the_payment(owner, scope):
    refund = RefundFactory()

    found = [owner.get(f"{LIST}?q={pk}").url for pk in (refund.charge_id, refund.pk)]

    assert found == [page(refund.charge)] * 2


def _full(at):
    customer = CustomerFactory()
    method = PaymentMethodFactory(customer=customer, attached_at=at)
    intent = PaymentIntentFactory(customer=customer)
    charge = ChargeFactory(
        customer=customer, payment_method=method, payment_intent=intent, is_disputed=True,
        method_details=VISA, amount_refunded=500, metadata={"order": "7"}, created_at=at,
    )  # fmt: skip
    RefundFactory(charge=charge, amount=500)
    DisputeFactory(charge=charge)
    BalanceTransactionFactory(source_id=charge.pk)
    return charge


def _queries(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_list_costs_the_same_for_one_and_three(owner, scope):
    at = clock.now()
    _full(at)
    owner.get(LIST)
    one = _queries(owner, LIST)
    for number in (1, 2):
        _full(at - timedelta(minutes=number))

    assert _queries(owner, LIST) == one


def test_page_costs_the_same_however_much_happened(owner, scope):
    charge = _full(clock.now())
    owner.get(page(charge))
    one = _queries(owner, page(charge))
    for _number in range(2):
        RefundFactory(charge=charge, amount=1)
        EventFactory(object_id=charge.pk, customer_id=charge.customer_id)
        BalanceTransactionFactory(source_id=charge.pk, kind="adjustment")

    assert _queries(owner, page(charge)) == one


def test_page_shows_money_timeline_and_ids(owner, scope):
    charge = _full(clock.now())
    EventFactory(
        type="charge.succeeded", object_id=charge.pk, customer_id=charge.customer_id,
        created_at=charge.created_at,
    )  # fmt: skip
    EventFactory(type="charge.succeeded", object_id="ch_other", customer_id=charge.customer_id)

    answer = owner.get(page(charge))

    assert answer.context["figures"] == [
        ("Amount", "$20.00", ""),
        ("Refunded", "$5.00", ""),
        ("Fees", "$0.88", ""),
        ("Net", "$19.12", "what you keep"),
    ]
    assert answer.context["metadata"] == [("order", "7")]
    assert answer.context["ids"][0] == ("Payment", charge.pk)
    assert [line["title"] for line in answer.context["timeline"]] == ["Payment went through"]


def test_guests_payment_has_its_timeline_too(owner, scope):
    charge = ChargeFactory()
    EventFactory(type="charge.succeeded", object_id=charge.pk, created_at=charge.created_at)

    answer = owner.get(page(charge))

    assert [line["title"] for line in answer.context["timeline"]] == ["Payment went through"]


def test_failed_payment_says_why_and_what_to_do(owner, scope):
    charge = ChargeFactory(
        status="failed", amount_captured=0, failure_code="card_declined",
        decline_code="insufficient_funds", failure_message="Your card has insufficient funds.",
    )  # fmt: skip

    assert owner.get(page(charge)).context["failure"] == {
        "message": "Your card has insufficient funds.",
        "code": "card_declined · insufficient_funds",
        "advice": "Try again later, or ask for another payment method.",
    }


def test_unknown_outcome_says_when_it_is_asked_again(owner, scope):
    charge = ChargeFactory(status="pending", amount_captured=0)
    due = clock.now() + timedelta(hours=2)
    Operation.belonging_to(
        charge, charge=charge, gateway_account=charge.gateway_account, kind="authorize", state="open",
        reference=charge.pk, amount=2000, currency="usd", created_at=charge.created_at, next_check_at=due,
    ).save()  # fmt: skip

    answer = owner.get(page(charge))

    assert answer.context["unknown"]["title"] == "The gateway has not confirmed this yet"
    assert answer.context["unknown"]["next"] != ""
    assert page(charge) + "ask/" in links(answer)


BUTTONS = {
    "succeeded": ["Refund"],
    "authorized": ["Capture", "Cancel payment"],
    "pending": [],
    "failed": ["Try again"],
    "voided": [],
    "expired": [],
}


@pytest.mark.parametrize("status", Charge.Status.values)
@pytest.mark.parametrize("role", Role.values)
def test_buttons_follow_state_and_role(signed_in, scope, status, role):
    customer = CustomerFactory()
    captured = 2000 if status == "succeeded" else 0
    charge = ChargeFactory(customer=customer, status=status, amount_captured=captured)

    answer = signed_in(role).get(page(charge))

    taking = {"Capture", "Try again"} if role == Role.SUPPORT else set()
    buttons = [] if role == Role.READ_ONLY else BUTTONS[status]
    expected = [label for label in buttons if label not in taking]
    assert [link.label for link in answer.context["links"]] == expected


def test_disputed_and_refunded_payments_are_not_refunded(owner, scope):
    disputed = DisputeFactory(charge=ChargeFactory(is_disputed=True)).charge
    refunded = ChargeFactory(amount_refunded=2000)

    offered = [owner.get(page(charge)).context["links"] for charge in (disputed, refunded)]

    assert offered == [[], []]


def test_other_sites_and_modes_are_not_there(owner, scope, other):
    with scoped_to(other[0], livemode=False):
        ChargeFactory()
    with scoped_to(scope.site, livemode=True):
        ChargeFactory(gateway_account=GatewayAccountFactory(kind="stripe"))

    assert rows(owner.get(LIST)) == []


def test_pages_have_no_inline_script_or_style(owner, scope):
    charge = _full(clock.now())

    for url in (LIST, page(charge), page(charge) + "refund/"):
        html = owner.get(url).content.decode()

        assert "style=" not in html
        assert "<style" not in html
        assert "onclick" not in html
