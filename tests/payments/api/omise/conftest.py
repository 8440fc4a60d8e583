"""What tests of payments in the Omise dialect can ask for: its client, and somebody with a card."""

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.services import notifications
from tests.factories.customers import CustomerFactory
from tests.factories.payments import PaymentMethodFactory
from tests.omise_client import CARD, OmiseClient

MONEY = {"amount": 100_000, "currency": "thb"}
NEVER = "1970-01-01T00:00:00Z"
NOTHING = dict.fromkeys(
    (
        "acquirer_reference_number", "authenticated_by", "authorization_type", "authorize_uri", "branch", "customer",
        "description", "device", "dispute", "expired_at", "expires_at", "failure_code", "failure_message", "ip", "link",
        "linked_account", "merchant_advice", "merchant_advice_code", "return_uri", "reversed_at", "schedule", "source",
        "terminal",
    )
)  # fmt: skip
"""Members that a plain charge has not."""
NO = dict.fromkeys(
    (
        "can_perform_void", "capturable", "expired", "livemode", "reversed", "reversible", "voided",
        "zero_interest_installments",
    ),
    False,
)  # fmt: skip
FEE = 100_000 * 29 // 1000 + 30


def plain(body, **members):
    """Return the charge of MONEY that was taken from a token's Visa card, as it is shown."""
    card = body["card"]
    return {
        **NOTHING,
        **NO,
        "object": "charge",
        "id": body["id"],
        "location": f"/omise/charges/{body['id']}",
        "amount": 100_000,
        "approval_code": body["approval_code"],
        "authorized": True,
        "authorized_amount": 100_000,
        "capture": True,
        "captured_amount": 100_000,
        "card": {
            "object": "card", "id": card["id"], "livemode": False, "location": None, "deleted": False,
            "street1": None, "street2": None, "city": None, "state": None, "phone_number": None, "postal_code": None,
            "country": "US", "financing": "credit", "bank": "", "brand": "Visa", "fingerprint": card["fingerprint"],
            "first_digits": None, "last_digits": "4242", "name": "Somchai Prasert", "expiration_month": 10,
            "expiration_year": 2034, "security_code_check": True, "tokenization_method": None,
            "created_at": body["created_at"],
        },
        "created_at": body["created_at"],
        "currency": "THB",
        "disputable": True,
        "fee": FEE,
        "fee_vat": 0,
        "funding_amount": 100_000,
        "funding_currency": "THB",
        "interest": 0,
        "interest_vat": 0,
        "metadata": {},
        "missing_3ds_fields": [],
        "net": 100_000 - FEE,
        "paid": True,
        "paid_at": body["created_at"],
        "partially_refundable": True,
        "platform_fee": {"amount": None, "fixed": None, "percentage": None},
        "refundable": True,
        "refunded_amount": 0,
        "refunds": {
            "object": "list", "data": [], "limit": 20, "offset": 0, "total": 0,
            "location": f"/omise/charges/{body['id']}/refunds", "order": None, "from": NEVER,
            "to": body["refunds"]["to"],
        },
        "status": "successful",
        "transaction": body["transaction"],
        "transaction_fees": {},
        **members,
    }  # fmt: skip


@pytest.fixture
def omise(keys):
    return OmiseClient(keys["skey_test"])


@pytest.fixture
def browser(keys):
    """What runs in a customer's browser, with the publishable key."""
    return OmiseClient(keys["pkey_test"])


@pytest.fixture
def token(browser):
    """Make a token, as a customer's browser does."""

    def make(number=CARD["number"], **card):
        answer = browser.post("tokens", card={**CARD, "number": number, **card})
        assert answer.status == 200, answer.body
        return answer.body["id"]

    return make


@pytest.fixture
def somchai(omise, token):
    """A customer with a Visa card."""
    answer = omise.post("customers", email="somchai@example.com", card=token())
    assert answer.status == 200, answer.body
    return answer.body


@pytest.fixture
def paid(omise, token):
    """A charge of a token that went through."""
    return omise.post("charges", amount=100_000, currency="thb", card=token()).body


@pytest.fixture
def held(omise, token):
    """A charge of a token that holds money."""
    return omise.post("charges", amount=100_000, currency="thb", card=token(), capture=False).body


@pytest.fixture
def strangers(keys, other):
    """Clients that must not see what is the test mode's: another site's, and the live mode's."""
    return [OmiseClient(other[1]["skey_test"]), OmiseClient(keys["skey_live"])]


@pytest.fixture
def hear(site):
    """Lets what the sandbox has to tell arrive, and be worked off."""

    def heard():
        notifications.deliver_from_sandbox(at=clock.now())
        with scoped_to(site, livemode=False):
            notifications.work_off_due(at=clock.now())

    return heard


@pytest.fixture
def disputed(api):
    """A charge that its customer disputes at once, as fraudulent, in `/v1/`'s shape."""
    return api.post("charges", amount=2000, currency="usd", source="tok_createDispute").body


@pytest.fixture
def dispute(omise, hear, disputed):
    hear()
    (found,) = omise.get("disputes").body["data"]
    return found


@pytest.fixture
def payer(scope):
    """A customer whose default is a card, loaded."""
    customer = CustomerFactory(name="Somchai Prasert", email="somchai@example.com")
    card = PaymentMethodFactory(customer=customer, attached_at=clock.now())
    customer.default_payment_method_id = card.pk
    customer.save()
    return customer
