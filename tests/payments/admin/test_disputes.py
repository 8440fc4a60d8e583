"""Disputes: listed, answered once, accepted."""

import pytest

from payments.models import Dispute
from tests.customers.admin.page import errors, fields, rows
from tests.factories.payments import ChargeFactory, DisputeFactory

LIST = "/admin/payments/dispute/"


@pytest.fixture
def contested(gateway):
    """What the gateway was told of disputes."""
    told = []

    def contest(reference, evidence, *, submit):
        told.append((reference, dict(evidence), submit))
        return "under_review"

    gateway.contest = contest
    gateway.concede = lambda reference: told.append((reference, "conceded"))
    return told


@pytest.fixture
def dispute(scope):
    return DisputeFactory(
        charge=ChargeFactory(is_disputed=True, billing_details={"name": "A guest"}),
        gateway_reference="there", reason="product_not_received",
    )  # fmt: skip


def test_list_says_how_much_and_why(owner, dispute):
    DisputeFactory(status="won")

    assert [cells[:4] for cells in rows(owner.get(f"{LIST}?status=needs_response"))] == [
        ["$20.00 USD", "Dispute needs an answer", "Product not received", "A guest"]
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    DisputeFactory.create_batch(count)

    with django_assert_num_queries(4):  # session, operator, sites, disputes
        assert owner.get(LIST).status_code == 200


def test_dispute_is_answered(owner, dispute, contested):
    address = f"{LIST}{dispute.pk}/answer/"

    answer = owner.post(address, fields(owner.get(address), uncategorized_text="Signed for."))

    row = Dispute.objects.get()
    assert (row.status, row.submissions, row.evidence) == (
        "under_review", 1, {"uncategorized_text": "Signed for."},
    )  # fmt: skip
    assert contested == [("there", {"uncategorized_text": "Signed for."}, True)]
    assert ("Why the payment is right", "Signed for.") in owner.get(answer.url).context["evidence"]


def test_answer_without_words_is_refused(owner, dispute, contested, nothing_written):
    address = f"{LIST}{dispute.pk}/answer/"

    with nothing_written():
        answer = owner.post(address, fields(owner.get(address)))

    assert errors(answer) == {"uncategorized_text": ["Write at least something for the bank."]}
    assert contested == []


def test_dispute_is_accepted(owner, dispute, contested):
    address = f"{LIST}{dispute.pk}/accept/"

    owner.post(address, fields(owner.get(address)))

    assert Dispute.objects.get().status == "lost"
    assert contested == [("there", "conceded")]


def test_ended_dispute_is_left_alone(owner, scope, contested, nothing_written):
    ended = DisputeFactory(status="won", gateway_reference="there")
    address = f"{LIST}{ended.pk}/accept/"

    with nothing_written():
        answer = owner.post(address, fields(owner.get(address)))

    assert errors(answer) == {"": ["This dispute is already closed."]}
    assert owner.get(f"{LIST}{ended.pk}/").context["links"] == []
    assert contested == []


@pytest.mark.parametrize("act", ["answer", "accept"])
def test_who_may_only_read_cannot_answer(reader, dispute, contested, nothing_written, act):
    with nothing_written():
        answer = reader.post(f"{LIST}{dispute.pk}/{act}/")

    assert (answer.status_code, contested) == (403, [])
