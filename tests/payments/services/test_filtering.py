"""What charges and refunds can be filtered by, and where a free text finds them."""

from datetime import UTC, datetime

import pytest

from customers.kit.errors import InvalidRequest
from customers.kit.filter_conditions import Moment
from payments.models import Charge, Refund
from payments.services import failures, filtering, reasons
from tests.factories.customers import CustomerFactory
from tests.factories.payments import (
    ChargeFactory,
    LinkFactory,
    RefundFactory,
    ScheduleFactory,
)

Status = Charge.Status
NOW = Moment(datetime(2026, 2, 20, 12, tzinfo=UTC), UTC)


def card(last4):
    return {"type": "card", "card": {"last4": last4}}


def failed(code, decline_code):
    return {
        "status": Status.FAILED,
        "amount_captured": 0,
        "failure_code": code,
        "decline_code": decline_code,
    }


@pytest.fixture
def charges(scope):
    """Charges of all kinds, the oldest first."""
    each = [
        {"amount": 100_000, "currency": "thb", "description": "Two tickets", "method_details": card("4242")},
        {"status": Status.AUTHORIZED, "amount_captured": 0, "captures_later": True, "customer": CustomerFactory()},
        failed("card_declined", "insufficient_funds"),
        failed("incorrect_cvc", "incorrect_cvc"),
        failed("card_declined", "generic_decline"),
        {"status": Status.VOIDED, "amount_captured": 0, "captures_later": True},
        {"status": Status.EXPIRED, "amount_captured": 0, "captures_later": True},
        {"status": Status.PENDING, "amount_captured": 0},
        {"amount_refunded": 500, "is_disputed": True, "metadata": {"order": "7"}},
    ]  # fmt: skip
    return [
        ChargeFactory(created_at=datetime(2026, 1, day, tzinfo=UTC), **columns)
        for day, columns in enumerate(each, start=1)
    ]


def found(rows, condition):
    matching = type(rows[0]).objects.filter(condition).order_by("created_at")
    return [rows.index(row) for row in matching]


@pytest.mark.parametrize(
    ("filters", "places"),
    [
        ({"amount": "1000"}, [0]),
        ({"amount": "10..20"}, [1, 2, 3, 4, 5, 6, 7, 8]),
        ({"authorized": "yes"}, [0, 1, 5, 6, 8]),
        ({"authorized": "no"}, [2, 3, 4, 7]),
        ({"capture": "false"}, [1, 5, 6]),
        ({"captured": "on"}, [0, 8]),
        ({"captured": True}, [0, 8]),
        ({"captured": "off"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"card_last_digits": "4242"}, [0]),
        ({"created": "2026-01-01..2026-01-02"}, [0, 1]),
        ({"created_at": "yesterday"}, []),
        ({"currency": "THB"}, [0]),
        ({"customer_present": "1"}, [1]),
        ({"disputed": "true"}, [8]),
        ({"expired": "yes"}, [6]),
        ({"failure_code": "insufficient_fund"}, [2]),
        ({"failure_code": "invalid_security_code"}, [3]),
        ({"failure_code": "payment_rejected"}, [4]),
        ({"failure_code": "stolen_or_lost_card"}, []),
        ({"metadata": {"order": 7}}, [8]),
        ({"paid": "yes"}, [0, 8]),
        ({"refund_amount": "5"}, [8]),
        ({"refunded": "yes"}, [8]),
        ({"reversed": "yes"}, [5]),
        ({"status": "successful"}, [0, 8]),
        ({"status": "pending"}, [1, 7]),
        ({"status": "failed"}, [2, 3, 4]),
        ({"status": "reversed"}, [5]),
        ({"status": "expired"}, [6]),
        ({"status": "failed", "failure_code": "insufficient_fund"}, [2]),
    ],
    ids=str,
)
def test_charges_are_filtered(charges, filters, places):
    assert found(charges, filtering.CHARGES.of_filters(filters, NOW)) == places


def test_charges_are_filtered_by_ids(charges):
    customer, charge = charges[1].customer_id, charges[3].pk
    asked = [
        {"customer": [customer]},
        {"customer_id": [customer, "cus_x"]},
        {"id": [charge]},
        {"id": charge},
    ]

    places = [found(charges, filtering.CHARGES.of_filters(filters, NOW)) for filters in asked]
    assert places == [[1], [1], [3], [3]]


def test_charges_are_found_by_a_free_text(charges):
    customer = charges[1].customer_id

    assert found(charges, filtering.CHARGES.of_query("TICKET", ["TICKET"])) == [0]
    assert found(charges, filtering.CHARGES.of_query(customer, [customer])) == [1]
    assert found(charges, filtering.CHARGES.of_query("chrg_test_x", [charges[4].pk])) == [4]
    assert found(charges, filtering.CHARGES.of_query("nothing", ["nothing"])) == []


@pytest.fixture
def refunds(scope):
    """Refunds of all kinds, the oldest first."""
    each = [
        {"charge": ChargeFactory(method_details=card("4242")), "amount": 500},
        {"charge": ChargeFactory(status=Status.VOIDED, amount_captured=0)},
        {"charge": ChargeFactory(), "status": Refund.Status.PENDING, "metadata": {"why": "broken"}},
        {"charge": ChargeFactory(), "status": Refund.Status.FAILED},
    ]
    return [
        RefundFactory(created_at=datetime(2026, 1, day, tzinfo=UTC), **columns)
        for day, columns in enumerate(each, start=1)
    ]


@pytest.mark.parametrize(
    ("filters", "places"),
    [
        ({"amount": "5"}, [0]),
        ({"card_last_digits": "4242"}, [0]),
        ({"created": "2026-01-03.."}, [2, 3]),
        ({"currency": "usd"}, [0, 1, 2, 3]),
        ({"metadata": {"why": "broken"}}, [2]),
        ({"status": "closed"}, [0, 1]),
        ({"status": "pending"}, [2]),
        ({"status": "failed"}, [3]),
        ({"voided": "yes"}, [1]),
        ({"voided": "no"}, [0, 2, 3]),
    ],
    ids=str,
)
def test_refunds_are_filtered(refunds, filters, places):
    assert found(refunds, filtering.REFUNDS.of_filters(filters, NOW)) == places


def test_refunds_are_found_by_ids(refunds):
    charge = refunds[2].charge_id

    assert found(refunds, filtering.REFUNDS.of_filters({"charge": [charge]}, NOW)) == [2]
    assert found(refunds, filtering.REFUNDS.of_filters({"charge_id": [charge]}, NOW)) == [2]
    assert found(refunds, filtering.REFUNDS.of_query(charge, [charge])) == [2]
    assert found(refunds, filtering.REFUNDS.of_query("rfnd_test_x", [refunds[1].pk])) == [1]


@pytest.mark.parametrize(
    "filters",
    [
        {"captured": "maybe"}, {"captured": ""}, {"captured": {}}, {"status": "succeeded"}, {"failure_code": "x"},
        {"customer": 7}, {"customer": []}, {"customer": [7]}, {"amount": "x"}, {"refund_amount": [1]},
        {"colour": "red"},
    ],
    ids=str,
)  # fmt: skip
def test_filters_that_are_refused(filters):
    (name,) = filters

    with pytest.raises(InvalidRequest) as refusal:
        filtering.CHARGES.of_filters(filters, NOW)
    assert (refusal.value.code, refusal.value.param) == ("invalid_filter", f"filters[{name}]")


@pytest.mark.parametrize(
    ("failure", "decline", "code"),
    [
        ("", "", None),
        ("card_declined", "insufficient_funds", "insufficient_fund"),
        ("card_declined", "do_not_honor", "payment_rejected"),
        ("card_declined", "processing_error", "payment_rejected"),
        ("card_declined", "fraudulent", "failed_fraud_check"),
        ("expired_card", "", "expired_card"),
        ("canceled", "", None),
        ("incorrect_number", "", "invalid_account_number"),
        ("no_such_word", "", "payment_rejected"),
        ("processing_error", "", "failed_processing"),
        ("processing_error", "processing_error", "failed_processing"),
        ("processing_error", "lost_card", "stolen_or_lost_card"),
    ],
)
def test_why_a_charge_failed(scope, failure, decline, code):
    charge = ChargeFactory(
        status=Status.FAILED, amount_captured=0, failure_code=failure, decline_code=decline
    )
    codes = [*failures.CODES, failures.OTHER]

    assert failures.code_of(failure, decline) == code
    assert [
        each for each in codes if found([charge], filtering.CHARGES.of_filters({"failure_code": each}, NOW))
    ] == [code] * bool(code)  # fmt: skip


def test_a_charge_that_was_not_paid_in_time_has_expired(scope):
    charge = ChargeFactory(status=Status.FAILED, amount_captured=0, failure_code=Charge.CANCELED)
    asked = [{"status": "failed"}, {"status": "expired"}, {"expired": "yes"}, {"expired": "no"}]

    assert [found([charge], filtering.CHARGES.of_filters(each, NOW)) for each in asked] == [
        [], [0], [0], [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "places"),
    [
        ({"title": "tickets"}, [0]),
        ({"amount": "1200", "currency": "thb"}, [0, 1, 2]),
        ({"multiple": "yes"}, [1]),
        ({"used": "yes"}, [2]),
        ({"used": "no"}, [0, 1]),
    ],
)
def test_links_are_filtered(scope, filters, places):
    links = [LinkFactory(title="Tickets"), LinkFactory(is_multiple=True), LinkFactory()]
    ChargeFactory(link=links[1])
    ChargeFactory(link=links[2], is_only_of_link=True, status=Status.FAILED, amount_captured=0)
    ChargeFactory(link=links[2], is_only_of_link=True)

    assert sorted(found(links, filtering.LINKS.of_filters(filters, NOW))) == places


@pytest.mark.parametrize(
    ("filters", "places"),
    [
        ({"amount": "299", "currency": "thb"}, [0, 1]),
        ({"period": "day"}, [1]),
        ({"status": "deleted"}, [1]),
        ({"status": "active"}, [0]),
        ({"active": "no"}, [1]),
        ({"metadata": {"plan": "gold"}}, [0]),
    ],
)
def test_schedules_are_filtered(scope, filters, places):
    schedules = [
        ScheduleFactory(metadata={"plan": "gold"}),
        ScheduleFactory(period="day", status="canceled"),
    ]
    of_customer = filtering.SCHEDULES.of_filters({"customer": [schedules[0].customer_id]}, NOW)

    assert sorted(found(schedules, filtering.SCHEDULES.of_filters(filters, NOW))) == places
    assert found(schedules, of_customer) == [0]


def test_no_code_stands_for_two():
    for table in (failures.CODES, reasons.CODES):
        ours = [each for codes in table.values() for each in codes]
        assert len(ours) == len(set(ours))
