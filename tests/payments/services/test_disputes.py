from datetime import UTC, datetime, timedelta

import pytest

from customers.kit.errors import GatewayUnavailable, InvalidRequest, InvalidState, NotFound
from payments.gateways.base import Notice, NotSent, Refused
from payments.models import Charge
from payments.services import charges, disputes
from tests.factories.payments import ChargeFactory, DisputeFactory


@pytest.fixture
def charge(scope, gateway):
    return ChargeFactory()


@pytest.fixture
def noticed(charge, at):
    """Lets the gateway tell of a dispute of the charge."""

    def tell(status="needs_response", **details):
        said = {
            "amount": 2000,
            "currency": "usd",
            "reason": "fraudulent",
            "status": status,
            **details,
        }
        notice = Notice("n", "dispute", "gd_1", charge.pk, said)
        return disputes.noticed(charge.gateway_account, notice, at=at)

    return tell


@pytest.fixture
def bank(gateway):
    """Lets the gateway answer what it is told of disputes."""

    def answer(status=None, trouble=None):
        def tell(reference, *evidence, **how):
            gateway.asked.append((reference, *evidence, how))
            if trouble:
                raise trouble
            return status

        gateway.contest = gateway.concede = tell

    return answer


def test_a_dispute_takes_the_money_back(noticed, charge, told, movements, at):
    dispute = noticed(fee=1500)

    stored = disputes.get(dispute.pk)
    assert (stored.status, stored.amount, stored.reason) == ("needs_response", 2000, "fraudulent")
    assert (stored.charge, stored.gateway_reference) == (charge, "gd_1")
    assert charges.get(charge.pk).is_disputed is True
    assert movements() == [("adjustment", -2000, 1500, -3500)]
    assert told() == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


def test_a_dispute_is_never_older_than_what_is_disputed(noticed, charge, at):
    later = at + timedelta(milliseconds=240)
    Charge.objects.filter(pk=charge.pk).update(settled_at=later)

    assert noticed().created_at == later


def test_the_same_dispute_comes_twice(noticed, told, movements):
    first = noticed()
    told()

    assert noticed() == first
    assert (told(), movements()) == ([], [("adjustment", -2000, 0, -2000)])


def test_a_dispute_that_is_won_brings_the_money_back(noticed, told, movements):
    noticed()
    told()

    won = [noticed("won") for _ in range(2)]

    assert [dispute.status for dispute in won] == ["won", "won"]
    assert movements() == [("adjustment", 2000, 0, 2000), ("adjustment", -2000, 0, -2000)]
    assert told() == ["charge.dispute.funds_reinstated", "charge.dispute.closed"]


def test_a_dispute_that_is_lost_keeps_it(noticed, told, movements):
    lost = noticed("lost")

    assert lost.status == "lost"
    assert movements() == [("adjustment", -2000, 0, -2000)]
    assert told()[-1] == "charge.dispute.closed"


def test_news_that_come_out_of_order_change_nothing(noticed, told):
    noticed("lost")
    told()

    assert (noticed("needs_response").status, told()) == ("lost", [])


def test_a_dispute_of_no_charge_of_ours_is_nothing(charge, nothing_written, at):
    notice = Notice("n", "dispute", "gd_1", "ch_unknown", {})

    with nothing_written():
        assert disputes.noticed(charge.gateway_account, notice, at=at) is None


def test_evidence_is_kept(noticed, told, last_event, at):
    dispute = noticed()
    told()

    for text in ("It was delivered.", "It was delivered, see below."):
        disputes.update(dispute, details={"evidence": {"uncategorized_text": text}}, at=at)

    stored = disputes.get(dispute.pk)
    assert stored.evidence == {"uncategorized_text": "It was delivered, see below."}
    assert (stored.status, stored.submissions) == ("needs_response", 0)
    assert told() == ["charge.dispute.updated"] * 2


def test_evidence_is_handed_in(noticed, gateway, bank, told, at):
    bank("under_review")
    dispute = noticed()
    told()

    sent = disputes.update(
        dispute, details={"evidence": {"uncategorized_text": "x"}}, submit=True, at=at
    )

    assert (sent.status, sent.submissions) == ("under_review", 1)
    assert gateway.asked == [("gd_1", {"uncategorized_text": "x"}, {"submit": True})]
    assert told() == ["charge.dispute.updated"] * 2


def test_a_bank_may_decide_at_once(noticed, bank, movements, at):
    bank("won")

    won = disputes.update(noticed(), details={}, submit=True, at=at)

    assert won.status == "won"
    assert sum(amount for _kind, amount, *_ in movements()) == 0


@pytest.mark.parametrize("status", ["under_review", "won", "lost"])
def test_evidence_is_not_changed_afterwards(scope, refused, status, at):
    dispute = DisputeFactory(status=status)

    with refused(InvalidState):
        disputes.update(dispute, details={"evidence": {"uncategorized_text": "x"}}, at=at)


def test_metadata_changes_at_any_time(scope, at):
    dispute = DisputeFactory(status="lost")

    disputes.update(dispute, details={"metadata": {"case": "7"}}, at=at)

    assert disputes.get(dispute.pk).metadata == {"case": "7"}


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [(NotSent(), GatewayUnavailable), (Refused("Too late.", code="too_late"), InvalidRequest)],
)
def test_what_does_not_reach_the_bank_is_not_handed_in(noticed, bank, trouble, kind, at):
    bank(trouble=trouble)
    dispute = noticed()

    with pytest.raises(kind):
        disputes.update(
            dispute, details={"evidence": {"uncategorized_text": "x"}}, submit=True, at=at
        )

    stored = disputes.get(dispute.pk)
    assert (stored.status, stored.submissions) == ("needs_response", 0)
    assert stored.evidence == {"uncategorized_text": "x"}


def test_a_dispute_is_accepted(noticed, gateway, bank, told, at):
    bank()
    dispute = noticed()
    told()

    lost = disputes.close(dispute, at=at)

    assert (lost.status, gateway.asked) == ("lost", [("gd_1", {})])
    assert told() == ["charge.dispute.closed"]


def test_what_has_ended_is_not_accepted(scope, refused, at):
    dispute = DisputeFactory(status="won")

    with refused(InvalidState, code="dispute_already_closed"):
        disputes.close(dispute, at=at)


def test_an_unknown_dispute_is_not_found(scope):
    with pytest.raises(NotFound) as refusal:
        disputes.get("dp_unknown")

    assert refusal.value.message == "No such dispute: 'dp_unknown'"


@pytest.mark.parametrize("told_as", ["2027-01-08T00:00:00+00:00", datetime(2027, 1, 8, tzinfo=UTC)])
def test_an_answer_is_due_by_a_moment(noticed, told_as):
    dispute = noticed(evidence_due_at=told_as)

    assert disputes.get(dispute.pk).evidence_due_at == datetime(2027, 1, 8, tzinfo=UTC)
