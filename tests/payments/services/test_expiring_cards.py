from datetime import UTC, date, datetime

import pytest

from payments.models import PaymentMethod
from payments.services import expiring_cards
from tests.factories.payments import PaymentMethodFactory


def day(text):
    return datetime.fromisoformat(f"{text}T06:07:00").replace(tzinfo=UTC)


@pytest.fixture
def card(scope):
    """A customer's card, good until the end of June 2027."""
    return PaymentMethodFactory(attached=True, exp_month=6, exp_year=2027)


@pytest.mark.parametrize(
    ("month", "year", "first_day"), [(6, 2027, date(2027, 7, 1)), (12, 2027, date(2028, 1, 1))]
)
def test_a_card_is_good_until_its_months_end(month, year, first_day):
    method = PaymentMethod(exp_month=month, exp_year=year)

    assert expiring_cards.expires_on(method) == first_day


@pytest.mark.parametrize(
    ("today", "notice"),
    [
        ("2027-05-01", None), ("2027-05-02", 60), ("2027-05-31", 60), ("2027-06-01", 30), ("2027-06-23", 30),
        ("2027-06-24", 7), ("2027-06-30", 7), ("2027-07-01", None),
    ],
)  # fmt: skip
def test_a_notice_is_due_by_the_date(card, today, notice):
    assert expiring_cards.notice_of(card, date.fromisoformat(today)) == notice


def test_each_notice_is_given_once(card, told, last_event):
    days = [
        "2027-04-30",
        "2027-05-02",
        "2027-05-03",
        "2027-06-05",
        "2027-06-06",
        "2027-06-29",
        "2027-06-30",
    ]

    announced = [expiring_cards.announce_due(at=day(text)) for text in days]

    assert announced == [0, 1, 0, 1, 0, 1, 0]
    assert told() == ["customer.source.expiring"] * 3
    assert last_event().object_id == card.pk


def test_a_missed_notice_is_not_made_up_for(card):
    assert [expiring_cards.announce_due(at=day("2027-06-29")) for _ in range(3)] == [1, 0, 0]


def test_only_cards_of_customers_are_announced(scope):
    PaymentMethodFactory(exp_month=6, exp_year=2027)
    PaymentMethodFactory(attached=True, kind="sepa_debit", exp_month=None, exp_year=None)

    assert expiring_cards.announce_due(at=day("2027-06-01")) == 0


def test_the_end_of_a_year_is_no_trouble(scope):
    PaymentMethodFactory(attached=True, exp_month=1, exp_year=2028)

    assert expiring_cards.announce_due(at=day("2027-12-10")) == 1


def test_all_cards_are_gone_through_however_many(scope, told):
    for _ in range(5):
        PaymentMethodFactory(attached=True, exp_month=6, exp_year=2027)

    announced = [
        expiring_cards.announce_due(at=day(text), at_once=2)
        for text in ("2027-06-05", "2027-06-06", "2027-06-29")
    ]

    assert announced == [5, 0, 5]
    assert told() == ["customer.source.expiring"] * 10
