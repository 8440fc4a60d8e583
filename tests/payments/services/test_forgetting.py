"""Gateways that do not forget what was detached: they hold up nobody else."""

from datetime import timedelta

import pytest

from payments.gateways.base import NotSent, Refused, Unknown
from payments.models import PaymentMethod
from payments.services import forgetting, gateway_accounts
from tests.factories.payments import GatewayAccountFactory, PaymentMethodFactory

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("error", [Refused("Never."), NotSent(), Unknown()])
def test_what_a_gateway_never_forgets_holds_nothing_up(scope, monkeypatch, error, at):
    """More than a run takes were detached first, and their gateway forgets none of them; ours came last."""
    stubborn = GatewayAccountFactory(kind="omise")
    asked = []

    class Forgetful:
        def forget(self, method):
            asked.append(method.reference)

    class Stubborn(Forgetful):
        def forget(self, method):
            super().forget(method)
            raise error

    monkeypatch.setattr(
        gateway_accounts, "gateway_of",
        lambda account: Stubborn() if account == stubborn else Forgetful(),
    )  # fmt: skip
    for number in range(8):
        PaymentMethodFactory(
            gateway_account=stubborn,
            gateway_reference=f"stuck{number}",
            detached_at=at,
            forget_at=at,
        )
    ours = PaymentMethodFactory(gateway_reference="ours", detached_at=at, forget_at=at + MINUTE)

    runs = [forgetting.run(at=at + MINUTE * n, limit=5) for n in (1, 2)]

    assert sum(runs) == 1
    ours.refresh_from_db()
    assert (ours.gateway_reference, ours.forget_at) == ("", None)
    assert asked.count("ours") == 1

    forgetting.run(at=at + timedelta(days=9))
    latest = PaymentMethod.objects.filter(gateway_account=stubborn).latest("forget_at")
    assert latest.forget_at == at + timedelta(days=10)
