"""What `/omise/search` finds of disputes and transactions."""

from datetime import UTC, datetime

import pytest

from payments.models import BalanceTransaction, Dispute
from tests.factories.payments import BalanceTransactionFactory, ChargeFactory, DisputeFactory

Status = Dispute.Status


def theirs(pk):
    prefix, _, key = pk.partition("_")
    return f"{ {'ch': 'chrg', 'dp': 'dspt', 'txn': 'trxn'}[prefix] }_test_{key}"


@pytest.fixture
def places(omise):
    """Returns a function that searches and returns the places of what is found in a list of ids."""

    def of(scope, pks, **params):
        answer = omise.get("search", scope=scope, **params)
        assert answer.status == 200, answer.body
        return [pks.index(each["id"]) for each in answer.body["data"]]

    return of


@pytest.fixture
def disputes(scope):
    """Ids of three disputes, the oldest first: 10 dollars, 20 yen, 5 dinars."""
    made = [
        DisputeFactory(
            charge=ChargeFactory(
                amount=amount, currency=currency, method_details={"type": "card", "card": {"last4": last4}}
            ),
            status=status, reason=reason, metadata={"case": currency},
            closed_at=datetime(2026, 2, 1, tzinfo=UTC) if status == Status.LOST else None,
            created_at=datetime(2026, 1, day, tzinfo=UTC),
        )
        for day, (amount, currency, last4, status, reason) in enumerate(
            [
                (1000, "usd", "4242", Status.NEEDS_RESPONSE, "fraudulent"),
                (20, "jpy", "0259", Status.UNDER_REVIEW, "product_not_received"),
                (5000, "kwd", "4242", Status.LOST, "general"),
            ],
            start=1,
        )
    ]  # fmt: skip
    return [theirs(dispute.pk) for dispute in made]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"amount": "10"}, [0]),
        ({"amount": 10}, [0]),
        ({"amount": "10.00"}, [0]),
        ({"amount": "20"}, [1]),
        ({"amount": "5.000"}, [2]),
        ({"amount": "20.5"}, []),
        ({"amount": "1000"}, []),
        ({"amount": "5..10"}, [2, 0]),
        ({"amount": "10.."}, [1, 0]),
        ({"amount": "..10"}, [2, 0]),
        ({"amount": "999999999999999"}, []),
        ({"currency": "JPY"}, [1]),
        ({"card_last_digits": "4242"}, [2, 0]),
        ({"created": "2026-01-02"}, [1]),
        ({"closed_at": "2026-02"}, [2]),
        ({"status": "open"}, [0]),
        ({"status": "pending"}, [1]),
        ({"status": "LOST"}, [2]),
        ({"status": "won"}, []),
        ({"status": "closed"}, [2]),
        ({"reason_code": "unauthorized_charge_aka_fraud"}, [0]),
        ({"reason_code": "goods_or_services_not_provided"}, [1]),
        ({"reason_code": "other"}, [2]),
        ({"metadata": {"case": "jpy"}}, [1]),
        ({"status": "open", "currency": "usd"}, [0]),
        ({"status": "open", "currency": "jpy"}, []),
    ],
    ids=str,
)
def test_disputes_are_filtered(places, disputes, filters, found):
    assert places("dispute", disputes, filters=filters) == found


def test_disputes_are_found_by_ids(omise, places, disputes):
    charge = omise.get(f"disputes/{disputes[1]}").body["charge"]
    ours = charge.replace("chrg_test_", "ch_")

    assert places("dispute", disputes, query=disputes[1]) == [1]
    assert [places("dispute", disputes, query=pk) for pk in (charge, ours)] == [[1]] * 2
    for name in ("charge", "charge_id"):
        assert places("dispute", disputes, filters={name: charge}) == [1]
    assert places("dispute", disputes, filters={"id": disputes[2]}) == [2]
    assert places("dispute", disputes, query="nothing") == []


def test_a_dispute_looks_as_it_does_elsewhere(omise, dispute):
    (found,) = omise.get("search", scope="dispute").body["data"]

    found["documents"]["to"] = dispute["documents"]["to"]
    assert found == dispute


@pytest.mark.parametrize("many", [1, 3])
def test_a_page_of_any_length_costs_the_same(omise, scope, many, django_assert_num_queries):
    DisputeFactory.create_batch(many)
    omise.get("search", scope="dispute")

    with django_assert_num_queries(3):  # the key, the disputes, what they moved
        answer = omise.get("search", scope="dispute")
    assert answer.body["total"] == many


@pytest.fixture
def transactions(scope):
    """Three movements, the oldest first: 20 dollars less the fee, 5 dollars back, 20 yen."""
    return [
        BalanceTransactionFactory(
            kind=kind, amount=amount, fee=fee, currency=currency, created_at=datetime(2026, 1, day, tzinfo=UTC),
            available_on=datetime(2026, 1, day + 2, tzinfo=UTC),
        )
        for day, (kind, amount, fee, currency) in enumerate(
            [
                (BalanceTransaction.Kind.CHARGE, 2000, 88, "usd"),
                (BalanceTransaction.Kind.REFUND, -500, 0, "usd"),
                (BalanceTransaction.Kind.CHARGE, 20, 0, "jpy"),
            ],
            start=1,
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"amount": "19.12"}, [0]),
        ({"amount": "5"}, [1]),
        ({"amount": "5..20"}, [2, 1, 0]),
        ({"amount": "6.."}, [2, 0]),
        ({"amount": "..6"}, [1]),
        ({"currency": "jpy"}, [2]),
        ({"direction": "debit"}, [1]),
        ({"type": "credit"}, [2, 0]),
        ({"created_at": "2026-01-02.."}, [2, 1]),
        ({"transferable_at": "2026-01-03"}, [0]),
    ],
    ids=str,
)
def test_transactions_are_filtered(places, transactions, filters, found):
    pks = [theirs(each.pk) for each in transactions]

    assert places("transaction", pks, filters=filters) == found


def test_transactions_are_found_by_ids(places, transactions):
    pks = [theirs(each.pk) for each in transactions]

    for asked in ({"query": theirs(transactions[1].source_id)}, {"query": transactions[1].source_id},
                  {"filters": {"origin": theirs(transactions[1].source_id)}}, {"query": pks[1]}):  # fmt: skip
        assert places("transaction", pks, **asked) == [1]


@pytest.mark.parametrize(
    ("kind", "filters"),
    [
        ("dispute", {"amount": "ten"}),
        ("dispute", {"amount": "-1"}),
        ("dispute", {"amount": "1e3"}),
        ("dispute", {"amount": ".."}),
        ("dispute", {"amount": "1..2..3"}),
        ("dispute", {"amount": "1" * 16}),
        ("dispute", {"amount": "1.2345"}),
        ("dispute", {"amount": True}),
        ("dispute", {"status": "needs_response"}),
        ("dispute", {"status": 1}),
        ("dispute", {"reason_code": "fraudulent"}),
        ("dispute", {"captured": "yes"}),
        ("transaction", {"direction": "up"}),
        ("transaction", {"metadata": {"a": "b"}}),
    ],
    ids=str,
)
def test_filters_that_are_refused(omise, disputes, kind, filters):
    answer = omise.get("search", scope=kind, filters=filters)

    assert (answer.status, answer.body["code"]) == (400, "invalid_filter")
    assert f"filters[{next(iter(filters))}]" in answer.body["message"]


def test_nobody_else_finds_them(strangers, disputes, transactions):
    for stranger in strangers:
        answers = [
            stranger.get("search", scope="dispute").body,
            stranger.get("search", scope="dispute", query=disputes[0]).body,
            stranger.get("search", scope="dispute", filters={"card_last_digits": "4242"}).body,
            stranger.get("search", scope="transaction", filters={"currency": "usd"}).body,
        ]
        assert [(each["data"], each["total"]) for each in answers] == [([], 0)] * 4


@pytest.mark.parametrize(("kept", "asked"), [(3, "3"), (True, "true"), (1.5, "1.5"), ("3", "3")])
def test_metadata_of_omise_is_found_in_v1_as_it_is_shown_there(omise, api, kept, asked):
    omise.post("customers", {"metadata": {"seats": kept}})
    omise.post("customers", {"metadata": {"seats": "4"}})

    (found,) = api.get("customers/search", query=f"metadata['seats']:'{asked}'").body["data"]
    others = api.get("customers/search", query=f"-metadata['seats']:'{asked}'").body["data"]

    assert found["metadata"] == {"seats": asked}
    assert [each["metadata"] for each in others] == [{"seats": "4"}]
