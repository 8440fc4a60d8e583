import pytest

from customers.events.models import Event
from customers.kit import clock
from payments.models import BalanceTransaction, Operation
from payments.money import Money
from payments.services import charges, gateway_accounts, payment_methods
from tests.factories.payments import PaymentMethodFactory
from tests.payments.fake_gateway import FakeGateway


@pytest.fixture
def gateway(monkeypatch):
    """A gateway in memory instead of every account's own."""
    fake = FakeGateway()
    monkeypatch.setattr(gateway_accounts, "gateway_of", lambda account: fake)
    return fake


@pytest.fixture
def method(customer, gateway):
    """A Visa card of the customer's."""
    return PaymentMethodFactory(customer=customer, attached_at=customer.created_at)


@pytest.fixture
def acts(scope):
    """Returns what gateways were asked for, by kind and reference: kind, state, amount."""
    rows = Operation.objects.order_by("kind", "reference")
    return lambda: list(rows.all().values_list("kind", "state", "amount"))


@pytest.fixture
def movements(scope):
    """Returns the ledger, the largest amount first: kind, amount, fee, net."""
    rows = BalanceTransaction.objects.order_by("-amount", "kind")
    return lambda: list(rows.all().values_list("kind", "amount", "fee", "net"))


@pytest.fixture
def events_of(scope):
    """Returns the types of the events of an object, in the order in which they happened."""
    return lambda thing: list(
        Event.objects.filter(object_id=thing.pk).order_by("id").values_list("type", flat=True)
    )


@pytest.fixture
def card(customer, at):
    """A Visa card of the customer's at the sandbox acquirer."""
    method = payment_methods.resolve("pm_card_visa", at=at)
    return payment_methods.attach(method, customer, at=at)


@pytest.fixture
def pay(customer, card, at):
    """Charges the card."""

    def make(**wanted):
        return charges.create(
            money=Money(2000, "usd"), method=card, customer=customer, at=clock.now(), **wanted
        )

    return make
