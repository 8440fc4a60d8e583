"""`/v1/payment_intents/{intent}/apply_customer_balance`.

Source: https://docs.stripe.com/api/payment_intents/apply_customer_balance
"""

from django.http import HttpRequest, HttpResponse

from customers.kit.errors import NotFound
from customers.restkit import inputs
from customers.restkit.inputs import Input
from customers.restkit.v1 import V1ViewSet
from customers.services import test_clocks
from payments.api.v1 import payment_inputs
from payments.api.v1.payment_intents import PaymentIntentObject
from payments.billing.services import cash_payments
from payments.models import PaymentIntent
from payments.money import MOST
from payments.services import payment_intents


class PaymentIntentApply(Input):
    amount = inputs.IntegerField(min_value=1, max_value=MOST)
    currency = inputs.CurrencyField()


class CashPaymentViewSet(V1ViewSet):
    """Payment intents of invoices, as far as the customer has sent the money before."""

    resource = "payment_intents"
    model = PaymentIntent
    output = PaymentIntentObject
    phased = frozenset({"apply_customer_balance"})
    inputs = {"apply_customer_balance": PaymentIntentApply}

    @classmethod
    def resource_name(cls) -> str:
        return ""  # `PaymentIntentViewSet` is found by it

    def apply_customer_balance(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Pay an invoice's payment out of the customer's cash balance."""
        body = self.read(PaymentIntentApply)
        intent = payment_intents.get(pk)
        at = test_clocks.now_for_id(intent.customer_id, self.at)
        return self.write(cash_payments.pay_by_intent(intent, **body, at=at))

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("payment_intent", pk, param="intent")
