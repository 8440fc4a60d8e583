from datetime import UTC, datetime, timedelta

import pytest

from customers.kit import clock
from payments.models import Link
from payments.services import hosted_links
from tests.factories.payments import ChargeFactory, GatewayAccountFactory, LinkFactory
from tests.omise_client import OmiseClient
from tests.payments.api.omise.test_schedules import listed, theirs

AT = datetime(2027, 1, 4, 9, 30, tzinfo=UTC)
BODY = {
    "amount": 100_000,
    "currency": "thb",
    "title": "Order-384",
    "description": "Description of order-384",
}


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)


def test_a_link_is_made(omise, settings, told):
    answer = omise.post("links", BODY)

    link = Link.objects.get()
    spelled = f"link_test_{link.key}"
    assert (answer.status, answer.body) == (
        200,
        {
            "object": "link",
            "id": spelled,
            "livemode": False,
            "location": f"/omise/links/{spelled}",
            "amount": 100_000,
            "currency": "THB",
            "title": "Order-384",
            "description": "Description of order-384",
            "multiple": False,
            "used": False,
            "payment_uri": f"{settings.PUBLIC_URL}/pay/{link.key}",
            "charges": listed([], f"/omise/links/{spelled}/charges"),
            "deleted": False,
            "deleted_at": None,
            "used_at": None,
            "created_at": "2027-01-04T09:30:00Z",
        },
    )
    assert omise.get(f"links/{spelled}").body == answer.body
    assert told() == ["link.created"]


def test_a_link_for_many_at_the_root(keys):
    root = OmiseClient(keys["skey_test"], mount="")

    wire = root.form("links", **{**BODY, "multiple": "true"}).body

    assert (wire["multiple"], wire["location"]) == (True, f"/links/{wire['id']}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": None}, "Missing required param: amount."),
        ({"amount": 0}, "The amount must be greater than zero."),
        ({"amount": "1.5"}, "Invalid integer: 1.5 (amount)."),
        (
            {"amount": 10**9},
            "Amount must be no more than 99999999 in the currency's smallest unit (amount).",
        ),
        ({"currency": None}, "Missing required param: currency."),
        ({"currency": "baht"}, "Invalid currency: baht. Give a code of ISO 4217."),
        ({"title": None}, "Missing required param: title."),
        ({"description": None}, "Missing required param: description."),
        ({"multiple": "often"}, "Invalid boolean: often (multiple)."),
        ({"used": True}, "Received unknown parameter: used"),
    ],
)
def test_what_cannot_be(omise, nothing_written, change, message):
    with nothing_written():
        answer = omise.post("links", {**BODY, **change})

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert answer.body["message"] == message


def test_a_real_gateway_has_no_page_here(omise, scope, nothing_written):
    GatewayAccountFactory(kind="omise", is_active=True)

    with nothing_written():
        answer = omise.post("links", BODY)

    assert (answer.status, answer.body["message"]) == (
        400,
        str(hosted_links.page_missing()),
    )


def test_a_link_that_was_paid(omise, scope):
    link = LinkFactory()
    failed = ChargeFactory(
        link=link, is_only_of_link=True, status="failed", amount_captured=0, created_at=AT - timedelta(hours=2),
        failure_code="card_declined", failure_message="Your card was declined.",
    )  # fmt: skip
    paid = ChargeFactory(
        link=link, is_only_of_link=True, created_at=AT - timedelta(hours=1), settled_at=AT,
        balance_transaction_id="txn_0123456789abcdefghijklmn",
    )  # fmt: skip

    wire = omise.get(f"links/{link.pk}").body

    assert (wire["used"], wire["used_at"]) == (True, "2027-01-04T09:30:00Z")
    charges = [omise.get(f"charges/{theirs(charge.pk)}").body for charge in (failed, paid)]
    assert [(charge["status"], charge["link"]) for charge in charges] == [
        ("failed", f"link_test_{link.key}"), ("successful", f"link_test_{link.key}"),
    ]  # fmt: skip
    location = f"/omise/links/link_test_{link.key}/charges"
    assert wire["charges"] == listed(charges, location)
    assert omise.get(f"links/{link.pk}/charges").body == listed(charges, location)


def test_a_link_for_many_is_never_used(omise, scope):
    link = LinkFactory(is_multiple=True)
    ChargeFactory.create_batch(2, link=link, settled_at=AT)

    wire = omise.get(f"links/{link.pk}").body

    assert (wire["used"], wire["used_at"], wire["charges"]["total"]) == (False, None, 2)


def test_a_link_is_destroyed(omise, scope, told):
    link = LinkFactory()

    answer = omise.delete(f"links/{link.pk}")

    assert (answer.body["deleted"], answer.body["deleted_at"]) == (True, "2027-01-04T09:30:00Z")
    assert omise.get(f"links/{link.pk}").body == answer.body
    assert omise.get("links").body["data"] == []
    assert omise.delete(f"links/{link.pk}").status == 404
    assert told() == ["link.deleted"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_for_any_number(omise, scope, count, django_assert_num_queries):
    for _ in range(count):
        ChargeFactory.create_batch(count, link=LinkFactory())
    omise.get("links")  # notes that the key is in use

    # the key, links, their charges with the refunds, which were used
    with django_assert_num_queries(4):
        answer = omise.get("links")

    assert [row["charges"]["total"] for row in answer.body["data"]] == [count] * count


@pytest.mark.parametrize("path", ["links/{}", "links/{}/charges"])
def test_what_is_not_there(omise, other, scope, path):
    link = LinkFactory()
    stranger = OmiseClient(other[1]["skey_test"])

    for client, asked in ((omise, "link_test_missing"), (stranger, link.pk)):
        answer = client.get(path.format(asked))
        assert (answer.status, answer.body["code"]) == (404, "not_found")
