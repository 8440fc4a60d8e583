"""Methods that are kept once they paid, whoever dies meanwhile; how intents follow charges is in their own tests."""

from datetime import timedelta

import pytest

from customers.kit.errors import CardDeclined, GatewayUnavailable
from payments.gateways.base import Outcome, Result, Unknown
from payments.models import PaymentIntent, PaymentMethod
from payments.services import intent_progress, operations, payment_intents, payment_methods
from tests.factories.payments import PaymentMethodFactory

DECLINED = Outcome(Result.DECLINED, code="card_declined", message="Your card was declined.")


@pytest.fixture
def attached(monkeypatch):
    """Notes which methods are attached to whom, instead of asking a gateway."""
    noted = []

    def attach(method, customer, *, at):
        noted.append((method.pk, customer.pk))
        return method

    monkeypatch.setattr(payment_methods, "attach", attach)
    return noted


@pytest.mark.parametrize(
    ("usage", "outcome", "keeps"),
    [
        pytest.param("off_session", None, True, id="paid and agreed"),
        pytest.param("", None, False, id="paid and not agreed"),
        pytest.param("off_session", DECLINED, False, id="declined"),
        pytest.param("off_session", Unknown(), False, id="unknown"),
    ],
)
def test_a_method_is_kept_once_it_paid(customer, gateway, attached, usage, outcome, keeps, at):
    method = PaymentMethodFactory()
    gateway.plan("authorize", outcome)
    wanted = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": method}

    payment_intents.create_and_confirm({**wanted, "setup_future_usage": usage}, {}, at=at)

    assert attached == ([(method.pk, customer.pk)] if keeps else [])
    assert gateway.told[0].sets_up is (usage == "off_session")


def test_an_issuer_that_does_not_let_it_be_kept_does_not_undo_the_payment(
    customer, gateway, monkeypatch, at
):
    def attach(method, customer, *, at):
        raise CardDeclined("No.")

    monkeypatch.setattr(payment_methods, "attach", attach)
    wanted = {
        "amount": 2000, "currency": "usd", "customer": customer, "setup_future_usage": "off_session",
        "payment_method": PaymentMethodFactory(),
    }  # fmt: skip

    paid = payment_intents.create_and_confirm(wanted, {}, at=at)

    assert (paid.status, payment_intents.get(paid.pk).keep_method_at) == ("succeeded", None)


@pytest.fixture
def forgotten(customer, gateway, monkeypatch, at):
    """Makes a payment whose process dies right after settling, before it attaches the method."""

    def make(**details):
        wanted = {
            "amount": 2000, "currency": "usd", "customer": customer, "setup_future_usage": "off_session",
            "payment_method": PaymentMethodFactory(), **details,
        }  # fmt: skip

        def die(*args, **kwargs):
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(intent_progress, "keep_method", die)
            with pytest.raises(KeyboardInterrupt):
                payment_intents.create_and_confirm(wanted, {}, at=at)
        return PaymentIntent.objects.get(payment_method=wanted["payment_method"])

    return make


@pytest.mark.parametrize("manually", [False, True])
def test_a_method_is_kept_though_nobody_comes_back(forgotten, customer, attached, manually, at):
    intent = forgotten(captures_manually=manually)
    soon = at + timedelta(seconds=operations.LONGEST_CALL)

    early = intent_progress.keep_due(at=soon - timedelta(seconds=1))
    due = intent_progress.keep_due(at=soon)
    again = intent_progress.keep_due(at=soon + timedelta(days=9))

    assert (early, due, again) == (0, 1, 0)
    assert attached == [(intent.payment_method_id, customer.pk)]


def test_a_silent_gateway_is_asked_less_often_to_keep_a_method(forgotten, monkeypatch, at):
    intents = [forgotten().pk for _ in range(2)]
    asked = []

    def attach(method, customer, *, at):
        asked.append(method.pk)
        raise GatewayUnavailable("No answer.")

    monkeypatch.setattr(payment_methods, "attach", attach)
    rows = PaymentIntent.objects.filter(pk__in=intents)
    hour = timedelta(hours=1)

    first, second = (intent_progress.keep_due(at=at + hour) for _ in range(2))

    assert (first, second, len(asked), len(set(asked))) == (1, 1, 2, 2)
    assert set(rows.values_list("keep_method_at", flat=True)) == {at + 2 * hour}
    assert intent_progress.keep_due(at=at + hour) == 0
    intent_progress.keep_due(at=at + timedelta(days=30))
    assert rows.filter(keep_method_at=at + timedelta(days=31)).count() == 1


def test_what_is_called_off_keeps_no_method(forgotten, attached, at):
    intent = forgotten(captures_manually=True)

    payment_intents.cancel(intent, at=at)

    assert (payment_intents.get(intent.pk).keep_method_at, attached) == (None, [])


def test_a_method_that_was_attached_meanwhile_is_left_alone(forgotten, attached, customer, at):
    intent = forgotten()
    PaymentMethod.objects.filter(pk=intent.payment_method_id).update(
        customer=customer, attached_at=at
    )

    assert intent_progress.keep_due(at=at + timedelta(hours=1)) == 1
    assert (payment_intents.get(intent.pk).keep_method_at, attached) == (None, [])
