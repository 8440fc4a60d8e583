"""The dashboard's pages of merges and of possible duplicates."""

import pytest

from customers.kit import clock
from customers.models import Customer, DuplicatePair, DuplicateSearch, Merge, Role
from customers.services import balance_transactions, duplicates, merges
from tests.factories.customers import CustomerFactory, NoteFactory

LIST, PAIRS = "/admin/customers/customer/", "/admin/customers/duplicatepair/"


@pytest.fixture
def kept(scope):
    return CustomerFactory(name="Ada Whitfield", email="ada@example.com", phone_e164="+6621234567")


@pytest.fixture
def merged(scope):
    return CustomerFactory(name="A. Whitfield", email="aw@example.com", phone_e164="+6621234567")


@pytest.fixture
def pair(kept, merged):
    duplicates.run(duplicates.start(at=clock.now()).pk, at=clock.now())
    return DuplicatePair.objects.get()


def page(kept, merged):
    return f"{LIST}{kept.pk}/merge/?with={merged.pk}"


def test_the_other_customer_is_asked_for(owner, kept, merged, pair):
    answer = owner.get(f"{LIST}{kept.pk}/merge/")

    assert [row.pk for _line, row, _url in answer.context["people"]] == [merged.pk]


@pytest.mark.parametrize("text", ["aw@example.com", "A. Whit"])
def test_the_other_customer_is_found_by_a_text(owner, kept, merged, text):
    answer = owner.get(f"{LIST}{kept.pk}/merge/", {"customer": text})

    assert (answer.status_code, answer["Location"]) == (302, page(kept, merged))


def test_nobody_is_found(owner, kept):
    answer = owner.get(f"{LIST}{kept.pk}/merge/", {"customer": "Zoe"})

    assert "Nobody was found by “Zoe”." in answer.content.decode()


def test_nothing_said_is_asked_for_again(owner, kept):
    answer = owner.get(f"{LIST}{kept.pk}/merge/", {"customer": " "})

    assert "Say who the other customer is." in answer.content.decode()


def test_what_moves_and_what_differs_is_shown(owner, kept, merged):
    NoteFactory(customer=merged)
    balance_transactions.create(merged, amount=-500, currency="usd", at=clock.now())

    answer = owner.get(page(kept, merged))

    assert [(str(title), count) for title, count in answer.context["moving"]][:1] == [("Notes", 1)]
    assert answer.context["sums"] == [("Credit", "$5.00")]
    assert list(answer.context["form"].fields) == ["email", "name"]


def test_two_are_merged_with_what_was_chosen(owner, kept, merged):
    answer = owner.post(page(kept, merged), {"email": "merged", "name": "kept"})

    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}{kept.pk}/")
    row = Customer.objects.get(pk=kept.pk)
    assert (row.email, row.name) == ("aw@example.com", "Ada Whitfield")
    assert owner.get(f"{LIST}{merged.pk}/")["Location"] == f"{LIST}{kept.pk}/"


def test_two_that_do_not_fit_are_refused_in_words(owner, kept, merged):
    for customer, currency in ((kept, "usd"), (merged, "thb")):
        Customer.objects.filter(pk=customer.pk).update(currency=currency)

    answer = owner.get(page(kept, merged))

    assert answer.context["refusal"].startswith("The two customers are billed in different")


def test_a_merge_is_undone_from_the_kept_one_s_page(owner, kept, merged):
    record = merges.merge(kept, merged, choices={}, at=clock.now())
    url = f"{LIST}{kept.pk}/merges/{record.pk}/undo/"

    shown = owner.get(f"{LIST}{kept.pk}/").content.decode()
    answer = owner.post(url)

    assert url in shown
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}{merged.pk}/")
    assert Merge.objects.get().undone_at is not None


def test_the_pairs_are_listed_and_shown(owner, kept, pair):
    listed = owner.get(PAIRS).content.decode()
    shown = owner.get(f"{PAIRS}{pair.pk}/").content.decode()

    assert "Same phone number" in listed
    assert "50 %" in shown
    assert (
        f"/admin/customers/duplicatepair/{pair.pk}/"
        in owner.get(f"{LIST}{kept.pk}/").content.decode()
    )


def test_a_pair_is_called_two(owner, pair):
    answer = owner.post(f"{PAIRS}{pair.pk}/dismiss/")

    assert (answer.status_code, answer["Location"]) == (302, PAIRS)
    assert not duplicates.open_pairs().exists()


def test_a_search_is_begun(owner, scope):
    owner.post(f"{PAIRS}add/")

    assert DuplicateSearch.objects.count() == 1


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.READ_ONLY])
def test_who_may_not_merge_sees_pairs_and_merges_nothing(signed_in, role, kept, merged, pair):
    client = signed_in(role)

    assert client.get(PAIRS).status_code == 200
    assert client.get(page(kept, merged)).status_code == 403
    assert client.post(page(kept, merged), {"email": "kept", "name": "kept"}).status_code == 403
    assert client.post(f"{PAIRS}{pair.pk}/dismiss/").status_code == 403
    assert not Merge.objects.exists()
