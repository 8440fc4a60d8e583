"""The search for customers that may be one."""

from datetime import timedelta

import pytest

from customers.models import Customer, DuplicatePair, DuplicateSearch
from customers.services import customers, duplicates
from tests.factories.customers import AddressFactory, CustomerFactory
from tests.factories.payments import PaymentMethodFactory


def search(at):
    return duplicates.run(duplicates.start(at=at).pk, at=at)


def found():
    return [
        (pair.first.name, pair.second.name, pair.reasons, pair.score)
        for pair in duplicates.open_pairs()
    ]


def made(at, name, **columns):
    """Make a customer a second later than the one before."""
    later = at + timedelta(seconds=Customer.objects.count())
    return CustomerFactory(name=name, created_at=later, **columns)


@pytest.mark.parametrize(
    ("mine", "theirs", "reason", "score"),
    [
        ({"email": "ada@example.com"}, {"email": "Ada@Example.com"}, "email", 60),
        (
            {"email": "ada.w@gmail.com"},
            {"email": "adaw+shop@googlemail.com"},
            "mailbox",
            40,
        ),
        ({"phone_e164": "+6621234567"}, {"phone_e164": "+6621234567"}, "phone", 50),
    ],
)
def test_what_two_share_is_found(scope, at, mine, theirs, reason, score):
    made(at, "Ada", **mine)
    made(at, "Bo", **theirs)
    made(at, "Cy")

    count = search(at)

    assert (count, found()) == (1, [("Ada", "Bo", [reason], score)])


def test_a_card_that_two_have_is_found(scope, at):
    for name in ("Ada", "Bo"):
        PaymentMethodFactory(attached=True, customer=made(at, name), fingerprint="f00d")
    PaymentMethodFactory(attached=True, customer=made(at, "Cy"), fingerprint="beef")

    search(at)

    assert found() == [("Ada", "Bo", ["card"], 45)]


@pytest.mark.parametrize(
    ("name", "street", "is_found"),
    [
        ("Ada Whitfeild", "1 Harbour Street", True),
        ("A. Ada Whitfield", "1 Harbor Street", True),
        ("Ada Whitman", "27 Station Road", False),
        ("Robin Whitworth", "1 Harbour Street", False),
    ],
)
def test_similar_names_at_one_place_are_found(scope, at, name, street, is_found):
    for person, line1 in (("Ada Whitfield", "1 Harbour Street"), (name, street)):
        customer = made(at, person)
        AddressFactory(customer=customer, is_default=True, line1=line1, postal_code="AB1 2CD")

    search(at)

    assert found() == ([("Ada Whitfield", name, ["name"], 40)] if is_found else [])


def test_what_speaks_for_a_pair_adds_up(scope, at):
    for name in ("Ada", "Bo"):
        made(at, name, email="ada@example.com", phone_e164="+6621234567")

    search(at)

    assert found() == [("Ada", "Bo", ["email", "phone"], 80)]


def test_of_several_the_oldest_is_paired_with_each(scope, at):
    for name in ("Ada", "Bo", "Cy"):
        made(at, name, phone_e164="+6621234567")

    search(at)

    assert sorted((first, second) for first, second, *_rest in found()) == [
        ("Ada", "Bo"),
        ("Ada", "Cy"),
    ]


def test_what_many_share_says_nothing(scope, at):
    for number in range(duplicates.MOST_SHARED + 1):
        made(at, f"Guest {number}", phone_e164="+6621234567")

    assert search(at) == 0


def test_deleted_ones_and_those_of_others_are_left_out(scope, at, other):
    gone = made(at, "Ada", phone_e164="+6621234567")
    made(at, "Bo", phone_e164="+6621234567")
    made(at, "Cy", phone_e164="+6629999999")
    CustomerFactory(name="Di", phone_e164="+6629999999", livemode=True)
    customers.delete(gone, at=at)

    assert search(at) == 0


def test_a_pair_is_forgotten_when_it_is_not_found_again(scope, at):
    made(at, "Ada", phone_e164="+6621234567")
    bo = made(at, "Bo", phone_e164="+6621234567", email="bo@example.com")
    search(at)
    Customer.objects.filter(pk=bo.pk).update(phone_e164="")

    assert search(at) == 0
    assert not DuplicatePair.objects.exists()


def test_two_that_were_called_two_are_not_shown_again(scope, at):
    made(at, "Ada", phone_e164="+6621234567")
    made(at, "Bo", phone_e164="+6621234567")
    search(at)
    (pair,) = duplicates.open_pairs()

    duplicates.dismiss(pair, at=at)
    search(at)

    assert found() == []


def test_a_search_goes_on_where_a_worker_died(scope, at, monkeypatch):
    made(at, "Ada", phone_e164="+6621234567", email="ada@example.com")
    made(at, "Bo", phone_e164="+6621234567", email="ada@example.com")
    steps = duplicates._steps()

    def dies(_search, _at):
        raise SystemExit

    monkeypatch.setattr(duplicates, "_steps", lambda: [*steps[:2], dies])
    row = duplicates.start(at=at)
    with pytest.raises(SystemExit):
        duplicates.run(row.pk, at=at)
    monkeypatch.setattr(duplicates, "_steps", lambda: steps)
    row.refresh_from_db()
    done = row.step

    duplicates.run(row.pk, at=at)

    assert done == 2
    assert found() == [("Ada", "Bo", ["email", "phone"], 80)]


def test_there_is_one_search_at_a_time_and_one_a_day(scope, at):
    CustomerFactory()
    first, again = duplicates.start(at=at), duplicates.start(at=at)

    assert again.pk == first.pk
    assert duplicates.start_due(at=at + timedelta(hours=23)) == 0
    duplicates.run(first.pk, at=at)
    assert duplicates.run(first.pk, at=at) == 0
    assert duplicates.start_due(at=at + timedelta(hours=25)) == 1
    assert DuplicateSearch.objects.count() == 2


def test_who_may_be_the_same_is_told_of_a_customer(scope, at):
    ada = made(at, "Ada", phone_e164="+6621234567")
    bo = made(at, "Bo", phone_e164="+6621234567")
    search(at)

    assert duplicates.of_customer(ada) == [bo]
    assert duplicates.of_customer(bo) == [ada]
