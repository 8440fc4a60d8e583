"""One default, whoever attaches, detaches and chooses at the same moment; against the production server."""

from functools import partial

import pytest

from customers.kit.tenancy import scoped_to
from customers.models import Customer
from payments.models import PaymentMethod
from tests.wire.burst import Burst

pytestmark = pytest.mark.server
EACH = 25


@pytest.fixture
def burst(production, keys):
    return Burst(production, keys["sk_test"])


@pytest.fixture
def scope(site):
    with scoped_to(site, livemode=False) as chosen:
        yield chosen


def test_a_hundred_changes_at_once_leave_one_default(burst, scope):
    customer = burst.post("customers", name="Jenny Rosen").body["id"]
    attach = partial(burst.post, "payment_methods/pm_card_visa/attach", customer=customer)
    methods = [attach().body["id"] for _ in range(EACH)]
    staying, going = methods[:5], methods[5:]

    def choose(method):
        chosen = {"default_payment_method": method}
        return partial(burst.post, f"customers/{customer}", invoice_settings=chosen)

    calls = [
        *[attach] * EACH,
        *[partial(burst.post, f"payment_methods/{method}/detach") for method in going],
        *[choose(method) for method in (going + staying) * 2],
    ]
    answers = burst.together(*[lambda gate, call=call: call(gate=gate) for call in calls[:100]])

    statuses = [answer.status for answer in answers]
    # 400: it was detached before it was chosen; 429: the lock was taken for too long.
    assert set(statuses) <= {200, 400, 429}
    row = Customer.objects.get(pk=customer)
    attached = set(PaymentMethod.objects.of_customer(row).values_list("pk", flat=True))
    assert row.default_payment_method_id in attached
    attached_now = statuses[:EACH].count(200)
    detached_now = statuses[EACH : EACH + len(going)].count(200)
    assert len(attached) == EACH + attached_now - detached_now
    assert attached_now > 0
    assert detached_now > 0


def test_one_token_makes_one_source_whoever_uses_it(burst, scope):
    customers = [burst.post("customers", name=name).body["id"] for name in ("Jenny", "Ada")]
    card = {"number": "4242424242424242", "exp_month": 8, "exp_year": 2030}
    token = burst.post("tokens", card=card).body["id"]

    answers = burst.together(
        *[
            lambda gate, pk=pk: burst.post(f"customers/{pk}/sources", source=token, gate=gate)
            for pk in customers * 10
        ]
    )

    (method,) = PaymentMethod.objects.all()
    assert sorted(answer.status for answer in answers) == [200] + [400] * 19
    assert method.customer_id in customers


def test_one_key_attaches_once(burst, scope):
    customer = burst.post("customers", name="Jenny Rosen").body["id"]
    headers = {"Idempotency-Key": "attach-1"}
    attach = partial(
        burst.post, "payment_methods/pm_card_visa/attach", headers=headers, customer=customer
    )

    answers = burst.together(*[lambda gate: attach(gate=gate)] * 20)

    (method,) = PaymentMethod.objects.all()
    assert {answer.status for answer in answers} <= {200, 409}
    assert {answer.body["id"] for answer in answers if answer.status == 200} == {method.pk}
