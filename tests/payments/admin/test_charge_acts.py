"""What is done with payments: once each, by who may, with the gateway's word on the next page."""

import pytest

from customers.models import Role
from customers.services import balance_transactions
from payments.gateways.base import Outcome, Refused, Result, Unknown
from payments.models import Charge, Operation, PaymentIntent, Refund
from payments.money import Money
from payments.services import charges, payment_intents
from tests.customers.admin.page import confirmed, errors, fields
from tests.factories.customers import CustomerFactory
from tests.factories.payments import ChargeFactory, PaymentMethodFactory

LIST = "/admin/payments/charge/"
ACTS = ("capture", "refund", "retry", "cancel", "ask")
DECLINED = Outcome(
    Result.DECLINED, code="card_declined", decline_code="insufficient_funds",
    message="Your card has insufficient funds.",
)  # fmt: skip


def url(charge, act=""):
    return f"{LIST}{charge.pk}/{act}{'/' if act else ''}"


def send(client, address, **changes):
    """Open a form, fill it in and send it; return the answer and what was sent."""
    sent = fields(client.get(address), **changes)
    return client.post(address, sent), sent


def told(client, answer):
    """Return what the page that comes next says."""
    page = client.get(answer.url)
    return [(message.level_tag, str(message)) for message in page.context["messages"]]


@pytest.fixture
def paid(method, customer, at):
    return charges.create(money=Money(5000, "eur"), method=method, customer=customer, at=at)


@pytest.fixture
def held(method, customer, at):
    return charges.create(
        money=Money(5000, "eur"), method=method, customer=customer, takes_now=False, at=at
    )


@pytest.fixture
def failed(method, customer, gateway, at):
    gateway.plan("authorize", DECLINED)
    return charges.create(
        money=Money(5000, "eur"), method=method, customer=customer, description="A lamp",
        metadata={"order": "7"}, at=at,
    )  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_who_may_only_read_can_do_nothing(reader, held, gateway, nothing_written, act):
    asked = list(gateway.asked)

    with nothing_written():
        codes = [reader.get(url(held, act)).status_code, reader.post(url(held, act)).status_code]

    assert codes == [403, 403]
    assert gateway.asked == asked


def test_opening_a_confirmation_does_nothing(owner, held, gateway, nothing_written):
    asked = list(gateway.asked)

    with nothing_written():
        codes = [owner.get(url(held, act)).status_code for act in ACTS]

    assert codes == [200] * len(ACTS)
    assert gateway.asked == asked


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.SUPPORT])
def test_part_of_a_payment_is_refunded(signed_in, paid, gateway, role):
    client = signed_in(role)

    answer, _sent = send(
        client, url(paid, "refund"), amount="12.50", reason="requested_by_customer"
    )

    refund = Refund.objects.get()
    assert (refund.amount, refund.reason, refund.status) == (
        1250, "requested_by_customer", "succeeded",
    )  # fmt: skip
    assert answer.url == url(paid)
    assert told(client, answer) == [("success", "€12.50 was refunded.")]
    assert gateway.asked[-1] == ("refund", refund.pk, 1250)


def test_all_that_is_left_is_offered(owner, paid):
    send(owner, url(paid, "refund"), amount="12.50")

    assert fields(owner.get(url(paid, "refund")))["amount"] == ["37.50"]


def test_refund_that_is_sent_twice_is_one(owner, paid, gateway):
    _answer, sent = send(owner, url(paid, "refund"), amount="10")

    again = owner.post(url(paid, "refund"), sent)

    assert again.status_code == 302
    assert [refund.amount for refund in Refund.objects.all()] == [1000]
    assert [act for act, _reference, _amount in gateway.asked] == ["authorize", "refund"]


def test_two_equal_refunds_are_two(owner, paid):
    send(owner, url(paid, "refund"), amount="10")
    send(owner, url(paid, "refund"), amount="10")

    assert [refund.amount for refund in Refund.objects.all()] == [1000, 1000]


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("50.01", "At most €50.00 can be refunded."),
        ("0", "The amount must be more than zero."),
        ("-5", "The amount must be more than zero."),
        ("1.005", "This currency has fewer digits after the point."),
        ("", "This field is required."),
        ("ten", "Enter a number."),
    ],
)
def test_amount_that_cannot_be_refunded_is_refused_at_its_field(
    owner, paid, nothing_written, amount, message
):
    with nothing_written():
        answer, _sent = send(owner, url(paid, "refund"), amount=amount)

    assert errors(answer) == {"amount": [message]}


def test_gateways_refusal_of_a_refund_is_said_and_can_be_tried_again(owner, paid, gateway):
    gateway.plan("refund", Refused("No.", code="processing_error"))
    answer, sent = send(owner, url(paid, "refund"))

    assert errors(answer) == {"": ["The gateway refused this refund; nothing was given back."]}
    assert fields(answer)["act_key"] != sent["act_key"]

    again = owner.post(url(paid, "refund"), fields(answer))

    assert again.status_code == 302
    assert sorted(refund.status for refund in Refund.objects.all()) == ["failed", "succeeded"]


def test_refund_of_unknown_outcome_warns_against_repeating_it(owner, paid, gateway):
    gateway.plan("refund", Unknown())

    answer, _sent = send(owner, url(paid, "refund"))

    assert told(owner, answer) == [
        (
            "warning",
            "The gateway has not confirmed this yet. It is asked again until it does; do not repeat it.",
        )
    ]
    assert Refund.objects.get().status == "pending"


def test_part_of_what_is_held_is_captured(owner, held, gateway):
    answer, _sent = send(owner, url(held, "capture"), amount="30")

    charge = charges.get(held.pk)
    assert (charge.status, charge.amount_captured) == ("succeeded", 3000)
    assert told(owner, answer) == [("success", "€30.00 was captured.")]
    assert gateway.asked[-1] == ("capture", f"{held.pk}/capture", 3000)


def test_capture_of_what_is_not_held_is_refused_in_the_services_words(owner, paid, nothing_written):
    with nothing_written():
        answer, _sent = send(owner, url(paid, "capture"))

    assert errors(answer) == {"": [f"Charge {paid.pk} has already been captured."]}


def test_held_money_is_released(owner, held, gateway):
    answer, _sent = send(owner, url(held, "cancel"))

    assert charges.get(held.pk).status == "voided"
    assert told(owner, answer) == [("success", "The payment was canceled.")]
    assert gateway.asked[-1][0] == "void"


def test_payment_of_an_intent_is_canceled_as_a_whole(owner, method, customer, at, gateway):
    intent = payment_intents.create_and_confirm(
        {"amount": 5000, "currency": "eur", "customer": customer, "payment_method": method,
         "payment_method_types": ["card"], "captures_manually": True},
        {"off_session": True}, at=at,
    )  # fmt: skip

    send(owner, url(payment_intents.charge_of(intent), "cancel"))

    assert payment_intents.get(intent.pk).status == "canceled"


def test_confirmations_name_amount_and_method(owner, held, paid):
    said = [
        owner.get(url(held, "capture")).context["act"],
        owner.get(url(held, "cancel")).context["act"],
        owner.get(url(paid, "refund")).context["act"],
    ]

    assert [(act.title, act.text) for act in said] == [
        (
            "Capture €50.00?",
            "€50.00 are held on Visa •••• 4242. What you do not take is released.",
        ),
        (
            "Cancel this payment of €50.00?",
            "€50.00 held on Visa •••• 4242 are released. This cannot be undone.",
        ),
        (
            "Refund this payment?",
            "Up to €50.00 goes back to Visa •••• 4242. This cannot be undone.",
        ),
    ]


def test_failed_payment_is_tried_again_with_another_method(owner, failed, customer, gateway):
    other = PaymentMethodFactory(
        customer=customer, attached_at=customer.created_at, brand="mastercard", last4="4444"
    )

    answer, _sent = send(owner, url(failed, "retry"), method=other.pk)

    made = Charge.objects.exclude(pk=failed.pk).get()
    assert (made.status, made.amount, made.currency, made.payment_method_id) == (
        "succeeded", 5000, "eur", other.pk,
    )  # fmt: skip
    assert (made.description, made.metadata) == ("A lamp", {"order": "7"})
    assert answer.url == url(made)
    assert told(owner, answer) == [("success", "€50.00 was charged.")]


def test_failed_payment_is_tried_again_once_whoever_asks(signed_in, failed, gateway):
    robin, alex = signed_in(Role.OWNER), signed_in(Role.BILLING)
    both = [(client, fields(client.get(url(failed, "retry")))) for client in (robin, alex)]

    first, second = (client.post(url(failed, "retry"), sent) for client, sent in both)

    assert (first.status_code, second.status_code) == (302, 200)
    assert errors(second) == {
        "": ["This payment was tried again already, or is not wanted any more."]
    }
    assert [act for act, _reference, _amount in gateway.asked] == ["authorize", "authorize"]
    assert robin.get(url(failed)).context["links"] == []


def test_try_that_fails_again_leads_on_to_the_next(owner, failed, gateway):
    gateway.plan("authorize", DECLINED)

    answer, _sent = send(owner, url(failed, "retry"))

    made = Charge.objects.exclude(pk=failed.pk).get()
    assert answer.url == url(made)
    assert told(owner, answer) == [
        ("error", "The payment failed: Your card has insufficient funds.")
    ]
    assert [link.label for link in owner.get(url(made)).context["links"]] == ["Try again"]


def test_intents_failed_payment_is_tried_again_within_the_intent(
    owner, method, customer, gateway, at
):
    gateway.plan("authorize", DECLINED)
    intent = payment_intents.create_and_confirm(
        {"amount": 5000, "currency": "eur", "customer": customer, "payment_method": method,
         "payment_method_types": ["card"]},
        {"off_session": True}, at=at,
    )  # fmt: skip

    send(owner, url(payment_intents.charge_of(intent), "retry"), method=method.pk)

    assert payment_intents.get(intent.pk).status == "succeeded"
    assert sorted(Charge.objects.values_list("payment_intent_id", "status")) == [
        (intent.pk, "failed"), (intent.pk, "succeeded"),
    ]  # fmt: skip


def test_another_customers_method_cannot_be_charged(owner, failed, nothing_written):
    theirs = PaymentMethodFactory(attached=True)

    with nothing_written():
        answer, _sent = send(owner, url(failed, "retry"), method=theirs.pk)

    assert list(errors(answer)) == ["method"]


def test_gateway_is_asked_what_became_of_it(owner, method, customer, gateway, at):
    gateway.plan("authorize", Unknown())
    charge = charges.create(money=Money(5000, "eur"), method=method, customer=customer, at=at)
    gateway.book[charge.pk] = Outcome(Result.DONE, reference="there", fee=10)

    answer, _sent = send(owner, url(charge, "ask"))

    assert charges.get(charge.pk).status == "succeeded"
    assert told(owner, answer) == [("success", "The gateway has answered.")]
    assert Operation.objects.get().state == "done"


def test_there_is_nothing_to_ask_about_a_settled_payment(owner, paid, nothing_written):
    with nothing_written():
        answer, _sent = send(owner, url(paid, "ask"))

    assert errors(answer) == {"": ["The gateway has answered everything about this payment."]}


# -- New payments ------------------------------------------------------------------------------------------------------


def new(customer):
    return f"{LIST}new/?customer={customer.pk}"


def test_customer_is_charged(owner, customer, method, gateway):
    asked, _sent = send(
        owner, new(customer), amount="19.99", currency="eur", method=method.pk, description="A mug"
    )
    assert Charge.objects.count() == 0
    meaning = asked.context["meaning"]
    assert meaning.button == "Charge €19.99 to Visa •••• 4242"
    assert dict(meaning.facts)["Amount"] == "€19.99 EUR"
    sent = fields(asked)

    answer = owner.post(new(customer), sent)

    charge = Charge.objects.get()
    assert (charge.amount, charge.currency, charge.status, charge.off_session) == (
        1999, "eur", "succeeded", True,
    )  # fmt: skip
    assert charge.description == "A mug"
    assert PaymentIntent.objects.get().status == "succeeded"
    assert told(owner, answer) == [("success", "€19.99 was charged.")]

    assert owner.post(new(customer), sent).url == answer.url
    assert [act for act, _reference, _amount in gateway.asked] == ["authorize"]


def test_money_is_only_held_where_that_is_wanted(owner, customer, method):
    confirmed(
        owner, new(customer), amount="5", currency="eur", method=method.pk, captures_later="on"
    )

    assert Charge.objects.get().status == "authorized"


@pytest.mark.parametrize("amount", ["0", "1000000", "1.999"])
def test_amount_that_cannot_be_charged_is_refused(owner, customer, method, nothing_written, amount):
    with nothing_written():
        answer, _sent = send(owner, new(customer), amount=amount, currency="eur", method=method.pk)

    assert list(errors(answer)) == ["amount"]


def test_bank_account_without_a_mandate_is_not_debited(owner, customer, gateway, nothing_written):
    account = PaymentMethodFactory(
        customer=customer, attached_at=customer.created_at, kind="sepa_debit", brand=""
    )

    with nothing_written():
        answer = confirmed(owner, new(customer), amount="5", currency="eur", method=account.pk)

    assert "A mandate is required" in errors(answer)[""][0]
    assert gateway.asked == []


def test_what_is_confirmed_is_what_was_shown(owner, customer, method, gateway):
    asked, _sent = send(owner, new(customer), amount="5", currency="eur", method=method.pk)

    answer = owner.post(new(customer), fields(asked, amount="50"))

    assert answer.context["meaning"].button == "Charge €50.00 to Visa •••• 4242"
    assert (gateway.asked, Charge.objects.count()) == ([], 0)


def test_what_was_shown_can_be_changed(owner, customer, method, nothing_written):
    asked, _sent = send(owner, new(customer), amount="5", currency="eur", method=method.pk)

    with nothing_written():
        answer = owner.post(new(customer), {**fields(asked), "change": "1"})

    assert fields(answer)["amount"] == ["5"]
    assert errors(answer) == {}


# -- Credit ------------------------------------------------------------------------------------------------------------


def credit(customer):
    return f"{LIST}credit/?customer={customer.pk}"


def test_credit_is_charged_to_a_card_once(owner, customer, method, gateway):
    asked, _sent = send(owner, credit(customer), amount="7.50", currency="eur", method=method.pk)
    sent = fields(asked)

    answer = owner.post(credit(customer), sent)
    again = owner.post(credit(customer), sent)

    customer.refresh_from_db()
    assert asked.context["meaning"].title == "Charge €7.50 to the customer's credit?"
    assert (customer.balance, customer.currency) == (-750, "eur")
    assert answer.url == again.url
    assert Charge.objects.count() == 1


def test_credit_in_another_currency_than_the_balance_s_is_refused(owner, customer, method, at):
    balance_transactions.create(customer, amount=100, currency="usd", at=at)

    answer = confirmed(owner, credit(customer), amount="5", currency="eur", method=method.pk)

    assert "kept in 'usd'" in errors(answer)["currency"][0]
    assert Charge.objects.count() == 0


def test_nobody_without_the_role_charges(reader, customer, method, nothing_written):
    with nothing_written():
        codes = [
            ask(address(customer)).status_code
            for address in (new, credit)
            for ask in (reader.get, reader.post)
        ]

    assert codes == [403] * 4


def test_deleted_and_unknown_customers_are_not_found(owner, scope):
    gone = CustomerFactory(deleted_at=ChargeFactory().created_at)

    assert [owner.get(new(gone)).status_code, owner.get(f"{LIST}new/").status_code] == [404, 404]
