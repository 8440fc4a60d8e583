import pytest
from django.db import IntegrityError, transaction

from customers.kit.errors import NotFound
from customers.kit.provenance import Provenance, acting
from customers.models import Consent
from customers.services import consents, customers
from tests.factories.customers import CustomerFactory

HISTORY = ("channel", "granted_before", "granted", "door", "actor", "ip_address", "wording")


def history():
    return list(Consent.objects.order_by("created_at", "pk").values_list(*HISTORY))


def test_a_consent_is_evidence_of_who_when_and_how(scope, at, told, last_event):
    customer = CustomerFactory()
    origin = Provenance(door="dashboard", actor="robin@example.com", ip_address="192.0.2.7")

    with acting(origin):
        consent = consents.record(
            customer, "mail_marketing", granted=True, wording="Send me news", at=at
        )

    assert history() == [
        (
            "mail_marketing",
            None,
            True,
            "dashboard",
            "robin@example.com",
            "192.0.2.7",
            "Send me news",
        )
    ]
    assert consent.created_at == at
    assert customers.get(customer.pk).mail_marketing is True
    assert told() == ["customer.consent.created", "customer.updated"]
    assert last_event().previous_attributes == {"mail_marketing": None}


def test_a_no_follows_a_yes(scope, at):
    customer = CustomerFactory(tele_marketing=True)

    consents.record(customer, "tele_marketing", granted=False, at=at)

    assert history() == [("tele_marketing", True, False, "command", "", None, "")]
    assert customers.get(customer.pk).tele_marketing is False


def test_what_was_said_before_can_be_said_again(scope, at, told):
    customer = CustomerFactory(mail_marketing=True)

    consents.record(customer, "mail_marketing", granted=True, at=at)

    assert [row[:3] for row in history()] == [("mail_marketing", True, True)]
    assert told() == ["customer.consent.created"]


def test_a_change_of_the_customer_is_part_of_the_history(scope, at, told):
    customer = CustomerFactory(mail_marketing=True)

    customers.update(customer, details={"mail_marketing": None, "tele_marketing": True}, at=at)
    customers.update(customer, details={"tele_marketing": True}, at=at)

    assert {row[:3] for row in history()} == {
        ("mail_marketing", True, None), ("tele_marketing", None, True),
    }  # fmt: skip
    assert told() == ["customer.consent.created", "customer.consent.created", "customer.updated"]


def test_a_deleted_customer_says_nothing(scope, at, refused):
    customer = customers.delete(CustomerFactory(), at=at)

    with refused(NotFound):
        consents.record(customer, "mail_marketing", granted=True, at=at)


def test_an_applied_consent_is_not_yet_written(scope, at, nothing_written):
    customer = CustomerFactory()

    with nothing_written():
        consent = consents.apply(customer, "mail_marketing", granted=True, at=at)

    assert (consent.granted_before, consent.granted, customer.mail_marketing) == (None, True, True)


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda history: history.update(granted=False),
        lambda history: history.delete(),
    ],
    ids=["changed", "deleted"],
)
def test_the_history_cannot_be_rewritten(scope, at, rewrite):
    consents.record(CustomerFactory(), "mail_marketing", granted=True, at=at)
    before = history()

    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        rewrite(Consent.objects.all())

    assert history() == before
