"""Payment links: listed, read, withdrawn."""

import pytest

from payments.models import Link
from tests.customers.admin.page import fields, rows
from tests.factories.payments import ChargeFactory, LinkFactory

LIST = "/admin/payments/link/"


@pytest.fixture
def link(scope):
    return LinkFactory()


def test_list_says_for_what_and_whether_it_is_paid(owner, link):
    paid = LinkFactory(title="Helmet", amount=5000)
    ChargeFactory(link=paid, is_only_of_link=True)
    LinkFactory(title="Bell", is_multiple=True)

    assert sorted(cells[1:4] for cells in rows(owner.get(LIST))) == [
        ["Open", "Bell", "Again and again"],
        ["Open", "Bicycle", "Once"],
        ["Paid", "Helmet", "Once"],
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    LinkFactory.create_batch(count)

    with django_assert_num_queries(5):  # session, operator, sites, links, which were used
        assert owner.get(LIST).status_code == 200


def test_page_shows_the_address_and_who_paid(owner, link, settings):
    charge = ChargeFactory(link=link, is_only_of_link=True, billing_details={"name": "Somchai"})

    page = owner.get(f"{LIST}{link.pk}/")

    assert page.context["address"] == f"{settings.PUBLIC_URL}/pay/{link.key}"
    assert page.context["badge"] == ("Paid", "ok")
    assert [(row["url"], row["text"]) for row in page.context["payments"]] == [
        (f"/admin/payments/charge/{charge.pk}/", "Somchai")
    ]


def test_link_is_withdrawn(owner, link, told):
    address = f"{LIST}{link.pk}/withdraw/"

    answer = owner.post(address, fields(owner.get(address)))

    assert Link.objects.get().deleted_at is not None
    assert told() == ["link.deleted"]
    page = owner.get(answer.url)
    assert (page.context["address"], page.context["badge"], page.context["links"]) == (
        "", ("Withdrawn", ""), [],
    )  # fmt: skip


def test_withdrawn_link_is_not_there_to_withdraw(owner, link, nothing_written):
    address = f"{LIST}{link.pk}/withdraw/"
    owner.post(address, fields(owner.get(address)))

    with nothing_written():
        assert owner.post(address, fields(owner.get(address))).status_code == 404


def test_reader_only_reads(reader, link, nothing_written):
    assert reader.get(f"{LIST}{link.pk}/").context["links"] == []
    with nothing_written():
        assert reader.post(f"{LIST}{link.pk}/withdraw/").status_code == 403
